/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/layer-view.h"
#include "cli/output.h"
#include "cli/verb.h"

typedef struct ConfigOptions {
	bool pretty;
} ConfigOptions;

static const Option rows[] = {
	{"pretty-print", OPTION_BOOL, offsetof(ConfigOptions, pretty), "true", NULL,
		"indent the configuration"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int run(const Invocation *inv, Error *err)
{
	const ConfigOptions *options = inv->options;
	_cleanup_config_ Config config = CONFIG_INIT;
	_cleanup_free_ char *data_dir = NULL;
	_cleanup_store_ Store store = STORE_INIT;
	int r = config_load(&inv->global->config, CONFIG_ALL, &config, err);

	/* Who has no rights on the store reads the configuration all the same. */
	if (r == 0 && global_data_dir(inv->global, &data_dir, NULL) == 0 &&
		store_open(&store, data_dir, false, NULL) == 0)
		r = layer_view_tell(&store, err);
	if (r < 0)
		return r;
	return output_json(config_to_json(&config.arena, &config),
		options->pretty ? OUTPUT_JSON_PRETTY : OUTPUT_JSON, err);
}

const Verb verb_config = {
	.name = "config",
	.synopsis = "[OPTIONS]",
	.brief = "Print the configuration that is in effect",
	.description = "Prints what the configuration files of the system, of this machine and of "
		       "the user say together, as JSON in the form of the files. Passwords and "
		       "other secrets are printed, too. What is not set is empty: built-in "
		       "defaults and --dir are not shown. What layers of images that come become, "
		       "and why, is told on stderr.",
	.options = sets,
	.options_size = sizeof(ConfigOptions),
	.run = run,
};
