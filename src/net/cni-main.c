/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-cni: the plugins as programs, by the names of their types, for any runtime of the Container
 * Network Interface. */

#include <fcntl.h>
#include <signal.h>
#include "base/fd.h"
#include "base/log.h"
#include "net/dhcp-keeper.h"
#include "net/forward.h"
#include "net/link.h"
#include "net/namespace.h"
#include "net/plugin.h"
#include "spec/cni-fields.h"

/* Error codes of the specification. */
enum {
	CODE_VERSION = 1,
	CODE_ENVIRONMENT = 4,
	CODE_READ = 5,
	CODE_DECODE = 6,
	CODE_CONFIGURATION = 7,
	CODE_TRY_AGAIN = 11,
	CODE_UNAVAILABLE = 50,
	CODE_INTERNAL = 999,
};

/* VERSION, which needs nothing, is none of them. */
typedef struct Command {
	const char *name;
	CniVersion since;
	bool container, namespace; /* what has to be there */
} Command;

static const Command commands[] = {
	{"ADD", CNI_0_1_0, true, true},
	{"DEL", CNI_0_1_0, true, false},
	{"CHECK", CNI_0_4_0, true, true},
	{"GC", CNI_1_1_0, false, false},
	{"STATUS", CNI_1_1_0, false, false},
};

static const Command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (streq(commands[i].name, name))
			return &commands[i];
	return NULL;
}

typedef struct Run {
	Arena arena;
	CniNetwork network;
	PluginCall call;
	const Command *command;
	const Plugin *plugin;
	int code; /* what to fail with; 0: to be found by the error */
} Run;

static int coded(Run *run, int code, int r)
{
	run->code = code;
	return r;
}

static int bad_environment(Run *run, Error *err, const char *what)
{
	return coded(run, CODE_ENVIRONMENT, fail(err, -EINVAL, "%s", what));
}

static int print(const Json *json)
{
	_cleanup_free_ char *text = NULL;

	if (json_print(json, true, &text) < 0)
		return -ENOMEM;
	return puts(text) < 0 || fflush(stdout) < 0 ? -EIO : 0;
}

static int print_versions(Run *run)
{
	Json *list = json_new(&run->arena, JSON_ARRAY),
	     *object = json_new(&run->arena, JSON_OBJECT);

	for (int i = 0; i < CNI_N_VERSIONS; i++)
		list = json_append(
			list, json_new_text(&run->arena, cni_version_text((CniVersion)i)));
	object = json_add_text(
		&run->arena, object, "cniVersion", cni_version_text(CNI_N_VERSIONS - 1));
	return print(json_add(&run->arena, object, "supportedVersions", list));
}

static int read_previous(Run *run, Error *err)
{
	const Json *previous = json_get(run->call.plugin->json, "prevResult");
	CniResult *result;
	int r;

	if (!previous || json_is(previous, JSON_NULL))
		return 0;
	result = arena_new(&run->arena, CniResult, 1);
	if (!result)
		return fail_oom(err);
	run->call.previous = result;
	r = cni_result_parse(previous, &run->arena, result, err);
	return r < 0 ? wrap(err, r, "prevResult") : 0;
}

/* What it is that is wrong with a configuration has codes of its own. */
static int read_network(Run *run, Error *err)
{
	_cleanup_free_ char *text = NULL;
	JsonReader reader = {.arena = &run->arena, .err = err};
	CniVersion version;
	size_t len;
	Json *json;
	int r = fd_read_input("/dev/stdin", CNI_CONF_MAX, &text, &len, err);

	if (r < 0)
		return coded(run, CODE_READ, r);
	r = json_parse(&run->arena, text, len, "network configuration", &json, err);
	if (r < 0)
		return coded(run, CODE_DECODE, r);
	r = cni_version_read(&reader, json, &version);
	if (r < 0)
		return coded(run, CODE_VERSION, r);
	r = cni_network_read(json, &run->arena, &run->network, err);
	if (r < 0)
		return r;
	run->call.network = &run->network;
	run->call.plugin = &run->network.plugins[0];
	return read_previous(run, err);
}

static bool is_identifier(const char *s)
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-";

	return *s != '\0' && !strchr("_.-", *s) && s[strspn(s, letters)] == '\0';
}

static bool is_interface_name(const char *s)
{
	return *s != '\0' && strlen(s) < IFNAMSIZ && !streq(s, ".") && !streq(s, "..") &&
	       !s[strcspn(s, "/: \t\n")];
}

static int read_container(Run *run, Error *err)
{
	const PluginCall *c = &run->call;

	if (!c->container || !is_identifier(c->container))
		return bad_environment(run, err, "CNI_CONTAINERID is not set, or not a name");
	if (!c->interface || !is_interface_name(c->interface))
		return bad_environment(
			run, err, "CNI_IFNAME is not set, or not the name of an interface");
	return 0;
}

static int read_environment(Run *run, Error *err)
{
	PluginCall *c = &run->call;
	int r;

	c->container = getenv("CNI_CONTAINERID");
	c->interface = getenv("CNI_IFNAME");
	c->args = getenv("CNI_ARGS");
	c->search_path = getenv("CNI_PATH");
	c->namespace_path = getenv("CNI_NETNS");
	if (!c->search_path)
		c->search_path = "";
	if (!c->namespace_path)
		c->namespace_path = "";
	if (!run->command->container)
		return 0;
	r = read_container(run, err);
	if (r < 0)
		return r;
	c->namespace = namespace_open(c->namespace_path);
	return 0;
}

/* The name that this program was called by tells: the configuration has the type of the plugin that
 * delegates to it. */
static const Plugin *find_plugin(const Run *run)
{
	const Plugin *plugin = plugin_find(program_invocation_short_name);

	return plugin ? plugin : plugin_find(run->call.plugin->type);
}

/* What is there is not this call's, and must not be taken back with it. */
static int check_is_new(Run *run, Error *err)
{
	_cleanup_close_ int fd = -1;
	unsigned index;

	if (!run->plugin->makes_interface)
		return 0;
	fd = plugin_open_namespace(&run->call, err);
	if (fd < 0)
		return fd;
	return link_find(fd, run->call.interface, &index, NULL) == 0
		       ? fail(err, -EEXIST, "the container has an interface %s already",
				 run->call.interface)
		       : 0;
}

static int add(Run *run, Error *err)
{
	CniResult result = {.n_ips = 0};
	int r = check_is_new(run, err);

	if (r < 0)
		return r;
	r = run->plugin->add(&run->call, &result, err);
	if (r < 0 && !run->plugin->fails_clean)
		(void)run->plugin->del(&run->call, NULL);
	return r < 0 ? r : print(cni_result_print(&run->arena, &result, run->network.version));
}

static int execute(Run *run, const char *name, Error *err)
{
	int r;

	run->command = find_command(name);
	if (!run->command)
		return bad_environment(
			run, err, "CNI_COMMAND is none of ADD, DEL, CHECK, GC, STATUS and VERSION");
	r = read_environment(run, err);
	if (r == 0)
		r = read_network(run, err);
	if (r < 0)
		return r;
	if (run->network.version < run->command->since)
		return coded(run, CODE_VERSION,
			fail(err, -EINVAL, "cniVersion: %s does not have %s",
				cni_version_text(run->network.version), name));
	run->plugin = find_plugin(run);
	if (!run->plugin)
		return fail(err, -EINVAL, "type: there is no plugin \"%s\" here",
			run->call.plugin->type);
	if (run->plugin->hands_out && !run->call.plugin->ipam.given)
		return fail(err, -EINVAL, "ipam: must be given");
	if (run->command->namespace && run->call.namespace < 0 && !run->plugin->addresses_only)
		return bad_environment(run, err, "CNI_NETNS is not a network namespace");
	return streq(name, "ADD") ? add(run, err) : plugin_ask(run->plugin, name, &run->call, err);
}

static int code_of(const Run *run, int r)
{
	if (run->code != 0)
		return run->code;
	if (r == -EINVAL)
		return CODE_CONFIGURATION;
	if (run->command && streq(run->command->name, "STATUS"))
		return CODE_UNAVAILABLE;
	return r == -EBUSY || r == -EAGAIN ? CODE_TRY_AGAIN : r == -EIO ? CODE_READ : CODE_INTERNAL;
}

static void print_error(Run *run, int r, const Error *err)
{
	char text[2 * ERROR_TEXT];
	Json *object = json_new(&run->arena, JSON_OBJECT);

	object = json_add_text(&run->arena, object, "cniVersion",
		cni_version_text(run->network.name ? run->network.version : CNI_N_VERSIONS - 1));
	object = json_add_integer(&run->arena, object, "code", code_of(run, r));
	object = json_add_text(&run->arena, object, "msg", error_message(err, text, sizeof text));
	(void)print(object);
}

/* For the monitor of a pod that has ended. */
static int take_ports_back(const char *uuid)
{
	Error err = ERROR_INIT;

	if (forward_take_back(AT_FDCWD, uuid, &err) == 0)
		return 0;
	log_set_component("networking");
	log_error(&err);
	return 1;
}

int main(int argc, char **argv)
{
	const char *command = getenv("CNI_COMMAND");
	Run run = {.call = {.arena = &run.arena, .namespace = -1}};
	Error err = ERROR_INIT;
	int r;

	/* Who ignores it passes that on, and no process can be waited for. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (argc == 3 && streq(argv[1], DHCP_KEEP))
		return dhcp_keeper_run(argv[2]) < 0 ? 1 : 0;
	if (argc == 3 && streq(argv[1], FORWARD_END))
		return take_ports_back(argv[2]);
	if (command && streq(command, "VERSION"))
		r = print_versions(&run);
	else
		r = execute(&run, command ? command : "", &err);
	if (r < 0)
		print_error(&run, r, &err);
	(void)fd_close(run.call.namespace);
	arena_done(&run.arena);
	return r < 0 ? 1 : 0;
}
