/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/usage.h"

#include <stdio.h>
#include "base/number.h"
#include "isolate/cgroup-usage.h"
#include "plan/plan.h"

#define SMALL_FILE 4096

/* Without a limit v1 has a number of this size. */
#define NO_LIMIT (UINT64_C(1) << 62)

/* The number behind a word at the start of a line of /proc/PID/NAME, 0 without one. */
static uint64_t number_in(pid_t pid, const char *name, const char *word)
{
	_cleanup_free_ char *text = NULL;
	const char *line;
	char number[32];
	uint64_t n;

	if (process_read_file(pid, name, SMALL_FILE, &text, NULL) < 0)
		return 0;
	line = strstr(text, word);
	if (!line || (line != text && line[-1] != '\n'))
		return 0;
	line += strlen(word);
	line += strspn(line, " \t");
	(void)snprintf(number, sizeof number, "%.*s", (int)strspn(line, "0123456789"), line);
	return number_parse_u64(number, UINT64_MAX, &n) < 0 ? 0 : n;
}

/* What a process has in memory: of what it shares, its part. */
static uint64_t memory_of(const ProcessEntry *p)
{
	uint64_t kib = number_in(p->pid, "smaps_rollup", "Pss:");

	return kib > 0 ? kib * 1024 : p->resident;
}

/* Adds a process to what its app uses, as far as the app's cgroup has not told it. */
static void add_process(const ProcessEntry *p, unsigned known, AppUsage *ret)
{
	if (!(known & 1u << CGROUP_CPU_NS))
		ret->cpu_ns += p->cpu_ns;
	if (!(known & 1u << CGROUP_MEMORY_USED))
		ret->memory += memory_of(p);
	if (!(known & 1u << CGROUP_PIDS_NOW))
		ret->pids += p->threads;
	if (!(known & 1u << CGROUP_IO_READ)) {
		ret->io_read += number_in(p->pid, "io", "read_bytes:");
		ret->io_written += number_in(p->pid, "io", "write_bytes:");
	}
}

/* What the cgroups of an app tell, by one of its processes: the app's own, or, of an app that is
 * all that the pod has, the pod's. */
static void read_cgroups(const Pod *pod, const RuntimeApp *app, bool alone, const CgroupHost *host,
	pid_t pid, CgroupUsage *ret)
{
	char outer[64], inner[sizeof PLAN_APP_CGROUP + PLAN_NAME_MAX];
	CgroupUsage of_pod = {0};

	(void)snprintf(outer, sizeof outer, "rkt-%s", pod->uuid);
	(void)snprintf(inner, sizeof inner, PLAN_APP_CGROUP "%s", app->name);
	cgroup_usage_read(host, pid, outer, inner, ret);
	if (alone)
		cgroup_usage_read(host, pid, outer, NULL, &of_pod);
	for (unsigned i = 0; i < CGROUP_FIGURES; i++)
		if ((of_pod.known & ~ret->known) & 1u << i) {
			ret->figures[i] = of_pod.figures[i];
			ret->known |= 1u << i;
		}
}

static void take(const CgroupUsage *from, AppUsage *ret)
{
	*ret = (AppUsage){
		.cpu_ns = from->figures[CGROUP_CPU_NS],
		.memory = from->figures[CGROUP_MEMORY_USED],
		.memory_limit = from->figures[CGROUP_MEMORY_LIMIT],
		.pids = from->figures[CGROUP_PIDS_NOW],
		.io_read = from->figures[CGROUP_IO_READ],
		.io_written = from->figures[CGROUP_IO_WRITTEN],
	};
	if (ret->memory_limit >= NO_LIMIT)
		ret->memory_limit = 0;
}

int usage_read(const Pod *pod, const PodManifest *m, const CgroupHost *host, const ProcessTable *t,
	AppUsage *ret)
{
	bool alone = m->n_apps == 1 && !pod_manifest_is_mutable(m);
	_cleanup_members_ Members members;
	int r = members_find(pod, m, t, &members);

	for (size_t i = 0; i < m->n_apps && r == 0; i++) {
		CgroupUsage cgroups = {0};
		bool any = false;

		ret[i] = (AppUsage){0};
		for (size_t k = 0; k < members.n; k++) {
			const Member *member = &members.items[k];

			if (member->app != i)
				continue;
			if (!any) {
				read_cgroups(pod, &m->apps[i], alone, host, member->process->pid,
					&cgroups);
				take(&cgroups, &ret[i]);
			}
			any = true;
			add_process(member->process, cgroups.known, &ret[i]);
		}
	}
	return r;
}
