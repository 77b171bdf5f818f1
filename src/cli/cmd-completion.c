/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "cli/completion.h"
#include "cli/verb.h"

#define SCRIPT_MAX (1u << 20)

static int run(const Invocation *inv, Error *err)
{
	_cleanup_strbuf_ StrBuf script = STRBUF_INIT(SCRIPT_MAX);

	if (inv->n_args == 0)
		return fail(err, -EINVAL, "shell type is not specified");
	if (inv->n_args > 1)
		return fail(err, -EINVAL, "too many arguments, only shell type is expected");
	if (!streq(inv->args[0], "bash"))
		return fail(err, -EINVAL, "'%s' shell is not supported", inv->args[0]);
	completion_put_bash(&script);
	if (script.error)
		return fail_oom(err);
	(void)fputs(strbuf_text(&script), stdout);
	return 0;
}

const Verb verb_completion = {
	.name = "completion",
	.synopsis = "SHELL",
	.brief = "Output shell completion code for the specified shell",
	.description = "Prints a script that makes a shell complete rkt's commands, options, "
		       "images and pods. SHELL is bash:\n"
		       "\n"
		       "  . <(rkt completion bash)",
	.max_args = ARGS_ANY,
	.run = run,
};
