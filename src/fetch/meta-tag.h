/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a web page says about images, in tags like
 *	<meta name="ac-discovery" content="example.com/app https://example.com/{name}.{ext}">
 * (appc specification, "App Container Image Discovery"). Any text is a page; what is no such tag is
 * passed over. */

#include "base/arena.h"
#include "base/error.h"

typedef struct MetaTag {
	const char *name;   /* "ac-discovery", "ac-discovery-pubkeys" */
	const char *prefix; /* what names of images it is about begin with */
	const char *value;  /* a URL, or a template of one */
} MetaTag;

typedef struct MetaTags {
	MetaTag *items; /* in the order of the page */
	size_t n;
} MetaTags;

#define META_TAGS_MAX 1024 /* more are not looked at */

/* Finds the tags whose name begins with "ac-" and whose content has two words. Memory is from
 * arena. 0 or -ENOMEM. */
int meta_tags_parse(const char *html, size_t len, Arena *arena, MetaTags *ret);
