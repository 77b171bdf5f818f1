/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rights.h"

#include <fcntl.h>
#include <unistd.h>

void rights_hint(const char *data_dir, Error *err)
{
	if (geteuid() == 0 || err->code != -EACCES)
		return;
	if (faccessat(AT_FDCWD, data_dir, R_OK | W_OK | X_OK, AT_EACCESS) == 0)
		return;
	error_hint(err, "this needs root, or rights on %s by its group", data_dir);
}
