/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "base/process.h"
#include "cli/verb.h"
#include "spec/metadata-service.h"

typedef struct MetadataOptions {
	const char *port;
} MetadataOptions;

static const Option rows[] = {
	{"listen-port", OPTION_STRING, offsetof(MetadataOptions, port), METADATA_PORT, "PORT",
		"TCP port that apps ask; they look for port " METADATA_PORT, OPTION_UNQUOTED},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* In this process, so that a socket of systemd's comes to the right one. */
static int run(const Invocation *inv, Error *err)
{
	const MetadataOptions *o = inv->options;
	_cleanup_free_ char *program = NULL;
	const char *argv[] = {"rkt-metadata", o->port, NULL};
	uint64_t port;
	int r;

	if (number_parse_u64(o->port, UINT16_MAX, &port) < 0 || port == 0)
		return fail(err, -EINVAL, "--listen-port=%s is not a TCP port", o->port);
	r = process_libexec(argv[0], &program, err);
	if (r < 0)
		return r;
	(void)execv(program, (char *const *)(uintptr_t)argv);
	return fail_errno(err, -errno, "exec %s", program);
}

const Verb verb_metadata_service = {
	.name = "metadata-service",
	.synopsis = "[OPTIONS]",
	.brief = "Run the metadata service",
	.description =
		"Tells the apps of pods that were run with --mds-register about themselves: the "
		"pod's manifest, UUID and annotations, their images, and signatures in the pod's "
		"name. Runs in the foreground until it gets SIGTERM or SIGINT. Pods are registered "
		"over the socket " METADATA_SOCKET ", or the one that systemd has handed over. "
		"What it knows ends with it.",
	.options = sets,
	.options_size = sizeof(MetadataOptions),
	.run = run,
};
