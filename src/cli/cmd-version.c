/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "cli/verb.h"
#include "cli/version.h"
#include "spec/image-manifest.h"

/* Scripts and schedulers read these lines; the two about Go keep their labels and say what stands
 * in its place. */
static int run(const Invocation *inv, Error *err)
{
	(void)printf("rkt Version: %s\n", RKT_VERSION);
	(void)printf("appc Version: %s\n", APPC_VERSION);
	(void)printf("Go Version: none (C, %s)\n", __VERSION__);
	(void)printf("Go OS/Arch: linux/%s\n", RKT_ARCH);
	(void)printf("Features: -TPM %cSDJOURNAL\n", RKT_SDJOURNAL);
	return 0;
}

const Verb verb_version = {
	.name = "version",
	.synopsis = "",
	.brief = "Print the version and exit",
	.description = "Prints the versions of rkt and of the appc specification that it follows, "
		       "and the features it was built "
		       "with.",
	.run = run,
};
