/* SPDX-License-Identifier: Apache-2.0 */

/* rkt-cni: the plugins as programs, by the names of their types, for any runtime of the Container
 * Network Interface. */

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "net/namespace.h"
#include "net/plugin.h"

/* Error codes of the specification. */
enum {
	CODE_ENVIRONMENT = 4,
	CODE_READ = 5,
	CODE_CONFIGURATION = 7,
	CODE_TRY_AGAIN = 11,
	CODE_INTERNAL = 999,
};

typedef struct Run {
	Arena arena;
	CniNetwork network;
	PluginCall call;
	const Plugin *plugin;
	int code; /* what to fail with; 0: to be found by the error */
} Run;

static int bad_environment(Run *run, Error *err, const char *what)
{
	run->code = CODE_ENVIRONMENT;
	return fail(err, -EINVAL, "%s", what);
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

static int read_network(Run *run, Error *err)
{
	_cleanup_free_ char *text = NULL;
	const Json *previous;
	CniResult *result;
	size_t len;
	int r = fd_read_file(AT_FDCWD, "/dev/stdin", CNI_CONF_MAX, &text, &len, err);

	if (r < 0) {
		run->code = CODE_READ;
		return r;
	}
	r = cni_network_parse(text, len, &run->arena, &run->network, err);
	if (r < 0)
		return r;
	run->call.network = &run->network;
	run->call.plugin = &run->network.plugins[0];
	previous = json_get(run->call.plugin->json, "prevResult");
	if (!previous)
		return 0;
	result = arena_new(&run->arena, CniResult, 1);
	if (!result)
		return fail_oom(err);
	run->call.previous = result;
	r = cni_result_parse(previous, &run->arena, result, err);
	return r < 0 ? wrap(err, r, "prevResult") : 0;
}

/* What only ADD cannot do without. */
static int read_environment(Run *run, bool add, Error *err)
{
	PluginCall *c = &run->call;

	c->container = getenv("CNI_CONTAINERID");
	c->interface = getenv("CNI_IFNAME");
	c->args = getenv("CNI_ARGS");
	c->search_path = getenv("CNI_PATH");
	c->namespace_path = getenv("CNI_NETNS");
	if (!c->container || c->container[0] == '\0')
		return bad_environment(run, err, "CNI_CONTAINERID is not set");
	if (!c->interface || c->interface[0] == '\0')
		return bad_environment(run, err, "CNI_IFNAME is not set");
	if (!c->search_path)
		c->search_path = "";
	if (!c->namespace_path)
		c->namespace_path = "";
	c->namespace = namespace_open(c->namespace_path);
	if (c->namespace < 0 && add)
		return bad_environment(run, err, "CNI_NETNS is not a network namespace");
	return 0;
}

/* The name that this program was called by tells: the configuration has the type of the plugin that
 * delegates to it. */
static const Plugin *find_plugin(const Run *run)
{
	const Plugin *plugin = plugin_find(program_invocation_short_name);

	return plugin ? plugin : plugin_find(run->call.plugin->type);
}

static int execute(Run *run, const char *command, Error *err)
{
	bool add = streq(command, "ADD");
	CniResult result = {.n_ips = 0};
	int r;

	if (!add && !streq(command, "DEL"))
		return bad_environment(run, err, "CNI_COMMAND is none of ADD, DEL and VERSION");
	r = read_environment(run, add, err);
	if (r == 0)
		r = read_network(run, err);
	if (r < 0)
		return r;
	run->plugin = find_plugin(run);
	if (!run->plugin)
		return fail(err, -EINVAL, "type: there is no plugin \"%s\" here",
			run->call.plugin->type);
	if (!add)
		return run->plugin->del(&run->call, err);
	r = run->plugin->add(&run->call, &result, err);
	if (r < 0)
		(void)run->plugin->del(&run->call, NULL);
	return r < 0 ? r : print(cni_result_print(&run->arena, &result, run->network.version));
}

static int code_of(const Run *run, int r)
{
	if (run->code != 0)
		return run->code;
	return r == -EINVAL ? CODE_CONFIGURATION : r == -EBUSY ? CODE_TRY_AGAIN : CODE_INTERNAL;
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

int main(void)
{
	const char *command = getenv("CNI_COMMAND");
	Run run = {.call = {.arena = &run.arena, .namespace = -1}};
	Error err = ERROR_INIT;
	int r;

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
