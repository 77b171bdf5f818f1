/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <stdio.h>
#include <sys/stat.h>
#include "base/path.h"
#include "base/strbuf.h"
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static char system_dir[64], local_dir[64], user_dir[64];
static const ConfigDirs dirs = {system_dir, local_dir, user_dir};

static int make_layers(void **state)
{
	static const char *const subs[] = {"s/auth.d", "s/paths.d", "s/stage1.d", "l/auth.d",
		"l/paths.d", "l/stage1.d", "u/auth.d", "u/paths.d", "u/stage1.d", "s/registries.d",
		"l/registries.d"};

	(void)snprintf(system_dir, sizeof system_dir, "%s/s", scratch_path);
	(void)snprintf(local_dir, sizeof local_dir, "%s/l", scratch_path);
	(void)snprintf(user_dir, sizeof user_dir, "%s/u", scratch_path);
	for (size_t i = 0; i < ARRAY_LEN(subs); i++)
		if (path_mkdir_parents(scratch_fd, subs[i], 0755) < 0)
			return -1;
	return 0;
}

static int remove_layers(void **state)
{
	return path_remove_tree(scratch_fd, "s") < 0 || path_remove_tree(scratch_fd, "l") < 0 ||
	       path_remove_tree(scratch_fd, "u") < 0;
}

static void basic(const char *file, const char *domain, const char *user)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(str_format(&text,
				 "{\"rktKind\": \"auth\", \"rktVersion\": \"v1\", \"domains\": "
				 "[%s], \"type\": \"basic\", \"credentials\": {\"user\": \"%s\", "
				 "\"password\": \"pw\"}}",
				 domain, user),
		0);
	scratch_write(file, text);
}

/* Paths and other texts of a row: "rktVersion" and kind are put in front. */
static void write_kind(const char *file, const char *kind, const char *members)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(str_format(&text, "{\"rktKind\": \"%s\", \"rktVersion\": \"v1\"%s%s}",
				 kind, *members ? ", " : "", members),
		0);
	scratch_write(file, text);
}

/* What "rkt config" prints, on one line. */
static void expect(unsigned parts, const char *want)
{
	_cleanup_config_ Config c = CONFIG_INIT;
	_cleanup_free_ char *text = NULL;
	Error err = ERROR_INIT;

	if (config_load(&dirs, parts, &c, &err) < 0)
		fail_msg("%s", err.frames[0].text);
	assert_int_equal(json_print(config_to_json(&c.arena, &c), false, &text), 0);
	assert_string_equal(text, want);
}

/* want: the message, with the scratch directory as "%s". */
static void refused(int code, const char *want)
{
	_cleanup_config_ Config c = CONFIG_INIT;
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(4096);
	Error err = ERROR_INIT;
	const char *at;

	assert_int_equal(config_load(&dirs, CONFIG_ALL, &c, &err), code);
	for (; (at = strstr(want, "%s")) != NULL; want = at + 2) {
		strbuf_add(&text, want, (size_t)(at - want));
		strbuf_puts(&text, scratch_path);
	}
	strbuf_puts(&text, want);
	assert_string_equal(err.frames[0].text, strbuf_text(&text));
	assert_string_equal(err.frames[err.n_frames - 1].text, "cannot get configuration");
}

#define NO_PATHS                                                                                   \
	"{\"rktVersion\":\"v1\",\"rktKind\":\"paths\",\"data\":\"\",\"stage1-images\":\"\"}"
#define NO_STAGE1                                                                                  \
	"{\"rktVersion\":\"v1\",\"rktKind\":\"stage1\",\"name\":\"\",\"version\":\"\","            \
	"\"location\":\"\"}"

static void nothing_set(void **state)
{
	const ConfigDirs none = {"/nowhere/a", "/nowhere/b", NULL};
	_cleanup_config_ Config c = CONFIG_INIT;

	expect(CONFIG_ALL, "{\"stage0\":[" NO_PATHS "," NO_STAGE1 "]}");
	assert_int_equal(config_load(&none, CONFIG_ALL, &c, NULL), 0);
	assert_null(c.auths);
	assert_null(c.paths.data);
}

static void every_kind(void **state)
{
	basic("s/auth.d/a.json", "\"b.example:8443\", \"a.example\"", "u");
	write_kind("s/auth.d/b.json", "auth",
		"\"domains\": [\"o.example\"], \"type\": \"oauth\", \"credentials\": {\"token\": "
		"\"t\"}, \"unknown\": 1");
	write_kind("s/auth.d/c.json", "auth",
		"\"domains\": [\"s3.example\"], \"type\": \"aws\", \"credentials\": "
		"{\"accessKeyID\": \"k\", \"secretAccessKey\": \"s\"}");
	write_kind("l/auth.d/d.json", "dockerAuth",
		"\"registries\": [\"quay.io\"], \"credentials\": {\"user\": \"du\", \"password\": "
		"\"dp\"}");
	write_kind("u/paths.d/p.json", "paths",
		"\"data\": \"/srv/rkt\", \"stage1-images\": \"/srv/s1\"");
	write_kind("u/stage1.d/p.json", "stage1",
		"\"name\": \"example.com/s1\", \"version\": \"1.0\", \"location\": \"/s1.aci\"");
	expect(CONFIG_ALL,
		"{\"stage0\":["
		"{\"rktVersion\":\"v1\",\"rktKind\":\"auth\",\"domains\":[\"a.example\"],\"type\":"
		"\"basic\",\"credentials\":{\"user\":\"u\",\"password\":\"pw\"}},"
		"{\"rktVersion\":\"v1\",\"rktKind\":\"auth\",\"domains\":[\"b.example:8443\"],"
		"\"type\":\"basic\",\"credentials\":{\"user\":\"u\",\"password\":\"pw\"}},"
		"{\"rktVersion\":\"v1\",\"rktKind\":\"auth\",\"domains\":[\"o.example\"],\"type\":"
		"\"oauth\",\"credentials\":{\"token\":\"t\"}},"
		"{\"rktVersion\":\"v1\",\"rktKind\":\"auth\",\"domains\":[\"s3.example\"],\"type\":"
		"\"aws\",\"credentials\":{\"accessKeyID\":\"k\",\"secretAccessKey\":\"s\","
		"\"awsRegion\":\"\"}},"
		"{\"rktVersion\":\"v1\",\"rktKind\":\"dockerAuth\",\"registries\":[\"quay.io\"],"
		"\"credentials\":{\"user\":\"du\",\"password\":\"dp\"}},"
		"{\"rktVersion\":\"v1\",\"rktKind\":\"paths\",\"data\":\"/srv/rkt\","
		"\"stage1-images\":\"/srv/s1\"},"
		"{\"rktVersion\":\"v1\",\"rktKind\":\"stage1\",\"name\":\"example.com/s1\","
		"\"version\":\"1.0\",\"location\":\"/s1.aci\"}]}");
}

static void later_layers_win_key_by_key(void **state)
{
	_cleanup_config_ Config c = CONFIG_INIT;

	basic("s/auth.d/a.json", "\"a\", \"b\", \"c\"", "system");
	basic("l/auth.d/a.json", "\"b\", \"c\"", "local");
	basic("u/auth.d/z.json", "\"c\"", "user");
	write_kind("s/paths.d/a.json", "paths", "\"data\": \"/s\", \"stage1-images\": \"/s1\"");
	write_kind("l/paths.d/b.json", "paths", "\"data\": \"/l\"");
	write_kind("s/stage1.d/a.json", "stage1", "\"name\": \"n\", \"version\": \"1\"");
	write_kind("l/stage1.d/a.json", "stage1", "\"location\": \"/l.aci\"");
	write_kind("u/stage1.d/a.json", "stage1", "\"name\": \"m\", \"version\": \"2\"");
	assert_int_equal(config_load(&dirs, CONFIG_ALL, &c, NULL), 0);
	assert_string_equal(config_find_auth(c.auths, "a")->user, "system");
	assert_string_equal(config_find_auth(c.auths, "b")->user, "local");
	assert_string_equal(config_find_auth(c.auths, "c")->user, "user");
	assert_null(config_find_auth(c.auths, "d"));
	assert_null(config_find_auth(c.registries, "a"));
	assert_null(config_find_auth(c.auths, "c")->next);
	assert_string_equal(c.paths.data, "/l");
	assert_string_equal(c.paths.stage1_images, "/s1");
	assert_string_equal(c.stage1.name, "m");
	assert_string_equal(c.stage1.version, "2");
	assert_string_equal(c.stage1.location, "/l.aci");
}

static void other_files_are_skipped(void **state)
{
	scratch_write("l/paths.d/a.conf", "no JSON");
	scratch_write("l/paths.d/json", "no JSON");
	scratch_write("l/a.json", "no JSON");
	assert_int_equal(mkdirat(scratch_fd, "l/paths.d/d.json", 0755), 0);
	scratch_write("l/paths.d/d.json/a.json", "no JSON");
	assert_int_equal(symlinkat("a.conf", scratch_fd, "l/paths.d/link.json"), 0);
	assert_int_equal(mkfifoat(scratch_fd, "l/paths.d/fifo.json", 0644), 0);
	write_kind("l/paths.d/b.json", "paths", "\"data\": \"/l\"");
	expect(CONFIG_ALL,
		"{\"stage0\":[{\"rktVersion\":\"v1\",\"rktKind\":\"paths\",\"data\":\"/l\","
		"\"stage1-images\":\"\"}," NO_STAGE1 "]}");
}

static void parts_that_nobody_asks_for_are_not_read(void **state)
{
	scratch_write("l/auth.d/a.json", "no JSON");
	scratch_write("l/stage1.d/a.json", "no JSON");
	expect(CONFIG_PATHS, "{\"stage0\":[" NO_PATHS "," NO_STAGE1 "]}");
}

static void one_layer_says_things_once(void **state)
{
	basic("l/auth.d/a.json", "\"a\", \"b\"", "one");
	basic("l/auth.d/b.json", "\"c\", \"b\"", "two");
	refused(-EINVAL, "%s/l/auth.d/b.json: auth for domain \"b\" is already specified, in "
			 "%s/l/auth.d/a.json");
	basic("l/auth.d/b.json", "\"c\", \"c\"", "two");
	refused(-EINVAL, "%s/l/auth.d/b.json: auth for domain \"c\" is already specified, in "
			 "%s/l/auth.d/b.json");
	basic("l/auth.d/b.json", "\"c\"", "two");
	write_kind("l/auth.d/c.json", "dockerAuth",
		"\"registries\": [\"a\", \"a\"], \"credentials\": {\"user\": \"u\", \"password\": "
		"\"p\"}");
	refused(-EINVAL, "%s/l/auth.d/c.json: credentials for docker registry \"a\" are already "
			 "specified, in %s/l/auth.d/c.json");
	write_kind("l/auth.d/c.json", "dockerAuth",
		"\"registries\": [\"a\"], \"credentials\": {\"user\": \"u\", \"password\": \"p\"}");
	write_kind("u/paths.d/a.json", "paths", "\"data\": \"/a\"");
	write_kind("u/paths.d/b.json", "paths", "\"stage1-images\": \"/a\"");
	write_kind("u/paths.d/c.json", "paths", "\"data\": \"/a\"");
	refused(-EINVAL, "%s/u/paths.d/c.json: data directory is already specified, in "
			 "%s/u/paths.d/a.json");
	write_kind("u/paths.d/c.json", "paths", "");
	write_kind("u/stage1.d/a.json", "stage1", "\"name\": \"n\", \"version\": \"1\"");
	write_kind("u/stage1.d/b.json", "stage1", "\"location\": \"/l\"");
	write_kind("u/stage1.d/c.json", "stage1", "\"name\": \"m\", \"version\": \"1\"");
	refused(-EINVAL, "%s/u/stage1.d/c.json: name and version of a default stage1 image are "
			 "already specified, in %s/u/stage1.d/a.json");
	write_kind("u/stage1.d/c.json", "stage1", "\"location\": \"/l\"");
	refused(-EINVAL, "%s/u/stage1.d/c.json: location of a default stage1 image is already "
			 "specified, in %s/u/stage1.d/b.json");
}

static void headings(void **state)
{
	scratch_write("l/auth.d/a.json", "{\"rktVersion\": \"v1\"}");
	refused(-EINVAL, "no rktKind specified in \"%s/l/auth.d/a.json\"");
	scratch_write("l/auth.d/a.json", "{\"rktKind\": \"auth\", \"rktVersion\": \"\"}");
	refused(-EINVAL, "no rktVersion specified in \"%s/l/auth.d/a.json\"");
	scratch_write("l/auth.d/a.json", "{\"rktKind\": \"auth\", \"rktVersion\": \"v2\"}");
	refused(-EINVAL,
		"no parser available for configuration of kind \"auth\" and version \"v2\", in "
		"%s/l/auth.d/a.json");
	write_kind("l/auth.d/a.json", "paths", "");
	refused(-EINVAL,
		"the configuration directory \"%s/l/auth.d\" expects to have configuration files "
		"of kinds \"auth\", \"dockerAuth\", but \"a.json\" has kind of \"paths\"");
	scratch_write("l/auth.d/a.json", "{\"rktKind\": 1}");
	refused(-EINVAL, "%s/l/auth.d/a.json: rktKind: must be a string, not 1");
	scratch_write("l/auth.d/a.json", "[]");
	refused(-EINVAL, "%s/l/auth.d/a.json: must be an object, not an array");
	scratch_write("l/auth.d/a.json", "{\n\"rktKind\": auth}");
	refused(-EINVAL, "%s/l/auth.d/a.json: line 2, column 12: expected a value, not 'a'");
}

static void content(void **state)
{
	static const struct {
		const char *kind, *members, *want;
	} rows[] = {
		{"auth", "\"type\": \"basic\"", "domains: must be given"},
		{"auth", "\"domains\": [], \"type\": \"basic\"", "domains: must not be empty"},
		{"auth", "\"domains\": [\"\"], \"type\": \"basic\"",
			"domains[0]: \"\" is not a host, perhaps with a port"},
		{"auth", "\"domains\": [\"a\"]", "type: must be given"},
		{"auth", "\"domains\": [\"a\"], \"type\": \"digest\"",
			"type: unknown auth type: \"digest\""},
		{"auth", "\"domains\": [\"a\"], \"type\": \"basic\"", "credentials: must be given"},
		{"auth", "\"domains\": [\"a\"], \"type\": \"basic\", \"credentials\": \"secret\"",
			"credentials: must be an object"},
		{"auth", "\"domains\": [\"a\"], \"type\": \"basic\", \"credentials\": {}",
			"credentials.user: must be given"},
		{"auth",
			"\"domains\": [\"a\"], \"type\": \"basic\", \"credentials\": {\"user\": "
			"\"u\", \"password\": \"\"}",
			"credentials.password: must not be empty"},
		{"auth",
			"\"domains\": [\"a\"], \"type\": \"basic\", \"credentials\": {\"user\": "
			"\"u\", \"password\": 1234}",
			"credentials.password: must be a string"},
		{"auth",
			"\"domains\": [\"a\"], \"type\": \"oauth\", \"credentials\": "
			"{\"token\": \"t\\n\"}",
			"credentials.token: must have no control characters"},
		{"auth",
			"\"domains\": [\"a\"], \"type\": \"aws\", \"credentials\": "
			"{\"accessKeyID\": \"k\\r\", \"secretAccessKey\": \"s\"}",
			"credentials.accessKeyID: \"k\\x0d\" is not a text without control "
			"characters"},
		{"auth", "\"domains\": [\"a\"], \"type\": \"oauth\", \"credentials\": {}",
			"credentials.token: must be given"},
		{"auth",
			"\"domains\": [\"a\"], \"type\": \"aws\", \"credentials\": "
			"{\"accessKeyID\": \"k\"}",
			"credentials.secretAccessKey: must be given"},
		{"dockerAuth", "\"credentials\": {\"user\": \"u\", \"password\": \"p\"}",
			"registries: must be given"},
		{"dockerAuth", "\"registries\": [\"a\"], \"credentials\": {\"user\": \"u\"}",
			"credentials.password: must be given"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_free_ char *want = NULL;

		write_kind("u/auth.d/a.json", rows[i].kind, rows[i].members);
		assert_int_equal(str_format(&want, "%%s/u/auth.d/a.json: %s", rows[i].want), 0);
		refused(-EINVAL, want);
	}
}

static void content_of_paths_and_stage1(void **state)
{
	static const char *const locations[] = {
		"/a", "file:///a", "docker://a/b", "http://a/b", "https://a/b"};

	write_kind("s/paths.d/a.json", "paths", "\"data\": \"srv\"");
	refused(-EINVAL, "%s/s/paths.d/a.json: data: \"srv\" is not an absolute path");
	write_kind("s/paths.d/a.json", "paths", "\"stage1-images\": \"./a\"");
	refused(-EINVAL, "%s/s/paths.d/a.json: stage1-images: \"./a\" is not an absolute path");
	write_kind("s/paths.d/a.json", "paths", "");
	write_kind("s/stage1.d/a.json", "stage1", "\"name\": \"n\"");
	refused(-EINVAL, "%s/s/stage1.d/a.json: version: must be given, name and version of a "
			 "stage1 image belong together");
	write_kind("s/stage1.d/a.json", "stage1", "\"name\": \"\", \"version\": \"1\"");
	refused(-EINVAL, "%s/s/stage1.d/a.json: name: must be given, name and version of a stage1 "
			 "image belong together");
	write_kind("s/stage1.d/a.json", "stage1", "\"location\": \"ftp://a/b\"");
	refused(-EINVAL, "%s/s/stage1.d/a.json: location: \"ftp://a/b\" is not an absolute path "
			 "or a URL of file, docker, http or https");
	for (size_t i = 0; i < ARRAY_LEN(locations); i++) {
		_cleanup_config_ Config c = CONFIG_INIT;
		_cleanup_free_ char *member = NULL;

		assert_int_equal(str_format(&member, "\"location\": \"%s\"", locations[i]), 0);
		write_kind("s/stage1.d/a.json", "stage1", member);
		assert_int_equal(config_load(&dirs, CONFIG_STAGE1, &c, NULL), 0);
		assert_string_equal(c.stage1.location, locations[i]);
	}
}

static void what_should_be_directories(void **state)
{
	assert_int_equal(path_remove_tree(scratch_fd, "u/paths.d"), 0);
	scratch_write("u/paths.d", "");
	refused(-ENOTDIR, "expected \"%s/u/paths.d\" to be a directory");
	assert_int_equal(path_remove_tree(scratch_fd, "u"), 0);
	scratch_write("u", "");
	refused(-ENOTDIR, "expected \"%s/u\" to be a directory");
}

static void registries(void **state)
{
	_cleanup_config_ Config c = CONFIG_INIT;

	write_kind("l/registries.d/a.json", "registry",
		"\"registries\": [\"docker.io\"], \"mirrors\": [\"m.example.com:5000\"], "
		"\"insecure\": [\"tls\"]");
	write_kind("s/registries.d/a.json", "registry",
		"\"registries\": [\"docker.io\"], \"insecure\": [\"http\"]");
	assert_int_equal(config_load(&dirs, CONFIG_REGISTRIES, &c, NULL), 0);
	assert_null(config_find_registry(&c, "docker.io"));
	assert_true(config_find_registry(&c, "registry-1.docker.io")->insecure_tls);
	assert_false(config_find_registry(&c, "registry-1.docker.io")->insecure_http);
	write_kind("l/registries.d/b.json", "registry", "\"registries\": [\"index.docker.io\"]");
	refused(-EINVAL,
		"%s/l/registries.d/b.json: settings of registry \"registry-1.docker.io\" are "
		"already specified, in %s/l/registries.d/a.json");
	write_kind("l/registries.d/b.json", "registry",
		"\"registries\": [\"x.example.com\"], \"insecure\": [\"all\"]");
	refused(-EINVAL,
		"%s/l/registries.d/b.json: insecure[0]: \"all\" is not \"http\" or \"tls\"");
}

static void hosts_have_one_spelling(void **state)
{
	_cleanup_config_ Config c = CONFIG_INIT;

	write_kind("l/registries.d/a.json", "registry",
		"\"registries\": [\"Quay.IO:0443\"], \"mirrors\": [\"M.example.com:05000\"]");
	write_kind("l/auth.d/a.json", "dockerAuth",
		"\"registries\": [\"GHCR.io\", \"index.docker.io\"], "
		"\"credentials\": {\"user\": \"u\", \"password\": \"p\"}");
	write_kind("l/auth.d/b.json", "auth",
		"\"domains\": [\"Images.Example.com:443\"], \"type\": \"basic\", "
		"\"credentials\": {\"user\": \"u\", \"password\": \"p\"}");
	assert_int_equal(config_load(&dirs, CONFIG_ALL, &c, NULL), 0);
	assert_string_equal(config_find_registry(&c, "quay.io")->mirrors[0], "m.example.com:5000");
	assert_non_null(config_find_auth(c.registries, "ghcr.io"));
	assert_non_null(config_find_auth(c.registries, "registry-1.docker.io"));
	assert_non_null(config_find_auth(c.auths, "images.example.com:443"));
	write_kind("l/registries.d/b.json", "registry", "\"registries\": [\"quay.io\"]");
	refused(-EINVAL, "%s/l/registries.d/b.json: settings of registry \"quay.io\" are already "
			 "specified, in %s/l/registries.d/a.json");
	write_kind("l/registries.d/b.json", "registry",
		"\"registries\": [\"a.example\"], \"mirrors\": [\"-.example\"]");
	refused(-EINVAL, "%s/l/registries.d/b.json: mirrors: \"-.example\" is not a registry's "
			 "host, perhaps "
			 "with a port");
	write_kind(
		"l/registries.d/b.json", "registry", "\"registries\": [\"https://a.example/v2/\"]");
	refused(-EINVAL,
		"%s/l/registries.d/b.json: registries[0]: \"https://a.example/v2/\" is not a host, "
		"perhaps with a port");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_layers, remove_layers)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(nothing_set),
		TEST(every_kind),
		TEST(later_layers_win_key_by_key),
		TEST(other_files_are_skipped),
		TEST(parts_that_nobody_asks_for_are_not_read),
		TEST(one_layer_says_things_once),
		TEST(headings),
		TEST(content),
		TEST(content_of_paths_and_stage1),
		TEST(registries),
		TEST(hosts_have_one_spelling),
		TEST(what_should_be_directories),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
