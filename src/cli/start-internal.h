/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the ways to a pod have in common. */

#include "cli/launch.h"
#include "cli/start.h"
#include "stage1/stage1.h"

/* What the plan compiler wants to know, with what has to live meanwhile. */
typedef struct Start {
	PlanInput plan;
	CgroupHost cgroups;
	char *resolv_conf, *hosts;
} Start;

void start_done(Start *s);
#define _cleanup_start_ _cleanup_(start_done)

/* What a pod's root filesystems and users are on the host: decided when it is prepared. */
typedef struct Ground {
	bool overlay;
	UserRange users;
	bool network_dns; /* its networks may name DNS servers: decided when it is run */
} Ground;

/* Fills it in for a pod of this UUID. s is for start_done() also after a failure. 0 or a negative
 * errno. */
int start_init(Start *s, const Invocation *inv, const Launch *l, const char *uuid,
	const Ground *ground, Error *err);

/* Looks for the metadata service before there is anything of a pod that has to be registered. 0 or
 * a negative errno. */
int start_prepare_metadata(const RunOptions *o, Launch *l, Error *err);

/* Tells that service of the pod, if it is to know it. 0 or a negative errno. */
int start_register(const Launch *l, const Pod *pod, Error *err);

/* Gives the pod the name that the options say. 0 or a negative errno. */
int start_name_pod(const Invocation *inv, const Pods *pods, const Pod *pod, Error *err);

/* Finds the apps that passed sockets are for; stage1s that are images do that themselves. 0 or a
 * negative errno. */
int start_match_sockets(Launch *l, const Flavor *flavor, Error *err);
