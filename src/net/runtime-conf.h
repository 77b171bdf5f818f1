/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What plugins are told of the pod when their configuration asks for it: "capabilities" in it, and
 * "runtimeConfig" in what they get (the CNI project's CONVENTIONS.md). */

#include "net/networks.h"
#include "pod/args.h"

typedef struct RuntimeConf {
	const PodPort *ports; /* ports of the host that lead to the pod */
	size_t n_ports;
	const CniDns *dns; /* what the pod was started with; NULL: nothing */
} RuntimeConf;

/* Adds it to the configurations that ask for it: the ports ("portMappings") to those of the network
 * that ports are forwarded to. The configurations' texts are other ones then, so that who reads
 * them later finds it there. *ret_ports tells whether a plugin forwards the ports, so that nobody
 * else has to. 0, -ENOMEM, or -EINVAL. */
int runtime_conf_add(Networks *n, const RuntimeConf *conf, bool *ret_ports, Error *err);
