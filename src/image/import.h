/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images of what somebody has put together by other means. */

#include "fetch/fetch.h"

/* What an image is made of. */
typedef struct ImportSpec {
	const char *source; /* a directory or a tar that holds a root filesystem */
	bool streamed;      /* the tar comes by the standard input, and source only names it */
	const char *name;   /* NAME[:VERSION][,LABEL=VALUE...] */
	/* Of its app; NULL or empty: /bin/sh as root, in the root directory. */
	const char *exec; /* a path that begins with '/' has to be in the source */
	StrList args;     /* of exec */
	const char *user, *group, *working_dir;
	StrList environment; /* NAME=VALUE, each name once */
} ImportSpec;

/* Makes an ACI of it and stores it. -EINVAL for what no app can be. */
int image_import_root(const FetchContext *context, const ImportSpec *spec,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
