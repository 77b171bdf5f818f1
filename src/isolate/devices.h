/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which device nodes an app may use: the closed set of harmless ones (null, zero, full, random,
 * urandom, tty, ptmx, pseudo terminals, tun), and others that the user grants. Any node
 * may be made (mknod), only these opened. */

#include <stdint.h>
#include "base/macro.h"

typedef struct DeviceRule {
	char type;            /* 'c' or 'b' */
	int64_t major, minor; /* -1: all */
	const char *access;   /* of "rwm" */
} DeviceRule;

extern const DeviceRule device_rules[];
extern const unsigned n_device_rules;

/* A rule in the form of cgroup v1's devices.allow: "c 1:3 rwm". Written to buf and returned. */
const char *device_rule_text(const DeviceRule *rule, char *buf, size_t size);

/* One eBPF instruction as the kernel takes it, 8 bytes. */
typedef struct BpfInsn {
	uint8_t code;
	uint8_t registers; /* destination in the low half, source in the high one */
	int16_t offset;
	int32_t immediate;
} BpfInsn;

/* The same rules as a program for a v2 cgroup (BPF_PROG_TYPE_CGROUP_DEVICE). Writes at most max
 * instructions; returns how many, 0 when max is too small. */
unsigned device_rules_program(const DeviceRule *rules, unsigned n, BpfInsn *ret, unsigned max);
