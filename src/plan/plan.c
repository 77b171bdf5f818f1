/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"

#include <errno.h>

static const char *const code_names[PLAN_CODES] = {
#define X(code, name) [PLAN_##code] = name,
	PLAN_OPS(X)
#undef X
};

const char *plan_code_name(unsigned code)
{
	return code < PLAN_CODES ? code_names[code] : "?";
}

/* Tells a plan that was cut off or overwritten from a whole one; no defence against forgery:
 * whoever can write in a pod's directory is root already. */
uint64_t plan_checksum(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t sum = len ^ 0x9e3779b97f4a7c15u, word;

	for (; len >= sizeof word; p += sizeof word, len -= sizeof word) {
		__builtin_memcpy(&word, p, sizeof word);
		sum = (sum ^ word) * 0xff51afd7ed558ccdu;
		sum ^= sum >> 32;
	}
	for (word = 0; len > 0; len--)
		word = word << 8 | *p++;
	sum = (sum ^ word) * 0xff51afd7ed558ccdu;
	return sum ^ sum >> 32;
}

static bool string_ok(const Plan *p, uint32_t offset)
{
	/* The pool ends with a NUL, so that any offset inside it starts a terminated string. */
	return offset < p->header->pool_size;
}

static bool blob_ok(const Plan *p, uint32_t offset, uint32_t len)
{
	return offset <= p->header->pool_size && len <= p->header->pool_size - offset;
}

static bool range_ok(const Plan *p, PlanRange r)
{
	return r.first <= p->header->n_ops && r.n <= p->header->n_ops - r.first;
}

static bool list_ok(const Plan *p, uint32_t offset, uint32_t len)
{
	return blob_ok(p, offset, len) && (len == 0 || p->pool[offset + len - 1] == '\0');
}

/* "", or a variable with a place for the host's address. */
static bool with_host_ok(const Plan *p, uint32_t offset)
{
	return offset == 0 || strstr(p->pool + offset, PLAN_HOST_PLACE);
}

static bool op_ok(const Plan *p, const PlanOp *op)
{
	if (op->code >= PLAN_CODES || !string_ok(p, op->path) || !string_ok(p, op->source))
		return false;
	if (!blob_ok(p, op->data, op->data_len))
		return false;
	switch (op->code) {
	case PLAN_VIEWS:
	case PLAN_OVERLAY:
	case PLAN_MOUNT: return string_ok(p, op->aux) && list_ok(p, op->data, op->data_len);
	case PLAN_EXEC:
		return op->data_len > 0 && list_ok(p, op->data, op->data_len) &&
		       list_ok(p, op->aux, op->aux_len) && with_host_ok(p, op->source);
	case PLAN_CONNECT: return op->num[0] >= 1 && op->num[0] <= UINT16_MAX;
	case PLAN_GROUPS:
		return op->data % sizeof(uint32_t) == 0 && op->data_len % sizeof(uint32_t) == 0;
	case PLAN_SECCOMP:
	case PLAN_DEVICE_FILTER: return op->data_len % 8 == 0;
	default: return string_ok(p, op->aux);
	}
}

/* An app's status file has its name. */
static bool name_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < PLAN_NAME_MAX && !strchr(name, '/') && !streq(name, ".") &&
	       !streq(name, "..");
}

static bool sockets_ok(const Plan *p, const PlanApp *app)
{
	const uint32_t *places = plan_app_sockets(p, app);

	if (app->n_sockets > PLAN_SOCKETS_MAX || app->sockets % sizeof *places != 0 ||
		!blob_ok(p, app->sockets, app->n_sockets * (uint32_t)sizeof *places))
		return false;
	for (unsigned i = 0; i < app->n_sockets; i++)
		if (places[i] >= PLAN_SOCKETS_MAX)
			return false;
	return true;
}

static bool ends_with(const Plan *p, PlanRange r, PlanCode code)
{
	return r.n > 0 && range_ok(p, r) && p->ops[r.first + r.n - 1].code == code;
}

static bool handler_ok(const Plan *p, PlanRange r)
{
	return r.n == 0 || ends_with(p, r, PLAN_EXEC);
}

static bool probe_ok(const Plan *p, const PlanProbe *probe)
{
	return handler_ok(p, probe->ops) || ends_with(p, probe->ops, PLAN_CONNECT);
}

static bool app_ok(const Plan *p, const PlanApp *app)
{
	if (!string_ok(p, app->name) || !string_ok(p, app->log) || !range_ok(p, app->host))
		return false;
	/* The last thing that an app's process does is becoming the app. */
	if (!ends_with(p, app->ops, PLAN_EXEC) || app->n_shared >= app->ops.n)
		return false;
	if (!handler_ok(p, app->pre_start) || !handler_ok(p, app->post_stop) ||
		!probe_ok(p, &app->liveness))
		return false;
	if (!name_ok(p->pool + app->name))
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (app->stream[i] >= PLAN_STREAMS)
			return false;
	return app->notifies <= 1 && app->restart < PLAN_RESTARTS && sockets_ok(p, app);
}

static bool header_ok(const PlanHeader *h, size_t size)
{
	uint64_t want;

	if (size < sizeof *h || size > PLAN_SIZE_MAX || h->size != size)
		return false;
	if (memcmp(h->magic, PLAN_MAGIC, sizeof h->magic) != 0 || h->version != PLAN_VERSION)
		return false;
	if (h->mutable > 1 || (h->mutable && h->n_apps > 0))
		return false;
	if (h->n_apps > PLAN_APPS_MAX || h->n_ops > size || h->pool_size == 0)
		return false;
	want = sizeof *h + (uint64_t)h->n_ops * sizeof(PlanOp) +
	       (uint64_t)h->n_apps * sizeof(PlanApp) + h->pool_size;
	if (want != size || h->uuid[sizeof h->uuid - 1])
		return false;
	/* Root of the pod is somebody else on the host, and no number is the one for nobody. */
	if (h->n_ids > 0 && (h->first_id == 0 || h->n_ids > UINT32_MAX - h->first_id))
		return false;
	return true;
}

int plan_load(Plan *ret, const void *data, size_t size)
{
	size_t summed = offsetof(PlanHeader, checksum) + sizeof(uint64_t);
	const PlanHeader *h = data;
	Plan p;

	if (!header_ok(h, size))
		return -EBADMSG;
	if (plan_checksum((const char *)data + summed, size - summed) != h->checksum)
		return -EBADMSG;
	p.header = h;
	p.ops = (const PlanOp *)(h + 1);
	p.apps = (const PlanApp *)(p.ops + h->n_ops);
	p.pool = (const char *)(p.apps + h->n_apps);
	if (p.pool[0] != '\0' || p.pool[h->pool_size - 1] != '\0')
		return -EBADMSG;
	if (!range_ok(&p, h->host) || !range_ok(&p, h->pod))
		return -EBADMSG;
	if (!list_ok(&p, h->words, h->words_len))
		return -EBADMSG;
	for (uint32_t i = 0; i < h->n_ops; i++)
		if (!op_ok(&p, &p.ops[i]))
			return -EBADMSG;
	for (uint32_t i = 0; i < h->n_apps; i++)
		if (!app_ok(&p, &p.apps[i]))
			return -EBADMSG;
	*ret = p;
	return 0;
}

const char *plan_list_next(const char *list, uint32_t len, const char *previous)
{
	const char *next = previous ? previous + strlen(previous) + 1 : list;

	return next < list + len ? next : NULL;
}
