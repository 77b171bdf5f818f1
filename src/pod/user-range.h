/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which users and groups of the host stand for those of a pod with a user namespace: 0 … n-1 of the
 * pod are first … on the host. A pod's range is its own among all pods of a data directory, from
 * its preparation until it is deleted, and is written down in its file private-users-prepared, as
 * "FIRST:N". */

#include "pod/pod.h"

#define USER_RANGE_FILE "private-users-prepared"
#define USER_RANGE_SIZE                                                                            \
	65536u /* of every range that is chosen here, and what its start divides by */
#define USER_RANGE_LAST                                                                            \
	0x7FFFu /* the last multiple of it that a range starts at; the first is 1                  \
		 */

typedef struct UserRange {
	uint32_t first, n; /* n is 0 for a pod without one */
} UserRange;

/* "FIRST:N", with or without a newline. 0 or -EINVAL. */
int user_range_parse(const char *text, UserRange *ret);

/* A range, by chance, that no pod has. 0, -EUSERS when there is none left, or another negative
 * errno. Pods that are being made meanwhile may get the same one. */
int user_range_find_free(const Pods *pods, UserRange *ret, Error *err);

/* The same for a pod that is being prepared, which then has it. */
int user_range_assign(const Pods *pods, const Pod *pod, UserRange *ret, Error *err);

/* The range of a pod. 0, or a negative errno when it cannot be read. */
int user_range_read(const Pod *pod, UserRange *ret, Error *err);
