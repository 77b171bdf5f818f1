/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/mount-legacy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include "base/cleanup.h"
#include "isolate/mount.h"

#define OPTIONS_MAX 4096

typedef struct Options {
	char text[OPTIONS_MAX];
	size_t len;
	bool full;
} Options;

static void add(Options *o, const char *s)
{
	size_t n = strlen(s);

	if (n >= sizeof o->text - o->len) {
		o->full = true;
		return;
	}
	memcpy(o->text + o->len, s, n + 1);
	o->len += n;
}

int mount_legacy_overlay(
	const char *lowers, uint32_t len, const char *upper, const char *work, bool is_volatile)
{
	_cleanup_close_ int fd = -1;
	Options o = {0};

	/* Without an upper directory there is none to mount over for a moment. */
	if (!upper[0])
		return -EOPNOTSUPP;
	add(&o, "lowerdir=");
	for (const char *l = lowers; l < lowers + len; l += strlen(l) + 1) {
		if (l != lowers)
			add(&o, ":");
		add(&o, l);
	}
	add(&o, ",upperdir=");
	add(&o, upper);
	add(&o, ",workdir=");
	add(&o, work);
	if (is_volatile)
		add(&o, ",volatile");
	if (o.full)
		return -E2BIG;
	if (mount("overlay", upper, "overlay", 0, o.text) < 0)
		return -errno;
	fd = mount_clone(AT_FDCWD, upper, false);
	if (umount2(upper, MNT_DETACH) < 0 && fd >= 0)
		return -errno;
	return fd < 0 ? fd : TAKE_FD(fd);
}
