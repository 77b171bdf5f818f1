/* SPDX-License-Identifier: Apache-2.0 */
#include "store/unpack-source.h"

#include <archive_entry.h>
#include <errno.h>
#include "store/tar-name.h"

/* What an archive may have beside the content of its files: headers and padding of each entry, and
 * its end. */
#define ENTRY_OVERHEAD   8192u
#define ARCHIVE_OVERHEAD (16u << 20)

static uint64_t add_up(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t ceiling(const UnpackLimits *limits)
{
	uint64_t headers = limits->max_entries > UINT64_MAX / ENTRY_OVERHEAD
				   ? UINT64_MAX
				   : limits->max_entries * ENTRY_OVERHEAD;

	return add_up(add_up(limits->max_bytes, headers), ARCHIVE_OVERHEAD);
}

/* Pulls once: the number of bytes, 0 at the end, or a negative errno that s->error keeps. */
static ssize_t pull(UnpackSource *s, const void **ret)
{
	ssize_t n = s->error ? s->error : s->ended ? 0 : s->read(s->userdata, ret, s->err);

	if (n > 0 && (uint64_t)n > s->left)
		n = fail(s->err, -EFBIG, "%s: the archive is far larger than what it contains",
			s->what);
	if (n < 0)
		s->error = (int)n;
	else
		s->left -= (uint64_t)n;
	s->ended = n == 0;
	return n;
}

static la_ssize_t pull_for_archive(struct archive *a, void *userdata, const void **ret)
{
	ssize_t n = pull(userdata, ret);

	if (n < 0)
		archive_set_error(a, (int)-n, "cannot read the archive");
	return n < 0 ? ARCHIVE_FATAL : n;
}

int unpack_source_open(UnpackSource *ret, UnpackRead read, void *userdata,
	const UnpackOptions *options, Error *err)
{
	*ret = (UnpackSource){
		.archive = archive_read_new(),
		.read = read,
		.userdata = userdata,
		.what = options->what,
		.err = err,
		.left = ceiling(&options->limits),
		.strict = options->among,
	};
	if (!ret->archive || archive_read_support_format_tar(ret->archive) != ARCHIVE_OK)
		return fail_oom(err);
	if (archive_read_open(ret->archive, ret, NULL, pull_for_archive, NULL) == ARCHIVE_OK)
		return 0;
	return ret->error ? ret->error
			  : fail(err, -EINVAL, "%s: %s", ret->what,
				    archive_error_string(ret->archive));
}

void unpack_source_close(UnpackSource *s)
{
	(void)archive_read_free(s->archive);
	s->archive = NULL;
}

/* Names that are not of the locale's character set are kept as they are, byte by byte, which is
 * what is wanted; any other warning means that something of the entry was lost. */
static bool is_charset_warning(const UnpackSource *s)
{
	const char *text = archive_error_string(s->archive);

	return text && strstr(text, "can't be converted");
}

int unpack_source_next(UnpackSource *s, struct archive_entry **ret, Error *err)
{
	int r = s->unpadded ? ARCHIVE_EOF : archive_read_next_header(s->archive, ret);
	char shown[ERROR_TEXT / 2];
	const char *text;

	/* Blocks of zeros, which end an archive, are found without a look behind them. */
	if (r == ARCHIVE_EOF && s->strict && s->ended)
		return fail(
			err, -EINVAL, "%s: the archive is cut off: its end is missing", s->what);
	if (r == ARCHIVE_EOF)
		return 0;
	if (r == ARCHIVE_OK || (r == ARCHIVE_WARN && is_charset_warning(s)))
		return 1;
	if (s->error)
		return s->error;
	if (archive_errno(s->archive) == ENOMEM)
		return fail_oom(err);
	text = archive_error_string(s->archive);
	return fail(err, -EINVAL, "%s: not a valid tar archive: %s", s->what,
		tar_name_show(text ? text : "damaged header", shown, sizeof shown));
}

bool unpack_source_lacks_padding(UnpackSource *s)
{
	s->unpadded = s->ended && !s->error && !s->strict;
	return s->unpadded;
}

int unpack_source_drain(UnpackSource *s, Error *err)
{
	const void *data;
	ssize_t n;

	while ((n = pull(s, &data)) > 0)
		continue;
	return (int)n;
}

int unpack_source_error(const UnpackSource *s, Error *err)
{
	const char *text = archive_error_string(s->archive);

	if (s->error)
		return s->error;
	return fail(err, -EINVAL, "%s", text ? text : "damaged content");
}
