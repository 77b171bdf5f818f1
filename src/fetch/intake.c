/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/intake.h"

#include <inttypes.h>
#include "fetch/compression.h"

struct Intake {
	const IntakeOptions *options;
	Sink out;
	Digest *digest;     /* of what arrives; NULL when nothing is known to compare it with */
	Digest *tar_digest; /* of what comes out */
	uint64_t size, tar_size;
	Decompressor *decompressor; /* NULL until the head is complete */
	uint8_t head[COMPRESSION_HEAD_MAX];
	size_t head_len;
};

int intake_new(const IntakeOptions *options, Sink out, Intake **ret, Error *err)
{
	_cleanup_intake_ Intake *in = calloc(1, sizeof *in);
	DigestKind kind;
	const char *hex;
	int r = 0;

	if (!in)
		return fail_oom(err);
	in->options = options;
	in->out = out;
	if (options->digest) {
		if (digest_parse(options->digest, &kind, &hex) < 0)
			return fail(err, -EINVAL, "unknown digest \"%s\"", options->digest);
		r = digest_new(kind, &in->digest, err);
	}
	if (r == 0)
		r = digest_new(options->tar_kind, &in->tar_digest, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(in);
	return 0;
}

Intake *intake_free(Intake *in)
{
	if (!in)
		return NULL;
	digest_free(in->digest);
	digest_free(in->tar_digest);
	decompressor_free(in->decompressor);
	free(in);
	return NULL;
}

/* A SinkWrite behind the decompressor. */
static int take_tar(void *userdata, const void *data, size_t len, Error *err)
{
	Intake *in = userdata;
	int r;

	if (len > in->options->max_tar - in->tar_size)
		return fail(err, -EFBIG, "unpacks to more than the allowed %" PRIu64 " bytes",
			in->options->max_tar);
	in->tar_size += len;
	r = digest_update(in->tar_digest, data, len, err);
	return r < 0 ? r : sink_write(&in->out, data, len, err);
}

static int start_decompressor(Intake *in, Error *err)
{
	Compression kind;
	int r;

	if (compression_detect(in->head, in->head_len, &kind) < 0)
		return fail(err, -EINVAL, "%s",
			in->options->unknown ? in->options->unknown
					     : "error: unknown image filetype");
	r = decompressor_new(kind, (Sink){take_tar, in}, &in->decompressor, err);
	return r < 0 ? r : decompressor_feed(in->decompressor, in->head, in->head_len, err);
}

int intake_write(void *userdata, const void *data, size_t len, Error *err)
{
	Intake *in = userdata;
	const uint8_t *p = data;
	int r;

	in->size += len;
	if (in->options->size >= 0 && in->size > (uint64_t)in->options->size)
		return fail(err, -EINVAL, "is larger than the %" PRId64 " bytes it should have",
			in->options->size);
	r = in->digest ? digest_update(in->digest, p, len, err) : 0;
	if (r < 0)
		return r;
	if (!in->decompressor) {
		size_t n = MIN(len, sizeof in->head - in->head_len);

		memcpy(in->head + in->head_len, p, n);
		in->head_len += n;
		p += n;
		len -= n;
		if (in->head_len < sizeof in->head)
			return 0;
		r = start_decompressor(in, err);
		if (r < 0)
			return r;
	}
	return len > 0 ? decompressor_feed(in->decompressor, p, len, err) : 0;
}

/* wanted: "sha256:HEX". what: which bytes, for the message. */
static int compare(const char *wanted, const char *hex, const char *what, Error *err)
{
	const char *colon = strchr(wanted, ':');

	if (streq(colon + 1, hex))
		return 0;
	return fail(err, -EINVAL, "digest mismatch: %s should be %s but is %.*s:%s", what, wanted,
		(int)(colon - wanted), wanted, hex);
}

static int check_arrived(Intake *in, Error *err)
{
	char hex[DIGEST_HEX_MAX + 1];
	int r;

	if (in->options->size >= 0 && in->size < (uint64_t)in->options->size)
		return fail(err, -EINVAL, "is truncated: %" PRIu64 " bytes of %" PRId64, in->size,
			in->options->size);
	if (!in->digest)
		return 0;
	r = digest_finish(in->digest, hex, err);
	return r < 0 ? r : compare(in->options->digest, hex, "it", err);
}

int intake_finish(Intake *in, char ret_hex[static DIGEST_HEX_MAX + 1], Error *err)
{
	int r = check_arrived(in, err);

	if (r == 0 && !in->decompressor)
		r = start_decompressor(in, err);
	if (r == 0)
		r = decompressor_finish(in->decompressor, err);
	if (r == 0)
		r = digest_finish(in->tar_digest, ret_hex, err);
	if (r == 0 && in->options->tar_digest)
		r = compare(in->options->tar_digest, ret_hex, "its uncompressed tar", err);
	return r;
}
