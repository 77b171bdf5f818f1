/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which image a user means where one file or directory holds several, each with tags like
 * "docker.io/team/app:v1", "app:v1" or "v1". */

#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

/* Whether typed names the image stored under tag: the same text, the end of it behind a '/' or ':'
 * ("app:v1", "v1"), or another way to write the same reference. */
bool image_tag_matches(const char *tag, const char *typed);

/* The tags of a place, as text for a message of bounded length. */
typedef struct ImageTags {
	StrBuf text;
	size_t shown, left_out;
} ImageTags;

#define IMAGE_TAGS_TEXT 400
#define IMAGE_TAGS_INIT                                                                            \
	{                                                                                          \
		.text = STRBUF_INIT(IMAGE_TAGS_TEXT)                                               \
	}

void image_tags_add(ImageTags *tags, const char *tag);
/* The texts of a JSON array of tags. */
void image_tags_add_list(ImageTags *tags, const Json *list);

void image_tags_done(ImageTags *tags);

/* Sets a hint that tells the tags, if there are any. */
void image_tags_hint(const ImageTags *tags, Error *err);

#define _cleanup_image_tags_ _cleanup_(image_tags_done)
