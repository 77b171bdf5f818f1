/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The two interfaces of the metadata service. */

#include "service/metadata/request.h"

/* For rkt, over the UNIX socket: pods come and go. */
extern const Route registration_routes[];
extern const size_t n_registration_routes;

/* For apps, over TCP: that of appc, "App Container Metadata Service". */
extern const Route public_routes[];
extern const size_t n_public_routes;
