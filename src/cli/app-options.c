/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run-options.h"

#define AT(member) offsetof(AppArgs, member)

static const Option rows[] = {
	{"annotation", OPTION_LIST, AT(annotations), NULL, "NAME=VALUE",
		"add an annotation to the app"},
	{"cap-remove", OPTION_STRING, AT(caps_remove), NULL, "LIST", "capabilities to take away",
		.deprecated = "please use --caps-remove"},
	{"cap-retain", OPTION_STRING, AT(caps_retain), NULL, "LIST", "capabilities to keep",
		.deprecated = "please use --caps-retain"},
	{"caps-remove", OPTION_STRING, AT(caps_remove), NULL, "CAP[,CAP...]",
		"capabilities to take away from the default set"},
	{"caps-retain", OPTION_STRING, AT(caps_retain), NULL, "CAP[,CAP...]",
		"capabilities to keep; all others are taken away"},
	{"cpu", OPTION_STRING, AT(cpu), NULL, "CORES", "limit of CPU time, such as 500m or 2"},
	{"cpu-shares", OPTION_STRING, AT(cpu_shares), NULL, "N",
		"weight of the app among others that want the CPU, 2 to 262144"},
	{"environment", OPTION_LIST, AT(environment), NULL, "NAME=VALUE",
		"set an environment variable in the app"},
	{"exec", OPTION_STRING, AT(exec), NULL, "PATH",
		"program to execute instead of the image's, without the image's arguments",
		OPTION_ONCE},
	{"group", OPTION_STRING, AT(group), NULL, "GROUP",
		"group of the app: a name, a number, or a path in the image whose owner is meant"},
	{"liveness", OPTION_STRING, AT(liveness), NULL, "[KEY=VALUE,...]PROBE",
		"stop the app when it has got stuck; PROBE is exec=PROGRAM [ARGUMENT...] in the "
		"app, tcp=PORT or http=PORT[/PATH] of the pod's loopback. KEY is failures (3 in a "
		"row), interval (10s), timeout (1s) of each, or delay (an interval) of the first"},
	{"memory", OPTION_STRING, AT(memory), NULL, "QUANTITY",
		"limit of memory in bytes, such as 64M or 1Gi (K, M and G are powers of 1000, Ki, "
		"Mi and Gi of 1024); beyond it, something of the app is killed"},
	{"name", OPTION_STRING, AT(name), NULL, "NAME",
		"name of the app; without it, the last part of the image's name"},
	{"oom-score-adj", OPTION_STRING, AT(oom_score_adj), NULL, "N",
		"adjust how likely the app is killed when memory is out, -1000 to 1000"},
	{"oom-score-adjust", OPTION_STRING, AT(oom_score_adj), NULL, "N",
		"another name of --oom-score-adj", OPTION_HIDDEN},
	{"pids-limit", OPTION_STRING, AT(pids_limit), NULL, "N",
		"limit of the number of processes and threads of the app"},
	{"readonly-rootfs", OPTION_TRISTATE, AT(read_only_rootfs), NULL, "BOOL",
		"mount the app's root filesystem read-only"},
	{"restart", OPTION_STRING, AT(restart), "no", "POLICY",
		"start the app again when it has ended: no, on-failure (when its status is not 0), "
		"on-failure:N (N times at most) or always",
		OPTION_COMPUTED, .words = "no on-failure always"},
	{"seccomp", OPTION_STRING, AT(seccomp), NULL, "mode=MODE[,errno=ERRNO][,CALL...]",
		"filter system calls: mode retain allows only these, mode remove all but these"},
	{"stderr", OPTION_STRING, AT(stream_modes[2]), "log", "MODE",
		"what the app's stderr is, as --stdout has it", OPTION_COMPUTED,
		.words = "log null stream tty"},
	{"stdin", OPTION_STRING, AT(stream_modes[0]), "null", "MODE",
		"what the app's stdin is: null (/dev/null), stream (what is typed to \"rkt "
		"attach\") or tty (a terminal of the app's own, which \"rkt attach\" leads to)",
		OPTION_COMPUTED, .words = "null stream tty"},
	{"stdout", OPTION_STRING, AT(stream_modes[1]), "log", "MODE",
		"what the app's stdout is: log (lines for the console and \"rkt logs\"), null "
		"(/dev/null), stream (bytes for \"rkt attach\"; while nobody is attached, the "
		"newest are kept for who comes) or tty (a terminal of the app's own)",
		OPTION_COMPUTED, .words = "log null stream tty"},
	{"supplementary-gids", OPTION_STRING, AT(supplementary_gids), NULL, "GID[,GID...]",
		"supplementary groups of the app instead of the image's"},
	{"user", OPTION_STRING, AT(user), NULL, "USER",
		"user of the app: a name, a number, or a path in the image whose owner is meant. "
		"HOME, USER and LOGNAME stay root's unless they are set, and the group is the "
		"image's unless --group names one"},
	{"user-annotation", OPTION_LIST, AT(user_annotations), NULL, "NAME=VALUE",
		"add a user annotation to the app"},
	{"user-label", OPTION_LIST, AT(user_labels), NULL, "NAME=VALUE",
		"add a user label to the app"},
	{"working-dir", OPTION_STRING, AT(working_dir), NULL, "PATH",
		"working directory of the app instead of the image's"},
};

static const Option signature_rows[] = {
	{"signature", OPTION_STRING, AT(signature), NULL, "PATH",
		"file with the signature of the image before it, for when it is fetched. Without "
		"it the one of app.aci is app.aci.asc",
		OPTION_ONCE},
};

static const Option mount_rows[] = {
	/* Help tells of the option of the same name for the whole pod. */
	{"mount", OPTION_LIST, AT(mounts), NULL, "volume=NAME,target=PATH",
		"mount a volume in the app", OPTION_HIDDEN},
};

static const Option added_rows[] = {
	{"mnt-volume", OPTION_LIST, AT(mnt_volumes), NULL, "NAME,kind=KIND,...,target=PATH",
		"a volume of the app's own, as --volume of \"rkt run\" takes it, and where to "
		"mount "
		"it"},
	{"mount", OPTION_LIST, AT(mounts), NULL, "volume=NAME,target=PATH",
		"mount a volume of the pod in the app"},
};

static const OptionSet app_set = OPTION_SET(rows);
static const OptionSet signature_set = OPTION_SET(signature_rows);
static const OptionSet mount_set = OPTION_SET(mount_rows);
static const OptionSet added_set = OPTION_SET(added_rows);

const OptionSet *const app_option_sets[] = {&app_set, &mount_set, &signature_set, NULL};
const OptionSet *const added_app_option_sets[] = {&app_set, &added_set, NULL};
const OptionSet *const signature_option_sets[] = {&signature_set, NULL};
