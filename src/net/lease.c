/* SPDX-License-Identifier: Apache-2.0 */
#include "net/lease.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/directory.h"
#include "base/fd.h"
#include "base/lock.h"

#define OWNER_MAX 512
#define LAST_MAX  32 /* "last_reserved_ip.N" */

int leases_open(Leases *ret, const char *directory, const char *network, Error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/%s", directory, network);

	if (n < 0 || (size_t)n >= sizeof path)
		return fail(err, -ENAMETOOLONG, "the directory of leases has too long a name");
	ret->dir = fd_open_dir(AT_FDCWD, path);
	if (ret->dir == -ENOENT) {
		(void)path_mkdir_parents(AT_FDCWD, path, 0755);
		ret->dir = fd_open_dir(AT_FDCWD, path);
	}
	if (ret->dir < 0)
		return fail_errno(
			err, ret->dir, "open the leases of network \"%s\" at %s", network, path);
	ret->lock = lock_file(ret->dir, "lock", LOCK_MODE_EXCLUSIVE, true, err);
	return ret->lock < 0 ? wrap(err, ret->lock, "cannot use the leases at %s", path) : 0;
}

void leases_done(Leases *l)
{
	l->dir = fd_close(l->dir);
	l->lock = fd_close(l->lock);
}

static size_t owner_text(const LeaseOwner *owner, char buf[static OWNER_MAX])
{
	int n = snprintf(buf, OWNER_MAX, "%s\r\n%s", owner->container, owner->interface);

	return n < 0 || n >= OWNER_MAX ? 0 : (size_t)n;
}

/* The file that says that an address is taken. Programs that hold the lock write its content
 * directly behind making it: one that is empty was left by a program that was killed, and is free.
 * 0, or -EEXIST when it is taken. */
static int claim(const Leases *l, const Address *a, const char *text, size_t len)
{
	char name[ADDRESS_TEXT];
	_cleanup_close_ int fd = openat(
		l->dir, address_text(a, name), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > 0)
		return -EEXIST;
	r = fd_write(fd, text, len);
	if (r < 0)
		(void)unlinkat(l->dir, name, 0);
	return r;
}

static void last_name(const LeaseSet *set, char buf[static LAST_MAX])
{
	(void)snprintf(buf, LAST_MAX, "last_reserved_ip.%u", set->number);
}

static bool range_has(const LeaseRange *range, const Address *a)
{
	return a->family == range->first.family && address_compare(a, &range->first) >= 0 &&
	       address_compare(a, &range->last) <= 0;
}

/* The place of an address in the set: number of its range, or set->n. */
static size_t find_range(const LeaseSet *set, const Address *a)
{
	size_t i = 0;

	while (i < set->n && !range_has(&set->ranges[i], a))
		i++;
	return i;
}

/* Where a search goes on: an address and the number of its range. */
typedef struct Cursor {
	size_t range;
	Address address;
} Cursor;

static void begin_range(const LeaseSet *set, Cursor *c, size_t range)
{
	c->range = range % set->n;
	c->address = set->ranges[c->range].first;
}

static void advance(const LeaseSet *set, Cursor *c)
{
	if (address_compare(&c->address, &set->ranges[c->range].last) >= 0)
		begin_range(set, c, c->range + 1);
	else
		c->address = address_add(&c->address, 1);
}

/* Behind the last address that was handed out, if that is known. */
static void begin_search(const Leases *l, const LeaseSet *set, Cursor *c)
{
	_cleanup_free_ char *text = NULL;
	char name[LAST_MAX];
	Address last;

	begin_range(set, c, 0);
	last_name(set, name);
	if (fd_read_file(l->dir, name, ADDRESS_TEXT, &text, NULL, NULL) < 0 ||
		address_parse(text, &last) < 0 || find_range(set, &last) == set->n)
		return;
	c->range = find_range(set, &last);
	c->address = last;
	advance(set, c);
}

/* Where the next search begins: no more than a preference. The file is overwritten in place: one
 * that is emptied first ext4 writes to the disk when it is closed, which would be the longest part
 * of connecting a pod. */
static void note_last(const Leases *l, const LeaseSet *set, const Address *a)
{
	char name[LAST_MAX], address[ADDRESS_TEXT];
	_cleanup_close_ int fd = -1;
	struct stat st;
	size_t len;

	last_name(set, name);
	len = strlen(address_text(a, address));
	fd = openat(l->dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (st.st_size > (off_t)len && ftruncate(fd, (off_t)len) < 0)
		return;
	(void)fd_write(fd, address, len);
}

static int take(const Leases *l, const LeaseSet *set, size_t range, const Address *a,
	const char *text, size_t len, Address *ret, const LeaseRange **ret_range)
{
	const LeaseRange *in = &set->ranges[range];
	int r = address_compare(a, &in->gateway) == 0 ? -EEXIST : claim(l, a, text, len);

	if (r < 0)
		return r;
	*ret = *a;
	ret->prefix = in->network.prefix;
	*ret_range = in;
	note_last(l, set, a);
	return 0;
}

static int take_any(const Leases *l, const LeaseSet *set, const char *text, size_t len,
	Address *ret, const LeaseRange **ret_range)
{
	Cursor start, c;
	int r;

	begin_search(l, set, &c);
	start = c;
	do {
		r = take(l, set, c.range, &c.address, text, len, ret, ret_range);
		if (r != -EEXIST)
			return r;
		advance(set, &c);
	} while (c.range != start.range || address_compare(&c.address, &start.address) != 0);
	return -EADDRNOTAVAIL;
}

/* Whose it is stands in the first line of its file; the gateway has none. */
static int fail_taken(const Leases *l, const LeaseRange *range, const Address *a, Error *err)
{
	_cleanup_free_ char *text = NULL;
	char name[ADDRESS_TEXT];
	int r;

	(void)address_text(a, name);
	if (address_compare(a, &range->gateway) == 0)
		return fail(err, -EADDRINUSE, "address %s is the gateway's", name);
	r = fd_read_file(l->dir, name, OWNER_MAX, &text, NULL, NULL);
	if (r < 0) {
		(void)fail_errno(err, r, "read by which container");
		return wrap(err, -EADDRINUSE, "address %s is taken already", name);
	}
	return fail(err, -EADDRINUSE, "address %s is taken already, by container %.*s", name,
		(int)strcspn(text, "\r\n"), text);
}

int lease_take(const Leases *l, const LeaseSet *set, const LeaseOwner *owner, const Address *wanted,
	Address *ret, const LeaseRange **ret_range, Error *err)
{
	char text[OWNER_MAX], address[ADDRESS_TEXT];
	size_t len = owner_text(owner, text), range;
	int r;

	if (len == 0)
		return fail(err, -ENAMETOOLONG, "the container's ID is too long");
	if (!wanted) {
		r = take_any(l, set, text, len, ret, ret_range);
		if (r == -EADDRNOTAVAIL) {
			(void)fail(err, r, "no address is free in %s%s",
				address_network_text(&set->ranges[0].network, address),
				set->n > 1 ? " and its other ranges" : "");
			error_hint(err, "the network needs a larger subnet, or pods of it to end");
			return r;
		}
		return r < 0 ? fail_errno(err, r, "take an address") : 0;
	}
	range = find_range(set, wanted);
	r = range == set->n ? -EEXIST : take(l, set, range, wanted, text, len, ret, ret_range);
	if (r == -EEXIST && range == set->n)
		return fail(err, -EADDRINUSE, "address %s is not one that may be handed out",
			address_text(wanted, address));
	if (r == -EEXIST)
		return fail_taken(l, &set->ranges[range], wanted, err);
	return r < 0 ? fail_errno(err, r, "take address %s", address_text(wanted, address)) : 0;
}

/* Files of older plugins do not name the interface. */
static bool is_owned(const Leases *l, const char *name, const LeaseOwner *owner)
{
	_cleanup_free_ char *text = NULL;
	char mine[OWNER_MAX];

	if (fd_read_file(l->dir, name, OWNER_MAX, &text, NULL, NULL) < 0 ||
		owner_text(owner, mine) == 0)
		return false;
	return streq(text, mine) || streq(text, owner->container);
}

static int release(const Leases *l, const char *name, const LeaseHook *hook, Error *err)
{
	Address a;
	int r = address_parse(name, &a);

	if (r == 0)
		r = hook->leaving(&a, hook->userdata, err);
	if (r == 0 && unlinkat(l->dir, name, 0) < 0 && errno != ENOENT)
		r = fail_errno(err, -errno, "give address %s back", name);
	return r;
}

bool lease_is_owned(const Leases *l, const Address *address, const LeaseOwner *owner)
{
	char name[ADDRESS_TEXT];

	return is_owned(l, address_text(address, name), owner);
}

static bool is_owned_by_any(const Leases *l, const char *name, const LeaseOwner *owners, size_t n)
{
	bool owned = false;

	for (size_t i = 0; i < n && !owned; i++)
		owned = is_owned(l, name, &owners[i]);
	return owned;
}

/* What a program has left that was killed before it wrote whose address it is. Nobody is about to
 * write that: the lock is held. */
static bool is_nobodys(const Leases *l, const char *name)
{
	struct stat st;

	return fstatat(l->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == 0;
}

/* Takes back what has one of the owners, or none of them, and what is nobody's. */
static int release_all(const Leases *l, const LeaseOwner *owners, size_t n, bool owned,
	const LeaseHook *hook, Error *err)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(l->dir);
	const struct dirent *entry;
	Address a;
	int r = 0;

	if (!dir)
		return fail_errno(err, -errno, "list leases");
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (address_parse(entry->d_name, &a) == 0 &&
			(is_nobodys(l, entry->d_name) ||
				is_owned_by_any(l, entry->d_name, owners, n) == owned))
			r = release(l, entry->d_name, hook, err);
	return r;
}

int lease_release(const Leases *l, const LeaseOwner *owner, const LeaseHook *hook, Error *err)
{
	return release_all(l, owner, 1, true, hook, err);
}

int lease_release_others(
	const Leases *l, const LeaseOwner *owners, size_t n, const LeaseHook *hook, Error *err)
{
	return release_all(l, owners, n, false, hook, err);
}
