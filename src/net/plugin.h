/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The plugins of the Container Network Interface that come with rkt: functions, called in-process
 * for rkt's own pods, and by the program rkt-cni for everybody else. */

#include "net/address.h"
#include "spec/cni.h"

/* What a plugin is asked to do, and where. */
typedef struct PluginCall {
	Arena *arena; /* what results are made of */
	const CniNetwork *network;
	const CniPlugin *plugin;
	const char *container;      /* CNI_CONTAINERID */
	const char *interface;      /* CNI_IFNAME */
	const char *args;           /* CNI_ARGS: "K=V;K2=V2"; NULL: none */
	const char *search_path;    /* CNI_PATH: where plugins are that are programs */
	const char *namespace_path; /* CNI_NETNS */
	int namespace;              /* a descriptor of that; -1: it is gone */
	bool namespace_ends;        /* what is in it goes with it, and need not be deleted */
	const CniResult *previous;  /* of the plugin before it in a chain; NULL: none */
	/* Of IPAM: called for an address, with its network, before it is given back; a failure
	 * leaves it with its owner. NULL: nothing has to be done for it. */
	int (*leaving)(const struct PluginCall *c, const Address *address, Error *err);
	Address *taken; /* see plugin_note_taken(); NULL: nobody wants to know */
} PluginCall;

typedef struct Plugin {
	const char *type;
	/* ADD and DEL of the specification. What add() has done before it fails is taken back, by
	 * itself or by del(), which does not mind what is not there. */
	int (*add)(const PluginCall *c, CniResult *ret, Error *err);
	int (*del)(const PluginCall *c, Error *err);
	/* CHECK, GC and STATUS. NULL: there is nothing to do. For the last two c has no container
	 * and no namespace. */
	int (*check)(const PluginCall *c, Error *err);
	int (*gc)(const PluginCall *c, Error *err);
	int (*status)(const PluginCall *c, Error *err);
	/* Makes again what the host has lost of its work: rules where the packet filter has been
	 * flushed, a process that was killed. c->previous is the network's result, and there is no
	 * namespace. NULL: there is nothing to do. */
	int (*restore)(const PluginCall *c, Error *err);
	bool fails_clean;     /* add() takes back what it has done itself; del() after a failed one
				 would take what an earlier one has done */
	bool hands_out;       /* IPAM: called for a network's "ipam", and for nothing else */
	bool addresses_only;  /* IPAM: it does not need the namespace */
	bool makes_interface; /* in the pod, where nothing may have its name before */
} Plugin;

/* NULL for a type that is none of ours. */
const Plugin *plugin_find(const char *type);

/* Runs a command without a result: "DEL", "CHECK", "GC" or "STATUS". 0 or a negative errno. */
int plugin_ask(const Plugin *plugin, const char *command, const PluginCall *c, Error *err);

/* The value of a key in args, copied to the arena. 0, 1 when it is not given, or -ENOMEM. */
int plugin_arg(const PluginCall *c, const char *key, const char **ret, Error *err);

/* Tells who calls ADD the address that another container has: it fails with -EADDRINUSE then or,
 * when that one's interface is in the way, with -EEXIST. */
void plugin_note_taken(const PluginCall *c, const Address *address);

/* A routing socket in the pod's network namespace, or a negative errno. */
int plugin_open_namespace(const PluginCall *c, Error *err);

extern const Plugin plugin_bandwidth, plugin_bridge, plugin_dhcp, plugin_firewall, plugin_flannel,
	plugin_host_device, plugin_host_local, plugin_ipvlan, plugin_loopback, plugin_macvlan,
	plugin_portmap, plugin_ptp, plugin_static, plugin_tuning;
