/* SPDX-License-Identifier: Apache-2.0 */
#include "net/networks.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "net/delegate.h"

#define MESSAGE_MAX 4096

/* The configurations that are there without anybody's doing, in the form that a user's would have.
 */
static const struct {
	const char *file, *text;
} built_in[] = {
	{"99-default.conf",
		"{\"cniVersion\":\"0.1.0\",\"name\":\"default\",\"type\":\"ptp\",\"ipMasq\":true,"
		"\"ipam\":{\"type\":\"host-local\",\"subnet\":\"172.16.28.0/24\","
		"\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}}\n"},
	{"99-default-restricted.conf",
		"{\"cniVersion\":\"0.1.0\",\"name\":\"default-restricted\",\"type\":\"ptp\","
		"\"ipMasq\":false,"
		"\"ipam\":{\"type\":\"host-local\",\"subnet\":\"172.31.0.0/16\"}}\n"},
};

/* All that are configured. */
typedef struct Catalogue {
	Arena *arena;
	void (*say)(const char *text);
	const char *directory; /* LOCAL/net.d */
	Network *items;
	size_t n, room;
} Catalogue;

static void say(const Catalogue *c, const char *fmt, ...) _printf_(2, 3);

static void say(const Catalogue *c, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	c->say(text);
}

static Network *find(const Catalogue *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (streq(c->items[i].conf.name, name))
			return &c->items[i];
	return NULL;
}

static Network *add(Catalogue *c, Error *err)
{
	if (c->n == c->room) {
		size_t room = 2 * c->room + 8;
		Network *items = arena_new(c->arena, Network, room);

		if (!items) {
			(void)fail_oom(err);
			return NULL;
		}
		if (c->n > 0)
			memcpy(items, c->items, c->n * sizeof *items);
		c->items = items;
		c->room = room;
	}
	return &c->items[c->n++];
}

/* Adds a configuration to the catalogue. text stays. */
static int add_conf(Catalogue *c, const char *file, const char *text, size_t len, Error *err)
{
	Network network = {.file = file, .text = text, .len = len}, *place;
	const Network *other;
	int r = cni_network_parse(text, len, c->arena, &network.conf, err);

	if (r < 0)
		return r;
	other = find(c, network.conf.name);
	if (other) {
		say(c, "%s/%s: network \"%s\" is defined in %s already, ignoring", c->directory,
			file, other->conf.name, other->file);
		return 0;
	}
	place = add(c, err);
	if (!place)
		return -ENOMEM;
	*place = network;
	return 0;
}

static int read_conf(Catalogue *c, int dir, const char *name, Error *err)
{
	_cleanup_free_ char *text = NULL;
	const char *file = arena_strdup(c->arena, name), *kept;
	size_t len;
	int r = fd_read_file(dir, name, CNI_CONF_MAX, &text, &len, err);

	if (r == 0) {
		kept = arena_strndup(c->arena, text, len);
		r = file && kept ? add_conf(c, file, kept, len, err) : fail_oom(err);
	}
	if (r == 0)
		return 0;
	error_hint(err,
		"pods with any network start again when it is mended, or has another ending than "
		".conf and .conflist");
	return wrap(err, r, "error loading %s/%s", c->directory, name);
}

static int is_conf(const struct dirent *entry)
{
	return entry->d_type != DT_DIR &&
	       (endswith(entry->d_name, ".conf") || endswith(entry->d_name, ".conflist"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* In the order of their names, so that of two with the same name it is always the same one that
 * counts. */
static int read_directory(Catalogue *c, Error *err)
{
	_cleanup_close_ int dir = fd_open_dir(AT_FDCWD, c->directory);
	struct dirent **names = NULL;
	int n, r = 0;

	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return fail_errno(err, dir, "open %s", c->directory);
	n = scandir(c->directory, &names, is_conf, by_name);
	if (n < 0)
		return fail_errno(err, -errno, "list %s", c->directory);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = read_conf(c, dir, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	return r;
}

static int add_built_in(Catalogue *c, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(built_in) && r == 0; i++) {
		const char *name = i == 0 ? "default" : "default-restricted";

		if (find(c, name))
			say(c, "overriding \"%s\" network with one from %s", name, c->directory);
		else
			r = add_conf(c, built_in[i].file, built_in[i].text,
				strlen(built_in[i].text), err);
	}
	return r;
}

static const NetRequest *wanted(const NetRequest *requests, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (streq(requests[i].name, name))
			return &requests[i];
	return NULL;
}

static int check_found(const Catalogue *c, const NetRequest *requests, size_t n, Error *err)
{
	_cleanup_strbuf_ StrBuf missing = STRBUF_INIT(MESSAGE_MAX);

	for (size_t i = 0; i < n; i++)
		if (!streq(requests[i].name, "all") && !find(c, requests[i].name))
			strbuf_printf(
				&missing, "%s%s", missing.len > 0 ? ", " : "", requests[i].name);
	if (missing.len == 0)
		return 0;
	(void)fail(err, -ENOENT, "networks not found: %s", strbuf_text(&missing));
	error_hint(err,
		"networks are configured in %s, in files *.conf and *.conflist; \"default\" and "
		"\"default-restricted\" "
		"are there always",
		c->directory);
	return -ENOENT;
}

static int by_file(const void *a, const void *b)
{
	return strcmp(((const Network *)a)->file, ((const Network *)b)->file);
}

static int pick(const Catalogue *c, const NetRequest *requests, size_t n, Networks *ret, Error *err)
{
	bool all = wanted(requests, n, "all") != NULL;
	int r = check_found(c, requests, n, err);

	if (r < 0)
		return r;
	ret->items = arena_new(c->arena, Network, c->n + 1);
	if (!ret->items)
		return fail_oom(err);
	for (size_t i = 0; i < c->n; i++) {
		const NetRequest *request = wanted(requests, n, c->items[i].conf.name);

		if (!request && !all)
			continue;
		ret->items[ret->n] = c->items[i];
		ret->items[ret->n++].args = request ? request->args : NULL;
	}
	qsort(ret->items, ret->n, sizeof *ret->items, by_file);
	for (size_t i = 0; i < ret->n; i++)
		(void)snprintf(ret->items[i].interface, NETWORK_INTERFACE, "eth%u", (unsigned)i);
	return 0;
}

int networks_select(const char *local, const NetRequest *requests, size_t n_requests,
	void (*say_)(const char *text), Networks *ret, Error *err)
{
	_cleanup_free_ char *directory = NULL;
	Catalogue c = {.arena = &ret->arena, .say = say_};
	int r;

	if (str_format(&directory, "%s/net.d", local) < 0)
		return fail_oom(err);
	c.directory = directory;
	r = read_directory(&c, err);
	if (r == 0)
		r = add_built_in(&c, err);
	return r < 0 ? r : pick(&c, requests, n_requests, ret, err);
}

static int check(const Network *network, const char *search_path, Error *err)
{
	const CniNetwork *conf = &network->conf;

	for (size_t i = 0; i < conf->n_plugins; i++) {
		int r = delegate_check(search_path, &conf->plugins[i], err);

		if (r < 0)
			return wrap(err, r, "%s: network \"%s\": plugin %zu", network->file,
				conf->name, i + 1);
	}
	return 0;
}

int networks_check(const Networks *n, const char *search_path, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < n->n && r == 0; i++)
		r = check(&n->items[i], search_path, err);
	return r;
}

static bool is_masqueraded(const CniNetwork *network)
{
	return json_is(json_get(network->plugins[0].json, "ipMasq"), JSON_TRUE);
}

const Network *networks_for_ports(const Networks *n)
{
	for (size_t i = 0; i < n->n; i++)
		if (is_masqueraded(&n->items[i].conf))
			return &n->items[i];
	return n->n > 0 ? &n->items[n->n - 1] : NULL;
}

void networks_done(Networks *n)
{
	arena_done(&n->arena);
}
