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

AttributePolicy attribute_policy_for_others(TreeIds ids)
{
	return (AttributePolicy){.owners = true, .always = true, .of_users = true, .ids = ids};
}

bool attributes_is_of_users(const char *name)
{
	return startswith(name, "user.") && !startswith(name, "user.overlay.");
}

bool attributes_keep_xattr(const char *name)
{
	return attributes_is_of_users(name) || streq(name, "security.capability") ||
	       streq(name, "system.posix_acl_access") || streq(name, "system.posix_acl_default");
}

static uid_t uid_of(const Attributes *a, const AttributePolicy *policy)
{
	return tree_ids_place(policy->ids, a->uid);
}

static gid_t gid_of(const Attributes *a, const AttributePolicy *policy)
{
	return tree_ids_place(policy->ids, a->gid);
}

static bool needs_owner(const Attributes *a, const AttributePolicy *policy, const struct stat *now)
{
	if (!policy->owners || policy->always)
		return policy->owners;
	if (now)
		return now->st_uid != uid_of(a, policy) || now->st_gid != gid_of(a, policy);
	return uid_of(a, policy) != 0 || gid_of(a, policy) != 0 || policy->inherits;
}

/* A new file never has set-ID bits, and changing the owner of an old one drops them. */
static bool needs_mode(const Attributes *a, const AttributePolicy *policy, const struct stat *now)
{
	if (policy->always)
		return true;
	if (now)
		return (now->st_mode & 07777) != a->mode || needs_owner(a, policy, now);
	return a->mode != (a->mode & 0777 & ~policy->umask);
}

static int set_xattrs(const Attributes *a, const AttributePolicy *policy, int fd, Error *err)
{
	for (size_t i = 0; policy->owners && i < a->n_xattrs; i++) {
		const Xattr *x = &a->xattrs[i];

		if (policy->of_users && !attributes_is_of_users(x->name))
			continue;
		if (fsetxattr(fd, x->name, x->value, x->size, 0) < 0 &&
			!(policy->of_users && errno == ENOTSUP))
			return fail_errno(err, -errno, "set attribute %s", x->name);
	}
	return 0;
}

int attributes_apply(const Attributes *a, const AttributePolicy *policy, int fd,
	const struct stat *now, Error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, a->mtime};
	int r;

	if (needs_owner(a, policy, now) && fchown(fd, uid_of(a, policy), gid_of(a, policy)) < 0)
		return fail_errno(err, -errno, "set owner %u:%u", a->uid, a->gid);
	if (needs_mode(a, policy, now) && fchmod(fd, a->mode) < 0)
		return fail_errno(err, -errno, "set mode %04o", a->mode);
	r = set_xattrs(a, policy, fd, err);
	if (r == 0 && futimens(fd, times) < 0)
		r = fail_errno(err, -errno, "set the modification time");
	return r;
}

int attributes_apply_to_node(
	const Attributes *a, const AttributePolicy *policy, int dirfd, const char *name, Error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, a->mtime};

	if (needs_owner(a, policy, NULL) && fchownat(dirfd, name, uid_of(a, policy),
						    gid_of(a, policy), AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "set owner %u:%u", a->uid, a->gid);
	if (needs_mode(a, policy, NULL) && fchmodat(dirfd, name, a->mode, 0) < 0)
		return fail_errno(err, -errno, "set mode %04o", a->mode);
	if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "set the modification time");
	return 0;
}

int attributes_apply_to_link(
	const Attributes *a, const AttributePolicy *policy, int dirfd, const char *name, Error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, a->mtime};
	_cleanup_close_ int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat now;

	if (fd < 0 || fstat(fd, &now) < 0 || !S_ISLNK(now.st_mode))
		return fail_errno(err, -EBUSY, "open again");
	if (needs_owner(a, policy, NULL) && fchownat(fd, "", uid_of(a, policy), gid_of(a, policy),
						    AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "set owner %u:%u", a->uid, a->gid);
	if (utimensat(fd, "", times, AT_EMPTY_PATH) < 0)
		return fail_errno(err, -errno, "set the modification time");
	return 0;
}
