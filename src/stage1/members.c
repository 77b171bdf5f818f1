/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/members.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/namespace-init.h"
#include "base/strbuf.h"
#include "stage1/first-process.h"

/* Parents of parents that are looked at: more are a circle of pids that were used again. */
#define DEPTH_MAX 4096

/* A root directory, by what it is and not by its name. */
typedef struct Root {
	dev_t device;
	ino_t inode;
} Root;

typedef struct Search {
	const ProcessTable *table;
	const ProcessEntry *first;
	Root *apps; /* inode 0: not known */
	size_t n_apps;
	bool alone; /* the only app has all that there is */
} Search;

/* The pod's first process, 0 when there is none. */
static pid_t first_of(const Pod *pod)
{
	pid_t pid, first;

	if (first_process_number(pod, &pid) < 0)
		return 0;
	/* Of stage1s that write "pid" it is that process itself. */
	if (faccessat(pod->fd, "ppid", F_OK, 0) < 0)
		return pid;
	first = namespace_init_of(pid);
	return first > 0 ? first : 0;
}

static Root root_at(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? (Root){0} : (Root){st.st_dev, st.st_ino};
}

/* The names lead through directories of the pod's own root, where no image has a say. */
static int find_roots(Search *s, const PodManifest *m)
{
	s->alone = m->n_apps == 1 && !pod_manifest_is_mutable(m);
	s->n_apps = m->n_apps;
	s->apps = calloc(m->n_apps + 1, sizeof *s->apps);
	for (size_t i = 0; s->apps && i < m->n_apps; i++) {
		_cleanup_free_ char *path = NULL;

		if (str_format(&path, "/proc/%d/root/opt/stage2/%s/rootfs", (int)s->first->pid,
			    m->apps[i].name) < 0)
			return -ENOMEM;
		s->apps[i] = root_at(path);
	}
	return s->apps ? 0 : -ENOMEM;
}

/* Whether a process is in the pod, perhaps in a PID namespace that was made there. */
static bool is_in_pod(const Search *s, const ProcessEntry *p)
{
	for (unsigned depth = 0; p && depth < DEPTH_MAX; depth++) {
		if (p->namespace == s->first->namespace)
			return true;
		p = process_table_find(s->table, p->parent);
	}
	return false;
}

static size_t find_app(const Search *s, const ProcessEntry *p)
{
	for (unsigned depth = 0; p && p != s->first && depth < DEPTH_MAX; depth++) {
		char path[64];
		Root root;

		(void)snprintf(path, sizeof path, "/proc/%d/root", (int)p->pid);
		root = root_at(path);
		for (size_t i = 0; i < s->n_apps && root.inode; i++)
			if (s->apps[i].inode == root.inode && s->apps[i].device == root.device)
				return i;
		p = process_table_find(s->table, p->parent);
	}
	return s->n_apps;
}

int members_find(const Pod *pod, const PodManifest *m, const ProcessTable *t, Members *ret)
{
	pid_t first = first_of(pod);
	Search s = {.table = t, .first = process_table_find(t, first)};
	int r = 0;

	*ret = (Members){0};
	if (!s.first || s.first->namespace == 0)
		return 0;
	ret->items = calloc(t->n, sizeof *ret->items);
	if (!ret->items || find_roots(&s, m) < 0)
		r = -ENOMEM;
	for (size_t i = 0; i < t->n && r == 0; i++) {
		const ProcessEntry *p = &t->items[i];

		if (p != s.first && is_in_pod(&s, p))
			ret->items[ret->n++] =
				(Member){.process = p, .app = s.alone ? 0 : find_app(&s, p)};
	}
	free(s.apps);
	return r;
}

void members_done(Members *m)
{
	free(m->items);
	*m = (Members){0};
}
