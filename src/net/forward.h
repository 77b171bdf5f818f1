/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The ports that are forwarded to one pod, as they are asked for, and as a file remembers them. */

#include "net/ports.h"
#include "pod/args.h"
#include "spec/cni.h"

typedef struct Forward {
	Arena arena; /* holds everything here */
	Forwarding forwarding;
} Forward;

void forward_done(Forward *f);
#define _cleanup_forward_ _cleanup_(forward_done)

/* What it takes to forward ports to a pod that a network has given result: to its first address of
 * each family. owner: see Forwarding. near tells whether pods of that network reach each other
 * without the host. 0, -EADDRNOTAVAIL when the network has given no address of that kind,
 * -EPROTONOSUPPORT, -E2BIG for a port behind 65535, or -ENOMEM. */
int forward_make(const char *owner, const PodPort *ports, size_t n, const CniResult *result,
	bool near, Forward *ret, Error *err);

/* Lets connections of the host to 127.0.0.1 go to who has been given result. 0 or a negative errno.
 */
int forward_allow_loopback(const CniResult *result, Error *err);

/* Writes it to, and reads it from, a file of a directory. forward_load(): -ENOENT, without an error
 * text, when there is none. */
int forward_save(int dirfd, const char *file, const Forward *f, Error *err);
int forward_load(int dirfd, const char *file, const char *owner, Forward *ret, Error *err);

/* The file with the ports of a pod, in the pod's directory, and whose these are. */
#define FORWARD_FILE "net/ports.json"
void forward_name_owner(const char *uuid, char ret[static FORWARD_OWNER]);

/* forward_load() of the pod whose directory dirfd is. */
int forward_load_of(int dirfd, const char *uuid, Forward *ret, Error *err);

/* Takes the ports of that pod back, if it has any, and nobody else's. 0 or a negative errno.
 * "rkt-cni FORWARD_END UUID" does that in the pod's directory. */
#define FORWARD_END "take-ports-back"
int forward_take_back(int dirfd, const char *uuid, Error *err);
