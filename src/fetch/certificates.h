/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Certificates for one registry, from directories as containers-certs.d(5) and Docker have them:
 * DIR/HOST[:PORT]/ with *.crt, authorities that its certificate may be signed by beside those of
 * the system, and *.cert with *.key of the same name, for the registry to know the user by. */

#include "base/error.h"
#include "base/strbuf.h"

#define CERTIFICATES_MAX (1u << 20) /* of authorities, PEM */

typedef struct Certificates {
	StrBuf authorities; /* PEM; empty: those of the system */
	char *client_cert;  /* path; NULL: none */
	char *client_key;
} Certificates;

#define CERTIFICATES_INIT                                                                          \
	{                                                                                          \
		.authorities = STRBUF_INIT(CERTIFICATES_MAX)                                       \
	}

void certificates_done(Certificates *c);

/* Adds what DIR has for host to ret. A directory that is not there is fine. -EINVAL for a *.cert
 * without its key or the other way round, otherwise what reading says. */
int certificates_add(const char *dir, const char *host, Certificates *ret, Error *err);

#define _cleanup_certificates_ _cleanup_(certificates_done)
