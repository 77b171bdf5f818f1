/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/credentials.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/test-scratch.h"
#include "fetch/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static char config_dir[64];
static const ConfigDirs dirs = {.local = config_dir};

static const char *below(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", scratch_path, name);
	return path;
}

/* A home that is empty, and no other place that the environment names. */
static int make_home(void **state)
{
	static const char *const subs[] = {
		"etc/auth.d", "home/.docker", "home/.config/containers", "run/containers", "bin"};
	char path[512];

	for (size_t i = 0; i < ARRAY_LEN(subs); i++)
		if (path_mkdir_parents(scratch_fd, subs[i], 0755) < 0)
			return -1;
	(void)snprintf(config_dir, sizeof config_dir, "%s/etc", scratch_path);
	(void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", below("bin"));
	(void)unsetenv("REGISTRY_AUTH_FILE");
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("DOCKER_CONFIG");
	(void)setenv("XDG_RUNTIME_DIR", below("run"), 1);
	(void)setenv("HOME", below("home"), 1);
	return setenv("PATH", path, 1);
}

static int remove_home(void **state)
{
	static const char *const subs[] = {"etc", "home", "run", "bin", "said", "other.json"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(subs); i++)
		r |= path_remove_tree(scratch_fd, subs[i]);
	return r;
}

static void find(const char *registry, const char *repository, Login *ret)
{
	_cleanup_credentials_ Credentials *c = NULL;
	Error err = ERROR_INIT;

	assert_int_equal(credentials_new(&dirs, &c, NULL), 0);
	if (credentials_for_registry(c, registry, repository, ret, &err) < 0)
		fail_msg("%s", err.frames[0].text);
}

/* want: "user:password", "token", or "" for no login. */
static void expect_for(const char *registry, const char *repository, const char *want)
{
	_cleanup_login_ Login login = {NULL};
	char found[256] = "";

	find(registry, repository, &login);
	if (login.identity_token)
		(void)snprintf(found, sizeof found, "%s", login.identity_token);
	else if (login.user)
		(void)snprintf(found, sizeof found, "%s:%s", login.user, login.password);
	assert_string_equal(found, want);
}

static void expect(const char *registry, const char *want)
{
	expect_for(registry, NULL, want);
}

static void refused(const char *registry, int code, const char *want)
{
	_cleanup_credentials_ Credentials *c = NULL;
	_cleanup_login_ Login login = {NULL};
	Error err = ERROR_INIT;

	assert_int_equal(credentials_new(&dirs, &c, NULL), 0);
	assert_int_equal(credentials_for_registry(c, registry, NULL, &login, &err), code);
	assert_null(login.user);
	if (!strstr(err.frames[0].text, want))
		fail_msg("\"%s\" does not say \"%s\"", err.frames[0].text, want);
}

static void no_login(void **state)
{
	expect("example.com", "");
	(void)unsetenv("HOME");
	(void)unsetenv("XDG_RUNTIME_DIR");
	expect("example.com", "");
}

static void keys_of_docker(void **state)
{
	/* dTpw is u:p, aDpw h:p, dTpwOnc= u:p:w */
	scratch_write("home/.docker/config.json",
		"{\"auths\": {\"https://index.docker.io/v1/\": {\"auth\": \"aDpw\"},"
		"\"https://a.example\": {\"auth\": \"dTpw\"},"
		"\"http://b.example:5000/v2/\": {\"auth\": \"dTpwOnc=\"},"
		"\"c.example\": {\"auth\": \"dTpw\", \"identitytoken\": \"tok\"},"
		"\"d.example\": {\"username\": \"du\", \"password\": \"dp\"},"
		"\"e.example\": {}, \"f.example\": {\"auth\": \"\"}}}");
	expect("registry-1.docker.io", "h:p");
	expect("a.example", "u:p");
	expect("b.example:5000", "u:p:w");
	expect("b.example", "");
	expect("c.example", "tok");
	expect("d.example", "du:dp");
	expect("e.example", "");
	expect("f.example", "");
	expect("example", "");
}

static void names_of_the_default_registry(void **state)
{
	static const char *const names[] = {"docker.io", "index.docker.io", "registry-1.docker.io",
		"https://registry-1.docker.io/v2/", "https://Index.Docker.IO/v1/"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char text[256];

		(void)snprintf(
			text, sizeof text, "{\"auths\": {\"%s\": {\"auth\": \"dTpw\"}}}", names[i]);
		scratch_write("home/.docker/config.json", text);
		expect("registry-1.docker.io", "u:p");
		expect("quay.io", "");
	}
}

static void namespaces_of_podman(void **state)
{
	scratch_write("run/containers/auth.json",
		"{\"auths\": {\"a.example/team/app\": {\"auth\": \"dTpw\"},"
		"\"a.example\": {\"auth\": \"aDpw\"}, \"b.example/x\": {\"auth\": \"dTpw\"}}}");
	expect_for("a.example", "team/app", "u:p");
	expect_for("a.example", "team/app/part", "u:p");
	expect_for("a.example", "team/apple", "h:p");
	expect_for("a.example", "team", "h:p");
	expect_for("a.example", NULL, "h:p");
	expect_for("b.example", "y", "");
	expect_for("b.example", NULL, "");
}

static void order_of_the_files(void **state)
{
	/* YTpw is a:p, Yjpw b:p, Yzpw c:p, ZDpw d:p */
	static const char format[] = "{\"auths\": {\"r.example\": {\"auth\": \"%s\"}}}";
	char text[128];

	(void)snprintf(text, sizeof text, format, "YTpw");
	scratch_write("home/.docker/config.json", text);
	expect("r.example", "a:p");
	(void)snprintf(text, sizeof text, format, "Yjpw");
	scratch_write("home/.config/containers/auth.json", text);
	expect("r.example", "b:p");
	(void)snprintf(text, sizeof text, format, "Yzpw");
	scratch_write("run/containers/auth.json", text);
	expect("r.example", "c:p");
	(void)snprintf(text, sizeof text, format, "ZDpw");
	scratch_write("other.json", text);
	(void)setenv("REGISTRY_AUTH_FILE", below("other.json"), 1);
	expect("r.example", "d:p");
	scratch_write("etc/auth.d/a.json",
		"{\"rktKind\": \"dockerAuth\", \"rktVersion\": \"v1\", \"registries\": "
		"[\"r.example\"], \"credentials\": {\"user\": \"e\", \"password\": \"p\"}}");
	expect("r.example", "e:p");
	expect("other.example", "");
}

static void directory_that_docker_is_told(void **state)
{
	scratch_write("run/config.json", "{\"auths\": {\"r.example\": {\"auth\": \"dTpw\"}}}");
	scratch_write("home/.docker/config.json", "no JSON");
	(void)setenv("DOCKER_CONFIG", below("run"), 1);
	expect("r.example", "u:p");
}

/* Without a session podman writes below /run: here one that nobody else sees. */
static void without_a_session(void **state)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/run/containers/%u", (unsigned)geteuid());
	(void)unsetenv("XDG_RUNTIME_DIR");
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
		skip();
	assert_int_equal(path_mkdir_parents(AT_FDCWD, path, 0755), 0);
	(void)snprintf(path, sizeof path, "/run/containers/%u/auth.json", (unsigned)geteuid());
	scratch_write("home/.docker/config.json", "{\"auths\": {\"r\": {\"auth\": \"aDpw\"}}}");
	expect("r", "h:p");
	assert_int_equal(fd_write_file(AT_FDCWD, path, 0600,
				 "{\"auths\": {\"r\": {\"auth\": \"dTpw\"}}}", 34, NULL),
		0);
	expect("r", "u:p");
}

static void bad_files(void **state)
{
	static const char *const auths[] = {"*", "dTp", "dXA=", "dTp=w", "dTpw=", "dTpw\\n"};

	scratch_write("home/.docker/config.json", "{\n}}");
	refused("a", -EINVAL, "/home/.docker/config.json: line 2, column 2");
	scratch_write("home/.docker/config.json", "[]");
	refused("a", -EINVAL, "/home/.docker/config.json: must be an object");
	for (size_t i = 0; i < ARRAY_LEN(auths); i++) {
		char text[128];

		(void)snprintf(
			text, sizeof text, "{\"auths\": {\"a\": {\"auth\": \"%s\"}}}", auths[i]);
		scratch_write("home/.docker/config.json", text);
		if (streq(auths[i], "dTp"))
			expect("a", "u:");
		else
			refused("a", -EINVAL, "auths.a.auth: must be base 64");
		expect("b", "");
	}
}

/* A helper that notes what it was asked, and runs the script. */
static void write_helper(const char *name, const char *script)
{
	char path[64], text[1024];

	(void)snprintf(path, sizeof path, "bin/docker-credential-%s", name);
	(void)snprintf(
		text, sizeof text, "#!/bin/sh\n{ echo $1; cat; } >%s\n%s\n", below("said"), script);
	scratch_write(path, text);
	assert_int_equal(fchmodat(scratch_fd, path, 0755, 0), 0);
}

static void helpers(void **state)
{
	write_helper(
		"one", "echo '{\"ServerURL\": \"x\", \"Username\": \"u\", \"Secret\": \"s\"}'");
	write_helper("two", "echo '{\"Username\": \"<token>\", \"Secret\": \"tok\"}'");
	write_helper("none", "echo credentials not found in native keychain; exit 1");
	scratch_write("home/.docker/config.json",
		"{\"auths\": {\"c.example\": {\"auth\": \"aDpw\"}, \"a.example\": {}},"
		"\"credHelpers\": {\"a.example\": \"one\", \"docker.io\": \"two\", \"c.example\": "
		"\"none\"}, \"credsStore\": \"one\"}");
	expect("a.example", "u:s");
	scratch_expect("said", "get\na.example");
	expect("registry-1.docker.io", "tok");
	scratch_expect("said", "get\nhttps://index.docker.io/v1/");
	expect("c.example", "h:p");
	scratch_expect("said", "get\nc.example");
	expect("d.example:5000", "u:s");
	scratch_expect("said", "get\nd.example:5000");
}

static void helpers_that_fail(void **state)
{
	scratch_write("home/.docker/config.json", "{\"credsStore\": \"x\"}");
	refused("a", -ENOENT, "credential helper docker-credential-x");
	write_helper("x", "echo the vault is closed; exit 3");
	refused("a", -EPROTO, "docker-credential-x: the vault is closed");
	write_helper("x", "exit 3");
	refused("a", -EPROTO, "docker-credential-x: failed (status 3)");
	write_helper("x", "echo nonsense");
	refused("a", -EPROTO, "docker-credential-x: line 1");
	write_helper("x", "echo '{}'");
	refused("a", -EPROTO, "docker-credential-x: the answer has no Username and Secret");
	scratch_write("home/.docker/config.json", "{\"credsStore\": \"../x\"}");
	refused("a", -EINVAL, "\"../x\" is not the name of a credential helper");
}

static const char *first_header(Credentials *c, const char *url, CredentialHeaders *ret)
{
	assert_int_equal(credentials_headers(c, "GET", url, 1369353600, ret, NULL), 0);
	return ret->lines[0] ? ret->lines[0] : "";
}

static void expect_header(const char *url, const char *want)
{
	_cleanup_credentials_ Credentials *c = NULL;
	_cleanup_credential_headers_ CredentialHeaders headers = {{NULL}};

	assert_int_equal(credentials_new(&dirs, &c, NULL), 0);
	assert_string_equal(first_header(c, url, &headers), want);
}

static void headers_by_domain(void **state)
{
	scratch_write("etc/auth.d/a.json",
		"{\"rktKind\": \"auth\", \"rktVersion\": \"v1\", \"domains\": [\"a.example\", "
		"\"b.example:8443\"], \"type\": \"basic\", \"credentials\": {\"user\": \"u\", "
		"\"password\": \"p\"}}");
	scratch_write("etc/auth.d/b.json",
		"{\"rktKind\": \"auth\", \"rktVersion\": \"v1\", \"domains\": [\"o.example\"], "
		"\"type\": \"oauth\", \"credentials\": {\"token\": \"t\"}}");
	scratch_write("etc/auth.d/c.json",
		"{\"rktKind\": \"auth\", \"rktVersion\": \"v1\", \"domains\": "
		"[\"b.s3.eu-west-1.amazonaws.com\"], \"type\": \"aws\", \"credentials\": "
		"{\"accessKeyID\": \"k\", \"secretAccessKey\": \"s\"}}");
	expect_header("https://a.example/x.aci", "Authorization: Basic dTpw");
	expect_header("https://b.example:8443", "Authorization: Basic dTpw");
	expect_header("https://A.example/x.aci", "Authorization: Basic dTpw");
	expect_header("https://a.example:443/", "");
	expect_header("https://b.example/", "");
	expect_header("https://o.example/x?y", "Authorization: Bearer t");
	expect_header("https://b.s3.eu-west-1.amazonaws.com/x",
		"x-amz-content-sha256: "
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_header("https://none.example/a.example", "");
}

static void aws_headers_have_key_and_region(void **state)
{
	_cleanup_credentials_ Credentials *c = NULL;
	_cleanup_credential_headers_ CredentialHeaders headers = {{NULL}};

	scratch_write("etc/auth.d/c.json",
		"{\"rktKind\": \"auth\", \"rktVersion\": \"v1\", \"domains\": [\"h.example\"], "
		"\"type\": \"aws\", \"credentials\": {\"accessKeyID\": \"k\", "
		"\"secretAccessKey\": \"s\", \"awsRegion\": \"mars-1\"}}");
	assert_int_equal(credentials_new(&dirs, &c, NULL), 0);
	(void)first_header(c, "https://h.example/", &headers);
	assert_non_null(strstr(headers.lines[2], "Credential=k/20130524/mars-1/s3/aws4_request,"));
}

static void base64(void **state)
{
	static const struct {
		const char *data, *text;
	} rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfb", "//77"}};
	static const char *const bad[] = {
		"Z", "Zg=", "Zg===", "=", "Zm9v=", "Zm 9v", "Zg==Zg==", "Zm-_", "Zm9vY"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_free_ char *text = NULL, *data = NULL;
		size_t len;

		assert_int_equal(base64_encode(rows[i].data, strlen(rows[i].data), &text), 0);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(base64_decode(text, strlen(text), &data, &len), 0);
		assert_int_equal(len, strlen(rows[i].data));
		assert_string_equal(data, rows[i].data);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_free_ char *data = NULL;
		size_t len;

		assert_int_equal(base64_decode(bad[i], strlen(bad[i]), &data, &len), -EINVAL);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_home, remove_home)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(no_login),
		TEST(keys_of_docker),
		TEST(names_of_the_default_registry),
		TEST(namespaces_of_podman),
		TEST(order_of_the_files),
		TEST(directory_that_docker_is_told),
		TEST(without_a_session),
		TEST(bad_files),
		TEST(helpers),
		TEST(helpers_that_fail),
		TEST(headers_by_domain),
		TEST(aws_headers_have_key_and_region),
		cmocka_unit_test(base64),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
