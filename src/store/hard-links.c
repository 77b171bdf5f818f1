/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hard-links.h"

#include <search.h>
#include "base/cleanup.h"

typedef struct Link {
	size_t layer;
	dev_t dev; /* there may be mounts in it */
	ino_t ino;
	char *path;
} Link;

static void link_free(void *p)
{
	Link *l = p;

	free(l->path);
	free(l);
}

static int compare(const void *a, const void *b)
{
	const Link *x = a, *y = b;

	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return (x->ino > y->ino) - (x->ino < y->ino);
}

int hard_links_note(HardLinks *l, size_t layer, const struct stat *st, const char *path,
	const char **ret, Error *err)
{
	Link *link = malloc(sizeof *link);
	Link **found;

	if (!link)
		return fail_oom(err);
	*link = (Link){layer, st->st_dev, st->st_ino, strdup(path)};
	found = link->path ? tsearch(link, &l->root, compare) : NULL;
	if (!found || *found != link)
		link_free(link);
	if (!found)
		return fail_oom(err);
	*ret = *found == link ? NULL : (*found)->path;
	return 0;
}

void hard_links_done(HardLinks *l)
{
	tdestroy(TAKE_PTR(l->root), link_free);
}
