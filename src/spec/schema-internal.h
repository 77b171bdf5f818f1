/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables and rules that image manifest and pod manifest have in common. */

#include "spec/app.h"
#include "spec/json-fields.h"

/* Most entries of a list of the schema: beyond it a manifest is an attack or a mistake. */
#define SCHEMA_LIST_MAX 4096

/* Arguments of an app: more than any kernel takes at the usual limit of their bytes. */
#define SCHEMA_ARGUMENTS_MAX (1 << 20)

extern const TextRule rule_ac_name, rule_ac_identifier, rule_semver, rule_absolute_path,
	rule_image_id;

extern const ObjectType label_object;      /* NameValue */
extern const ObjectType annotation_object; /* NameValue */
extern const ObjectType port_object;       /* Port */
extern const ObjectType isolator_object;   /* Isolator */
extern const ObjectType app_object;        /* App */

/* Rules between isolators: which may stand only once, and which not together. member names the
 * list. */
int isolators_check(JsonReader *r, const char *member, const Isolator *items, size_t n);

/* Whether the os and arch labels, as far as given, name a platform of the schema. member names the
 * list. */
int labels_check_platform(JsonReader *r, const char *member, const NameValues *labels);

/* Rows of members that several objects have. */
#define FIELD_PAIRS(struct_, member, name_, object_)                                               \
	FIELD(struct_, member.items, name_, objects, .aux = offsetof(struct_, member.n),           \
		.flags = FIELD_UNIQUE, .max = SCHEMA_LIST_MAX, .object = &(object_))
#define FIELD_STRINGS(struct_, member, name_, ...)                                                 \
	FIELD(struct_, member.items, name_, texts, .aux = offsetof(struct_, member.n), __VA_ARGS__)
#define FIELD_MAP(struct_, member, name_)                                                          \
	FIELD(struct_, member.items, name_, map, .aux = offsetof(struct_, member.n),               \
		.max = SCHEMA_LIST_MAX)
#define FIELD_OBJECTS(struct_, member, count, name_, ...)                                          \
	FIELD(struct_, member, name_, objects, .aux = offsetof(struct_, count),                    \
		.max = SCHEMA_LIST_MAX, __VA_ARGS__)
