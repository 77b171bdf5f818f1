/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One request of the metadata service's registration interface: HTTP/1.0, in which a connection is
 * one question and one answer, over the UNIX socket. */

#include "base/error.h"

/* Connects to the service. A descriptor or a negative errno, with advice where nobody listens. */
int metadata_dial(Error *err);

/* Asks, with a body of len bytes, and tells the answer's status (200 and so on) in *ret_status. For
 * any other than 200 err has what the service said, but the result is 0 too; a negative errno is
 * for what kept an answer from coming: -ETIMEDOUT when there was none within ten seconds. From then
 * on neither function asks again, and both return that. */
int metadata_request(const char *method, const char *path, const void *body, size_t len,
	unsigned *ret_status, Error *err);
