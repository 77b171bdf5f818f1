/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/registrations.h"

#include <stdio.h>
#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define UUID  "01234567-89ab-4def-8123-456789abcdef"
#define OTHER "01234567-89ab-4def-8123-456789abcdee"
#define ID                                                                                         \
	"sha512-00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112233445566778" \
	"899aabbccddeeff00112233445566778899aabbccddeeff"

#define POD(apps)       "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[" apps "]}"
#define APP(name, more) "{\"name\":\"" name "\",\"image\":{\"id\":\"" ID "\"}" more "}"
#define EXEC(program)   "\"app\":{\"exec\":[\"" program "\"],\"user\":\"0\",\"group\":\"0\"}"

static const char pod[] = POD(APP("one", "") "," APP("two", "," EXEC("/pod")));
static const char image[] =
	"{\"acVersion\":\"0.8.11\",\"acKind\":\"ImageManifest\",\"name\":\"x\"," EXEC("/image") "}";

static int put(Registrations *r, const char *uuid, const char *token)
{
	return registrations_put_pod(r, uuid, token, pod, strlen(pod), NULL);
}

static int put_image(Registrations *r, const char *app)
{
	return registrations_put_app(r, UUID, app, image, strlen(image), NULL);
}

static void by_token(void **state)
{
	_cleanup_(registrations_done) Registrations r = {.n = 0};

	assert_null(registrations_find(&r, "a"));
	assert_int_equal(put(&r, UUID, "a"), 0);
	assert_int_equal(put(&r, OTHER, "b"), 0);
	assert_string_equal(registrations_find(&r, "a")->uuid, UUID);
	assert_string_equal(registrations_find(&r, "b")->uuid, OTHER);
	assert_null(registrations_find(&r, ""));
	assert_null(registrations_find(&r, "aa"));
	assert_int_equal(put(&r, OTHER, "a"), -EEXIST);
	/* Anew, by another token and by the same. */
	assert_int_equal(put(&r, UUID, "c"), 0);
	assert_int_equal(put(&r, UUID, "c"), 0);
	assert_null(registrations_find(&r, "a"));
	assert_string_equal(registrations_find(&r, "c")->uuid, UUID);
	assert_int_equal(r.n, 2);
	assert_int_equal(registrations_remove(&r, UUID), 0);
	assert_int_equal(registrations_remove(&r, UUID), -ENOENT);
	assert_null(registrations_find(&r, "c"));
	assert_string_equal(registrations_find(&r, "b")->uuid, OTHER);
}

static void tokens(void **state)
{
	_cleanup_(registrations_done) Registrations r = {.n = 0};
	char token[REGISTRATION_TOKEN_SIZE + 1];

	memset(token, 'x', sizeof token);
	token[REGISTRATION_TOKEN_SIZE] = '\0';
	assert_int_equal(put(&r, UUID, token), -EBADMSG);
	assert_null(registrations_find(&r, token));
	token[REGISTRATION_TOKEN_SIZE - 1] = '\0';
	assert_int_equal(put(&r, UUID, token), 0);
	assert_non_null(registrations_find(&r, token));
	assert_int_equal(put(&r, UUID, ""), -EBADMSG);
	assert_int_equal(put(&r, UUID, "a/b"), -EBADMSG);
	assert_int_equal(put(&r, UUID, "a b"), -EBADMSG);
}

static void apps(void **state)
{
	_cleanup_(registrations_done) Registrations r = {.n = 0};
	const RegisteredPod *p;

	assert_int_equal(put_image(&r, "one"), -ENOENT);
	assert_int_equal(put(&r, UUID, "a"), 0);
	p = registrations_find(&r, "a");
	assert_int_equal(registered_app(p, "one"), -1);
	assert_int_equal(put_image(&r, "three"), -EBADMSG);
	assert_int_equal(registrations_put_app(&r, UUID, "one", pod, strlen(pod), NULL), -EINVAL);
	assert_int_equal(put_image(&r, "two"), 0);
	assert_int_equal(registered_app(p, "two"), 1);
	assert_int_equal(registered_app(p, "one"), -1);
	assert_string_equal(p->apps[1].text->data, image);
}

/* What the pod says itself stays; what it leaves to the image comes from there. */
static void reified(void **state)
{
	_cleanup_(registrations_done) Registrations r = {.n = 0};
	RegisteredPod *p;

	assert_int_equal(put(&r, UUID, "a"), 0);
	p = registrations_find(&r, "a");
	assert_int_equal(registrations_reify(&r, p, NULL), 0);
	assert_string_equal(p->reified->data, pod);
	assert_int_equal(put_image(&r, "two"), 0);
	/* Only for who asks. */
	assert_null(p->reified);
	assert_int_equal(registrations_reify(&r, p, NULL), 0);
	assert_string_equal(p->reified->data, pod);
	assert_int_equal(put_image(&r, "one"), 0);
	assert_int_equal(put_image(&r, "one"), 0);
	r.bytes += REGISTRATIONS_BYTES_MAX;
	assert_int_equal(registrations_reify(&r, p, NULL), -ENOSPC);
	r.bytes -= REGISTRATIONS_BYTES_MAX;
	assert_int_equal(registrations_reify(&r, p, NULL), 0);
	assert_int_equal(registrations_reify(&r, p, NULL), 0);
	assert_non_null(strstr(p->reified->data, "/image"));
	assert_non_null(strstr(p->reified->data, "/pod"));
	assert_string_equal(p->text->data, pod);
	assert_int_equal(registrations_remove(&r, UUID), 0);
	assert_int_equal(r.bytes, 0);
}

/* Room that was taken is there again. */
static void bytes(void **state)
{
	_cleanup_(registrations_done) Registrations r = {.n = 0};

	size_t most;

	assert_int_equal(put(&r, UUID, "a"), 0);
	most = REGISTRATIONS_BYTES_MAX - 2 * r.bytes + 1;
	r.bytes += most;
	assert_int_equal(put(&r, OTHER, "b"), -ENOSPC);
	assert_int_equal(put(&r, UUID, "a"), 0);
	r.bytes -= most;
	assert_int_equal(put(&r, OTHER, "b"), 0);
	assert_int_equal(put_image(&r, "one"), 0);
	assert_int_equal(put_image(&r, "one"), 0);
	assert_int_equal(registrations_remove(&r, UUID), 0);
	assert_int_equal(registrations_remove(&r, OTHER), 0);
	assert_int_equal(r.bytes, 0);
}

/* What is made of a short text may be large. */
static void values(void **state)
{
	enum { N = 200000 };
	static const char tail[] = "\"\"],\"user\":\"0\",\"group\":\"0\"}}";
	static const char head[] = "{\"acVersion\":\"0.8.11\",\"acKind\":\"ImageManifest\","
				   "\"name\":\"x\",\"app\":{\"exec\":[\"/x\",";
	_cleanup_(registrations_done) Registrations r = {.n = 0};
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(REGISTRATION_MAX);
	_cleanup_strbuf_ StrBuf many = STRBUF_INIT(REGISTRATION_MAX);
	unsigned taken = 0;
	int result = 0;

	strbuf_puts(&text, head);
	for (unsigned i = 0; i < N; i++)
		strbuf_puts(&text, "\"\",");
	strbuf_puts(&text, tail);
	strbuf_puts(&many, "{\"acVersion\":\"0.8.11\",\"acKind\":\"PodManifest\",\"apps\":[");
	for (unsigned i = 0; i < 16; i++)
		strbuf_printf(&many, "%s" APP("a%u", ""), i ? "," : "", i);
	strbuf_puts(&many, "]}");
	assert_int_equal(registrations_put_pod(&r, UUID, "a", many.text, many.len, NULL), 0);
	for (; taken < 16 && result == 0; taken++) {
		char app[8];

		(void)snprintf(app, sizeof app, "a%u", taken);
		result = registrations_put_app(&r, UUID, app, text.text, text.len, NULL);
	}
	assert_int_equal(result, -ENOSPC);
	assert_in_range(taken, 2, 8);
	/* But not of what is one text. */
	strbuf_clear(&text);
	strbuf_puts(&text, head);
	strbuf_puts(&text, "\"\\\"");
	for (unsigned i = 0; i < 10 * N; i++)
		strbuf_putc(&text, ',');
	strbuf_puts(&text, tail + 1);
	assert_int_equal(put(&r, UUID, "a"), 0);
	assert_int_equal(registrations_put_app(&r, UUID, "one", text.text, text.len, NULL), 0);
}

static void number(void **state)
{
	_cleanup_(registrations_done) Registrations r = {.n = 0};
	char uuid[UUID_TEXT], token[16];

	for (unsigned i = 0; i <= REGISTRATIONS_MAX; i++) {
		(void)snprintf(uuid, sizeof uuid, "01234567-89ab-4def-8123-4567%08x", i);
		(void)snprintf(token, sizeof token, "%u", i);
		assert_int_equal(put(&r, uuid, token), i < REGISTRATIONS_MAX ? 0 : -ENOSPC);
	}
	/* In place of itself. */
	assert_int_equal(put(&r, "01234567-89ab-4def-8123-456700000007", "7"), 0);
}

/* An answer may outlive the registration that it tells of. */
static void shared(void **state)
{
	_cleanup_(registrations_done) Registrations r = {.n = 0};
	_cleanup_shared_text_ SharedText *text = NULL;

	assert_int_equal(put(&r, UUID, "a"), 0);
	text = shared_text_ref(registrations_find(&r, "a")->text);
	assert_int_equal(registrations_remove(&r, UUID), 0);
	assert_string_equal(text->data, pod);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_token),
		cmocka_unit_test(tokens),
		cmocka_unit_test(apps),
		cmocka_unit_test(reified),
		cmocka_unit_test(bytes),
		cmocka_unit_test(values),
		cmocka_unit_test(number),
		cmocka_unit_test(shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
