/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the metadata service of appc (appc 0.8.11, "App Container Metadata Service") is found. A
 * pod is known there by a token, which the URL in its apps' environment has. */

/* Where pods are registered: HTTP over a UNIX socket. */
#define METADATA_DIRECTORY "/run/rkt"
#define METADATA_SOCKET    METADATA_DIRECTORY "/metadata-svc.sock"

/* Where apps ask: a port of the host, which they are told even if the service listens elsewhere. */
#define METADATA_PORT     "18112"
#define METADATA_VARIABLE "AC_METADATA_URL"

#define METADATA_TOKEN_SIZE 33 /* 16 random bytes as hex digits, and the terminator */
