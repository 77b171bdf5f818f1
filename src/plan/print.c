/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/print.h"

#include <ctype.h>
#include "plan/describe.h"

typedef struct Text {
	StrBuf *out;
	const PlanDetail *detail; /* the one that is being told */
} Text;

static void put_detail(void *to, const PlanDetail *detail)
{
	Text *t = to;

	t->detail = detail;
	if (detail->label)
		strbuf_printf(t->out, " %s", detail->label);
}

static void put_list(void *to, bool begin)
{
	const Text *t = to;

	if (t->detail && t->detail->brackets)
		strbuf_puts(t->out, begin ? " [" : " ]");
}

/* In quotes if it has to be, control characters and quotes as in C. */
static void put_text(void *to, const char *s, size_t len)
{
	StrBuf *out = ((const Text *)to)->out;
	bool plain = len > 0;

	for (size_t i = 0; i < len; i++)
		plain = plain && isgraph((unsigned char)s[i]) && s[i] != '"' && s[i] != '\\';
	strbuf_putc(out, ' ');
	if (plain) {
		strbuf_add(out, s, len);
		return;
	}
	strbuf_putc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			strbuf_printf(out, "\\%c", s[i]);
		else if (s[i] == '\n')
			strbuf_puts(out, "\\n");
		else if (isprint((unsigned char)s[i]) || (unsigned char)s[i] >= 0x80)
			strbuf_putc(out, s[i]);
		else
			strbuf_printf(out, "\\%03o", (unsigned char)s[i]);
	}
	strbuf_putc(out, '"');
}

static void put_number(void *to, int64_t number)
{
	const Text *t = to;

	strbuf_printf(t->out, " %lld", (long long)number);
	if (t->detail->unit)
		strbuf_printf(t->out, " %s", t->detail->unit);
}

static const PlanReader reader = {put_detail, put_list, put_text, put_number};

static void put_range(Text *t, const Plan *plan, PlanRange range)
{
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		strbuf_printf(t->out, "\t%s", plan_code_name(plan->ops[i].code));
		plan_describe_op(plan, &plan->ops[i], &reader, t);
		strbuf_putc(t->out, '\n');
	}
}

static void put_keeping(StrBuf *out, const PlanApp *app)
{
	const PlanProbe *probe = &app->liveness;

	if (probe->ops.n > 0)
		strbuf_printf(out,
			"; probed each %u ms, for %u ms, after %u ms; stuck after %u failures",
			probe->interval, probe->timeout, probe->delay, probe->failures);
	if (app->restart == PLAN_RESTART_NO)
		return;
	strbuf_printf(out, "; restart %s", plan_restart_name(app->restart));
	if (app->restarts_max > 0)
		strbuf_printf(out, ", %u times at most", app->restarts_max);
}

/* Behind what is shared with the app's own operations. */
static void put_handler(
	Text *t, const Plan *plan, const char *name, const PlanApp *app, PlanRange range)
{
	if (range.n == 0)
		return;
	strbuf_printf(t->out, "%s of %s, behind the first %u of its operations\n", name,
		plan_string(plan, app->name), app->n_shared);
	put_range(t, plan, range);
}

void plan_print(const Plan *plan, StrBuf *out)
{
	Text t = {.out = out};

	strbuf_printf(out, "pod %s: namespaces", plan->header->uuid);
	plan_describe_namespaces(plan->header->namespaces, &reader, &t);
	if (plan->header->n_ids > 0)
		strbuf_printf(out, "; ids %u:%u", plan->header->first_id, plan->header->n_ids);
	strbuf_printf(out, "; %u s to stop\n", plan->header->stop_timeout);
	strbuf_puts(out, "on the host\n");
	put_range(&t, plan, plan->header->host);
	strbuf_puts(out, "in the pod\n");
	put_range(&t, plan, plan->header->pod);
	for (uint32_t i = 0; i < plan->header->n_apps; i++) {
		const PlanApp *app = &plan->apps[i];

		strbuf_printf(out, "app %s: stop signal %u; stdin %s, stdout %s, stderr %s",
			plan_string(plan, app->name), app->stop_signal,
			plan_stream_name(app->stream[0]), plan_stream_name(app->stream[1]),
			plan_stream_name(app->stream[2]));
		if (*plan_string(plan, app->log))
			strbuf_printf(out, "; lines to %s", plan_string(plan, app->log));
		if (app->notifies)
			strbuf_puts(out, "; says when it is ready");
		for (unsigned k = 0; k < app->n_sockets; k++)
			strbuf_printf(out, "%s%u", k > 0 ? ", " : "; sockets ",
				plan_app_sockets(plan, app)[k]);
		put_keeping(out, app);
		strbuf_putc(out, '\n');
		put_range(&t, plan, app->host);
		put_range(&t, plan, app->ops);
		put_handler(&t, plan, "pre-start", app, app->pre_start);
		put_handler(&t, plan, "post-stop", app, app->post_stop);
		put_handler(&t, plan, "liveness", app, app->liveness.ops);
	}
}
