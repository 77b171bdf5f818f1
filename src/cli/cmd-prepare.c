/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run-options.h"
#include "cli/start.h"

const Verb verb_prepare = {
	.name = "prepare",
	.synopsis = "[OPTIONS] IMAGE [APP OPTIONS] [-- ARG ... [---]] [IMAGE ...]",
	.brief = "Prepare to run image(s) in a pod",
	.description = "Does all of \"rkt run\" but the last step, and prints the UUID of the pod, "
		       "which \"rkt run-prepared\" starts. "
		       "IMAGE is one of the forms that \"rkt help fetch\" lists, or the ID of a "
		       "stored image.",
	.options = prepare_option_sets,
	.app_options = app_option_sets,
	.options_size = sizeof(RunOptions),
	.flags = VERB_ROOT | VERB_IMAGES,
	.run = start_prepare,
};
