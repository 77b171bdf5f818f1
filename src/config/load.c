/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-internal.h"

/* From the directories to the files. */

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/strbuf.h"

static const struct {
	ConfigPart part;
	const char *dir;
} part_dirs[] = {
	{CONFIG_AUTH, "auth.d"},
	{CONFIG_PATHS, "paths.d"},
	{CONFIG_STAGE1, "stage1.d"},
	{CONFIG_REGISTRIES, "registries.d"},
};

/* The names of the files in a directory, sorted: in which order they are read is seen where
 * several are wrong. */
typedef struct Names {
	char **items;
	size_t n;
} Names;

static void names_done(Names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->items[i]);
	free(names->items);
}

static int add_name(Names *names, const char *name)
{
	char **items = realloc(names->items, (names->n + 1) * sizeof *items);

	if (!items)
		return -ENOMEM;
	names->items = items;
	items[names->n] = strdup(name);
	if (!items[names->n])
		return -ENOMEM;
	names->n++;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_config_file(int dir_fd, const char *name)
{
	struct stat st;

	return endswith(name, ".json") && fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

static int list_files(int dir_fd, Names *names)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(dir_fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL)
		if (is_config_file(dir_fd, entry->d_name))
			r = add_name(names, entry->d_name);
	if (r == 0)
		r = -errno;
	if (names->n > 0)
		qsort(names->items, names->n, sizeof *names->items, compare_names);
	return r;
}

static int read_file(
	Config *c, const char *dir, const char *name, unsigned layer, ConfigPart part, Error *err)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	const char *kept;
	size_t len;
	int r;

	if (str_format(&path, "%s/%s", dir, name) < 0)
		return fail_oom(err);
	kept = arena_strdup(&c->arena, path);
	if (!kept)
		return fail_oom(err);
	r = fd_read_file(AT_FDCWD, path, CONFIG_FILE_MAX, &text, &len, err);
	return r < 0 ? r : config_read_text(c, kept, layer, part, text, len, err);
}

/* Opens DIR/sub of a layer. -ENOENT, without a message, when one of both is not there. */
static int open_part(const char *layer_dir, const char *path, Error *err)
{
	int fd = fd_open_dir(AT_FDCWD, path);
	struct stat st;
	bool layer;

	if (fd >= 0 || fd == -ENOENT)
		return fd;
	if (fd != -ENOTDIR)
		return fail_errno(err, fd, "open %s", path);
	layer = stat(layer_dir, &st) == 0 && !S_ISDIR(st.st_mode);
	return fail(err, fd, "expected \"%s\" to be a directory", layer ? layer_dir : path);
}

static int load_part(Config *c, const char *layer_dir, const char *sub, unsigned layer,
	ConfigPart part, Error *err)
{
	_cleanup_(names_done) Names names = {0};
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (str_format(&path, "%s/%s", layer_dir, sub) < 0)
		return fail_oom(err);
	fd = open_part(layer_dir, path, err);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = list_files(fd, &names);
	if (r < 0)
		return fail_errno(err, r, "list %s", path);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = read_file(c, path, names.items[i], layer, part, err);
	return r;
}

static int load_layer(Config *c, const char *dir, unsigned layer, unsigned parts, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(part_dirs) && r == 0; i++)
		if (parts & part_dirs[i].part)
			r = load_part(c, dir, part_dirs[i].dir, layer, part_dirs[i].part, err);
	return r;
}

int config_load(const ConfigDirs *dirs, unsigned parts, Config *ret, Error *err)
{
	const char *const layers[] = {dirs->system, dirs->local, dirs->user};
	int r = 0;

	for (unsigned i = 0; i < ARRAY_LEN(layers) && r == 0; i++)
		if (layers[i])
			r = load_layer(ret, layers[i], i + 1, parts, err);
	return r < 0 ? wrap(err, r, "cannot get configuration") : 0;
}
