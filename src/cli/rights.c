/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rights.h"

#include <fcntl.h>
#include <unistd.h>
#include "base/cleanup.h"

/* Whether the message names a path that is not below the data directory: another one is meant. */
static bool is_elsewhere(const Error *err, const char *data_dir)
{
	const char *path = strstr(err->frames[0].text, " /");

	return err->n_frames > 0 && path && !startswith(path + 1, data_dir);
}

void rights_hint(const char *data_dir, Error *err)
{
	if (geteuid() == 0 || err->code != -EACCES || is_elsewhere(err, data_dir))
		return;
	if (faccessat(AT_FDCWD, data_dir, R_OK | W_OK | X_OK, AT_EACCESS) == 0)
		return;
	error_hint(err, "this needs root, or rights on %s by its group", data_dir);
}
