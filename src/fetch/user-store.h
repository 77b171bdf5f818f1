/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The image stores of users, below DATA/users, as root reads them. Who owns one can change anything
 * of it at any moment. So names mean exactly what they spell, no link and no mount is followed,
 * only regular files of that user are read, nothing is ever waited for, and what comes is worth
 * what its digest is. */

#include "fetch/sink.h"
#include "store/store.h"

typedef struct UserStore {
	unsigned uid;
	int cas_fd;
} UserStore;

/* Calls visit for each store, in no particular order, until it returns something else than 0, and
 * returns that. Directories that are not the user's whose number they have are passed over. */
int user_stores_visit(const char *data_dir,
	int (*visit)(void *userdata, const UserStore *store, Error *err), void *userdata,
	Error *err);

/* Finds the image whose ID begins so. Whether it is one remains to be seen. -ENOENT when there is
 * none or more than one. */
int user_store_find(
	const UserStore *s, const char *prefix, char ret[static STORE_KEY_LEN + 1], Error *err);

/* Opens a file of at most max bytes. Returns the descriptor; -ENOENT, or -EINVAL for what is no
 * regular file of the user's, -EFBIG, or another negative errno. */
int user_store_open(
	const UserStore *s, const char *path, uint64_t max, int64_t *ret_size, Error *err);

/* Sends the content of such a file. -EINVAL also when it turns out shorter than it was. */
int user_store_send(const UserStore *s, const char *path, uint64_t max, Sink sink, Error *err);
