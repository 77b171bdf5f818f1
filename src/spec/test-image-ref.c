/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/image-ref.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "spec/image-manifest.h"

static void expect_error(const char *typed, const char *text)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT];

	assert_int_equal(image_ref_parse(typed, false, &ref, &err), -EINVAL);
	assert_null(ref);
	assert_string_equal(error_message(&err, message, sizeof message), text);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *typed;
		bool is_file;
		ImageRefKind kind;
		const char *path, *tag;
	} rows[] = {
		{"sha512-abc", false, IMAGE_REF_KEY, NULL, NULL},
		{"/x/y.aci", false, IMAGE_REF_FILE, "/x/y.aci", NULL},
		{"y.aci", false, IMAGE_REF_FILE, "y.aci", NULL},
		{"../y.aci", false, IMAGE_REF_FILE, "../y.aci", NULL},
		{"a/y.aci", true, IMAGE_REF_FILE, "a/y.aci", NULL},
		{"example.com/y.aci:v1", false, IMAGE_REF_NAME, NULL, NULL},
		{"file:///x/a%20b.aci", false, IMAGE_REF_FILE, "/x/a b.aci", NULL},
		{"file:/x/b.aci", false, IMAGE_REF_FILE, "/x/b.aci", NULL},
		{"https://example.com/b.aci", false, IMAGE_REF_URL, NULL, NULL},
		{"http://example.com/b.aci?x=1", false, IMAGE_REF_URL, NULL, NULL},
		{"oci:dir", false, IMAGE_REF_OCI_LAYOUT, "dir", NULL},
		{"oci:/a/dir:v1", false, IMAGE_REF_OCI_LAYOUT, "/a/dir", "v1"},
		{"docker-archive:x.tar", false, IMAGE_REF_DOCKER_ARCHIVE, "x.tar", NULL},
		{"docker-archive:x.tar:busybox:1", false, IMAGE_REF_DOCKER_ARCHIVE, "x.tar",
			"busybox:1"},
		{"docker://busybox", false, IMAGE_REF_DOCKER, NULL, NULL},
		{"docker:busybox:1", false, IMAGE_REF_DOCKER, NULL, NULL},
		{"etcd:v3", false, IMAGE_REF_NAME, NULL, NULL},
		{"etcd:v3", true, IMAGE_REF_NAME, NULL, NULL},
		{"busybox", false, IMAGE_REF_NAME, NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_image_ref_ ImageRef *ref = NULL;

		assert_int_equal(image_ref_parse(rows[i].typed, rows[i].is_file, &ref, NULL), 0);
		assert_int_equal(ref->kind, rows[i].kind);
		assert_string_equal(ref->typed, rows[i].typed);
		assert_string_equal(ref->path ? ref->path : "-", rows[i].path ? rows[i].path : "-");
		assert_string_equal(ref->tag ? ref->tag : "-", rows[i].tag ? rows[i].tag : "-");
	}
}

static void test_name_and_labels(void **state)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;

	assert_int_equal(
		image_ref_parse("example.com/app:1.2,channel=beta,os=freebsd", false, &ref, NULL),
		0);
	assert_string_equal(ref->name, "example.com/app");
	assert_null(ref->remote);
	assert_int_equal(ref->labels.n, 4);
	assert_string_equal(ref->labels.items[0].name, "version");
	assert_string_equal(ref->labels.items[0].value, "1.2");
	assert_string_equal(ref->labels.items[1].name, "channel");
	assert_string_equal(ref->labels.items[1].value, "beta");
	assert_string_equal(ref->labels.items[2].value, "freebsd");
	assert_string_equal(ref->labels.items[3].name, "arch");
	assert_string_equal(ref->labels.items[3].value, image_manifest_host_arch());
}

static void test_remote_is_the_reference_as_typed(void **state)
{
	static const struct {
		const char *typed, *remote;
	} rows[] = {
		{"docker://busybox", "docker://busybox"},
		{"docker:busybox", "docker://busybox"},
		{"docker://busybox:latest", "docker://busybox:latest"},
		{"https://h/x.aci", "https://h/x.aci"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_image_ref_ ImageRef *ref = NULL;

		assert_int_equal(image_ref_parse(rows[i].typed, false, &ref, NULL), 0);
		assert_string_equal(ref->remote, rows[i].remote);
	}
}

static void test_bad_strings(void **state)
{
	expect_error("/x/y.tar", "invalid image string \"/x/y.tar\"");
	expect_error("file://x.aci", "invalid image string \"file://x.aci\"");
	expect_error("file:///x%2.aci", "invalid image string \"file:///x%2.aci\"");
	expect_error("file:///x%00.aci", "invalid image string \"file:///x%00.aci\"");
	expect_error("https://h/x.tar", "invalid image string \"https://h/x.tar\"");
	expect_error("http:///x.aci", "invalid image string \"http:///x.aci\"");
	expect_error("oci:", "invalid image string \"oci:\": the path is missing");
	expect_error(
		"a,b=c:d", "malformed app string - colon may appear only right after the app name");
	expect_error("a:b:c", "malformed app string - colon may appear at most once");
	expect_error("a,b", "malformed app string - label \"b\" has no value");
	expect_error("a:1,version=2", "malformed app string - duplicate label \"version\"");
	expect_error("a,name=b", "malformed app string - bad label name \"name\"");
	expect_error("Upper", "invalid image name \"Upper\"");
	expect_error("sha512-", "invalid image name \"sha512-\"");
	expect_error("", "invalid image name \"\"");
	expect_error("docker:///busybox", "docker distribution creation error: bad docker URL "
					  "\"docker:///busybox\": invalid reference format");
}

static void test_docker_references(void **state)
{
	static const char digest[] =
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const struct {
		const char *text, *host, *repository, *tag;
	} rows[] = {
		{"busybox", DOCKER_DEFAULT_HOST, "library/busybox", "latest"},
		{"busybox:1.36", DOCKER_DEFAULT_HOST, "library/busybox", "1.36"},
		{"docker.io/busybox", DOCKER_DEFAULT_HOST, "library/busybox", "latest"},
		{"a/b", DOCKER_DEFAULT_HOST, "a/b", "latest"},
		{"localhost/b", "localhost", "b", "latest"},
		{"LOCALHOST:05000/b", "localhost:5000", "b", "latest"},
		{"Quay.IO:443/b", "quay.io", "b", "latest"},
		{"127.0.0.1:5000/b/c:t", "127.0.0.1:5000", "b/c", "t"},
		{"quay.io/a/b__c-d.e--f", "quay.io", "a/b__c-d.e--f", "latest"},
		{"quay.io/a@"
		 "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			"quay.io", "a", NULL},
		{"quay.io/a:t@"
		 "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			"quay.io", "a", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(arena_done) Arena arena = {0};
		DockerRef ref;

		assert_int_equal(docker_ref_parse(rows[i].text, &arena, &ref, NULL), 0);
		assert_string_equal(ref.host, rows[i].host);
		assert_string_equal(ref.repository, rows[i].repository);
		if (rows[i].tag) {
			assert_string_equal(ref.tag, rows[i].tag);
			assert_null(ref.digest);
		} else {
			assert_null(ref.tag);
			assert_string_equal(ref.digest, digest);
		}
	}
}

static void test_bad_docker_references(void **state)
{
	static const char *const rows[] = {"", "Busybox", "a:", "a@", "a@sha256:12", "/a", "a/",
		"a//b", "a_", "-a", "a..b", "a___b", "a b", "h.x:/a", "h.x:p/a", "-h.x/a", "h..x/a",
		"a:.tag", "a:b:c", "localhost/", "http://a/b", "a/../b"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(arena_done) Arena arena = {0};
		DockerRef ref = {0};

		assert_int_equal(docker_ref_parse(rows[i], &arena, &ref, NULL), -EINVAL);
		assert_null(ref.host);
	}
}

static void test_long_docker_names(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	char text[400];
	DockerRef ref;

	memset(text, 'a', sizeof text);
	text[300] = '\0';
	assert_int_equal(docker_ref_parse(text, &arena, &ref, NULL), -EINVAL);
	text[200] = ':';
	assert_int_equal(docker_ref_parse(text, &arena, &ref, NULL), 0);
	text[300] = 'a';
	text[200 + 1 + 129] = '\0';
	assert_int_equal(docker_ref_parse(text, &arena, &ref, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_name_and_labels),
		cmocka_unit_test(test_remote_is_the_reference_as_typed),
		cmocka_unit_test(test_bad_strings),
		cmocka_unit_test(test_docker_references),
		cmocka_unit_test(test_bad_docker_references),
		cmocka_unit_test(test_long_docker_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
