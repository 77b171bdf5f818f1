/* SPDX-License-Identifier: Apache-2.0 */
#include "base/boot.h"

#include <fcntl.h>
#include "base/cleanup.h"
#include "base/fd.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

int boot_id_read(char ret[static BOOT_ID_LEN + 1], Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(AT_FDCWD, BOOT_ID_PATH, BOOT_ID_LEN + 1, &text, &len, err);

	if (r < 0)
		return r;
	if (len != BOOT_ID_LEN + 1)
		return fail(err, -EBADMSG, BOOT_ID_PATH " is no boot ID");
	memcpy(ret, text, BOOT_ID_LEN);
	ret[BOOT_ID_LEN] = '\0';
	return 0;
}
