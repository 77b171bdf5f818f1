/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The ports that are forwarded to one pod, as they are asked for, and as its directory remembers
 * them. */

#include "net/ports.h"
#include "pod/args.h"
#include "pod/pod.h"
#include "spec/cni.h"

typedef struct Forward {
	Arena arena; /* holds everything here */
	Forwarding forwarding;
} Forward;

void forward_done(Forward *f);
#define _cleanup_forward_ _cleanup_(forward_done)

/* What it takes to forward ports to a pod that a network has given result. near tells whether pods
 * of that network reach each other without the host. 0, -EADDRNOTAVAIL when the network has given
 * no address, -EPROTONOSUPPORT, -E2BIG for a port behind 65535, or -ENOMEM. */
int forward_make(const Pod *pod, const PodPort *ports, size_t n, const CniResult *result, bool near,
	Forward *ret, Error *err);

/* Writes it down in, and reads it from the pod's directory. -ENOENT, without an error text, where
 * nothing is forwarded. */
int forward_save(const Pod *pod, const Forward *f, Error *err);
int forward_load(const Pod *pod, Forward *ret, Error *err);

/* Forgets it: nothing was forwarded. */
void forward_forget(const Pod *pod);
