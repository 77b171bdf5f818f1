/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* System call filters as text rules, and the programs made of them. Compiling needs libseccomp and
 * a millisecond or more, so it is another program's work (rkt-seccomp) and done once: programs are
 * kept by their rules.
 *
 * Rules are lines. The first is "default ACTION"; the others are "ACTION NAME" with the name of a
 * system call. ACTION is "allow", "kill" or "errno NUMBER". Names that this machine's architecture
 * does not have are passed over. So are names of no system call, with a warning on stderr when the
 * rules are compiled. */

#include <stddef.h>
#include "base/error.h"

#define SECCOMP_RULES_MAX   (64u << 10)
#define SECCOMP_PROGRAM_MAX (256u << 10)

/* The rules of an app without an isolator of its own. */
extern const char seccomp_default_rules[];

/* The system calls that "@rkt/default-blacklist" stands for. */
extern const char *const seccomp_blacklist[];
extern const size_t n_seccomp_blacklist;

/* A set of system calls that an isolator can name. */
typedef struct SeccompSet {
	const char *name;  /* "@systemd/mount" */
	const char *calls; /* their names, with a space between two */
} SeccompSet;

extern const SeccompSet seccomp_systemd_sets[];
extern const size_t n_seccomp_systemd_sets;

/* The program for rules: from the cache in data_dir/seccomp, or compiled and put there. Fresh
 * memory of *ret_len bytes, struct sock_filter[]. 0 or a negative errno. */
int seccomp_program(
	const char *data_dir, const char *rules, void **ret, size_t *ret_len, Error *err);
