/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Programs that keep logins for docker and podman: "docker-credential-NAME get" reads the server
 * from stdin and writes {"ServerURL", "Username", "Secret"} to stdout. */

#include "fetch/credentials.h"

/* Asks the program, which is looked for in $PATH. 1 and the login; 0 when the program has none; or
 * a negative errno: -EPROTO when it fails or its answer is not understood. */
int credential_program_get(const char *name, const char *registry, Login *ret, Error *err);
