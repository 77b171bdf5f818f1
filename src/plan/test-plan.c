/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/build.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include "base/cleanup.h"
#include "plan/print.h"

#include <cmocka.h>

#define SUMMED (offsetof(PlanHeader, checksum) + sizeof(uint64_t))

/* Numbers of the operations of the plan that make() builds. */
enum { OP_WRITE, OP_OVERLAY, OP_MOUNT, OP_GROUPS, OP_SECCOMP, OP_EXEC, N_OPS };

static void *make(size_t *ret_len)
{
	static const uint32_t groups[] = {7, 4294967294}, sockets[] = {2, 0};
	static const char program[16] = {1};
	static const char *const lowers[] = {"top", "bottom"}, *const argv[] = {"/a", "b c", ""};
	_cleanup_plan_builder_ PlanBuilder b;
	PlanOp op;
	void *data;

	plan_builder_init(&b);
	memcpy(b.header.uuid, "some-uuid", 10);
	b.header.stop_timeout = 9;
	plan_add(&b, (PlanOp){.code = PLAN_WRITE,
			     .path = plan_put_string(&b, "/host/file"),
			     .data = plan_put_blob(&b, "text\n", 5),
			     .data_len = 5});
	b.header.host = plan_range_since(&b, 0);
	op = (PlanOp){.code = PLAN_OVERLAY, .flags = PLAN_ROOT_POD};
	op.data = plan_put_list(&b, lowers, ARRAY_LEN(lowers), &op.data_len);
	op.source = plan_put_string(&b, "upper");
	op.aux = plan_put_string(&b, "work");
	plan_add(&b, op);
	plan_add(&b, (PlanOp){.code = PLAN_MOUNT, .source = plan_put_string(&b, "proc")});
	b.header.pod = plan_range_since(&b, OP_OVERLAY);
	plan_add(&b, (PlanOp){.code = PLAN_GROUPS,
			     .data = plan_put_blob(&b, groups, sizeof groups),
			     .data_len = sizeof groups});
	plan_add(&b, (PlanOp){.code = PLAN_SECCOMP,
			     .data = plan_put_blob(&b, program, sizeof program),
			     .data_len = sizeof program});
	op = (PlanOp){.code = PLAN_EXEC, .path = plan_put_string(&b, "/a")};
	op.data = plan_put_list(&b, argv, ARRAY_LEN(argv), &op.data_len);
	op.aux = plan_put_list(&b, lowers, ARRAY_LEN(lowers), &op.aux_len);
	plan_add(&b, op);
	plan_add_app(&b, (PlanApp){.name = plan_put_string(&b, "app"),
				 .ops = plan_range_since(&b, OP_GROUPS),
				 .pre_start = {OP_SECCOMP, 2},
				 .n_shared = 1,
				 .restart = PLAN_RESTART_ON_FAILURE,
				 .restarts_max = 3,
				 .stop_signal = 15,
				 .sockets = plan_put_blob(&b, sockets, sizeof sockets),
				 .n_sockets = ARRAY_LEN(sockets),
				 .stream = {PLAN_STREAM_NULL, PLAN_STREAM_LOG, PLAN_STREAM_TTY}});
	assert_int_equal(plan_finish(&b, &data, ret_len, NULL), 0);
	return data;
}

static void round_trip(void **state)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(1u << 16);
	_cleanup_free_ void *data = NULL;
	size_t len;
	Plan p;

	data = make(&len);
	assert_int_equal(plan_load(&p, data, len), 0);
	assert_int_equal(p.header->size, len);
	assert_int_equal(p.header->n_ops, N_OPS);
	assert_int_equal(p.header->n_apps, 1);
	assert_int_equal(len % 8, 0);
	assert_string_equal(plan_string(&p, p.ops[OP_WRITE].path), "/host/file");
	assert_string_equal(plan_string(&p, p.ops[OP_MOUNT].path), "");
	assert_int_equal((uintptr_t)plan_string(&p, p.ops[OP_GROUPS].data) % 8, 0);
	plan_print(&p, &out);
	assert_string_equal(strbuf_text(&out),
		"pod some-uuid: namespaces; 9 s to stop\n"
		"on the host\n"
		"\twrite /host/file \"text\\n\"\n"
		"in the pod\n"
		"\toverlay lower top bottom upper upper work work [ pod-root ]\n"
		"\tmount proc\n"
		"app app: stop signal 15; stdin null, stdout log, stderr tty; sockets 2, 0; "
		"restart on-failure, 3 times at most\n"
		"\tgroups 7 4294967294\n"
		"\tseccomp 2 instructions\n"
		"\texec /a arguments /a \"b c\" \"\" environment top bottom\n"
		"pre-start of app, behind the first 1 of its operations\n"
		"\tseccomp 2 instructions\n"
		"\texec /a arguments /a \"b c\" \"\" environment top bottom\n");
}

static void assert_json(const Plan *plan, const char *text)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *printed = NULL;

	assert_int_equal(json_print(plan_to_json(&arena, plan), false, &printed), 0);
	assert_string_equal(printed, text);
}

static void as_json(void **state)
{
	_cleanup_free_ void *data = NULL;
	size_t len;
	Plan p;

	(void)state;
	data = make(&len);
	assert_int_equal(plan_load(&p, data, len), 0);
	assert_json(&p,
		"{\"uuid\":\"some-uuid\",\"namespaces\":[],\"stop_timeout\":9,"
		"\"host\":[{\"op\":\"write\",\"path\":\"/host/file\",\"content\":\"text\\n\"}],"
		"\"pod\":[{\"op\":\"overlay\",\"lower\":[\"top\",\"bottom\"],\"upper\":\"upper\","
		"\"work\":\"work\",\"flags\":[\"pod-root\"]},"
		"{\"op\":\"mount\",\"filesystem\":\"proc\",\"options\":[],\"attributes\":[]}],"
		"\"apps\":[{\"name\":\"app\",\"stop_signal\":15,\"stdin\":\"null\",\"stdout\":"
		"\"log\","
		"\"stderr\":\"tty\",\"sockets\":[2,0],\"restart\":\"on-failure\","
		"\"restarts_max\":3,\"host\":[],\"ops\":[{\"op\":\"groups\","
		"\"groups\":[7,"
		"4294967294]},"
		"{\"op\":\"seccomp\",\"instructions\":2},"
		"{\"op\":\"exec\",\"path\":\"/a\",\"arguments\":[\"/a\",\"b c\",\"\"],"
		"\"environment\":[\"top\",\"bottom\"]}],\"shared\":1,"
		"\"pre_start\":[{\"op\":\"seccomp\",\"instructions\":2},"
		"{\"op\":\"exec\",\"path\":\"/a\",\"arguments\":[\"/a\",\"b c\",\"\"],"
		"\"environment\":[\"top\",\"bottom\"]}]}]}");
}

/* Names of files are bytes, and JSON must be characters. */
static void as_json_of_bytes(void **state)
{
	_cleanup_plan_builder_ PlanBuilder b;
	_cleanup_free_ void *data = NULL;
	size_t len;
	Plan p;

	(void)state;
	plan_builder_init(&b);
	plan_add(&b, (PlanOp){.code = PLAN_MASK, .path = plan_put_string(&b, "/a\xff\xe4z")});
	b.header.pod = plan_range_since(&b, 0);
	assert_int_equal(plan_finish(&b, &data, &len, NULL), 0);
	assert_int_equal(plan_load(&p, data, len), 0);
	assert_json(&p, "{\"uuid\":\"\",\"namespaces\":[],\"stop_timeout\":0,\"host\":[],"
			"\"pod\":[{\"op\":\"mask\",\"path\":\"/a\xef\xbf\xbd\xef\xbf\xbdz\"}],"
			"\"apps\":[]}");
}

static void lists(void **state)
{
	static const char list[] = "a\0\0bc";
	const char *s = plan_list_next(list, sizeof list, NULL);

	assert_string_equal(s, "a");
	s = plan_list_next(list, sizeof list, s);
	assert_string_equal(s, "");
	s = plan_list_next(list, sizeof list, s);
	assert_string_equal(s, "bc");
	assert_null(plan_list_next(list, sizeof list, s));
	assert_null(plan_list_next(list, 0, NULL));
}

static void names(void **state)
{
	assert_string_equal(plan_code_name(PLAN_CGROUP), "cgroup");
	assert_string_equal(plan_code_name(PLAN_EXEC), "exec");
	assert_string_equal(plan_code_name(PLAN_CODES), "?");
}

static void builder_strings(void **state)
{
	_cleanup_plan_builder_ PlanBuilder b;

	plan_builder_init(&b);
	assert_int_equal(plan_put_string(&b, NULL), 0);
	assert_int_equal(plan_put_string(&b, ""), 0);
	assert_int_not_equal(plan_put_string(&b, "x"), 0);
	assert_int_equal(plan_put_blob(&b, "y", 1) % 8, 0);
}

static void builder_ceiling(void **state)
{
	_cleanup_plan_builder_ PlanBuilder b;
	void *blob = calloc(1, PLAN_SIZE_MAX / 2), *data = state;
	size_t len = 7;
	Error err = ERROR_INIT;
	char text[2 * ERROR_TEXT];

	assert_non_null(blob);
	plan_builder_init(&b);
	for (unsigned i = 0; i < 3; i++)
		(void)plan_put_blob(&b, blob, PLAN_SIZE_MAX / 2);
	assert_int_equal(plan_finish(&b, &data, &len, &err), -E2BIG);
	assert_string_equal(error_message(&err, text, sizeof text),
		"the pod's plan would be larger than 16777216 bytes");
	assert_ptr_equal(data, state);
	free(blob);
}

/* Fresh copies of exactly the size told, so that a sanitizer sees every byte read past them. */
static void refuse(const void *data, size_t len)
{
	_cleanup_free_ void *copy = malloc(len > 0 ? len : 1);
	Plan p = {.pool = "untouched"};

	assert_non_null(copy);
	memcpy(copy, data, len);
	assert_int_equal(plan_load(&p, copy, len), -EBADMSG);
	assert_string_equal(p.pool, "untouched");
}

/* Makes the checksum right again, so that what is refused is refused for its content. */
static void sum(void *data, size_t len)
{
	PlanHeader *h = data;

	h->checksum = plan_checksum((char *)data + SUMMED, len - SUMMED);
}

static void refuse_summed(void *data, size_t len)
{
	sum(data, len);
	refuse(data, len);
}

static void cut_off_anywhere(void **state)
{
	_cleanup_free_ void *data = NULL;
	size_t len;

	data = make(&len);
	for (size_t n = 0; n < len; n++)
		refuse(data, n);
}

/* The same where header and checksum belong to the shorter size. */
static void cut_off_with_right_sums(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	data = make(&len);
	for (size_t n = sizeof(PlanHeader); n < len; n++) {
		_cleanup_free_ char *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, data, n);
		((PlanHeader *)(void *)copy)->size = (uint32_t)n;
		refuse_summed(copy, n);
	}
}

static void every_byte_is_summed(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	data = make(&len);
	for (size_t i = 0; i < len; i++) {
		data[i] ^= 0x10;
		refuse(data, len);
		data[i] ^= 0x10;
	}
	refuse_summed(memset(data, 0, len), len);
}

/* Sets a field, expects a refusal although the checksum is right, and sets it back. */
#define REFUSE(data, len, field, value)                                                            \
	do {                                                                                       \
		__typeof__(field) saved = (field);                                                 \
		(field) = (__typeof__(field))(value);                                              \
		refuse_summed(data, len);                                                          \
		(field) = saved;                                                                   \
	} while (0)

static void header_fields(void **state)
{
	_cleanup_free_ void *data = NULL;
	PlanHeader *h;
	size_t len;

	h = data = make(&len);
	for (size_t i = 0; i < sizeof h->magic; i++)
		REFUSE(data, len, h->magic[i], 'x');
	REFUSE(data, len, h->version, PLAN_VERSION + 1);
	REFUSE(data, len, h->version, 0);
	REFUSE(data, len, h->size, len - 8);
	REFUSE(data, len, h->size, len + 8);
	REFUSE(data, len, h->uuid[39], 'x');
	REFUSE(data, len, h->n_ops, N_OPS + 1);
	REFUSE(data, len, h->n_ops, UINT32_MAX);
	REFUSE(data, len, h->n_ops, 0);
	REFUSE(data, len, h->n_apps, 0);
	REFUSE(data, len, h->n_apps, PLAN_APPS_MAX + 1);
	REFUSE(data, len, h->n_apps, UINT32_MAX);
	REFUSE(data, len, h->pool_size, 0);
	REFUSE(data, len, h->pool_size, h->pool_size - 8);
	REFUSE(data, len, h->pool_size, UINT32_MAX);
	REFUSE(data, len, h->host.first, N_OPS + 1);
	REFUSE(data, len, h->host.n, N_OPS + 1);
	REFUSE(data, len, h->host.n, UINT32_MAX);
	REFUSE(data, len, h->pod.first, UINT32_MAX);
	REFUSE(data, len, h->pod.n, N_OPS);
	/* Root of the pod would be root of the host; then its last user would be nobody. */
	REFUSE(data, len, h->n_ids, 65536);
	h->first_id = UINT32_MAX - 65535;
	REFUSE(data, len, h->n_ids, 65536);
	REFUSE(data, len, h->n_ids, UINT32_MAX);
	/* And it was the change, each time, that was refused. */
	sum(data, len);
	assert_int_equal(plan_load(&(Plan){0}, data, len), 0);
}

static void operations(void **state)
{
	_cleanup_free_ void *data = NULL;
	const PlanHeader *h;
	PlanOp *ops;
	uint32_t end;
	size_t len;

	h = data = make(&len);
	ops = (PlanOp *)(void *)((char *)data + sizeof *h);
	end = h->pool_size;
	for (unsigned i = 0; i < N_OPS; i++) {
		REFUSE(data, len, ops[i].code, PLAN_CODES);
		REFUSE(data, len, ops[i].code, UINT16_MAX);
		REFUSE(data, len, ops[i].path, end);
		REFUSE(data, len, ops[i].path, UINT32_MAX);
		REFUSE(data, len, ops[i].source, end);
		REFUSE(data, len, ops[i].data, end + 1);
		REFUSE(data, len, ops[i].data, UINT32_MAX);
		REFUSE(data, len, ops[i].data_len, end + 1);
		REFUSE(data, len, ops[i].data_len, UINT32_MAX);
	}
	REFUSE(data, len, ops[OP_WRITE].aux, end);
	REFUSE(data, len, ops[OP_OVERLAY].aux, end);
	REFUSE(data, len, ops[OP_EXEC].aux, end + 1);
	REFUSE(data, len, ops[OP_EXEC].aux_len, end);
	/* A variable that has no place for the host's address. */
	REFUSE(data, len, ops[OP_EXEC].source, ops[OP_EXEC].path);
	REFUSE(data, len, ops[OP_EXEC].aux_len, UINT32_MAX);
}

static void ports(void **state)
{
	static const uint64_t wrong[] = {0, 65536, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		_cleanup_plan_builder_ PlanBuilder b;
		_cleanup_free_ void *data = NULL;
		size_t len;
		Plan p;

		plan_builder_init(&b);
		plan_add(&b, (PlanOp){.code = PLAN_CONNECT, .num = {wrong[i]}});
		assert_int_equal(plan_finish(&b, &data, &len, NULL), 0);
		assert_int_equal(plan_load(&p, data, len), -EBADMSG);
	}
}

static void lists_without_end(void **state)
{
	_cleanup_free_ void *data = NULL;
	PlanOp *ops;
	size_t len;

	data = make(&len);
	ops = (PlanOp *)(void *)((char *)data + sizeof(PlanHeader));
	REFUSE(data, len, ops[OP_OVERLAY].data_len, 2);
	REFUSE(data, len, ops[OP_EXEC].data_len, 2);
	REFUSE(data, len, ops[OP_EXEC].data_len, 0);
	REFUSE(data, len, ops[OP_EXEC].aux_len, 2);
}

/* Numbers and instructions that are cut off, or where a processor could not read them. */
static void arrays(void **state)
{
	_cleanup_free_ void *data = NULL;
	PlanOp *ops;
	size_t len;

	data = make(&len);
	ops = (PlanOp *)(void *)((char *)data + sizeof(PlanHeader));
	REFUSE(data, len, ops[OP_GROUPS].data_len, 7);
	REFUSE(data, len, ops[OP_GROUPS].data, ops[OP_GROUPS].data + 1);
	REFUSE(data, len, ops[OP_SECCOMP].data_len, 12);
}

static void pool_ends(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t len;
	char *pool;

	data = make(&len);
	pool = data + len - ((PlanHeader *)(void *)data)->pool_size;
	REFUSE(data, len, pool[0], 'x');
	REFUSE(data, len, data[len - 1], 'x');
}

static void apps(void **state)
{
	_cleanup_free_ char *data = NULL;
	const PlanHeader *h;
	PlanApp *app;
	char *name;
	size_t len;

	data = make(&len);
	h = (PlanHeader *)(void *)data;
	app = (PlanApp *)(void *)(data + sizeof *h + N_OPS * sizeof(PlanOp));
	name = data + len - h->pool_size + app->name;
	assert_string_equal(name, "app");
	REFUSE(data, len, app->name, h->pool_size);
	REFUSE(data, len, app->ops.first, N_OPS);
	REFUSE(data, len, app->ops.n, N_OPS);
	REFUSE(data, len, app->host.n, N_OPS + 1);
	REFUSE(data, len, app->ops.n, 0);
	REFUSE(data, len, app->sockets, h->pool_size);
	REFUSE(data, len, app->sockets, app->sockets + 1);
	REFUSE(data, len, app->n_sockets, PLAN_SOCKETS_MAX + 1);
	REFUSE(data, len, app->notifies, 2);
	REFUSE(data, len, app->pre_start.first, OP_GROUPS);
	REFUSE(data, len, app->pre_start.first, UINT32_MAX);
	REFUSE(data, len, app->pre_start.n, N_OPS);
	REFUSE(data, len, app->post_stop.n, 1);
	REFUSE(data, len, app->post_stop.n, UINT32_MAX);
	REFUSE(data, len, app->liveness.ops.n, 1);
	REFUSE(data, len, app->liveness.ops.n, UINT32_MAX);
	REFUSE(data, len, app->n_shared, app->ops.n);
	REFUSE(data, len, app->restart, PLAN_RESTARTS);
	REFUSE(data, len, ((uint32_t *)(void *)(data + len - h->pool_size + app->sockets))[1],
		PLAN_SOCKETS_MAX);
	/* Not the exec at the end. */
	REFUSE(data, len, app->ops.n, app->ops.n - 1);
	/* The name is one of a file. */
	REFUSE(data, len, name[1], '/');
	REFUSE(data, len, app->name, 0);
	memcpy(name, "..", 3);
	refuse_summed(data, len);
	memcpy(name, ".", 2);
	refuse_summed(data, len);
}

static void long_app_name(void **state)
{
	char name[PLAN_NAME_MAX + 1];

	for (size_t n = PLAN_NAME_MAX - 1; n <= PLAN_NAME_MAX; n++) {
		_cleanup_plan_builder_ PlanBuilder b;
		_cleanup_free_ void *data = NULL;
		size_t len;
		Plan p;

		memset(name, 'n', n);
		name[n] = '\0';
		plan_builder_init(&b);
		plan_add(&b, (PlanOp){.code = PLAN_EXEC, .data_len = 1});
		plan_add_app(&b, (PlanApp){.name = plan_put_string(&b, name), .ops = {0, 1}});
		assert_int_equal(plan_finish(&b, &data, &len, NULL), 0);
		assert_int_equal(plan_load(&p, data, len), n < PLAN_NAME_MAX ? 0 : -EBADMSG);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(as_json),
		cmocka_unit_test(as_json_of_bytes),
		cmocka_unit_test(lists),
		cmocka_unit_test(names),
		cmocka_unit_test(builder_strings),
		cmocka_unit_test(builder_ceiling),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(cut_off_with_right_sums),
		cmocka_unit_test(every_byte_is_summed),
		cmocka_unit_test(header_fields),
		cmocka_unit_test(operations),
		cmocka_unit_test(ports),
		cmocka_unit_test(lists_without_end),
		cmocka_unit_test(arrays),
		cmocka_unit_test(pool_ends),
		cmocka_unit_test(apps),
		cmocka_unit_test(long_app_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
