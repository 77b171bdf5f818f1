/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stores.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/strbuf.h"
#include "cli/find-image.h"

static bool may_write(const char *dir)
{
	return faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Rights on "cas" alone do not count: in data directories of rkt 1.x the group has them. */
static bool is_member(const char *data_dir)
{
	_cleanup_free_ char *users = NULL;

	return geteuid() != 0 && !may_write(data_dir) &&
	       str_format(&users, "%s/users", data_dir) == 0 && may_write(users);
}

static int own_path(const char *data_dir, char **ret, Error *err)
{
	return str_format(ret, "%s/users/%u", data_dir, (unsigned)geteuid()) < 0 ? fail_oom(err)
										 : 0;
}

/* Whether the directory is the caller's. It stays so then: in "users" nobody can rename what is
 * another's. -ENOENT, without error text, when there is none. */
static int check_own(const char *path, Error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? -ENOENT : fail_errno(err, -errno, "open %s", path);
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid())
		return 0;
	(void)fail(err, -EPERM, "%s should be a directory of yours, and is not", path);
	error_hint(err, "root may remove it");
	return -EPERM;
}

int stores_data_dir(const GlobalOptions *global, bool create, char **ret, Error *err)
{
	_cleanup_free_ char *data_dir = NULL, *own = NULL;
	int r = global_data_dir(global, &data_dir, err);

	if (r < 0)
		return r;
	if (!is_member(data_dir)) {
		*ret = TAKE_PTR(data_dir);
		return 0;
	}
	r = own_path(data_dir, &own, err);
	if (r < 0)
		return r;
	if (create && mkdir(own, 0750) < 0 && errno != EEXIST)
		return fail_errno(err, -errno, "create %s", own);
	r = check_own(own, err);
	/* What is not there has nothing in it. */
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = TAKE_PTR(own);
	return 1;
}

void stores_done(Stores *s)
{
	for (size_t i = 0; i < ARRAY_LEN(s->items); i++) {
		store_done(&s->items[i].store);
		free(TAKE_PTR(s->items[i].data_dir));
	}
}

static int add(Stores *s, char **data_dir, Error *err)
{
	SeenStore *seen = &s->items[s->n++];

	seen->data_dir = TAKE_PTR(*data_dir);
	return store_open(&seen->store, seen->data_dir, false, err);
}

int stores_open(const GlobalOptions *global, Stores *ret, Error *err)
{
	_cleanup_free_ char *data_dir = NULL, *own = NULL;
	int r = global_data_dir(global, &data_dir, err);

	if (r == 0)
		r = own_path(data_dir, &own, err);
	if (r == 0)
		r = add(ret, &data_dir, err);
	/* What others have put in its place is nothing of the caller's. */
	if (r == 0 && geteuid() != 0 && check_own(own, NULL) == 0)
		r = add(ret, &own, err);
	return r;
}

int stores_find(const Stores *s, const char *typed, const SeenStore **ret,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	int r = image_find_stored(&s->items[0].store, typed, ret_key, err);
	size_t i = 0;

	/* Where none has it the first one says so. */
	while (r == -ENOENT && ++i < s->n) {
		Error why = ERROR_INIT;

		r = image_find_stored(&s->items[i].store, typed, ret_key, &why);
		if (r != -ENOENT)
			*err = why;
	}
	if (r == 0)
		*ret = &s->items[i];
	return r;
}
