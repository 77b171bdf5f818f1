/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"
#include "cli/verb.h"

static int run(const Invocation *inv, Error *err)
{
	VerbMatch match = {0};

	for (size_t i = 0; i < inv->n_args && !match.verb; i++) {
		int r = verb_find(match.group, inv->args[i], &match, err);

		if (r < 0)
			return r;
	}
	if (match.verb)
		help_print_verb(match.verb, stdout);
	else
		help_print_group(match.group, stdout);
	return 0;
}

const Verb verb_help = {
	.name = "help",
	.synopsis = "[COMMAND [SUBCOMMAND]]",
	.brief = "Help about any command",
	.description = "Prints help about rkt or one of its commands.",
	.max_args = 2,
	.run = run,
};
