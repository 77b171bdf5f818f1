/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define ACCEPT "[{\"type\": \"insecureAcceptAnything\"}]"

static Policy *parsed(const char *text)
{
	Policy *policy = NULL;
	Error err = ERROR_INIT;

	if (policy_parse(text, strlen(text), "policy.json", &policy, &err) < 0)
		fail_msg("%s: %s", text, err.frames[0].text);
	return policy;
}

/* The place and the fault, without the name of the file. */
static void expect_fault(const char *text, const char *fault)
{
	Policy *policy = NULL;
	Error err = ERROR_INIT;

	assert_int_equal(policy_parse(text, strlen(text), "p", &policy, &err), -EINVAL);
	assert_null(policy);
	assert_string_equal(err.frames[0].text, fault);
}

static void expect_bad_requirement(const char *requirement, const char *fault)
{
	char text[512], expected[512];

	(void)snprintf(text, sizeof text, "{\"default\": [%s]}", requirement);
	(void)snprintf(expected, sizeof expected, "p: default: %s", fault);
	expect_fault(text, expected);
}

static void documents(void **state)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{"[]", "p: policy: not an object"},
		{"{}", "p: default: a list of requirements is needed, of one at least"},
		{"{\"default\": []}",
			"p: default: a list of requirements is needed, of one at least"},
		{"{\"default\": {\"type\": \"reject\"}}",
			"p: default: a list of requirements is needed, of one at least"},
		{"{\"default\": " ACCEPT ", \"defaults\": 1}",
			"p: policy: unknown member \"defaults\""},
		{"{\"default\": " ACCEPT ", \"default transports\": 1}",
			"p: policy: unknown member \"default transports\""},
		{"{\"default\": " ACCEPT ", \"\": 1}", "p: policy: unknown member \"\""},
		{"{\"default\": " ACCEPT ", \"transports\": []}",
			"p: policy: transports is not an object"},
		{"{\"default\": " ACCEPT ", \"transports\": {\"docker\": []}}",
			"p: transports.docker: not an object"},
		{"{\"default\": " ACCEPT ", \"transports\": {\"docker\": {\"a.com\": []}}}",
			"p: transports.docker[\"a.com\"]: a list of requirements is needed, of one "
			"at least"},
		{"{\"default\": " ACCEPT ", \"transports\": {\"oci\": {\"a\": " ACCEPT "}}}",
			"p: transports.oci[\"a\"]: a scope has to be an absolute path other than "
			"\"/\""},
		{"{\"default\": " ACCEPT ", \"transports\": {\"oci\": {\"/\": " ACCEPT "}}}",
			"p: transports.oci[\"/\"]: a scope has to be an absolute path other than "
			"\"/\""},
		{"{\"default\": " ACCEPT ", \"transports\": {\"docker-archive\": {\"/a\": " ACCEPT
		 "}}}",
			"p: transports.docker-archive[\"/a\"]: archives have no scope but \"\""},
		{"{\"default\": " ACCEPT
		 ", \"transports\": {\"docker\": {\"registry-1.docker.io/a/b\": " ACCEPT "}}}",
			"p: transports.docker[\"registry-1.docker.io/a/b\"]: Docker's registry is "
			"called docker.io here"},
	};

	static const char twice[] = "{\"default\": " ACCEPT ", \"default\": " ACCEPT "}";

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		expect_fault(cases[i].text, cases[i].fault);
	/* A name that comes twice would leave open which one counts. */
	assert_int_equal(policy_parse(twice, strlen(twice), "p", &(Policy *){NULL}, NULL), -EINVAL);
}

static void requirements(void **state)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{"1", "a requirement has to be an object"},
		{"{}", "type has to be a text"},
		{"{\"type\": \"accept\"}", "unknown type \"accept\""},
		{"{\"type\": \"reject\", \"why\": \"\"}", "unknown member \"why\""},
		{"{\"type\": \"sigstoreSigned\"}",
			"exactly one of keyPath, keyPaths, keyData and keyDatas is needed"},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"/a\", \"keyData\": \"a\"}",
			"exactly one of keyPath, keyPaths, keyData and keyDatas is needed"},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"a\"}",
			"\"a\" is not an absolute path"},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": [\"/a\"]}", "keyPath has to be text"},
		{"{\"type\": \"sigstoreSigned\", \"keyPaths\": \"/a\"}",
			"keyPaths has to be a list"},
		{"{\"type\": \"sigstoreSigned\", \"keyPaths\": []}", "keyPaths is empty"},
		{"{\"type\": \"sigstoreSigned\", \"keyDatas\": [1]}", "keyDatas has to be text"},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"/a\", \"keyType\": \"x\"}",
			"unknown member \"keyType\""},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"/a\", \"signedIdentity\": "
		 "{\"type\": "
		 "\"any\"}}",
			"unknown type of signedIdentity \"any\""},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"/a\", \"signedIdentity\": "
		 "{\"type\": "
		 "\"matchExact\", \"prefix\": \"a\"}}",
			"unknown member \"prefix\""},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"/a\", \"signedIdentity\": "
		 "{\"type\": "
		 "\"exactReference\", \"dockerReference\": \"a.com/b\"}}",
			"dockerReference has neither tag nor digest"},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"/a\", \"signedIdentity\": "
		 "{\"type\": "
		 "\"exactRepository\", \"dockerRepository\": \"A b\"}}",
			"dockerRepository: \"A b\" is no reference"},
		{"{\"type\": \"sigstoreSigned\", \"keyPath\": \"/a\", \"signedIdentity\": "
		 "{\"type\": "
		 "\"remapIdentity\", \"prefix\": \"a.com\"}}",
			"signedPrefix has to be a text"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		expect_bad_requirement(cases[i].text, cases[i].fault);
}

static void what_only_others_can_check(void **state)
{
	_cleanup_policy_ Policy *policy = parsed(
		"{\"default\": [{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\", \"keyPath\": "
		"\"/k\"}, {\"type\": \"sigstoreSigned\", \"keyPath\": \"/k\", "
		"\"rekorPublicKeyPath\": \"/r\"}]}");
	const PolicyRule *rule = &policy->rules[0];

	assert_int_equal(rule->n_requirements, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(rule->requirements[i].kind, POLICY_UNSUPPORTED);
	assert_string_equal(rule->requirements[0].what, "signedBy");
	assert_string_equal(rule->requirements[1].what, "rekorPublicKeyPath");
}

/* The scope of the rule for an image, "-" for the default of all. */
static const char *scope_for(const Policy *policy, const char *reference)
{
	_cleanup_(arena_done) Arena arena = {0};
	PolicyImage image = {.transport = "docker"};
	DockerRef ref;
	const PolicyRule *rule;

	assert_int_equal(docker_ref_parse(reference, &arena, &ref, NULL), 0);
	assert_int_equal(docker_name_of(&ref, &arena, &image.name), 0);
	rule = policy_find(policy, &image);
	return rule->transport ? rule->scope : "-";
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void scopes_of_registries(void **state)
{
	static const struct {
		const char *reference, *scope;
	} cases[] = {
		{"example.com/ns/app:1", "example.com/ns/app:1"},
		{"example.com/ns/app:2", "example.com/ns/app"},
		{"example.com/ns/app@sha256:" HEX, "example.com/ns/app@sha256:" HEX},
		{"example.com/ns/app:1@sha256:" HEX, "example.com/ns/app@sha256:" HEX},
		{"example.com/ns/application:1", "example.com/ns"},
		{"example.com/ns/a/b", "example.com/ns"},
		{"example.com/nse/app", "example.com"},
		{"example.com:5000/ns/app", "*.com"},
		{"sub.example.com:5000/app", "*.example.com"},
		{"a.sub.example.com/app", "*.example.com"},
		{"example.org/app", ""},
		{"localhost/app", ""},
		{"busybox", "docker.io/library/busybox"},
		{"docker.io/library/busybox:1", "docker.io/library/busybox"},
		{"registry-1.docker.io/team/app", "docker.io"},
	};
	_cleanup_policy_ Policy *policy =
		parsed("{\"default\": " ACCEPT ", \"transports\": {\"docker\": {\"\": " ACCEPT
		       ", \"example.com\": " ACCEPT ", \"example.com/ns\": " ACCEPT
		       ", \"example.com/ns/app\": " ACCEPT ", \"example.com/ns/app:1\": " ACCEPT
		       ", \"example.com/ns/app@sha256:" HEX "\": " ACCEPT ", \"*.com\": " ACCEPT
		       ", \"*.example.com\": " ACCEPT ", \"docker.io\": " ACCEPT
		       ", \"docker.io/library/busybox\": " ACCEPT "}}}");
	_cleanup_policy_ Policy *bare =
		parsed("{\"default\": " ACCEPT ", \"transports\": {\"oci\": {\"\": " ACCEPT "}}}");

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(scope_for(policy, cases[i].reference), cases[i].scope);
	assert_string_equal(scope_for(bare, "example.com/app"), "-");
}

/* A rule that no image would have is a mistake of the administrator's. */
static void scopes_that_nothing_has(void **state)
{
	static const struct {
		const char *transport, *scope, *message;
	} cases[] = {
		{"docker", "Example.com/app", "the host is called example.com here"},
		{"docker", "example.com:0443/app", "the host is called example.com here"},
		{"docker", "docker://example.com/app",
			"a scope begins with a host, without \"docker://\""},
		{"docker", "example.com/app/", "no image is called so"},
		{"docker", "example.com//app", "no image is called so"},
		{"docker", "example.com/", "no image is called so"},
		{"docker", "/app", "\"\" is no host"},
		{"docker", "example.com/App", "no image is called so"},
		{"docker", "example.com/app:", "no image is called so"},
		{"docker", "example.com/app@sha256:0", "no image is called so"},
		{"docker", "example.com/app:1@sha256:" HEX,
			"it has both a tag and a digest, an image is one by either"},
		{"docker", "docker.io/busybox:1",
			"an image of this name is called docker.io/library/busybox here"},
		{"docker", "busybox",
			"\"busybox\" is no host: names are written out, as "
			"docker.io/library/busybox"},
		{"docker", "library/busybox",
			"\"library\" is no host: names are written out, as "
			"docker.io/library/busybox"},
		{"docker", "*.Example.com", "the host is called example.com here"},
		{"docker", "*.example.com:5000",
			"behind \"*.\" there can be a host only, without a port"},
		{"docker", "*.example.com/app",
			"behind \"*.\" there can be a host only, without a port"},
		{"docker", "*", "\"*\" is no host"},
		{"docker", "*.", "\"\" is no host"},
		{"docker", "a.*.com", "\"a.*.com\" is no host"},
		{"docker", "index.docker.io/library/busybox",
			"Docker's registry is called docker.io here"},
		{"oci", "/a/..", "a scope has to be an absolute path other than \"/\""},
		{"oci", "/a/.", "a scope has to be an absolute path other than \"/\""},
		{"oci", "/a/", "a scope has to be an absolute path other than \"/\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[512], message[512];

		(void)snprintf(text, sizeof text,
			"{\"default\": " ACCEPT ", \"transports\": {\"%s\": {\"%s\": " ACCEPT "}}}",
			cases[i].transport, cases[i].scope);
		(void)snprintf(message, sizeof message, "p: transports.%s[\"%s\"]: %s",
			cases[i].transport, cases[i].scope, cases[i].message);
		expect_fault(text, message);
	}
	/* What looks like one of them, and is none. */
	(void)policy_free(
		parsed("{\"default\": " ACCEPT ", \"transports\": {\"docker\": {"
		       "\"index.docker.io.example.com\": " ACCEPT ", \"docker.io/busybox\": " ACCEPT
		       ", \"localhost/app\": " ACCEPT ", \"a.com:5000/b:1.0\": " ACCEPT
		       "}, \"docker-daemon\": {\"X/\": " ACCEPT "}}}"));
}

static void scopes_of_directories(void **state)
{
	_cleanup_policy_ Policy *policy = parsed(
		"{\"default\": " ACCEPT ", \"transports\": {\"oci\": {\"/srv/images\": " ACCEPT
		", \"/srv/images/app\": " ACCEPT "}, \"docker-archive\": {\"\": " ACCEPT "}}}");
	PolicyImage image = {.transport = "oci", .path = "/srv/images/app"};

	assert_string_equal(policy_find(policy, &image)->scope, "/srv/images/app");
	image.path = "/srv/images/application";
	assert_string_equal(policy_find(policy, &image)->scope, "/srv/images");
	image.path = "/srv/imagesque";
	assert_null(policy_find(policy, &image)->transport);
	image = (PolicyImage){.transport = "docker-archive"};
	assert_string_equal(policy_find(policy, &image)->transport, "docker-archive");
}

static bool matches(const char *identity, const char *image, const char *signed_as)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_policy_ Policy *policy = NULL;
	char text[512];
	DockerName name;
	DockerRef ref;

	(void)snprintf(text, sizeof text,
		"{\"default\": [{\"type\": \"sigstoreSigned\", \"keyPath\": \"/k\"%s%s}]}",
		*identity ? ", \"signedIdentity\": " : "", identity);
	policy = parsed(text);
	assert_int_equal(docker_ref_parse(image, &arena, &ref, NULL), 0);
	assert_int_equal(docker_name_of(&ref, &arena, &name), 0);
	return policy_identity_matches(
		&policy->rules[0].requirements[0].identity, &name, signed_as);
}

static void identities(void **state)
{
	static const struct {
		const char *identity, *image, *signed_as;
		bool matches;
	} cases[] = {
		/* What holds when nothing is said. */
		{"", "a.com/b:1", "a.com/b:1", true},
		{"", "a.com/b:1", "a.com/b:2", false},
		{"", "a.com/b:1", "a.com/b", false},
		{"", "a.com/b@sha256:" HEX, "a.com/b:2", true},
		{"", "a.com/b@sha256:" HEX, "a.com/c:2", false},
		{"", "a.com/b@sha256:" HEX, "a.com/b", false},
		{"", "busybox", "index.docker.io/library/busybox:latest", true},
		{"", "a.com/b:1", "", false},
		{"", "a.com/b:1", "A B", false},
		{"{\"type\": \"matchExact\"}", "a.com/b:1", "a.com/b:1", true},
		{"{\"type\": \"matchExact\"}", "a.com/b@sha256:" HEX, "a.com/b:1", false},
		{"{\"type\": \"matchExact\"}", "a.com/b@sha256:" HEX, "a.com/b@sha256:" HEX, true},
		{"{\"type\": \"matchExact\"}", "a.com/b", "a.com/b", false},
		{"{\"type\": \"matchRepository\"}", "a.com/b:1", "a.com/b", true},
		{"{\"type\": \"matchRepository\"}", "a.com/b:1", "a.com/b:2", true},
		{"{\"type\": \"matchRepository\"}", "a.com/b:1", "a.com/bc", false},
		{"{\"type\": \"matchRepository\"}", "a.com:5000/b:1", "a.com:5000/b", true},
		{"{\"type\": \"matchRepository\"}", "busybox", "index.docker.io/library/busybox",
			true},
		{"{\"type\": \"exactReference\", \"dockerReference\": \"x.com/y:3\"}", "a.com/b:1",
			"x.com/y:3", true},
		{"{\"type\": \"exactReference\", \"dockerReference\": \"x.com/y:3\"}", "a.com/b:1",
			"x.com/y", false},
		{"{\"type\": \"exactReference\", \"dockerReference\": \"x.com/y:3\"}", "a.com/b:1",
			"a.com/b:1", false},
		{"{\"type\": \"exactRepository\", \"dockerRepository\": \"x.com/y\"}", "a.com/b:1",
			"x.com/y:7", true},
		{"{\"type\": \"exactRepository\", \"dockerRepository\": \"x.com/y\"}", "a.com/b:1",
			"a.com/b:1", false},
		{"{\"type\": \"remapIdentity\", \"prefix\": \"a.com/m\", \"signedPrefix\": "
		 "\"x.com\"}",
			"a.com/m/b:1", "x.com/b:1", true},
		{"{\"type\": \"remapIdentity\", \"prefix\": \"a.com/m\", \"signedPrefix\": "
		 "\"x.com\"}",
			"a.com/m/b:1", "a.com/m/b:1", false},
		{"{\"type\": \"remapIdentity\", \"prefix\": \"a.com/m\", \"signedPrefix\": "
		 "\"x.com\"}",
			"a.com/mb/b:1", "x.comb/b:1", false},
		{"{\"type\": \"remapIdentity\", \"prefix\": \"a.com/m\", \"signedPrefix\": "
		 "\"x.com\"}",
			"a.com/other:1", "a.com/other:1", true},
		{"{\"type\": \"remapIdentity\", \"prefix\": \"a.com/m\", \"signedPrefix\": "
		 "\"x.com/y\"}",
			"a.com/m:1", "x.com/y:1", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (matches(cases[i].identity, cases[i].image, cases[i].signed_as) !=
			cases[i].matches)
			fail_msg("%s: %s signed as \"%s\"", cases[i].identity, cases[i].image,
				cases[i].signed_as);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents),
		cmocka_unit_test(requirements),
		cmocka_unit_test(what_only_others_can_check),
		cmocka_unit_test(scopes_of_registries),
		cmocka_unit_test(scopes_of_directories),
		cmocka_unit_test(scopes_that_nothing_has),
		cmocka_unit_test(identities),
	};

	return cmocka_run_group_tests_name("trust/policy", tests, NULL, NULL);
}
