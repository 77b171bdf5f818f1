/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/print.h"

#include <ctype.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "isolate/caps.h"

typedef struct BitName {
	uint64_t bit;
	const char *name;
} BitName;

static void print_bits(StrBuf *out, uint64_t bits, const BitName *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bits & names[i].bit)
			strbuf_printf(out, " %s", names[i].name);
}

/* In quotes if it has to be, control characters and quotes as in C. */
static void print_text(StrBuf *out, const char *s, size_t len)
{
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

static void print_string(StrBuf *out, const Plan *plan, uint32_t offset)
{
	const char *s = plan_string(plan, offset);

	print_text(out, s, strlen(s));
}

static void print_list(StrBuf *out, const Plan *plan, uint32_t offset, uint32_t len)
{
	for (const char *s = NULL; (s = plan_list_next(plan_string(plan, offset), len, s));)
		print_text(out, s, strlen(s));
}

static void print_flags(StrBuf *out, const PlanOp *op)
{
	static const BitName names[] = {
		{PLAN_OPTIONAL, "optional"},
		{PLAN_CGROUP_INTO, "into"},
		{PLAN_CGROUP_PROCS, "procs"},
		{PLAN_CGROUP_SHARED, "shared"},
		{PLAN_CGROUP_PARENT, "parent"},
		{PLAN_CGROUP_MEMORY, "memory"},
		{PLAN_ROOT_POD, "pod-root"},
		{PLAN_ROOT_APP, "app-root"},
		{PLAN_VOLATILE, "volatile"},
		{PLAN_BIND_RECURSIVE, "recursive"},
		{PLAN_BIND_READONLY, "read-only"},
		{PLAN_BIND_FROM_POD, "from-pod"},
		{PLAN_IF_MISSING, "if-missing"},
		{PLAN_CREATE, "create"},
	};

	if (op->flags == 0)
		return;
	strbuf_puts(out, " [");
	print_bits(out, op->flags, names, ARRAY_LEN(names));
	strbuf_puts(out, " ]");
}

static void print_attrs(StrBuf *out, uint64_t attrs)
{
	static const BitName names[] = {
		{MOUNT_ATTR_RDONLY, "ro"},
		{MOUNT_ATTR_NOSUID, "nosuid"},
		{MOUNT_ATTR_NODEV, "nodev"},
		{MOUNT_ATTR_NOEXEC, "noexec"},
	};

	print_bits(out, attrs, names, ARRAY_LEN(names));
}

static void print_namespaces(StrBuf *out, uint64_t flags)
{
	static const BitName names[] = {
		{CLONE_NEWNS, "mount"},
		{CLONE_NEWPID, "pid"},
		{CLONE_NEWIPC, "ipc"},
		{CLONE_NEWUTS, "uts"},
		{CLONE_NEWNET, "net"},
		{CLONE_NEWCGROUP, "cgroup"},
		{CLONE_NEWUSER, "user"},
	};

	print_bits(out, flags, names, ARRAY_LEN(names));
}

static void print_caps(StrBuf *out, uint64_t mask)
{
	if (mask == UINT64_MAX) {
		strbuf_puts(out, " all");
		return;
	}
	for (unsigned i = 0; caps_name(i); i++)
		if (mask >> i & 1)
			strbuf_printf(out, " %s", caps_name(i));
}

/* What is behind an operation's name and path. */
static void print_details(StrBuf *out, const Plan *plan, const PlanOp *op)
{
	switch (op->code) {
	case PLAN_OVERLAY:
		strbuf_puts(out, " lower");
		print_list(out, plan, op->data, op->data_len);
		strbuf_puts(out, " upper");
		print_string(out, plan, op->source);
		strbuf_puts(out, " work");
		print_string(out, plan, op->aux);
		break;
	case PLAN_MOUNT:
		print_string(out, plan, op->source);
		print_list(out, plan, op->data, op->data_len);
		print_attrs(out, op->num[0]);
		break;
	case PLAN_BIND:
		strbuf_puts(out, " from");
		print_string(out, plan, op->source);
		break;
	case PLAN_SYMLINK:
		strbuf_puts(out, " ->");
		print_string(out, plan, op->source);
		break;
	case PLAN_DIRECTORY: strbuf_printf(out, " %04llo", (unsigned long long)op->num[0]); break;
	case PLAN_NODE:
		strbuf_printf(out, " %c %u:%u %04llo", S_ISBLK(op->num[0]) ? 'b' : 'c',
			major(op->num[1]), minor(op->num[1]),
			(unsigned long long)(op->num[0] & 07777));
		break;
	case PLAN_FILE:
		strbuf_printf(out, " %04llo", (unsigned long long)op->num[0]); /* fall through */
	case PLAN_CONTROLLERS:
	case PLAN_WRITE: print_text(out, plan_string(plan, op->data), op->data_len); break;
	case PLAN_DEVICE_FILTER:
	case PLAN_SECCOMP: strbuf_printf(out, " %u instructions", op->data_len / 8); break;
	case PLAN_UNSHARE: print_namespaces(out, op->num[0]); break;
	case PLAN_OOM_SCORE: strbuf_printf(out, " %lld", (long long)op->num[0]); break;
	case PLAN_BOUNDING: print_caps(out, op->num[0]); break;
	case PLAN_GROUPS:
		for (uint32_t i = 0; i < op->data_len / sizeof(uint32_t); i++)
			strbuf_printf(out, " %u",
				((const uint32_t *)(const void *)plan_string(plan, op->data))[i]);
		break;
	case PLAN_IDENTITY:
		strbuf_printf(out, " uid %llu gid %llu", (unsigned long long)op->num[0],
			(unsigned long long)op->num[1]);
		break;
	case PLAN_EXEC:
		strbuf_puts(out, " arguments");
		print_list(out, plan, op->data, op->data_len);
		strbuf_puts(out, " environment");
		print_list(out, plan, op->aux, op->aux_len);
		break;
	default: break;
	}
}

static void print_range(StrBuf *out, const Plan *plan, PlanRange range)
{
	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		const PlanOp *op = &plan->ops[i];

		strbuf_printf(out, "\t%s", plan_code_name(op->code));
		if (op->path)
			print_string(out, plan, op->path);
		print_details(out, plan, op);
		print_flags(out, op);
		strbuf_putc(out, '\n');
	}
}

void plan_print(const Plan *plan, StrBuf *out)
{
	static const char *const streams[] = {"null", "log", "inherit", "tty"};

	strbuf_printf(out, "pod %s: namespaces", plan->header->uuid);
	print_namespaces(out, plan->header->namespaces);
	strbuf_printf(out, "; %u s to stop\n", plan->header->stop_timeout);
	strbuf_puts(out, "on the host\n");
	print_range(out, plan, plan->header->host);
	strbuf_puts(out, "in the pod\n");
	print_range(out, plan, plan->header->pod);
	for (uint32_t i = 0; i < plan->header->n_apps; i++) {
		const PlanApp *app = &plan->apps[i];

		strbuf_printf(out, "app %s: stop signal %u; stdin", plan_string(plan, app->name),
			app->stop_signal);
		strbuf_printf(out, " %s, stdout %s, stderr %s\n", streams[app->stream[0] & 3],
			streams[app->stream[1] & 3], streams[app->stream[2] & 3]);
		print_range(out, plan, app->host);
		print_range(out, plan, app->ops);
	}
}
