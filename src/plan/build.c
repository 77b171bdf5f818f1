/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/build.h"

void plan_builder_init(PlanBuilder *b)
{
	*b = (PlanBuilder){
		.header = {.magic = PLAN_MAGIC, .version = PLAN_VERSION},
		.ops = STRBUF_INIT(PLAN_SIZE_MAX),
		.apps = STRBUF_INIT(PLAN_SIZE_MAX),
		.pool = STRBUF_INIT(PLAN_SIZE_MAX),
	};
	strbuf_putc(&b->pool, '\0');
}

void plan_builder_done(PlanBuilder *b)
{
	strbuf_done(&b->ops);
	strbuf_done(&b->apps);
	strbuf_done(&b->pool);
}

uint32_t plan_put_string(PlanBuilder *b, const char *s)
{
	uint32_t offset = (uint32_t)b->pool.len;

	if (!s || !*s)
		return 0;
	strbuf_add(&b->pool, s, strlen(s) + 1);
	return offset;
}

static uint32_t align_pool(PlanBuilder *b)
{
	static const char zeros[8];

	strbuf_add(&b->pool, zeros, (8 - b->pool.len % 8) % 8);
	return (uint32_t)b->pool.len;
}

uint32_t plan_put_blob(PlanBuilder *b, const void *data, size_t len)
{
	uint32_t offset = align_pool(b);

	strbuf_add(&b->pool, data, len);
	return offset;
}

uint32_t plan_put_list(PlanBuilder *b, const char *const *items, size_t n, uint32_t *ret_len)
{
	uint32_t offset = (uint32_t)b->pool.len;

	for (size_t i = 0; i < n; i++)
		strbuf_add(&b->pool, items[i], strlen(items[i]) + 1);
	*ret_len = (uint32_t)b->pool.len - offset;
	return offset;
}

void plan_add(PlanBuilder *b, PlanOp op)
{
	strbuf_add(&b->ops, &op, sizeof op);
	b->header.n_ops++;
}

void plan_repeat(PlanBuilder *b, PlanRange range)
{
	for (uint32_t i = range.first; i < range.first + range.n && !b->ops.error; i++) {
		PlanOp op;

		memcpy(&op, strbuf_text(&b->ops) + i * sizeof op, sizeof op);
		plan_add(b, op);
	}
}

void plan_add_bind(PlanBuilder *b, const char *path, const char *source, uint32_t flags)
{
	plan_add(b, (PlanOp){
			    .code = PLAN_BIND,
			    .flags = flags,
			    .path = plan_put_string(b, path),
			    .source = plan_put_string(b, source),
		    });
}

uint32_t plan_position(const PlanBuilder *b)
{
	return b->header.n_ops;
}

PlanRange plan_range_since(const PlanBuilder *b, uint32_t position)
{
	return (PlanRange){position, b->header.n_ops - position};
}

void plan_add_app(PlanBuilder *b, PlanApp app)
{
	strbuf_add(&b->apps, &app, sizeof app);
	b->header.n_apps++;
}

int plan_finish(PlanBuilder *b, void **ret, size_t *ret_len, Error *err)
{
	_cleanup_strbuf_ StrBuf all = STRBUF_INIT(PLAN_SIZE_MAX);
	size_t summed = offsetof(PlanHeader, checksum) + sizeof(uint64_t);
	PlanHeader *header;
	char *text;
	int r;

	/* Ends the pool with a NUL whatever was put there last. */
	strbuf_putc(&b->pool, '\0');
	(void)align_pool(b);
	r = b->ops.error ? b->ops.error : b->apps.error ? b->apps.error : b->pool.error;
	b->header.pool_size = (uint32_t)b->pool.len;
	strbuf_add(&all, &b->header, sizeof b->header);
	strbuf_add(&all, strbuf_text(&b->ops), b->ops.len);
	strbuf_add(&all, strbuf_text(&b->apps), b->apps.len);
	strbuf_add(&all, strbuf_text(&b->pool), b->pool.len);
	if (r == 0)
		r = strbuf_finish(&all, &text, ret_len);
	if (r == -E2BIG)
		return fail(err, r, "the pod's plan would be larger than %u bytes", PLAN_SIZE_MAX);
	if (r < 0)
		return fail_oom(err);
	header = (PlanHeader *)(void *)text;
	header->size = (uint32_t)*ret_len;
	header->checksum = plan_checksum(text + summed, *ret_len - summed);
	*ret = text;
	return 0;
}
