/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/cosign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/cleanup.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void tags(void **state)
{
	char tag[COSIGN_TAG_MAX];

	cosign_tag(DIGEST, ".sig", tag);
	assert_string_equal(
		tag, "sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.sig");
	cosign_tag(DIGEST, "", tag);
	assert_string_equal(
		tag, "sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
}

#define PAYLOAD(critical, rest)                                                                    \
	"{\"critical\": {\"identity\": {\"docker-reference\": \"a.com/b\"}, \"image\": "           \
	"{\"docker-manifest-digest\": \"" DIGEST                                                   \
	"\"}, \"type\": \"cosign container image signature\"" critical "}" rest "}"

static int parse(const char *text, CosignPayload *ret, Arena *arena)
{
	return cosign_payload_parse(text, strlen(text), arena, ret, NULL);
}

static void payloads(void **state)
{
	static const char *const good[] = {PAYLOAD("", ""), PAYLOAD("", ", \"optional\": null"),
		PAYLOAD("", ", \"optional\": {\"creator\": \"x\", \"timestamp\": 1}")};
	static const char *const bad[] = {"", "{}", "[]", "{\"critical\": 1}",
		PAYLOAD(", \"more\": 1", ""), PAYLOAD("", ", \"more\": 1"),
		PAYLOAD(", \"type\": \"cosign container image signature\"", ""),
		"{\"critical\": {\"identity\": {\"docker-reference\": \"a.com/b\"}, \"image\": "
		"{\"docker-manifest-digest\": \"" DIGEST "\"}, \"type\": \"atomic container "
		"signature\"}}",
		"{\"critical\": {\"identity\": {}, \"image\": {\"docker-manifest-digest\": "
		"\"" DIGEST "\"}, \"type\": \"cosign container image signature\"}}",
		"{\"critical\": {\"identity\": {\"docker-reference\": \"a.com/b\"}, \"image\": "
		"{\"docker-manifest-digest\": 1}, \"type\": \"cosign container image "
		"signature\"}}"};
	_cleanup_(arena_done) Arena arena = {0};
	CosignPayload payload;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(parse(good[i], &payload, &arena), 0);
		assert_string_equal(payload.manifest_digest, DIGEST);
		assert_string_equal(payload.reference, "a.com/b");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(parse(bad[i], &payload, &arena), -EINVAL);
}

#define LAYER(type, digest, size, annotations)                                                     \
	"{\"mediaType\": \"" type "\", \"digest\": \"" digest "\", \"size\": " size                \
	", \"annotations\": " annotations "}"
#define SIMPLE "application/vnd.dev.cosign.simplesigning.v1+json"
#define SIGNED "{\"dev.cosignproject.cosign/signature\": \"c2ln\"}"

static void manifests(void **state)
{
	static const char text[] = "{\"layers\": [" LAYER(SIMPLE, DIGEST, "10", SIGNED) ", " LAYER(
		"text/plain", DIGEST, "10", SIGNED) ", " LAYER(SIMPLE, "sha256:1", "10",
		SIGNED) ", " LAYER(SIMPLE, DIGEST, "65537", SIGNED) ", " LAYER(SIMPLE, DIGEST, "-1",
		SIGNED) ", " LAYER(SIMPLE, DIGEST, "10", "{}") ", 1, " LAYER(SIMPLE, DIGEST,
		"65536", SIGNED) "]}";
	_cleanup_(arena_done) Arena arena = {0};
	CosignSignatures found;

	assert_int_equal(cosign_signatures_parse(text, strlen(text), &arena, &found, NULL), 0);
	assert_int_equal(found.n, 2);
	assert_string_equal(found.items[0].blob.digest, DIGEST);
	assert_string_equal(found.items[0].signature, "c2ln");
	assert_int_equal(found.items[1].blob.size, 65536);
	assert_null(found.subject);
	assert_int_equal(cosign_signatures_parse("{}", 2, &arena, &found, NULL), 0);
	assert_int_equal(found.n, 0);
	assert_int_equal(cosign_signatures_parse("{", 1, &arena, &found, NULL), -EINVAL);
}

#define BUNDLE "application/vnd.dev.sigstore.bundle.v0.3+json"

static void manifests_with_bundles(void **state)
{
	static const char text[] =
		"{\"subject\": {\"digest\": \"" DIGEST "\"}, \"layers\": [" LAYER(BUNDLE, DIGEST,
			"262144", "{}") ", " LAYER(BUNDLE, DIGEST, "262145", "{}") "]}";
	_cleanup_(arena_done) Arena arena = {0};
	CosignSignatures found;

	assert_int_equal(cosign_signatures_parse(text, strlen(text), &arena, &found, NULL), 0);
	assert_int_equal(found.n, 1);
	assert_null(found.items[0].signature);
	assert_string_equal(found.subject, DIGEST);
}

#define MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define ENTRY(size, more)                                                                          \
	"{\"mediaType\": \"" MANIFEST "\", \"digest\": \"" DIGEST "\", \"size\": " size more "}"
#define KIND(type) ", \"artifactType\": \"" type "\""
#define PREDICATE(predicate)                                                                       \
	", \"annotations\": {\"dev.sigstore.bundle.predicateType\": \"" predicate "\"}"

static void referrers(void **state)
{
	static const char text[] = "{\"manifests\": [" ENTRY("1", "") ", " ENTRY(
		"2", KIND(BUNDLE)) ", " ENTRY("3", KIND("application/spdx+json")) ", " ENTRY("4",
		KIND(BUNDLE) PREDICATE("https://slsa.dev/provenance/v1")) ", " ENTRY("5",
		KIND(BUNDLE) PREDICATE("https://sigstore.dev/cosign/sign/v1")) ", " ENTRY("6",
		KIND("application/vnd.dev.cosign.artifact.sig.v1+json")) ", " ENTRY("0",
		"") ", 1, "
		    "{\"mediaType\": \"application/vnd.oci.image.index.v1+json\", \"digest\": "
		    "\"" DIGEST "\", \"size\": 7}]}";
	static const int64_t sizes[] = {1, 2, 5, 6};
	_cleanup_(arena_done) Arena arena = {0};
	CosignReferrers found;

	assert_int_equal(cosign_referrers_parse(text, strlen(text), &arena, &found, NULL), 0);
	assert_int_equal(found.n, ARRAY_LEN(sizes));
	for (size_t i = 0; i < found.n; i++)
		assert_int_equal(found.items[i].size, sizes[i]);
	assert_int_equal(cosign_referrers_parse("[]", 2, &arena, &found, NULL), 0);
	assert_int_equal(found.n, 0);
	assert_int_equal(cosign_referrers_parse("<", 1, &arena, &found, NULL), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags),
		cmocka_unit_test(payloads),
		cmocka_unit_test(manifests),
		cmocka_unit_test(manifests_with_bundles),
		cmocka_unit_test(referrers),
	};

	return cmocka_run_group_tests_name("trust/cosign", tests, NULL, NULL);
}
