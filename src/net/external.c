/* SPDX-License-Identifier: Apache-2.0 */
#include "net/external.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/process.h"
#include "base/strbuf.h"

#define ENVIRONMENT_MAX (1u << 16)

/* Directories are not programs. */
static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int external_find(const char *search_path, const char *type, char **ret, Error *err)
{
	for (const char *s = search_path; *s; s += strcspn(s, ":"), s += *s == ':') {
		_cleanup_free_ char *path = NULL;

		if (str_format(&path, "%.*s/%s", (int)strcspn(s, ":"), s, type) < 0)
			return fail_oom(err);
		if (is_file(path)) {
			*ret = TAKE_PTR(path);
			return 0;
		}
	}
	return fail(err, -ENOENT, "Could not find plugin \"%s\"", type);
}

/* The text in a file that has no name. */
static int text_file(const char *text, size_t len)
{
	_cleanup_close_ int fd = memfd_create("cni", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : fd_write(fd, text, len);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : TAKE_FD(fd);
}

static int open_input(const PluginCall *c, Error *err)
{
	const Json *previous =
		c->previous ? cni_result_print(c->arena, c->previous, c->network->version) : NULL;
	_cleanup_free_ char *text = NULL;
	int r = json_print(
		cni_plugin_input(c->arena, c->network, c->plugin, previous), false, &text);

	if (r == 0)
		r = text_file(text, strlen(text));
	return r < 0 ? fail_errno(err, r, "write a network's configuration for its plugin") : r;
}

/* What a child needs to become the plugin. */
typedef struct Program {
	const PluginCall *call;
	const char *command;
	const char *search_path;
	const char *const *argv;
} Program;

static int become(const void *userdata, Error *err)
{
	const Program *p = userdata;
	const PluginCall *c = p->call;
	const struct {
		const char *name, *value;
	} variables[] = {
		{"CNI_VERSION", cni_version_text(c->network->version)},
		{"CNI_COMMAND", p->command},
		{"CNI_CONTAINERID", c->container ? c->container : ""},
		{"CNI_NETNS", c->namespace_path},
		{"CNI_IFNAME", c->interface ? c->interface : ""},
		{"CNI_ARGS", c->args ? c->args : ""},
		{"CNI_PATH", p->search_path},
	};

	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		if (setenv(variables[i].name, variables[i].value, 1) < 0)
			return fail_oom(err);
	(void)execv(p->argv[0], (char *const *)(uintptr_t)p->argv);
	return fail_errno(err, -errno, "execute %s", p->argv[0]);
}

/* The error object of a plugin, in the words that rkt's users know. */
static int plugin_failed(const PluginCall *c, const char *type, int status, const char *output,
	size_t len, Error *err)
{
	Json *json = NULL;
	const char *text, *details;

	if (json_parse(c->arena, output, len, "error", &json, NULL) < 0 ||
		!(text = json_text(json_get(json, "msg"))))
		return fail(err, -EREMOTEIO, "plugin \"%s\" ended with status %d", type, status);
	details = json_text(json_get(json, "details"));
	return fail(err, -EREMOTEIO, "%s%s%s", text, details && details[0] ? "; " : "",
		details ? details : "");
}

/* Where the plugin looks for those that it asks in turn: ours, as programs, come last. */
static int plugins_path(const char *search_path, char **ret, Error *err)
{
	_cleanup_free_ char *own = NULL;
	int r = process_libexec("net", &own, err);

	if (r < 0)
		return r;
	return str_format(ret, "%s%s%s", search_path, search_path[0] ? ":" : "", own) < 0
		       ? fail_oom(err)
		       : 0;
}

/* Runs the plugin; what it printed is in fresh memory then. */
static int run(const PluginCall *c, const char *type, const char *command, char **ret, size_t *len,
	Error *err)
{
	_cleanup_free_ char *path = NULL, *plugins = NULL;
	const char *argv[] = {NULL, NULL};
	Program program = {.call = c, .command = command, .argv = argv};
	Process process = PROCESS_INIT(argv);
	_cleanup_close_ int input = -1;
	int r = external_find(c->search_path, type, &path, err);

	if (r == 0)
		r = plugins_path(c->search_path, &plugins, err);
	if (r < 0)
		return r;
	argv[0] = path;
	program.search_path = plugins;
	input = open_input(c, err);
	if (input < 0)
		return input;
	process.stdin_fd = input;
	process.become = become;
	process.userdata = &program;
	r = process_output(&process, CNI_RESULT_MAX, ret, len, err);
	if (r > 0)
		return plugin_failed(c, type, r, *ret, *len, err);
	return r;
}

/* What went wrong before it is told as the plugin's own. */
int external_add(const PluginCall *c, const char *type, CniResult *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	Json *json;
	int r = run(c, type, "ADD", &text, &len, err);

	if (r < 0)
		return r;
	r = json_parse(c->arena, text, len, "result", &json, err);
	if (r == 0)
		r = cni_result_parse(json, c->arena, ret, err);
	return r < 0 ? wrap(err, r, "plugin \"%s\" has printed no result", type) : 0;
}

int external_ask(const PluginCall *c, const char *type, const char *command, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	return run(c, type, command, &text, &len, err);
}
