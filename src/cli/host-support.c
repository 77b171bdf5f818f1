/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/host-support.h"

#include <unistd.h>
#include "base/log.h"
#include "isolate/overlay.h"

int host_check_private_users(Error *err)
{
	if (access("/proc/self/uid_map", F_OK) == 0)
		return 0;
	return fail(err, -EOPNOTSUPP,
		"--private-users is not supported, kernel compiled without user namespace support");
}

bool host_has_overlay(const char *data_dir)
{
	Error reason = ERROR_INIT;
	char text[ERROR_TEXT];

	if (overlay_check(data_dir, &reason) == 0)
		return true;
	log_line(NULL, "disabling overlay support: \"%s\"",
		error_message(&reason, text, sizeof text));
	return false;
}
