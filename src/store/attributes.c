/* SPDX-License-Identifier: Apache-2.0 */
#include "store/attributes.h"

#include <archive.h>
#include <archive_entry.h>
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

/* What overlayfs keeps in "trusted.overlay." and, in user namespaces, "user.overlay." must not come
 * from an image. */
static bool wanted_xattr(const char *name)
{
	return (startswith(name, "user.") && !startswith(name, "user.overlay.")) ||
	       streq(name, "security.capability") || streq(name, "system.posix_acl_access") ||
	       streq(name, "system.posix_acl_default");
}

static int copy_xattrs(struct archive_entry *entry, Arena *arena, Attributes *a)
{
	int n = archive_entry_xattr_reset(entry);
	const char *name;
	const void *value;
	size_t size;

	if (n <= 0)
		return 0;
	a->xattrs = arena_new(arena, Xattr, (size_t)n);
	if (!a->xattrs)
		return -ENOMEM;
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
		Xattr *x = &a->xattrs[a->n_xattrs];

		if (!wanted_xattr(name))
			continue;
		x->name = arena_strdup(arena, name);
		x->value = arena_memdup(arena, value, size);
		x->size = size;
		if (!x->name || (size > 0 && !x->value))
			return -ENOMEM;
		a->n_xattrs++;
	}
	return 0;
}

int attributes_from_entry(struct archive_entry *entry, Arena *arena, Attributes *ret, Error *err)
{
	int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
	Attributes a = {0};

	/* The highest number stands for "no owner" in system calls. */
	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return fail(err, -EINVAL, "owner %lld:%lld is out of range", (long long)uid,
			(long long)gid);
	a.uid = (uid_t)uid;
	a.gid = (gid_t)gid;
	a.mode = archive_entry_perm(entry) & 07777;
	a.mtime.tv_sec = archive_entry_mtime(entry);
	a.mtime.tv_nsec = archive_entry_mtime_nsec(entry);
	if (a.mtime.tv_nsec < 0 || a.mtime.tv_nsec >= 1000000000)
		return fail(err, -EINVAL, "modification time is out of range");
	if (copy_xattrs(entry, arena, &a) < 0)
		return fail_oom(err);
	*ret = a;
	return 0;
}

static bool needs_owner(const Attributes *a, const AttributePolicy *policy, const struct stat *now)
{
	if (!policy->owners)
		return false;
	if (now)
		return now->st_uid != a->uid || now->st_gid != a->gid;
	return a->uid != 0 || a->gid != 0 || policy->inherits;
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

	if (needs_owner(a, policy, now) && fchown(fd, a->uid, a->gid) < 0)
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
		fchownat(dirfd, name, a->uid, a->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "set owner %u:%u", a->uid, a->gid);
	if (!link && needs_mode(a, policy, NULL) && fchmodat(dirfd, name, a->mode, 0) < 0)
		return fail_errno(err, -errno, "set mode %04o", a->mode);
	if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "set the modification time");
	return 0;
}
