/* SPDX-License-Identifier: Apache-2.0 */

/* What names, labels and paths of manifests must look like. */

#include "spec/schema-internal.h"

#include "spec/ac-types.h"
#include "spec/platform.h"

static bool absolute_path(const char *s)
{
	return *s == '/';
}

static bool http_url(const char *s)
{
	const char *rest = startswith(s, "https://");

	if (!rest)
		rest = startswith(s, "http://");
	return rest && *rest && *rest != '/' && !strpbrk(rest, " \t\r\n");
}

/* rkt writes 64 digits, the specification allows all 128 of a SHA-512. */
static bool image_id(const char *s)
{
	const char *digits = startswith(s, "sha512-");

	return digits && *digits && strlen(digits) <= 128 &&
	       digits[strspn(digits, "0123456789abcdef")] == '\0';
}

static bool label_name(const char *s)
{
	return !streq(s, "name") && ac_identifier_valid(s);
}

const TextRule rule_ac_name = {
	ac_name_valid, "an AC name (lower-case letters, digits, and '-' between them)"};
const TextRule rule_ac_identifier = {ac_identifier_valid,
	"an AC identifier (lower-case letters, digits, and \"-._~/\" between them)"};
const TextRule rule_semver = {ac_semver_valid, "a version of the form X.Y.Z (semver 2.0)"};
const TextRule rule_absolute_path = {absolute_path, "an absolute path"};
const TextRule rule_image_id = {
	image_id, "an image ID (\"sha512-\" and up to 128 hex digits in lower case)"};

static const TextRule rule_label_name = {
	label_name, "a label name (an AC identifier other than \"name\")"};

static const Field label_fields[] = {
	FIELD(NameValue, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_label_name),
	FIELD(NameValue, value, "value", text, .flags = FIELD_OR_EMPTY),
};

const ObjectType label_object = OBJECT_TYPE(NameValue, label_fields, NULL);

static const Field annotation_fields[] = {
	FIELD(NameValue, name, "name", text, .flags = FIELD_REQUIRED, .text = &rule_ac_identifier),
	FIELD(NameValue, value, "value", text, .flags = FIELD_OR_EMPTY),
};

/* The annotations whose values have a form. */
static const struct {
	const char *name;
	TextRule rule;
} formed_annotations[] = {
	{"created", {ac_date_valid, "a date and time as in RFC 3339 (2006-01-02T15:04:05Z)"}},
	{"homepage", {http_url, "an http or https URL"}},
	{"documentation", {http_url, "an http or https URL"}},
};

static int annotation_check(JsonReader *r, void *object)
{
	NameValue *pair = object;
	char text[QUOTED_MAX];

	for (size_t i = 0; i < ARRAY_LEN(formed_annotations); i++) {
		const TextRule *rule = &formed_annotations[i].rule;

		if (streq(pair->name, formed_annotations[i].name) && !rule->valid(pair->value))
			return reader_fail(r, "value", "%s of annotation \"%s\" is not %s",
				text_quoted(pair->value, text, sizeof text), pair->name,
				rule->want);
	}
	return 0;
}

const ObjectType annotation_object = OBJECT_TYPE(NameValue, annotation_fields, annotation_check);

int str_list_add(StrList *list, const char *item, Arena *arena)
{
	/* Room is always a power of two: the list is full exactly when its length is one. */
	if ((list->n & (list->n - 1)) == 0) {
		const char **items = arena_new(arena, const char *, list->n ? list->n * 2 : 1);

		if (!items)
			return -ENOMEM;
		if (list->n > 0)
			memcpy(items, list->items, list->n * sizeof *items);
		list->items = items;
	}
	list->items[list->n++] = item;
	return 0;
}

const char *name_values_find(const NameValues *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (streq(pairs->items[i].name, name))
			return pairs->items[i].value;
	return NULL;
}

/* An architecture means something only together with its operating system. */
int labels_check_platform(JsonReader *r, const char *member, const NameValues *labels)
{
	const char *os = name_values_find(labels, "os");
	char text[2 * ERROR_TEXT];
	Error problem = ERROR_INIT;

	if (!os || platform_check(os, name_values_find(labels, "arch"), &problem) == 0)
		return 0;
	return reader_fail(r, member, "%s", error_message(&problem, text, sizeof text));
}
