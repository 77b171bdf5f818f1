/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The gate that every archive passes on its way in: counts and digests the bytes as they arrive,
 * recognises and undoes their compression, counts and digests the tar that comes out, and passes it
 * on. Nothing that came through may be kept before intake_finish() has said that all of it is what
 * it should be. */

#include <stdint.h>
#include "fetch/sink.h"
#include "store/digest.h"

typedef struct IntakeOptions {
	const char
		*digest; /* of the bytes that arrive ("sha256:..."), NULL: not known beforehand */
	int64_t size;    /* of the bytes that arrive, -1: not known */
	DigestKind tar_kind;    /* how to digest the tar */
	const char *tar_digest; /* "sha256:..." of kind tar_kind, NULL: not known beforehand */
	uint64_t max_tar;       /* ceiling for the tar's bytes */
	const char *unknown; /* what is said of bytes of no known kind; NULL: what rkt's users know
			      */
} IntakeOptions;

typedef struct Intake Intake;

/* The options (and the strings in them) must outlive the Intake. out receives the tar. */
int intake_new(const IntakeOptions *options, Sink out, Intake **ret, Error *err);
Intake *intake_free(Intake *in);

/* A SinkWrite (userdata is the Intake). -EINVAL for corrupt or unknown data or too many bytes,
 * -EFBIG past max_tar, or what out returned. */
int intake_write(void *userdata, const void *data, size_t len, Error *err);

/* Says that the bytes end here, and writes the tar's digest in hex. -EINVAL when size, digest or
 * tar digest do not match, or the compressed data is not complete. */
int intake_finish(Intake *in, char ret_hex[static DIGEST_HEX_MAX + 1], Error *err);

DEFINE_CLEANUP(Intake *, intake_free)
#define _cleanup_intake_ _cleanup_(intake_freep)
