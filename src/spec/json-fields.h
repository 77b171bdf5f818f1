/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables that tie JSON objects to structures: one row a member, which says how it is read, what it
 * must look like and how it is printed. A document is described by such tables alone, plus a check
 * function for rules between members.
 *
 * Rules for all documents: members that no row names are ignored; a member that is null, or an
 * optional text that is empty, counts as not given; a value of another type than the row's is an
 * error, and nothing is converted. Messages start with the JSON path of the fault:
 * "app.ports[0].port: 70000 is not in the range 1 to 65535". */

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

/* A step on the way to a value: to a member, or, without a name, to an item of a list. */
typedef struct JsonStep {
	const char *name;
	size_t index;
} JsonStep;

#define READER_DEPTH 16

/* Where the reader stands: the steps lead to the value being read. They become text when there is
 * something to say. */
typedef struct JsonReader {
	Arena *arena;
	Error *err;
	JsonStep steps[READER_DEPTH];
	size_t depth; /* may be more: those further down are not told */
} JsonReader;

typedef struct Field Field;
typedef struct ObjectType ObjectType;

/* How members of one type are read and printed. object is the structure that the row belongs to. */
typedef struct FieldType {
	/* Stores value in the structure. 0, -EINVAL, -ENOMEM. */
	int (*parse)(JsonReader *r, const Field *f, const Json *value, void *object);
	/* The member, made in arena, or NULL in *ret, which is NULL before, when there is nothing
	 * to print. 0 or -ENOMEM. */
	int (*print)(Arena *arena, const Field *f, const void *object, Json **ret);
} FieldType;

/* What a text must look like. want completes the message: "path: "value" is not <want>". */
typedef struct TextRule {
	bool (*valid)(const char *s);
	const char *want;
} TextRule;

enum {
	FIELD_REQUIRED = 1 << 0,   /* must be given; texts and lists not empty either */
	FIELD_UNIQUE = 1 << 1,     /* lists: the items' first member (a text) tells them apart */
	FIELD_LOWER = 1 << 2,      /* texts and lists of them: stored in lower case */
	FIELD_OR_EMPTY = 1 << 3,   /* texts: "" when not given, and printed as that */
	FIELD_PRINT_ZERO = 1 << 4, /* printed also when 0 or false */
	FIELD_PRINT_NULL = 1 << 5, /* printed as null when there is nothing to print */
	FIELD_PRINT_LIST = 1 << 6, /* printed as [] when there is nothing to print */
};

/* As aux of an object: there is no flag that says whether it was given. */
#define FIELD_ALWAYS SIZE_MAX

struct Field {
	const char *name;
	const FieldType *type;
	size_t offset; /* of the member in the structure */
	size_t width;  /* of the member: integers */
	size_t aux;    /* offset of a list's count, or of the bool "was given" of an object */
	unsigned flags;
	const TextRule *text;     /* texts, and the items of lists of texts */
	int64_t min, max;         /* integers; for lists max is the most items */
	int64_t fallback;         /* integers and three-state booleans that are not given */
	const char *constant;     /* the one text that a constant may be */
	const ObjectType *object; /* objects and lists of objects */
};

struct ObjectType {
	const Field *fields;
	size_t n_fields;
	size_t size; /* of the structure */
	/* Rules between members, called when all are read. May be NULL. */
	int (*check)(JsonReader *r, void *object);
};

#define FIELD(struct_, member, name_, type_, ...)                                                  \
	{                                                                                          \
		.name = (name_), .type = &field_##type_, .offset = offsetof(struct_, member),      \
		.width = sizeof(((struct_ *)0)->member), __VA_ARGS__                               \
	}

#define OBJECT_TYPE(struct_, fields_, check_)                                                      \
	{                                                                                          \
		.fields = (fields_), .n_fields = ARRAY_LEN(fields_), .size = sizeof(struct_),      \
		.check = (check_)                                                                  \
	}

/* The member of a structure at an offset that a row gives. Like strchr(), it leaves const to the
 * caller. */
static inline void *field_at(const void *object, size_t offset)
{
	return (char *)object + offset;
}

extern const FieldType field_text;     /* const char *, NULL when not given */
extern const FieldType field_constant; /* not stored: always the same text */
extern const FieldType field_bool;     /* bool */
extern const FieldType field_tristate; /* int: fallback, 0 or 1; printed unless negative */
extern const FieldType field_number;   /* any integer of 4 or 8 bytes, min to max */
extern const FieldType field_object;   /* a structure inside the structure */
extern const FieldType field_inline;   /* an object whose members go into the same structure */
extern const FieldType field_pointer;  /* a const pointer to a structure */
extern const FieldType field_objects;  /* array of objects: pointer to structures, count at aux */
extern const FieldType field_texts;    /* array of strings: const char **, count at aux */
extern const FieldType field_ids;      /* array of user or group numbers: int64_t *, count at aux */
extern const FieldType field_map; /* object of strings: NameValue *, count at aux, sorted by name */
extern const FieldType field_keys; /* the names in an object: const char **, count at aux, sorted */

/* Reads value, which must be an object, into the structure at object (zeroed by the caller). */
int fields_read(JsonReader *r, const ObjectType *type, const Json *value, void *object);

/* A structure as an object, made in arena. NULL when memory is out. */
Json *fields_write(Arena *arena, const ObjectType *type, const void *object);

/* Reads a whole document of at most max bytes into the structure at object, which gets its memory
 * from arena. what names it in messages about its syntax. */
int fields_read_document(const char *text, size_t len, size_t max, const char *what,
	const ObjectType *type, Arena *arena, void *object, Error *err);

/* Fails with -EINVAL at the reader's path, or at a member below it unless member is NULL. */
int reader_fail(JsonReader *r, const char *member, const char *fmt, ...) _printf_(3, 4);

/* One step further: to the member name, which stays the caller's, or, with NULL, to item index.
 * Returns what reader_pop() wants. */
size_t reader_push(JsonReader *r, const char *name, size_t index);
void reader_pop(JsonReader *r, size_t mark);

/* s in quotes for a message: control characters escaped, cut when long. Returns buf. */
#define QUOTED_MAX 112
const char *text_quoted(const char *s, char *buf, size_t size);

/* Fails because value, which is at the reader's path or at a member below it, is of another type
 * than want says ("a string"): `must be a string, not 7`. */
int reader_wrong_type(JsonReader *r, const char *member, const char *want, const Json *value);
