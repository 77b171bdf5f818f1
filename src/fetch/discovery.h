/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the images of a name are, and the keys that they are signed with, by what the web pages of
 * the name and of the names above it say (appc specification, "Meta Discovery"). */

#include "fetch/fetch.h"
#include "fetch/http.h"

typedef struct DiscoveredImage {
	const char *aci; /* URL of the image */
	const char *asc; /* URL of its signature */
} DiscoveredImage;

typedef struct DiscoveredImages {
	DiscoveredImage *items; /* in the order in which they are to be tried; at least one */
	size_t n;
} DiscoveredImages;

/* Finds images of a name with labels. The first page on the way up that names one ends the search.
 * Memory is from arena. 0, -ENOENT when no page does, or another negative errno. */
int discovery_images(const FetchContext *context, Http *http, const char *name,
	const NameValues *labels, Arena *arena, DiscoveredImages *ret, Error *err);

/* Finds the URLs of the public keys for names that begin with prefix, in the same way. What a page
 * names beside URLs of http and https is passed over. */
int discovery_keys(const FetchContext *context, Http *http, const char *prefix, Arena *arena,
	StrList *ret, Error *err);

/* Fills in a template like "https://example.com/{name}-{version}.{ext}": {name}, {ext}, and each
 * label by its name, where a version that is not given is "latest". NULL in *ret when something
 * in braces is left over. 0 or -ENOMEM. */
int discovery_render(const char *url_template, const char *name, const NameValues *labels,
	const char *ext, Arena *arena, const char **ret);
