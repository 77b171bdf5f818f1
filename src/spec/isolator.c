/* SPDX-License-Identifier: Apache-2.0 */

/* The table of isolators, and the rules between them. */

#include "spec/schema-internal.h"

#include "spec/isolator-internal.h"

static const IsolatorRow rows[] = {
	[ISOLATOR_CPU] = {"resource/cpu", isolator_parse_quantity, .scale = 1000},
	[ISOLATOR_MEMORY] = {"resource/memory", isolator_parse_quantity, .scale = 1},
	[ISOLATOR_BLOCK_BANDWIDTH] = {"resource/block-bandwidth", isolator_parse_quantity,
		.scale = 1, .is_default = true},
	[ISOLATOR_BLOCK_IOPS] = {"resource/block-iops", isolator_parse_quantity, .scale = 1,
		.is_default = true},
	[ISOLATOR_NETWORK_BANDWIDTH] = {"resource/network-bandwidth", isolator_parse_quantity,
		.scale = 1, .is_default = true},
	[ISOLATOR_PIDS] = {"resource/pids", isolator_parse_number, .min = 1, .max = 4194304,
		.single = true},
	[ISOLATOR_CAPS_RETAIN] = {"os/linux/capabilities-retain-set", isolator_parse_capabilities},
	[ISOLATOR_CAPS_REMOVE] = {"os/linux/capabilities-remove-set", isolator_parse_capabilities},
	[ISOLATOR_SECCOMP_RETAIN] = {"os/linux/seccomp-retain-set", isolator_parse_seccomp,
		.single = true},
	[ISOLATOR_SECCOMP_REMOVE] = {"os/linux/seccomp-remove-set", isolator_parse_seccomp,
		.single = true},
	[ISOLATOR_NO_NEW_PRIVILEGES] = {"os/linux/no-new-privileges", isolator_parse_bool},
	[ISOLATOR_OOM_SCORE_ADJ] = {"os/linux/oom-score-adj", isolator_parse_number, .min = -1000,
		.max = 1000, .single = true},
	[ISOLATOR_CPU_SHARES] = {"os/linux/cpu-shares", isolator_parse_number, .min = 2,
		.max = 262144, .single = true},
	[ISOLATOR_SELINUX_CONTEXT] = {"os/linux/selinux-context", isolator_parse_selinux},
	[ISOLATOR_APPARMOR_PROFILE] = {"os/linux/apparmor-profile", isolator_parse_apparmor},
	[ISOLATOR_SYSCTL] = {"os/unix/sysctl", isolator_parse_sysctl},
};

static const IsolatorRow *find_row(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (streq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static bool name_known(const char *name)
{
	return find_row(name) != NULL;
}

static const TextRule rule_isolator = {name_known, "a known isolator"};

static int unknown_isolator(JsonReader *r, const char *name)
{
	char text[QUOTED_MAX];

	return reader_fail(
		r, NULL, "%s is not %s", text_quoted(name, text, sizeof text), rule_isolator.want);
}

static int value_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	Isolator *isolator = object;
	const IsolatorRow *row = find_row(isolator->name);

	(void)f;
	if (!row)
		return unknown_isolator(r, isolator->name);
	isolator->kind = (IsolatorKind)(row - rows);
	return row->parse(r, row, value, isolator);
}

static int value_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const char *text = ((const Isolator *)object)->value_json;

	(void)f;
	return json_parse(arena, text, strlen(text), "isolator", ret, NULL);
}

static const FieldType field_isolator_value = {value_parse, value_print};

/* The value's meaning depends on the name, which therefore comes first. */
static const Field isolator_fields[] = {
	FIELD(Isolator, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_isolator),
	FIELD(Isolator, value_json, "value", isolator_value, .flags = FIELD_REQUIRED),
};

const ObjectType isolator_object = OBJECT_TYPE(Isolator, isolator_fields, NULL);

int isolators_check(JsonReader *r, const char *member, const Isolator *items, size_t n)
{
	const Isolator *seccomp = NULL;
	uint32_t seen = 0;

	for (size_t i = 0; i < n; i++) {
		const Isolator *it = &items[i];
		bool is_seccomp =
			it->kind == ISOLATOR_SECCOMP_RETAIN || it->kind == ISOLATOR_SECCOMP_REMOVE;

		if (seen & 1u << it->kind && rows[it->kind].single)
			return reader_fail(
				r, member, "isolator \"%s\" may be given only once", it->name);
		if (is_seccomp && seccomp)
			return reader_fail(r, member,
				"isolators \"%s\" and \"%s\" exclude each other", seccomp->name,
				it->name);
		if (is_seccomp)
			seccomp = it;
		seen |= 1u << it->kind;
	}
	return 0;
}

int isolator_parse(const char *name, const Json *value, const char *path, Arena *arena,
	Isolator *ret, Error *err)
{
	JsonReader r = {.arena = arena, .err = err};
	Isolator isolator = {0};
	int result;

	(void)reader_push(&r, path, 0);
	isolator.name = arena_strdup(arena, name);
	if (!isolator.name)
		return fail_oom(err);
	result = value_parse(&r, NULL, value, &isolator);
	if (result < 0)
		return result;
	*ret = isolator;
	return 0;
}
