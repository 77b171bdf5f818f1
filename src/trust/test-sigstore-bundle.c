/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/sigstore-bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/cleanup.h"

#define BUNDLE(rest) "{\"mediaType\": \"application/vnd.dev.sigstore.bundle.v0.3+json\"" rest "}"
#define ENVELOPE(type, signatures)                                                                 \
	", \"dsseEnvelope\": {\"payload\": \"cGF5\", \"payloadType\": \"" type                     \
	"\", \"signatures\": [" signatures "]}"
#define STATEMENT "application/vnd.in-toto+json"
#define MESSAGE   ", \"messageSignature\": {\"signature\": \"c2ln\"}"

static void bundles(void **state)
{
	static const char envelope[] = BUNDLE(ENVELOPE(STATEMENT, "{\"sig\": \"c2ln\"}"));
	static const char message[] = BUNDLE(MESSAGE);
	static const char chain[] =
		BUNDLE(MESSAGE ", \"verificationMaterial\": {\"x509CertificateChain\": {}}");
	_cleanup_(arena_done) Arena arena = {0};
	SigstoreBundle bundle;

	assert_int_equal(
		sigstore_bundle_parse(envelope, strlen(envelope), &arena, &bundle, NULL), 0);
	assert_int_equal(bundle.content, SIGSTORE_STATEMENT);
	assert_string_equal(bundle.payload, "cGF5");
	assert_string_equal(bundle.signature, "c2ln");
	assert_int_equal(sigstore_bundle_parse(message, strlen(message), &arena, &bundle, NULL), 0);
	assert_int_equal(bundle.content, SIGSTORE_MESSAGE);
	assert_string_equal(bundle.signature, "c2ln");
	assert_int_equal(sigstore_bundle_parse(chain, strlen(chain), &arena, &bundle, NULL), 0);
	assert_int_equal(bundle.content, SIGSTORE_KEYLESS);
}

static void what_is_no_bundle(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{}", "it is no sigstore bundle of a version that is known"},
		{"{\"mediaType\": \"application/vnd.dev.sigstore.bundle.v0.4+json\"" MESSAGE "}",
			"it is no sigstore bundle of a version that is known"},
		{BUNDLE(""), "the bundle has to have one envelope or one message"},
		{BUNDLE(MESSAGE ENVELOPE(STATEMENT, "{\"sig\": \"c2ln\"}")),
			"the bundle has to have one envelope or one message"},
		{BUNDLE(ENVELOPE("text/plain", "{\"sig\": \"c2ln\"}")),
			"the bundle is that of something else than a statement"},
		{BUNDLE(ENVELOPE(STATEMENT, "")), "the bundle has to have one signature"},
		{BUNDLE(ENVELOPE(STATEMENT, "{\"sig\": \"c2ln\"}, {\"sig\": \"c2ln\"}")),
			"the bundle has to have one signature"},
		{BUNDLE(ENVELOPE(STATEMENT, "{}")), "the bundle has no signature"},
		{BUNDLE(", \"messageSignature\": {}"), "the bundle has no signature"},
		{BUNDLE(", \"dsseEnvelope\": {\"payloadType\": \"" STATEMENT
			"\", \"signatures\": [{\"sig\": \"c2ln\"}]}"),
			"the bundle has no statement"},
	};
	_cleanup_(arena_done) Arena arena = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SigstoreBundle bundle;
		Error err = ERROR_INIT;

		assert_int_equal(sigstore_bundle_parse(cases[i].text, strlen(cases[i].text), &arena,
					 &bundle, &err),
			-EINVAL);
		assert_string_equal(err.frames[0].text, cases[i].message);
	}
}

/* The example of DSSE's specification, with in-toto's type. */
static void signed_text(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	assert_int_equal(sigstore_statement_signed("hello world", 11, &text, &len), 0);
	assert_string_equal(text, "DSSEv1 28 application/vnd.in-toto+json 11 hello world");
	assert_int_equal(len, strlen(text));
}

#define SIGNED                                                                                     \
	"{\"_type\": \"https://in-toto.io/Statement/v1\", \"predicateType\": "                     \
	"\"https://sigstore.dev/cosign/sign/v1\", \"predicate\": {}, \"subject\": "

static int parse(const char *text, Arena *arena, SigstoreStatement *ret, Error *err)
{
	return sigstore_statement_parse(text, strlen(text), "sha256:b", arena, ret, err);
}

static void statements(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	SigstoreStatement statement;

	assert_int_equal(parse(SIGNED "[{\"digest\": {\"sha256\": \"a\"}, \"name\": \"x\"}, "
				      "{\"digest\": {\"sha256\": \"b\", \"sha1\": \"c\"}}, "
				      "{\"digest\": {\"sha256\": \"c\"}}]}",
				 &arena, &statement, NULL),
		0);
	assert_string_equal(statement.digest, "sha256:b");
	assert_null(statement.name);
	assert_int_equal(parse(SIGNED "[{\"digest\": {\"sha256\": \"a\"}, \"name\": \"x\"}]}",
				 &arena, &statement, NULL),
		0);
	assert_string_equal(statement.digest, "sha256:a");
	assert_string_equal(statement.name, "x");
	assert_int_equal(
		parse(SIGNED "[{\"digest\": {\"sha512\": \"b\"}}]}", &arena, &statement, NULL), 0);
	assert_string_equal(statement.digest, "");
}

static void what_is_no_signature(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{}", "what was signed is no statement of a kind that is known"},
		{"{\"_type\": \"https://in-toto.io/Statement/v2\", \"predicateType\": "
		 "\"https://sigstore.dev/cosign/sign/v1\"}",
			"what was signed is no statement of a kind that is known"},
		{"{\"_type\": \"https://in-toto.io/Statement/v1\", \"predicateType\": "
		 "\"https://slsa.dev/provenance/v1\", \"subject\": [{\"digest\": {\"sha256\": "
		 "\"b\"}}]}",
			"what was signed is a statement about the image, "
			"\"https://slsa.dev/provenance/v1\", and not the image"},
		{SIGNED "[]}", "what was signed names no image"},
	};
	_cleanup_(arena_done) Arena arena = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SigstoreStatement statement;
		Error err = ERROR_INIT;

		assert_int_equal(parse(cases[i].text, &arena, &statement, &err), -EINVAL);
		assert_string_equal(err.frames[0].text, cases[i].message);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundles),
		cmocka_unit_test(what_is_no_bundle),
		cmocka_unit_test(signed_text),
		cmocka_unit_test(statements),
		cmocka_unit_test(what_is_no_signature),
	};

	return cmocka_run_group_tests_name("trust/sigstore-bundle", tests, NULL, NULL);
}
