/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether somebody who is trusted has signed an ACI. The signature is one of the archive as it
 * came, compressed or not, in a file of its own. */

#include "fetch/fetch.h"

/* Opens the signature of the image file at path: --signature, or "app.aci.asc" for
 * "app.aci". Returns the descriptor, or a negative errno with hints for the user. */
int signature_open_file(const FetchContext *context, const char *path, Error *err);

/* A descriptor of a signature that came from elsewhere. */
int signature_open_text(const void *text, size_t len, Error *err);

/* Whether a signature can be that of the image called name at all: one of its signers has a key
 * that counts for it. To be asked before an image is downloaded; what the signature is worth
 * signature_verify() says. 0, -EKEYREJECTED when nobody who is trusted signed, or another negative
 * errno. */
int signature_check_signer(const FetchContext *context, const char *what, int signature_fd,
	const char *name, Error *err);

/* Verifies the archive against the signature (both descriptors of files, read from their start)
 * with the keys that count for the image called name, as its manifest says, and tells the user who
 * signed. what names the image in messages. 0, -EKEYREJECTED when nobody who is trusted signed just
 * this, or another negative errno. */
int signature_verify(const FetchContext *context, const char *what, int archive_fd,
	int signature_fd, const char *name, Error *err);
