/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "pod/info.h"

#define TABLE_MAX     (1u << 20)
#define STATUS_FAILED 1

typedef struct ListOptions {
	bool no_legend;
} ListOptions;

static const Option rows[] = {
	{"no-legend", OPTION_BOOL, offsetof(ListOptions, no_legend), "false", NULL,
		"leave the line of titles out"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int list(const Invocation *inv, Error *err)
{
	_cleanup_strbuf_ StrBuf table = STRBUF_INIT(TABLE_MAX);
	const ListOptions *options = inv->options;
	_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
	_cleanup_pod_info_ PodInfo *info = NULL;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = pod_open_among(inv, inv->args[0], &pods, &pod, err);

	if (r == 0)
		r = pod_look(&pods, &pod, POD_INFO_WHOLE, &images, &info, err);
	if (r < 0)
		return r;
	if (!options->no_legend)
		strbuf_puts(&table, "NAME\tSTATE\n");
	for (size_t i = 0; i < info->n_apps; i++)
		strbuf_printf(&table, "%s\t%s\n", info->apps[i].name,
			app_state_name(info->apps[i].state));
	return output_table(&table, err);
}

/* Scripts know this verb's failures by their own status. */
static int run(const Invocation *inv, Error *err)
{
	if (list(inv, err) == 0)
		return 0;
	log_error(err);
	return STATUS_FAILED;
}

const Verb verb_app_list = {
	.name = "app list",
	.synopsis = "[OPTIONS] UUID",
	.brief = "List the apps of a pod",
	.description = "Lists the apps of a pod, and whether each is created, running or exited.",
	.options = sets,
	.options_size = sizeof(ListOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.run = run,
};
