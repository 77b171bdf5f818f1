/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/image/trees.h"

#include <fcntl.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "plan/compile.h"

#define TREES_MAX (STORE_LAYERS_MAX * 160)

int stage1_trees_write(const Pod *pod, const Image *stage1, Error *err)
{
	_cleanup_strbuf_ StrBuf names = STRBUF_INIT(TREES_MAX);

	if (stage1->n_layers == 0)
		return fail(err, -EINVAL, "stage1 image %s has no layers", stage1->key);
	for (size_t i = 0; i < stage1->n_layers; i++)
		strbuf_printf(&names, "%s%s", i > 0 ? "\n" : "", stage1->layers[i]);
	if (names.error)
		return fail_oom(err);
	return fd_write_file(
		pod->fd, POD_STAGE1_TREES_FILE, 0644, strbuf_text(&names), names.len, err);
}

/* Reads the names, which are valid then and end in NUL where they ended in a newline. */
static int read_names(const Pod *pod, const char *file, char **ret, size_t *ret_len, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(pod->fd, file, TREES_MAX, &text, &len, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	if (len > 0 && text[len - 1] == '\0')
		len--;
	for (const char *s = text; s < text + len + 1; s += strlen(s) + 1)
		if (!store_layer_name_valid(s))
			return fail(err, -EINVAL, "%s of pod %s names no layer: \"%s\"", file,
				pod->uuid, s);
	*ret = TAKE_PTR(text);
	*ret_len = len + 1;
	return 0;
}

int stage1_trees_lowers(
	const Pod *pod, const char *file, bool skeleton, char **ret, size_t *ret_len, Error *err)
{
	_cleanup_strbuf_ StrBuf lowers =
		STRBUF_INIT(STORE_LAYERS_MAX * PLAN_LAYER_PATH_SIZE + PLAN_LAYER_PATH_SIZE);
	_cleanup_free_ char *names = NULL;
	char path[PLAN_LAYER_PATH_SIZE];
	size_t len = 0;
	int r = read_names(pod, file, &names, &len, err);

	if (r < 0)
		return r;
	while (len > 0) {
		const char *name = names + --len;

		while (name > names && name[-1] != '\0') {
			name--;
			len--;
		}
		(void)plan_layer_path(name, path);
		strbuf_add(&lowers, path, strlen(path) + 1);
	}
	if (skeleton)
		strbuf_add(&lowers, PLAN_SKELETON_PATH, sizeof PLAN_SKELETON_PATH);
	r = strbuf_finish(&lowers, ret, ret_len);
	return r < 0 ? fail_oom(err) : 0;
}

int stage1_trees_overlay(const Pod *pod, char **ret_upper, char **ret_work, Error *err)
{
	_cleanup_free_ char *names = NULL, *upper = NULL, *work = NULL;
	size_t len;
	int r = read_names(pod, POD_STAGE1_TREES_FILE, &names, &len, err);

	if (r < 0)
		return r;
	if (str_format(&upper, "overlay/%s/upper", names) < 0 ||
		str_format(&work, "overlay/%s/work", names) < 0)
		return fail_oom(err);
	*ret_upper = TAKE_PTR(upper);
	*ret_work = TAKE_PTR(work);
	return 0;
}

int stage1_trees_make_overlay(const Pod *pod, Error *err)
{
	_cleanup_free_ char *upper = NULL, *work = NULL;
	int r = stage1_trees_overlay(pod, &upper, &work, err);

	if (r < 0)
		return r;
	r = path_mkdir_parents(pod->fd, upper, 0755);
	if (r == 0)
		r = path_mkdir_parents(pod->fd, work, 0755);
	if (r == 0)
		r = fd_open_dir(pod->fd, upper);
	return r < 0 ? fail_errno(err, r, "create %s of pod %s", upper, pod->uuid) : r;
}
