/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sockets that a service manager has passed to rkt (sd_listen_fds(3)), for apps whose image calls a
 * port socket-activated. */

#include "plan/compile.h"
#include "pod/args.h"

typedef struct PassedSockets {
	unsigned n;        /* descriptors from PLAN_SOCKETS_FIRST on */
	PlanSockets *apps; /* what each app of the manifest gets; NULL: nobody gets any */
	bool *taken;       /* whether connections to a port of m->ports come by a socket, and so
			      need not be forwarded; NULL: none do */
	Arena arena;       /* of both */
} PassedSockets;

/* Finds what was passed to this process, and keeps it from those that it executes. To be called
 * before there are any. */
void passed_sockets_take(PassedSockets *s);

/* Finds out which app gets which, and closes those that nobody gets. Says what is missing, or too
 * much. images: one for each app. 0, -EINVAL as pod_ports_activated(), or another negative errno.
 */
int passed_sockets_match(
	PassedSockets *s, const PodManifest *m, const Image *const *images, Error *err);
void passed_sockets_done(PassedSockets *s);
