/* SPDX-License-Identifier: Apache-2.0 */
#include "store/attributes.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/number.h"

#define STATUS_MAX 65536

/* The umask without changing it, which other threads would notice. */
static mode_t read_umask(void)
{
	_cleanup_free_ char *text = NULL;
	char *line, *end;
	uint64_t value;

	if (fd_read_file(AT_FDCWD, "/proc/thread-self/status", STATUS_MAX, &text, NULL, NULL) < 0)
		return 0777; /* nothing is certain: every mode gets set */
	line = strstr(text, "\nUmask:\t");
	end = line ? strchr(line + 1, '\n') : NULL;
	if (!end)
		return 0777;
	*end = '\0';
	return number_parse_octal(line + strlen("\nUmask:\t"), 0777, &value) < 0 ? 0777
										 : (mode_t)value;
}

void attributes_from_status(const struct stat *st, Attributes *ret)
{
	*ret = (Attributes){
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mode = st->st_mode & 07777,
		.mtime = st->st_mtim,
	};
}

/* The list of names, as the kernel gives it: each with its NUL. */
static int list_xattrs(int fd, Arena *arena, char **ret, size_t *ret_len)
{
	ssize_t size = flistxattr(fd, NULL, 0);
	char *names;

	if (size < 0 && errno == ENOTSUP)
		size = 0;
	names = size < 0 ? NULL : arena_alloc(arena, (size_t)size + 1);
	if (!names)
		return size < 0 ? -errno : -ENOMEM;
	size = size > 0 ? flistxattr(fd, names, (size_t)size) : 0;
	if (size < 0)
		return -errno;
	*ret = names;
	*ret_len = (size_t)size;
	return 0;
}

static int read_xattr(int fd, const char *name, Arena *arena, Xattr *ret)
{
	ssize_t size = fgetxattr(fd, name, NULL, 0);
	void *value = size < 0 ? NULL : arena_alloc(arena, (size_t)size + 1);

	if (!value)
		return size < 0 ? -errno : -ENOMEM;
	size = fgetxattr(fd, name, value, (size_t)size);
	if (size < 0)
		return -errno;
	*ret = (Xattr){name, value, (size_t)size};
	return 0;
}

int attributes_from_file(int fd, const struct stat *st, Arena *arena, Attributes *ret, Error *err)
{
	char *names = NULL;
	size_t len = 0, n = 0;
	Attributes a;
	int r = list_xattrs(fd, arena, &names, &len);

	attributes_from_status(st, &a);
	for (size_t i = 0; r == 0 && i < len; i += strlen(names + i) + 1)
		n += attributes_keep_xattr(names + i);
	if (r == 0 && n > 0) {
		a.xattrs = arena_new(arena, Xattr, n);
		r = a.xattrs ? 0 : -ENOMEM;
	}
	for (size_t i = 0; r == 0 && n > 0 && i < len; i += strlen(names + i) + 1)
		if (attributes_keep_xattr(names + i))
			r = read_xattr(fd, names + i, arena, &a.xattrs[a.n_xattrs++]);
	if (r < 0)
		return fail_errno(err, r, "read the attributes");
	*ret = a;
	return 0;
}

int attribute_policy_init(AttributePolicy *ret, int root, Error *err)
{
	struct stat st;

	if (fstat(root, &st) < 0)
		return fail_errno(err, -errno, "stat the target directory");
	*ret = (AttributePolicy){
		.owners = geteuid() == 0,
		.inherits = (st.st_mode & S_ISGID) || getegid() != 0,
		.umask = read_umask(),
	};
	return 0;
}

bool attributes_keep_xattr(const char *name)
{
	return (startswith(name, "user.") && !startswith(name, "user.overlay.")) ||
	       streq(name, "security.capability") || streq(name, "system.posix_acl_access") ||
	       streq(name, "system.posix_acl_default");
}

static bool needs_owner(const Attributes *a, const AttributePolicy *policy, const struct stat *now)
{
	if (!policy->owners)
		return false;
	if (now)
		return now->st_uid != a->uid + policy->first_id ||
		       now->st_gid != a->gid + policy->first_id;
	return a->uid != 0 || a->gid != 0 || policy->first_id != 0 || policy->inherits;
}

/* A new file never has set-ID bits, and changing the owner of an old one drops them. */
static bool needs_mode(const Attributes *a, const AttributePolicy *policy, const struct stat *now)
{
	if (now)
		return (now->st_mode & 07777) != a->mode || needs_owner(a, policy, now);
	return a->mode != (a->mode & 0777 & ~policy->umask);
}

int attributes_apply(const Attributes *a, const AttributePolicy *policy, int fd,
	const struct stat *now, Error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, a->mtime};

	if (needs_owner(a, policy, now) &&
		fchown(fd, a->uid + policy->first_id, a->gid + policy->first_id) < 0)
		return fail_errno(err, -errno, "set owner %u:%u", a->uid, a->gid);
	if (needs_mode(a, policy, now) && fchmod(fd, a->mode) < 0)
		return fail_errno(err, -errno, "set mode %04o", a->mode);
	for (size_t i = 0; policy->owners && i < a->n_xattrs; i++) {
		const Xattr *x = &a->xattrs[i];

		if (fsetxattr(fd, x->name, x->value, x->size, 0) < 0)
			return fail_errno(err, -errno, "set attribute %s", x->name);
	}
	if (futimens(fd, times) < 0)
		return fail_errno(err, -errno, "set the modification time");
	return 0;
}

int attributes_apply_at(const Attributes *a, const AttributePolicy *policy, int dirfd,
	const char *name, bool link, Error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, a->mtime};

	if (needs_owner(a, policy, NULL) &&
		fchownat(dirfd, name, a->uid + policy->first_id, a->gid + policy->first_id,
			AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "set owner %u:%u", a->uid, a->gid);
	if (!link && needs_mode(a, policy, NULL) && fchmodat(dirfd, name, a->mode, 0) < 0)
		return fail_errno(err, -errno, "set mode %04o", a->mode);
	if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "set the modification time");
	return 0;
}
