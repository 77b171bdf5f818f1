/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run-options.h"

#include <linux/utsname.h>
#include "pod/pod.h"
#include "spec/stream-modes.h"

#define AT(member) offsetof(RunOptions, member)

#define HOSTNAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

static const Option pod_rows[] = {
	{"inherit-env", OPTION_BOOL, AT(pod.inherit_env), "false", NULL,
		"give apps the caller's environment variables that neither the image nor an option "
		"sets"},
	{"mount", OPTION_LIST, AT(pod.mounts), NULL, "volume=NAME,target=PATH",
		"mount a volume in an app; before the first image: in all apps"},
	{"no-store", OPTION_BOOL, AT(no_store), NULL, NULL, "fetch images again",
		.deprecated = "please use --pull-policy=update"},
	{"pod-manifest", OPTION_STRING, AT(pod_manifest), NULL, "PATH",
		"run the pod of this manifest, whose images are in the store; images and the "
		"options that "
		"describe a pod cannot be given then"},
	{"port", OPTION_LIST, AT(pod.ports), NULL, "NAME:[HOSTIP:]HOSTPORT",
		"forward a port of the host to the port NAME of the image"},
	{"private-users", OPTION_BOOL, AT(private_users), "false", NULL,
		"run in a user namespace: root in the pod, and every other user, is somebody "
		"without rights on the host"},
	{"pull-policy", OPTION_STRING, AT(pull_policy_word), "new", "POLICY",
		"when to fetch an image: new (if it is not stored), never, or update (if there is "
		"a newer "
		"one)",
		OPTION_UNQUOTED, .words = "new never update"},
	{"set-env", OPTION_LIST, AT(pod.set_env), NULL, "NAME=VALUE",
		"set an environment variable in all apps"},
	{"set-env-file", OPTION_LIST, AT(pod.set_env_files), NULL, "PATH",
		"set the environment variables of a file, one NAME=VALUE a line, in all apps"},
	{"store-only", OPTION_BOOL, AT(store_only), NULL, NULL, "use only stored images",
		.deprecated = "please use --pull-policy=never"},
	{"volume", OPTION_LIST, AT(pod.volumes), NULL, "NAME,kind=KIND,...",
		"a volume for the pod: NAME,kind=host,source=PATH[,readOnly=BOOL][,recursive=BOOL] "
		"or "
		"NAME,kind=empty[,readOnly=BOOL][,mode=MODE][,uid=UID][,gid=GID]"},
};

static const Option stage1_rows[] = {
	{"stage1-from-dir", OPTION_STRING, AT(stage1.from_dir), NULL, "FILE",
		"use the stage1 image of this file name in /usr/lib/rkt/stage1-images; it needs no "
		"signature",
		OPTION_ONCE},
	{"stage1-hash", OPTION_STRING, AT(stage1.hash), NULL, "ID",
		"use the stage1 image with this ID, or unique beginning of one, in the store",
		OPTION_ONCE},
	{"stage1-name", OPTION_STRING, AT(stage1.name), NULL, "NAME",
		"use the stage1 image of this name in the store. coreos.com/rkt/stage1-coreos, "
		"-host and -src, where they are not stored, mean the built-in stage1",
		OPTION_ONCE},
	{"stage1-path", OPTION_STRING, AT(stage1.path), NULL, "PATH",
		"use this file as stage1 image, or the one of its name beside rkt. "
		"stage1-coreos.aci, stage1-host.aci and stage1-src.aci, where there are no such "
		"files, mean the built-in stage1",
		OPTION_ONCE},
	{"stage1-url", OPTION_STRING, AT(stage1.url), NULL, "URL",
		"use the stage1 image behind this URL (http, https, file, docker)", OPTION_ONCE},
};

/* What an app finds about names. */
static const Option names_rows[] = {
	{"dns", OPTION_LIST, AT(resolver_args.dns), NULL, "IP[,IP]|host|none",
		"name servers for the pod's /etc/resolv.conf; host: the host's own file, none: "
		"leave it alone. Without it an app has the servers of its networks, or else the "
		"file of its image, or with --net=host and an image that has none the host's"},
	{"dns-domain", OPTION_STRING, AT(resolver_args.domain), NULL, "DOMAIN",
		"domain for the pod's /etc/resolv.conf; does not count beside --dns-search"},
	{"dns-opt", OPTION_LIST, AT(resolver_args.options), NULL, "OPTION",
		"option of resolv.conf(5) for the pod's /etc/resolv.conf"},
	{"dns-search", OPTION_LIST, AT(resolver_args.search), NULL, "DOMAIN",
		"search domain for the pod's /etc/resolv.conf; once for each"},
	{"hostname", OPTION_STRING, AT(hostname), NULL, "NAME",
		"host name of the pod; without it, \"rkt-\" and the pod's UUID"},
	{"hosts-entry", OPTION_LIST, AT(resolver_args.hosts), NULL, "IP=HOST[,IP=HOST]|host",
		"entries for the pod's /etc/hosts; host: the host's own file"},
};

static const Option run_time_rows[] = {
	{"interactive", OPTION_BOOL, AT(interactive), "false", NULL,
		"connect the app to this terminal; the pod has one app only"},
	{"ipc", OPTION_STRING, AT(ipc), NULL, "auto|private|parent",
		"IPC namespace: one of the pod's own (private, auto) or the caller's (parent)",
		.words = "auto private parent"},
	{"mds-register", OPTION_BOOL, AT(mds_register), "false", NULL,
		"register the pod with the metadata service (rkt metadata-service), whose URL "
		"its apps have in AC_METADATA_URL. It needs a network that reaches the host: "
		"default, default-restricted or host"},
	{"net", OPTION_OPTIONAL, AT(net_values), "default", "LIST",
		"networks of the pod: a comma-separated list of NAME[:KEY=VALUE;...], or default, "
		"default-restricted, none (loopback only), host (the caller's), all",
		OPTION_COMPUTED, .bare_value = "default",
		.words = "default default-restricted none host all"},
};

static const Option run_rows[] = {
	{"dry-run", OPTION_BOOL, AT(dry_run), "false", NULL,
		"print what would be done to start the pod, and start nothing; images are still "
		"fetched"},
	{"format", OPTION_PARSED, AT(format), NULL, "FORMAT",
		"with --dry-run, print the plan as JSON: json (one line) or json-pretty",
		.parse = output_format_parse, .words = "json json-pretty"},
};

static const Option durable_rows[] = {
	{"durable", OPTION_BOOL, AT(durable), "false", NULL,
		"sync what apps change in their root filesystems, so that it survives a crash of "
		"the host"},
};

static const Option no_overlay_rows[] = {
	{"no-overlay", OPTION_BOOL, AT(no_overlay), "false", NULL,
		"copy the image for the pod instead of laying an overlay over it"},
};

static const Option uuid_rows[] = {
	{"uuid-file-save", OPTION_STRING, AT(uuid_file_save), NULL, "PATH",
		"write the pod's UUID to this file as soon as the pod exists"},
};

static const Option detach_rows[] = {
	{"detach", OPTION_BOOL, AT(detach), "false", NULL,
		"print the pod's UUID once its apps are started, and leave it running in the "
		"background; \"rkt logs\" has what they print, and supervisor.log in the pod's "
		"directory what rkt has to say",
		.letter = 'd'},
};

static const Option sandbox_rows[] = {
	{"annotation", OPTION_LIST, AT(pod.annotations), NULL, "NAME=VALUE",
		"add an annotation to the pod"},
	{"net", OPTION_LIST, AT(net_values), "default", "LIST",
		"networks of the pod, as \"rkt run\" takes them", OPTION_COMPUTED,
		.words = "default default-restricted none host all"},
	{"port", OPTION_LIST, AT(pod.ports), NULL, "NAME:PROTOCOL:PODPORT:[HOSTIP:]HOSTPORT",
		"forward a port of the host to a port of the pod, whichever app listens there"},
	{"user-annotation", OPTION_LIST, AT(pod.user_annotations), NULL, "NAME=VALUE",
		"add a user annotation to the pod"},
	{"user-label", OPTION_LIST, AT(pod.user_labels), NULL, "NAME=VALUE",
		"add a user label to the pod"},
};

static const Option prepare_rows[] = {
	{"quiet", OPTION_BOOL, AT(quiet), "false", NULL, "print nothing but the pod's UUID"},
};

/* Schedulers say it again, though the pod was prepared with or without an overlay. */
static const Option run_prepared_rows[] = {
	{"no-overlay", OPTION_BOOL, AT(no_overlay), "false", NULL,
		"accepted: the pod runs as it was prepared", OPTION_HIDDEN},
};

static const Option name_rows[] = {
	{"pod-name", OPTION_STRING, AT(pod_name), NULL, "NAME",
		"name of the pod, which can be used wherever a UUID can; no other pod has it, and "
		"it is no name that could begin a UUID: one letter from g to z at least"},
};

static const OptionSet pod_set = OPTION_SET(pod_rows);
static const OptionSet durable_set = OPTION_SET(durable_rows);
static const OptionSet no_overlay_set = OPTION_SET(no_overlay_rows);
static const OptionSet uuid_set = OPTION_SET(uuid_rows);
static const OptionSet detach_set = OPTION_SET(detach_rows);
static const OptionSet stage1_set = OPTION_SET(stage1_rows);
static const OptionSet names_set = OPTION_SET(names_rows);
static const OptionSet run_time_set = OPTION_SET(run_time_rows);
static const OptionSet name_set = OPTION_SET(name_rows);
static const OptionSet run_set = OPTION_SET(run_rows);
static const OptionSet sandbox_set = OPTION_SET(sandbox_rows);
static const OptionSet prepare_set = OPTION_SET(prepare_rows);
static const OptionSet run_prepared_set = OPTION_SET(run_prepared_rows);

const OptionSet *const run_option_sets[] = {&pod_set, &no_overlay_set, &stage1_set, &names_set,
	&run_time_set, &name_set, &run_set, &durable_set, &uuid_set, &detach_set, NULL};
const OptionSet *const prepare_option_sets[] = {
	&pod_set, &no_overlay_set, &stage1_set, &name_set, &prepare_set, NULL};
const OptionSet *const run_prepared_option_sets[] = {
	&names_set, &run_time_set, &name_set, &run_prepared_set, &detach_set, NULL};
const OptionSet *const again_option_sets[] = {&names_set, &run_time_set, &durable_set, NULL};
const OptionSet *const sandbox_option_sets[] = {&no_overlay_set, &stage1_set, &names_set, &name_set,
	&sandbox_set, &uuid_set, &detach_set, NULL};

static int check_stage1(const Stage1Choice *choice, Error *err)
{
	const struct {
		const char *name, *value;
	} flags[] = {
		{"stage1-url", choice->url},
		{"stage1-path", choice->path},
		{"stage1-name", choice->name},
		{"stage1-hash", choice->hash},
		{"stage1-from-dir", choice->from_dir},
	};
	const char *first = NULL;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (first && flags[i].value)
			return fail(err, -EINVAL, "flags --%s and --%s are mutually exclusive",
				first, flags[i].name);
		if (flags[i].value)
			first = flags[i].name;
	}
	return 0;
}

static int check_ports(const RunOptions *o, Error *err)
{
	static const char *const without_ports[] = {"none", "host"};

	for (size_t i = 0; i < ARRAY_LEN(without_ports) && o->pod.ports.n > 0; i++)
		if (net_list_has(&o->net, without_ports[i]))
			return fail(err, -EINVAL, "--port flag does not work with '%s' networking",
				without_ports[i]);
	return 0;
}

static int check_manifest(const RunOptions *o, Error *err)
{
	const PodArgs *pod = &o->pod;

	if (!o->pod_manifest)
		return 0;
	if (pod->n_apps > 0 || pod->volumes.n > 0 || pod->mounts.n > 0 || pod->ports.n > 0 ||
		pod->inherit_env || pod->set_env.n > 0 || pod->set_env_files.n > 0 ||
		o->pull_policy != PULL_NEW)
		return fail(err, -EINVAL, "conflicting flags set with --pod-manifest (see --help)");
	return 0;
}

static int check_mds(const RunOptions *o, Error *err)
{
	if (!o->mds_register || !net_list_has(&o->net, "none"))
		return 0;
	return fail(err, -EINVAL,
		"--mds-register flag does not work with --net=none. Please use 'host', 'default' "
		"or an equivalent network");
}

static int check_ipc(const char *ipc, Error *err)
{
	if (!ipc || streq(ipc, "") || streq(ipc, "auto") || streq(ipc, "private") ||
		streq(ipc, "parent"))
		return 0;
	return fail(err, -EINVAL, "--ipc must be auto, private or parent, not \"%s\"", ipc);
}

/* It becomes a word of /etc/hosts. */
static int check_hostname(const char *name, Error *err)
{
	size_t len = name ? strspn(name, HOSTNAME_CHARACTERS) : 0;

	if (!name || (name[len] == '\0' && len <= __NEW_UTS_LEN))
		return 0;
	return fail(err, -EINVAL,
		"--hostname must be letters, digits, \"-\", \"_\" and \".\", %d of them at most, "
		"not \"%s\"",
		__NEW_UTS_LEN, name);
}

static int check_pod_name(const char *name, Error *err)
{
	int r = name ? pod_name_check(name, err) : 0;

	return r < 0 ? wrap(err, r, "invalid argument \"%s\" for --pod-name", name) : 0;
}

static int check_format(const RunOptions *o, Error *err)
{
	if (o->format == OUTPUT_TEXT || o->dry_run)
		return 0;
	return fail(err, -EINVAL, "--format is for the plan that --dry-run prints");
}

/* What rkt looked at last, with the pod made already, or did not know; here nothing is left behind.
 */
static int check_run_time(RunOptions *o, Arena *arena, Error *err)
{
	int r = check_ipc(o->ipc, err);

	if (o->hostname && streq(o->hostname, ""))
		o->hostname = NULL;
	if (r == 0)
		r = check_hostname(o->hostname, err);
	if (r == 0)
		r = resolver_parse(&o->resolver_args, arena, &o->resolver, err);
	if (r == 0)
		r = check_pod_name(o->pod_name, err);
	if (r == 0 && o->detach && o->interactive)
		r = fail(err, -EINVAL, "--detach and --interactive cannot be given together");
	return r < 0 ? r : check_format(o, err);
}

int run_prepared_options_check(RunOptions *o, Arena *arena, Error *err)
{
	int r = net_list_parse(&o->net_values, arena, &o->net, err);

	if (r == 0)
		r = check_mds(o, err);
	return r < 0 ? r : check_run_time(o, arena, err);
}

static int check_streams(const RunOptions *o, Error *err)
{
	for (size_t i = 0; i < o->pod.n_apps && o->interactive; i++)
		for (unsigned k = 0; k < ARRAY_LEN(stream_names); k++)
			if (o->pod.apps[i].stream_modes[k])
				return fail(err, -EINVAL,
					"--%s=%s does not go together with --interactive, which "
					"connects the app to this terminal: leave one of them out",
					stream_names[k], o->pod.apps[i].stream_modes[k]);
	return 0;
}

static int check_images(const RunOptions *o, Error *err)
{
	if (o->interactive && o->pod.n_apps > 1)
		return fail(err, -EINVAL, "interactive option only supports one image");
	if (o->pod.n_apps == 0 && !o->pod_manifest && !o->pod.mutable)
		return fail(err, -EINVAL,
			"must provide at least one image or specify the pod manifest");
	return 0;
}

/* Each option by itself. */
static int parse_values(RunOptions *o, Arena *arena, Error *err)
{
	int r = check_stage1(&o->stage1, err);

	if (r == 0)
		r = net_list_parse(&o->net_values, arena, &o->net, err);
	return r < 0 ? r : pod_args_check(&o->pod, arena, err);
}

/* Which of several mistakes is told of is part of what rkt's users know. */
int run_options_check(RunOptions *o, Arena *arena, Error *err)
{
	int r = parse_values(o, arena, err);

	if (r == 0)
		r = pull_policy_choose(
			o->pull_policy_word, o->store_only, o->no_store, &o->pull_policy, err);
	if (r == 0)
		r = check_ports(o, err);
	if (r == 0)
		r = check_mds(o, err);
	if (r == 0)
		r = check_manifest(o, err);
	if (r == 0)
		r = check_images(o, err);
	if (r == 0)
		r = check_streams(o, err);
	return r < 0 ? r : check_run_time(o, arena, err);
}
