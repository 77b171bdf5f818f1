/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/sigstore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "fetch/base64.h"

/* Signatures that cosign 1.9 and skopeo 1.9 have made, as the project containers/image publishes
 * them. */
static const char key_pem[] = "-----BEGIN PUBLIC KEY-----\n"
			      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFNLqFhf4fiN6o/glAuYnq2jYUeL0\n"
			      "vRuLu/z39pmbVwS9ff5AYnlwaP9sxREajdLY9ynM6G1sy6AAmb7Z63TsLg==\n"
			      "-----END PUBLIC KEY-----\n";

#define DIGEST "sha256:634a8f35b5f16dcf4aaa0822adc0b1964bb786fca12f6831de8ddc45e5986a00"
#define PAYLOAD(name, optional)                                                                    \
	"{\"critical\":{\"identity\":{\"docker-reference\":\"192.168.64.2:5000/" name              \
	"\"},\"image\":{\"docker-manifest-digest\":\"" DIGEST                                      \
	"\"},\"type\":\"cosign container image signature\"},\"optional\":" optional "}"

static const struct {
	const char *payload, *signature;
} by_cosign = {PAYLOAD("cosign-signed-single-sample", "null"),
	"MEYCIQDmtamqYPjMg81nqeBhptrPls44aA/r7PwLmspINJY4MwIhANKRpqe2E9UCBtGFdPoz/8jAbaQm4uP4h+"
	"IpwKTE6ClR"},
  by_skopeo = {PAYLOAD("skopeo-signed:tag",
		       "{\"creator\":\"containers/image 5.21.2-dev\",\"timestamp\":1657296609}"),
	  "MEUCIAhoI92AgO+sWjr6N+QjEDQE9Wwg1oaDDcaJIlALUqRlAiEA9+iphb/7b5T13Wy7KnlXMUM17uYTgEkUl9"
	  "7pu3GD/5M="},
  by_a_stranger = {PAYLOAD("cosign-signed-single-sample", "null"),
	  "MEQCIH9Tuia53Kf88YlZ5GJY6vTykz3q69SW7Z2+ZUaWJXCYAiBL3pO+RsiJLHywzdbpQmMSjrzACeDs6MhT5P8"
	  "GQw2jAw=="};

static int judge(const char *payload, const char *signature, PolicyIdentityKind kind,
	const char *tag, const char *digest)
{
	_cleanup_free_ char *data = NULL;
	const char *items[1], *key = NULL;
	PolicyRequirement requirement = {.kind = POLICY_SIGSTORE,
		.key_data = {.items = items, .n = 1},
		.identity = {.kind = kind}};
	DockerName name = {
		.repository = "192.168.64.2:5000/cosign-signed-single-sample", .tag = tag};

	if (strstr(payload, "skopeo"))
		name.repository = "192.168.64.2:5000/skopeo-signed";
	assert_int_equal(base64_encode(key_pem, strlen(key_pem), &data), 0);
	items[0] = data;
	return sigstore_judge(
		&requirement, &name, digest, payload, strlen(payload), signature, &key, NULL);
}

static void published_signatures(void **state)
{
	assert_int_equal(
		judge(by_cosign.payload, by_cosign.signature, IDENTITY_REPOSITORY, "1", DIGEST),
		SIGSTORE_GOOD);
	assert_int_equal(judge(by_skopeo.payload, by_skopeo.signature,
				 IDENTITY_REPO_DIGEST_OR_EXACT, "tag", DIGEST),
		SIGSTORE_GOOD);
	assert_int_equal(judge(by_skopeo.payload, by_skopeo.signature,
				 IDENTITY_REPO_DIGEST_OR_EXACT, "other", DIGEST),
		SIGSTORE_OTHER_NAME);
	assert_int_equal(judge(by_cosign.payload, by_cosign.signature,
				 IDENTITY_REPO_DIGEST_OR_EXACT, "1", DIGEST),
		SIGSTORE_OTHER_NAME);
	assert_int_equal(judge(by_a_stranger.payload, by_a_stranger.signature, IDENTITY_REPOSITORY,
				 "1", DIGEST),
		SIGSTORE_OTHER_KEY);
}

static void what_does_not_fit(void **state)
{
	static const char other[] =
		"sha256:0000000000000000000000000000000000000000000000000000000000000000";
	static const char *const no_signatures[] = {"", "=", "?", "MEYC", "c2lnbmF0dXJl"};
	size_t len = strlen(by_cosign.payload);
	char changed[512];

	assert_int_equal(
		judge(by_cosign.payload, by_cosign.signature, IDENTITY_REPOSITORY, "1", other),
		SIGSTORE_OTHER_IMAGE);
	assert_int_equal(
		judge(by_cosign.payload, by_skopeo.signature, IDENTITY_REPOSITORY, "1", DIGEST),
		SIGSTORE_OTHER_KEY);
	for (size_t i = 0; i < ARRAY_LEN(no_signatures); i++)
		assert_int_equal(judge(by_cosign.payload, no_signatures[i], IDENTITY_REPOSITORY,
					 "1", DIGEST),
			SIGSTORE_OTHER_KEY);
	for (size_t i = 0; i < len; i++) {
		memcpy(changed, by_cosign.payload, len + 1);
		changed[i] ^= 1;
		assert_int_equal(
			judge(changed, by_cosign.signature, IDENTITY_REPOSITORY, "1", DIGEST),
			SIGSTORE_OTHER_KEY);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_signatures),
		cmocka_unit_test(what_does_not_fit),
	};

	return cmocka_run_group_tests_name("fetch/sigstore", tests, NULL, NULL);
}
