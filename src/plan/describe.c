/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/describe.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "isolate/caps.h"
#include "isolate/cgroup.h"

/* One operation on its way to a reader. */
typedef struct Telling {
	const Plan *plan;
	const PlanOp *op;
	const PlanReader *reader;
	void *to;
} Telling;

typedef struct Row Row;
struct Row {
	PlanCode code;
	PlanDetail detail;
	void (*tell)(const Telling *t, const Row *row);
	size_t at, len; /* of the field in PlanOp, and of the one that holds its length */
	bool optional;  /* says nothing when it is 0, or "" */
};

typedef struct BitName {
	uint64_t bit;
	const char *name;
} BitName;

static void tell_text(const Telling *t, const char *s)
{
	t->reader->text(t->to, s, strlen(s));
}

static void tell_bits(const Telling *t, uint64_t bits, const BitName *names, size_t n)
{
	t->reader->list(t->to, true);
	for (size_t i = 0; i < n; i++)
		if (bits & names[i].bit)
			tell_text(t, names[i].name);
	t->reader->list(t->to, false);
}

static uint32_t field(const Telling *t, size_t at)
{
	uint32_t value;

	memcpy(&value, (const char *)t->op + at, sizeof value);
	return value;
}

static uint64_t number(const Telling *t, const Row *row)
{
	uint64_t value;

	memcpy(&value, (const char *)t->op + row->at, sizeof value);
	return value;
}

static void string(const Telling *t, const Row *row)
{
	tell_text(t, plan_string(t->plan, field(t, row->at)));
}

static void list(const Telling *t, const Row *row)
{
	const char *items = plan_string(t->plan, field(t, row->at));

	t->reader->list(t->to, true);
	for (const char *s = NULL; (s = plan_list_next(items, field(t, row->len), s));)
		tell_text(t, s);
	t->reader->list(t->to, false);
}

static void content(const Telling *t, const Row *row)
{
	t->reader->text(t->to, plan_string(t->plan, field(t, row->at)), field(t, row->len));
}

static void instructions(const Telling *t, const Row *row)
{
	t->reader->number(t->to, field(t, row->len) / 8);
}

static void ids(const Telling *t, const Row *row)
{
	const void *items = plan_string(t->plan, field(t, row->at));

	t->reader->list(t->to, true);
	for (uint32_t i = 0; i < field(t, row->len) / sizeof(uint32_t); i++)
		t->reader->number(t->to, ((const uint32_t *)items)[i]);
	t->reader->list(t->to, false);
}

static void integer(const Telling *t, const Row *row)
{
	t->reader->number(t->to, (int64_t)number(t, row));
}

static void mode(const Telling *t, const Row *row)
{
	char text[8];

	(void)snprintf(text, sizeof text, "%04o", (unsigned)(number(t, row) & 07777));
	tell_text(t, text);
}

static void node_type(const Telling *t, const Row *row)
{
	tell_text(t, S_ISBLK(number(t, row)) ? "b" : "c");
}

static void device(const Telling *t, const Row *row)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%u:%u", major(number(t, row)), minor(number(t, row)));
	tell_text(t, text);
}

static void attributes(const Telling *t, const Row *row)
{
	static const BitName names[] = {
		{MOUNT_ATTR_RDONLY, "ro"},
		{MOUNT_ATTR_NOSUID, "nosuid"},
		{MOUNT_ATTR_NODEV, "nodev"},
		{MOUNT_ATTR_NOEXEC, "noexec"},
	};

	tell_bits(t, number(t, row), names, ARRAY_LEN(names));
}

static void controllers(const Telling *t, const Row *row)
{
	static const BitName names[] = {
		{CGROUP_CPU, "cpu"},
		{CGROUP_MEMORY, "memory"},
		{CGROUP_PIDS, "pids"},
	};

	tell_bits(t, number(t, row), names, ARRAY_LEN(names));
}

void plan_describe_namespaces(uint64_t flags, const PlanReader *reader, void *to)
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
	const Telling t = {.reader = reader, .to = to};

	tell_bits(&t, flags, names, ARRAY_LEN(names));
}

static void namespaces(const Telling *t, const Row *row)
{
	plan_describe_namespaces(number(t, row), t->reader, t->to);
}

static void capabilities(const Telling *t, const Row *row)
{
	uint64_t mask = number(t, row);

	t->reader->list(t->to, true);
	if (mask == UINT64_MAX)
		tell_text(t, "all");
	for (unsigned i = 0; mask != UINT64_MAX && caps_name(i); i++)
		if (mask >> i & 1)
			tell_text(t, caps_name(i));
	t->reader->list(t->to, false);
}

#define AT(member) offsetof(PlanOp, member)
#define DATA       AT(data), AT(data_len)

/* Behind an operation's name and path, in this order. */
static const Row rows[] = {
	{PLAN_CGROUP, {"limits", "limits"}, controllers, AT(num[0]), .optional = true},
	{PLAN_WRITE, {"content"}, content, DATA},
	{PLAN_WRITE, {"uid", "uid"}, integer, AT(num[0]), .optional = true},
	{PLAN_WRITE, {"gid", "gid"}, integer, AT(num[1]), .optional = true},
	{PLAN_OWNER, {"uid", "uid"}, integer, AT(num[0])},
	{PLAN_OWNER, {"gid", "gid"}, integer, AT(num[1])},
	{PLAN_CONTROLLERS, {"controllers"}, content, DATA},
	{PLAN_DEVICE_FILTER, {"instructions", .unit = "instructions"}, instructions, DATA},
	{PLAN_VIEWS, {"layers"}, list, DATA},
	{PLAN_OVERLAY, {"lower", "lower"}, list, DATA},
	{PLAN_OVERLAY, {"upper", "upper"}, string, AT(source)},
	{PLAN_OVERLAY, {"work", "work"}, string, AT(aux)},
	{PLAN_MOUNT, {"filesystem"}, string, AT(source)},
	{PLAN_MOUNT, {"options"}, list, DATA},
	{PLAN_MOUNT, {"attributes"}, attributes, AT(num[0])},
	{PLAN_BIND, {"source", "from"}, string, AT(source)},
	{PLAN_NODE, {"type"}, node_type, AT(num[0])},
	{PLAN_NODE, {"device"}, device, AT(num[1])},
	{PLAN_NODE, {"mode"}, mode, AT(num[0])},
	{PLAN_SYMLINK, {"target", "->"}, string, AT(source)},
	{PLAN_USER, {"namespaces"}, namespaces, AT(num[0])},
	{PLAN_UNSHARE, {"namespaces"}, namespaces, AT(num[0])},
	{PLAN_OOM_SCORE, {"adjustment"}, integer, AT(num[0])},
	{PLAN_BOUNDING, {"capabilities"}, capabilities, AT(num[0])},
	{PLAN_GROUPS, {"groups"}, ids, DATA},
	{PLAN_IDENTITY, {"uid", "uid"}, integer, AT(num[0])},
	{PLAN_IDENTITY, {"gid", "gid"}, integer, AT(num[1])},
	{PLAN_SECCOMP, {"instructions", .unit = "instructions"}, instructions, DATA},
	{PLAN_EXEC, {"arguments", "arguments"}, list, DATA},
	{PLAN_EXEC, {"environment", "environment"}, list, AT(aux), AT(aux_len)},
	{PLAN_CONNECT, {"port", "port"}, integer, AT(num[0])},
	{PLAN_EXEC, {"with_host", "with the host's address"}, string, AT(source), .optional = true},
};

static void describe_flags(const Telling *t)
{
	static const PlanDetail detail = {"flags", .brackets = true};
	static const BitName names[] = {
		{PLAN_OPTIONAL, "optional"},
		{PLAN_CGROUP_INTO, "into"},
		{PLAN_CGROUP_PROCS, "procs"},
		{PLAN_CGROUP_SHARED, "shared"},
		{PLAN_CGROUP_PARENT, "parent"},
		{PLAN_CGROUP_MEMORY, "memory"},
		{PLAN_CGROUP_ROOM, "room"},
		{PLAN_ROOT_POD, "pod-root"},
		{PLAN_ROOT_APP, "app-root"},
		{PLAN_VOLATILE, "volatile"},
		{PLAN_BIND_RECURSIVE, "recursive"},
		{PLAN_BIND_READONLY, "read-only"},
		{PLAN_BIND_FROM_POD, "from-pod"},
		{PLAN_BIND_IF_DNS, "if-dns"},
		{PLAN_CREATE, "create"},
	};

	t->reader->detail(t->to, &detail);
	tell_bits(t, t->op->flags, names, ARRAY_LEN(names));
}

static bool says_nothing(const Telling *t, const Row *row)
{
	return row->optional &&
	       (row->tell == string ? field(t, row->at) == 0 : number(t, row) == 0);
}

void plan_describe_op(const Plan *plan, const PlanOp *op, const PlanReader *reader, void *to)
{
	static const PlanDetail path = {"path"};
	const Telling t = {.plan = plan, .op = op, .reader = reader, .to = to};

	if (op->path) {
		reader->detail(to, &path);
		tell_text(&t, plan_string(plan, op->path));
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].code != op->code || says_nothing(&t, &rows[i]))
			continue;
		reader->detail(to, &rows[i].detail);
		rows[i].tell(&t, &rows[i]);
	}
	if (op->flags)
		describe_flags(&t);
}

const char *plan_stream_name(unsigned stream)
{
	static const char *const names[] = {
		[PLAN_STREAM_NULL] = "null",
		[PLAN_STREAM_LOG] = "log",
		[PLAN_STREAM_INHERIT] = "inherit",
		[PLAN_STREAM_TTY] = "tty",
		[PLAN_STREAM_PIPE] = "stream",
		[PLAN_STREAM_PTY] = "pty",
	};

	return stream < ARRAY_LEN(names) ? names[stream] : "?";
}

const char *plan_restart_name(unsigned restart)
{
	static const char *const names[] = {
		[PLAN_RESTART_NO] = "no",
		[PLAN_RESTART_ON_FAILURE] = "on-failure",
		[PLAN_RESTART_ALWAYS] = "always",
	};

	return restart < ARRAY_LEN(names) ? names[restart] : "?";
}
