/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-support.h"

#include <stdio.h>
#include <sys/stat.h>
#include "base/atomic-file.h"
#include "base/boot.h"
#include "base/fd.h"

#define NAME     "view-support"
#define TEXT_MAX (ERROR_TEXT + 256)

/* What has to be the same for it to hold: the kernel that runs, and where the store is. */
static int head(const Store *s, char ret[static TEXT_MAX])
{
	char boot[BOOT_ID_LEN + 1];
	struct stat st;

	if (fstat(s->cas_fd, &st) < 0)
		return -errno;
	if (boot_id_read(boot, NULL) < 0)
		return -EIO;
	return snprintf(ret, TEXT_MAX, "version=1\nboot=%s\ndevice=%llx\nreason=", boot,
		(unsigned long long)st.st_dev);
}

void view_support_read(const Store *s, ViewSupport *ret)
{
	_cleanup_free_ char *text = NULL;
	char expected[TEXT_MAX];
	const char *rest;
	size_t len;

	*ret = (ViewSupport){.known = false};
	if (head(s, expected) < 0 || fd_read_file(s->cas_fd, NAME, TEXT_MAX, &text, &len, NULL) < 0)
		return;
	rest = startswith(text, expected);
	len = rest ? strlen(rest) : 0;
	if (len == 0 || len > sizeof ret->reason || rest[len - 1] != '\n')
		return;
	memcpy(ret->reason, rest, len - 1);
	ret->known = true;
}

int view_support_note(const Store *s, const ViewSupport *support, Error *err)
{
	char text[2 * TEXT_MAX];
	int n = head(s, text);

	if (n < 0)
		return fail_errno(err, n, "find out which boot this is");
	n += snprintf(text + n, sizeof text - (size_t)n, "%s\n", support->reason);
	return atomic_write(s->cas_fd, NAME, 0640, text, (size_t)n, err);
}
