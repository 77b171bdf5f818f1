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

	cosign_tag(DIGEST, tag);
	assert_string_equal(
		tag, "sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.sig");
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
	assert_string_equal(found.items[0].digest, DIGEST);
	assert_string_equal(found.items[0].signature, "c2ln");
	assert_int_equal(found.items[1].size, 65536);
	assert_int_equal(cosign_signatures_parse("{}", 2, &arena, &found, NULL), 0);
	assert_int_equal(found.n, 0);
	assert_int_equal(cosign_signatures_parse("{", 1, &arena, &found, NULL), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags),
		cmocka_unit_test(payloads),
		cmocka_unit_test(manifests),
	};

	return cmocka_run_group_tests_name("trust/cosign", tests, NULL, NULL);
}
