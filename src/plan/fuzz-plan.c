/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/print.h"

#include <stdlib.h>
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that execution walks over, read to its last byte. */
static void walk(const Plan *p)
{
	for (uint32_t i = 0; i < p->header->n_apps; i++) {
		const PlanApp *app = &p->apps[i];
		const PlanOp *exec = &p->ops[app->ops.first + app->ops.n - 1];
		const char *list = plan_string(p, exec->data);
		size_t n = 0;

		for (const char *s = NULL; (s = plan_list_next(list, exec->data_len, s));)
			n++;
		/* Somebody has room for as many as the list has bytes. */
		if (n == 0 || n > exec->data_len)
			abort();
	}
}

/* A plan with the checksum that it should have, and the size, or nothing else would ever be looked
 * at. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t summed = offsetof(PlanHeader, checksum) + sizeof(uint64_t);
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(8u << 20);
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *json = NULL;
	_cleanup_free_ PlanHeader *h = malloc(size > 0 ? size : 1);
	Plan p;

	if (!h)
		abort();
	if (size > 0)
		memcpy(h, data, size);
	if (size >= sizeof *h) {
		h->size = (uint32_t)size;
		h->checksum = plan_checksum((char *)h + summed, size - summed);
	}
	if (plan_load(&p, h, size) < 0)
		return 0;
	walk(&p);
	plan_print(&p, &out);
	(void)json_print(
		plan_to_json(&arena, &p), false, &json); /* not for bytes that are no text */
	return 0;
}
