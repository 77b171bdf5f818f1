/* SPDX-License-Identifier: Apache-2.0 */

/* Root filesystems, and what the kernel provides in them: /proc, /sys, /dev. */

#include "plan/compile-internal.h"

#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define NO_EXEC (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* The group of terminals. */
#define TTY_GROUP 5

/* Where the pod's root is mounted: anything that is in the pod's directory, that nobody looks at
 * from inside, and that nothing below is needed of any more. */
static const char *mount_point(const PlanInput *in)
{
	return in->options.no_overlay ? "appsinfo" : "stage1";
}

typedef struct FsMount {
	const char *path, *type, *options; /* options separated by ',' */
	uint64_t attrs;
} FsMount;

static void add_mount(PlanBuilder *b, const FsMount *m, uint32_t flags)
{
	char list[128];
	uint32_t len = (uint32_t)strlen(m->options) + 1;

	memcpy(list, m->options, len);
	for (uint32_t i = 0; i < len; i++)
		if (list[i] == ',')
			list[i] = '\0';
	if (m->options[0] == '\0')
		len = 0;
	plan_add(b, (PlanOp){
			    .code = PLAN_MOUNT,
			    .flags = flags,
			    .path = plan_put_string(b, m->path),
			    .source = plan_put_string(b, m->type),
			    .data = plan_put_blob(b, list, len),
			    .data_len = len,
			    .num = {m->attrs},
		    });
}

static void add_path(PlanBuilder *b, PlanCode code, const char *path, uint64_t number)
{
	plan_add(b, (PlanOp){
			    .code = (uint16_t)code,
			    .path = plan_put_string(b, path),
			    .num = {number},
		    });
}

typedef struct Node {
	const char *path;
	unsigned major, minor;
} Node;

static void add_dev(PlanBuilder *b)
{
	static const FsMount dev = {"/dev", "tmpfs", "mode=755,size=64k", MOUNT_ATTR_NOSUID};
	static const Node nodes[] = {
		{"/dev/null", 1, 3},
		{"/dev/zero", 1, 5},
		{"/dev/full", 1, 7},
		{"/dev/random", 1, 8},
		{"/dev/urandom", 1, 9},
		{"/dev/tty", 5, 0},
	};
	static const char *const links[][2] = {
		{"/dev/fd", "/proc/self/fd"},
		{"/dev/stdin", "/proc/self/fd/0"},
		{"/dev/stdout", "/proc/self/fd/1"},
		{"/dev/stderr", "/proc/self/fd/2"},
		{"/dev/ptmx", "pts/ptmx"},
	};

	add_mount(b, &dev, 0);
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		plan_add(
			b, (PlanOp){
				   .code = PLAN_NODE,
				   .path = plan_put_string(b, nodes[i].path),
				   .num = {S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)},
			   });
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		plan_add(b, (PlanOp){
				    .code = PLAN_SYMLINK,
				    .path = plan_put_string(b, links[i][0]),
				    .source = plan_put_string(b, links[i][1]),
			    });
}

/* What of /proc an app has no business with. /proc/sys as a whole, as every engine does it by now.
 */
static const char *const proc_read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL};
static const char *const proc_hidden[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/config.gz",
	"/proc/kallsyms",
	"/proc/kcore",
	"/proc/keys",
	"/proc/kmem",
	"/proc/latency_stats",
	"/proc/mem",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	NULL,
};
static const char *const sys_hidden[] = {"/sys/devices/virtual/powercap", "/sys/firmware",
	"/sys/fs", "/sys/hypervisor", "/sys/module", "/sys/power", NULL};

static void add_paths(PlanBuilder *b, PlanCode code, const char *const *paths)
{
	for (; *paths; paths++)
		add_path(b, code, *paths, 0);
}

static void add_proc(const PlanInput *in, PlanBuilder *b)
{
	static const FsMount proc = {"/proc", "proc", "", NO_EXEC};

	add_mount(b, &proc, 0);
	if (in->options.open & PLAN_OPEN_PATHS)
		return;
	add_paths(b, PLAN_READONLY, proc_read_only);
	add_paths(b, PLAN_MASK, proc_hidden);
}

/* sysfs shows the network namespace that it is mounted from. Making one takes the kernel as long as
 * all other mounts together, so the monitor does it beside them, and it is waited for here, as late
 * as can be. */
static void add_sys(const PlanInput *in, PlanBuilder *b)
{
	bool open = in->options.open & PLAN_OPEN_PATHS;
	const FsMount sys = {"/sys", "sysfs", "", NO_EXEC | (open ? 0 : MOUNT_ATTR_RDONLY)};

	if (!in->options.host_network)
		plan_add(b, (PlanOp){.code = PLAN_NETWORK});
	add_mount(b, &sys, 0);
	if (!open)
		add_paths(b, PLAN_MASK, sys_hidden);
}

/* What all apps of a pod share below /dev. */
static void add_shared_dev(const PlanInput *in, PlanBuilder *b)
{
	char pts[80];
	const FsMount mounts[] = {
		{"/dev/pts", "devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC},
		{"/dev/shm", "tmpfs", "mode=1777", NO_EXEC},
		{"/dev/mqueue", "mqueue", "", NO_EXEC},
	};

	(void)snprintf(pts, sizeof pts, "newinstance,ptmxmode=0666,mode=620,gid=%u",
		in->options.first_id + TTY_GROUP);
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		add_mount(b, &mounts[i], 0);
}

void compile_api(const PlanInput *in, PlanBuilder *b)
{
	add_dev(b);
	add_shared_dev(in, b);
	add_proc(in, b);
	add_sys(in, b);
}

void compile_pod_root(const PlanInput *in, PlanBuilder *b)
{
	const FsMount root = {
		mount_point(in), "tmpfs", "mode=755,size=1m", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};

	add_mount(b, &root, PLAN_ROOT_POD);
	add_shared_dev(in, b);
	add_proc(in, b);
	add_sys(in, b);
}

void compile_shared_api(PlanBuilder *b)
{
	static const char *const shared[] = {
		"/dev/pts", "/dev/shm", "/dev/mqueue", "/proc", "/sys"};

	add_dev(b);
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		plan_add_bind(b, shared[i], shared[i], PLAN_BIND_FROM_POD | PLAN_BIND_RECURSIVE);
}

const char *plan_layer_dir(const char *layer, char buf[static PLAN_LAYER_PATH_SIZE])
{
	(void)snprintf(buf, PLAN_LAYER_PATH_SIZE, "../../../cas/tree/%s", layer);
	return buf;
}

const char *plan_layer_path(const char *layer, char buf[static PLAN_LAYER_PATH_SIZE])
{
	(void)snprintf(buf, PLAN_LAYER_PATH_SIZE, "../../../cas/tree/%s/rootfs", layer);
	return buf;
}

/* Whether an app before this one, or the image itself further down, has the layer. */
static bool seen_before(const PlanInput *in, size_t app, size_t layer)
{
	const char *name = in->images[app]->layers[layer];

	for (size_t i = 0; i <= app; i++)
		for (size_t k = 0; k < (i < app ? in->images[i]->n_layers : layer); k++)
			if (streq(in->images[i]->layers[k], name))
				return true;
	return false;
}

void compile_each_layer(const PlanInput *in, PlanBuilder *b,
	void (*func)(const PlanInput *in, PlanBuilder *b, const char *layer))
{
	for (size_t i = 0; i < in->manifest->n_apps; i++)
		for (size_t k = 0; k < in->images[i]->n_layers; k++)
			if (!seen_before(in, i, k))
				func(in, b, in->images[i]->layers[k]);
}

static void put_view(const PlanInput *in, PlanBuilder *b, const char *layer)
{
	char path[PLAN_LAYER_PATH_SIZE];

	if (!store_layer_is_view(in->store, layer))
		return;
	strbuf_puts(&b->pool, plan_layer_dir(layer, path));
	strbuf_putc(&b->pool, '\0');
}

void compile_views(const PlanInput *in, PlanBuilder *b)
{
	uint32_t layers;
	size_t start;

	if (in->options.no_overlay)
		return;
	layers = plan_put_blob(b, "", 0);
	start = b->pool.len;
	compile_each_layer(in, b, put_view);
	if (b->pool.len > start)
		plan_add(b, (PlanOp){
				    .code = PLAN_VIEWS,
				    .data = layers,
				    .data_len = (uint32_t)(b->pool.len - start),
			    });
}

/* Lower directories, uppermost first: the layers, and at the bottom what every root needs to have.
 */
static uint32_t put_lowers(AppCompile *c, uint32_t *ret_len)
{
	uint32_t offset = plan_put_blob(c->b, "", 0);
	size_t start = c->b->pool.len;

	for (size_t i = c->image->n_layers; i > 0; i--) {
		char path[PLAN_LAYER_PATH_SIZE];

		strbuf_puts(&c->b->pool, plan_layer_path(c->image->layers[i - 1], path));
		strbuf_putc(&c->b->pool, '\0');
	}
	strbuf_puts(&c->b->pool, PLAN_SKELETON_PATH);
	strbuf_putc(&c->b->pool, '\0');
	*ret_len = (uint32_t)(c->b->pool.len - start);
	return offset;
}

static uint32_t root_flag(const AppCompile *c)
{
	return c->alone ? PLAN_ROOT_POD : PLAN_ROOT_APP;
}

const char *plan_copy_path(const char *app, char buf[static PLAN_COPY_SIZE])
{
	(void)snprintf(buf, PLAN_COPY_SIZE, "stage1/rootfs/opt/stage2/%s/rootfs", app);
	return buf;
}

const char *plan_upper_path(const char *app, char buf[static PLAN_COPY_SIZE])
{
	(void)snprintf(buf, PLAN_COPY_SIZE, "overlay/%s.upper", app);
	return buf;
}

static void add_overlay(AppCompile *c)
{
	char upper[PLAN_COPY_SIZE], work[PLAN_NAME_MAX + 32];
	uint32_t lowers, len;

	(void)snprintf(work, sizeof work, "overlay/%s.work", c->runtime->name);
	lowers = put_lowers(c, &len);
	plan_add(c->b,
		(PlanOp){
			.code = PLAN_OVERLAY,
			.flags = root_flag(c) | (c->in->options.durable ? 0 : PLAN_VOLATILE),
			.path = plan_put_string(c->b, c->alone ? mount_point(c->in) : c->root),
			.source = plan_put_string(c->b, plan_upper_path(c->runtime->name, upper)),
			.aux = plan_put_string(c->b, work),
			.data = lowers,
			.data_len = len,
		});
}

int compile_app_root(AppCompile *c, Error *err)
{
	char copy[PLAN_COPY_SIZE];

	if (c->image->n_layers == 0)
		return fail(err, -EINVAL, "image %s has no layers", c->image->key);
	if (c->in->options.no_overlay)
		plan_add_bind(c->b, c->alone ? mount_point(c->in) : c->root,
			plan_copy_path(c->runtime->name, copy), root_flag(c));
	else
		add_overlay(c);
	return 0;
}
