/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images to make pods of, and what the command line makes of them. */

#include "pod/args.h"
#include "pod/test-fixture.h"

#define KEY "sha512-e213b0761271dd212cf24432146e37da669886ec3c28b9a5e6af82e23f4c2de7"

#define LIST(...)                                                                                  \
	{                                                                                          \
		.items = (const char *[]){__VA_ARGS__},                                            \
		.n = ARRAY_LEN(((const char *[]){__VA_ARGS__}))                                    \
	}

/* Image manifests: one that says little, one that says something about everything, one without an
 * app. */
extern const char args_busybox[], args_rich[], args_no_app[];

Image *args_image(const char *manifest);

/* What pod_args_check() says of args, "" when it finds nothing wrong. Fresh memory. */
char *args_check(const PodArgs *args);

/* The pod manifest for args, each app from an image with this manifest, as JSON that reads back; or
 * the error, "outermost: innermost". Fresh memory. */
char *args_generate(const PodArgs *args, const char *manifest, bool pretty);
