/* SPDX-License-Identifier: Apache-2.0 */

/* The values of isolators: quantities, numbers, sets of names, labels. */

#include "spec/isolator-internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include "spec/quantity.h"
#include "spec/schema-internal.h"

#define SET_MAX 1024

/* Keeps value, printed on one line, as the isolator's canonical value. */
static int keep_value(JsonReader *r, const Json *value, Isolator *isolator)
{
	_cleanup_free_ char *text = NULL;

	if (json_print(value, false, &text) == 0)
		isolator->value_json = arena_strdup(r->arena, text);
	return isolator->value_json ? 0 : fail_oom(r->err);
}

/* The same for a value that was read into a structure. */
static int keep_object(
	JsonReader *r, const ObjectType *type, const void *object, Isolator *isolator)
{
	return keep_value(r, fields_write(r->arena, type, object), isolator);
}

typedef struct QuantityValue {
	bool is_default;
	const char *request, *limit; /* canonical, or NULL */
} QuantityValue;

static int quantity_member_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	char canonical[32], number[32], text[QUOTED_MAX];
	const char *s = json_text(value), *copy;
	int result;

	if (json_is(value, JSON_INTEGER)) {
		(void)snprintf(number, sizeof number, "%" PRId64, json_integer(value));
		s = number;
	}
	if (!s)
		return reader_wrong_type(r, NULL, "a quantity such as \"500m\" or \"64M\"", value);
	result = quantity_canonical(s, canonical, sizeof canonical);
	if (result == -ERANGE)
		return reader_fail(r, NULL, "%s is too large or too precise",
			text_quoted(s, text, sizeof text));
	if (result < 0)
		return reader_fail(r, NULL,
			"%s is not a quantity such as \"500m\", \"64M\" or \"1.5Gi\"",
			text_quoted(s, text, sizeof text));
	if (*canonical == '-')
		return reader_fail(
			r, NULL, "%s must not be negative", text_quoted(s, text, sizeof text));
	copy = arena_strdup(r->arena, canonical);
	if (!copy)
		return fail_oom(r->err);
	*(const char **)field_at(object, f->offset) = copy;
	return 0;
}

static int quantity_member_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	return field_text.print(arena, f, object, ret);
}

static const FieldType field_quantity = {quantity_member_parse, quantity_member_print};

static const Field quantity_fields[] = {
	FIELD(QuantityValue, is_default, "default", bool, .flags = FIELD_PRINT_ZERO),
	FIELD(QuantityValue, request, "request", quantity),
	FIELD(QuantityValue, limit, "limit", quantity),
};

static const ObjectType quantity_object = OBJECT_TYPE(QuantityValue, quantity_fields, NULL);

static int read_scaled(JsonReader *r, const char *member, const char *quantity, int64_t scale,
	bool *ret_has, int64_t *ret)
{
	*ret_has = quantity != NULL;
	if (quantity && quantity_parse(quantity, scale, ret) < 0)
		return reader_fail(r, member, "\"%s\" is too large", quantity);
	return 0;
}

int isolator_parse_quantity(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	QuantityValue v = {0};
	int result = fields_read(r, &quantity_object, value, &v);

	if (result < 0)
		return result;
	if (v.is_default != row->is_default)
		return reader_fail(r, "default", "must be %s for \"%s\"",
			row->is_default ? "true" : "false", row->name);
	if (row->is_default && v.request)
		return reader_fail(r, "request", "is not supported for \"%s\"", row->name);
	if (row->is_default && !v.limit)
		return reader_fail(r, "limit", "must be given");
	result = read_scaled(
		r, "request", v.request, row->scale, &isolator->has_request, &isolator->request);
	if (result < 0)
		return result;
	result = read_scaled(
		r, "limit", v.limit, row->scale, &isolator->has_limit, &isolator->limit);
	return result < 0 ? result : keep_object(r, &quantity_object, &v, isolator);
}

int isolator_parse_number(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	const Field range = {
		.offset = offsetof(Isolator, number),
		.width = sizeof isolator->number,
		.min = row->min,
		.max = row->max,
	};
	int result = field_number.parse(r, &range, value, isolator);

	return result < 0 ? result : keep_value(r, value, isolator);
}

int isolator_parse_bool(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	(void)row;
	if (!json_is_bool(value))
		return reader_wrong_type(r, NULL, "true or false", value);
	isolator->number = json_is(value, JSON_TRUE);
	return keep_value(r, value, isolator);
}

typedef struct SetValue {
	StrList set;
	const char *errno_name;
} SetValue;

#define CAPABILITY_MAX 64

/* "CAP_" may be left out, and counts. */
static bool capability_name(const char *s)
{
	size_t omitted = strncasecmp(s, "CAP_", 4) == 0 ? 0 : 4;

	if (!*s || strlen(s) + omitted > CAPABILITY_MAX)
		return false;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return !*s;
}

static const TextRule rule_capability = {capability_name, "a capability such as \"CAP_NET_ADMIN\""};

static const Field capabilities_fields[] = {
	FIELD_STRINGS(SetValue, set, "set", .flags = FIELD_REQUIRED, .max = SET_MAX,
		.text = &rule_capability),
};

static const ObjectType capabilities_object = OBJECT_TYPE(SetValue, capabilities_fields, NULL);

/* Orchestrators also write "net_admin" or "NET_ADMIN" for CAP_NET_ADMIN. */
static const char *canonical_capability(Arena *arena, const char *name)
{
	bool full = strncasecmp(name, "CAP_", 4) == 0;
	size_t size = strlen(name) + sizeof "CAP_";
	char *copy = arena_alloc(arena, size);

	if (!copy)
		return NULL;
	(void)snprintf(copy, size, "CAP_%s", full ? name + 4 : name);
	for (char *c = copy; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

int isolator_parse_capabilities(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	SetValue v = {0};
	int result = fields_read(r, &capabilities_object, value, &v);

	(void)row;
	if (result < 0)
		return result;
	for (size_t i = 0; i < v.set.n; i++) {
		v.set.items[i] = canonical_capability(r->arena, v.set.items[i]);
		if (!v.set.items[i])
			return fail_oom(r->err);
	}
	isolator->set = v.set;
	return keep_object(r, &capabilities_object, &v, isolator);
}

/* A system call ("open") or the name of a group of them ("@appc.io/all",
 * "@docker/default-whitelist"). */
static bool syscall_name(const char *s)
{
	bool group = *s == '@';

	s += group;
	if (!*s || strlen(s) > 64)
		return false;
	while (isalnum((unsigned char)*s) || *s == '_' || (group && strchr("./-", *s) && *s))
		s++;
	return !*s;
}

static bool errno_name_valid(const char *s)
{
	if (*s++ != 'E')
		return false;
	while (isupper((unsigned char)*s) || isdigit((unsigned char)*s))
		s++;
	return !*s;
}

static const TextRule rule_syscall = {
	syscall_name, "a system call or a set such as \"@appc.io/all\""};
static const TextRule rule_errno = {errno_name_valid, "an error name such as \"EPERM\""};

static const Field seccomp_fields[] = {
	FIELD_STRINGS(SetValue, set, "set", .flags = FIELD_REQUIRED, .max = SET_MAX,
		.text = &rule_syscall),
	FIELD(SetValue, errno_name, "errno", text, .text = &rule_errno),
};

static const ObjectType seccomp_object = OBJECT_TYPE(SetValue, seccomp_fields, NULL);

int isolator_parse_seccomp(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	SetValue v = {0};
	int result = fields_read(r, &seccomp_object, value, &v);

	(void)row;
	if (result < 0)
		return result;
	isolator->set = v.set;
	isolator->errno_name = v.errno_name;
	return keep_object(r, &seccomp_object, &v, isolator);
}

/* Isolators that are checked and kept, but change nothing. */

typedef struct SelinuxValue {
	const char *user, *role, *type, *level;
} SelinuxValue;

static const Field selinux_fields[] = {
	FIELD(SelinuxValue, user, "user", text, .flags = FIELD_REQUIRED),
	FIELD(SelinuxValue, role, "role", text, .flags = FIELD_REQUIRED),
	FIELD(SelinuxValue, type, "type", text, .flags = FIELD_REQUIRED),
	FIELD(SelinuxValue, level, "level", text, .flags = FIELD_REQUIRED),
};

static const ObjectType selinux_object = OBJECT_TYPE(SelinuxValue, selinux_fields, NULL);

int isolator_parse_selinux(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	SelinuxValue v = {0};
	int result = fields_read(r, &selinux_object, value, &v);

	(void)row;
	return result < 0 ? result : keep_object(r, &selinux_object, &v, isolator);
}

typedef struct ApparmorValue {
	const char *profile;
} ApparmorValue;

static const Field apparmor_fields[] = {
	FIELD(ApparmorValue, profile, "profile", text, .flags = FIELD_REQUIRED),
};

static const ObjectType apparmor_object = OBJECT_TYPE(ApparmorValue, apparmor_fields, NULL);

int isolator_parse_apparmor(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	ApparmorValue v = {0};
	int result = fields_read(r, &apparmor_object, value, &v);

	(void)row;
	return result < 0 ? result : keep_object(r, &apparmor_object, &v, isolator);
}

int isolator_parse_sysctl(
	JsonReader *r, const IsolatorRow *row, const Json *value, Isolator *isolator)
{
	const Field map = {.aux = offsetof(NameValues, n), .max = SET_MAX};
	Json *sorted = NULL;
	NameValues pairs = {0};
	int result = field_map.parse(r, &map, value, &pairs);

	(void)row;
	if (result < 0)
		return result;
	if (field_map.print(r->arena, &map, &pairs, &sorted) < 0)
		return fail_oom(r->err);
	return keep_value(r, sorted ? sorted : value, isolator);
}
