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

/* The verdict on what was found by a subject of which only the digest counts. */
static int judge_found(const char *pem, PolicyIdentityKind kind, const DockerName *name,
	const SigstoreSubject *subject, const char *text, const char *signature, Error *err)
{
	_cleanup_free_ char *data = NULL, *copy = strdup(text);
	const char *items[1], *key = NULL;
	PolicyRequirement requirement = {.kind = POLICY_SIGSTORE,
		.key_data = {.items = items, .n = 1},
		.identity = {.kind = kind}};
	SigstoreFound found = {
		.subject = subject, .text = copy, .len = strlen(text), .signature = signature};

	assert_non_null(copy);
	assert_int_equal(base64_encode(pem, strlen(pem), &data), 0);
	items[0] = data;
	return sigstore_judge(&requirement, name, &found, &key, err);
}

static int judge(const char *payload, const char *signature, PolicyIdentityKind kind,
	const char *tag, const char *digest)
{
	const SigstoreSubject subject = {.digest = digest, .text = ""};
	DockerName name = {
		.repository = "192.168.64.2:5000/cosign-signed-single-sample", .tag = tag};

	if (strstr(payload, "skopeo"))
		name.repository = "192.168.64.2:5000/skopeo-signed";
	return judge_found(key_pem, kind, &name, &subject, payload, signature, NULL);
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

/* A bundle by cosign 3 and its signature of an image, as they were published. */
static const char image_key[] = "-----BEGIN PUBLIC KEY-----\n"
				"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoJmXprHRCRJdqHnRaPDkVssbQNO1\n"
				"is6XUr+/ApqnDi8HvBCRPbwU2P8jgkgtOOggNUf03tvJe0/9eZOb04aDbQ==\n"
				"-----END PUBLIC KEY-----\n";
#define IMAGE_DIGEST "sha256:5099b89d7666cc2186cad769ddc262ddc7c335b33f5fe79f9ffe50a01282b23e"
static const char image_bundle[] =
	"{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\", "
	"\"verificationMaterial\":{\"publicKey\":{\"hint\":"
	"\"h162TZsIBy5Y8U9qYWcmpVAp5dKpXhR7gnz8sNfZjV4=\"}}, \"dsseEnvelope\":{\"payload\":"
	"\"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCAic3ViamVjdCI6W3siZGlnZXN0Ijp7"
	"InNoYTI1NiI6IjUwOTliODlkNzY2NmNjMjE4NmNhZDc2OWRkYzI2MmRkYzdjMzM1YjMzZjVmZTc5ZjlmZmU1MGEwMT"
	"I4"
	"MmIyM2UifSwgImFubm90YXRpb25zIjp7fX1dLCAicHJlZGljYXRlVHlwZSI6Imh0dHBzOi8vc2lnc3RvcmUuZGV2L2"
	"Nv"
	"c2lnbi9zaWduL3YxIiwgInByZWRpY2F0ZSI6e319\", "
	"\"payloadType\":\"application/vnd.in-toto+json\", \"signatures\":[{\"sig\":"
	"\"MEUCIBs2jKDupMmrqsjzI3W2oiID2y0P7n4UKT/RZHFeUOuhAiEA4SWsNDZXQBFqaA1/npF+HOGAaG2iuA52mxgP"
	"FCpgQog=\"}]}}";

/* And its signature of a file: in a registry the manifest is the file. */
static const char file_key[] = "-----BEGIN PUBLIC KEY-----\n"
			       "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTRPXyZyWm2MFhyPWSaDLRUUphR/\n"
			       "liYwL4jbXuSfQOCVqzSavcPOA3t5/SEc/5dqmEw3ZxFX6D81iwVSfsmVrw==\n"
			       "-----END PUBLIC KEY-----\n";
static const char file_text[] = "abc  tool.tar.gz\n";
static const char file_bundle[] =
	"{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":"
	"{\"publicKey\":{\"hint\":\"fDk+PLNDNKP7F+htxGzR0HoZ0Pa/Lmss1TS4hn8oDd8=\"}},"
	"\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"digest\":"
	"\"iLztL7WfNjj0j1EYEnAfdoTR5iGEJCiLuqWIlEFZw44=\"},\"signature\":"
	"\"MEUCIHHPJvjyK8MIuCQT0FhPmn35E3PqzF+LxNhL7GV8EbvxAiEAx3dOKGEywHKaC6p34roxxfxR4JNfxZgjPbxa"
	"fFZALU4=\"}}";

static const DockerName some_name = {.repository = "example.com/app", .tag = "1"};

static int judge_bundle(
	const char *pem, const char *digest, const char *text, const char *bundle, Error *err)
{
	const SigstoreSubject subject = {.digest = digest, .text = text, .len = strlen(text)};

	return judge_found(pem, IDENTITY_DIGEST, &some_name, &subject, bundle, NULL, err);
}

static void published_bundles(void **state)
{
	assert_int_equal(
		judge_bundle(image_key, IMAGE_DIGEST, "", image_bundle, NULL), SIGSTORE_GOOD);
	assert_int_equal(
		judge_bundle(image_key, DIGEST, "", image_bundle, NULL), SIGSTORE_OTHER_IMAGE);
	assert_int_equal(
		judge_bundle(file_key, IMAGE_DIGEST, "", image_bundle, NULL), SIGSTORE_OTHER_KEY);
	assert_int_equal(
		judge_bundle(file_key, DIGEST, file_text, file_bundle, NULL), SIGSTORE_GOOD);
	assert_int_equal(judge_bundle(file_key, DIGEST, file_text + 1, file_bundle, NULL),
		SIGSTORE_OTHER_KEY);
	assert_int_equal(
		judge_bundle(image_key, DIGEST, file_text, file_bundle, NULL), SIGSTORE_OTHER_KEY);
}

/* Whatever byte of it is another one: no other image is signed by it. */
static void changed_bundles(void **state)
{
	char changed[sizeof image_bundle];

	for (size_t i = 0; i < sizeof image_bundle - 1; i++)
		for (int bit = 1; bit < 128; bit *= 2) {
			memcpy(changed, image_bundle, sizeof changed);
			changed[i] ^= (char)bit;
			if (changed[i] != '\0')
				assert_int_not_equal(
					judge_bundle(image_key, DIGEST, "", changed, NULL),
					SIGSTORE_GOOD);
		}
}

/* They name none, so that only a policy that does without a name accepts them. */
static void bundles_without_a_name(void **state)
{
	static const PolicyIdentityKind kinds[] = {IDENTITY_REPO_DIGEST_OR_EXACT, IDENTITY_EXACT,
		IDENTITY_REPOSITORY, IDENTITY_EXACT_REFERENCE, IDENTITY_EXACT_REPOSITORY,
		IDENTITY_REMAP};
	const SigstoreSubject subject = {.digest = IMAGE_DIGEST, .text = ""};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		Error err = ERROR_INIT;

		assert_int_equal(judge_found(image_key, kinds[i], &some_name, &subject,
					 image_bundle, NULL, &err),
			SIGSTORE_OTHER_NAME);
		assert_string_equal(err.frames[0].text,
			"it is signed without a name, which the policy does not accept for "
			"example.com/app");
	}
}

static void keyless_bundles(void **state)
{
	static const char bundle[] =
		"{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\","
		"\"verificationMaterial\":{\"publicKey\":{\"hint\":\"\"},\"certificate\":{"
		"\"rawBytes\":\"\"}},\"messageSignature\":{\"signature\":\"MEYC\"}}";
	Error err = ERROR_INIT;

	assert_int_equal(judge_bundle(image_key, DIGEST, "", bundle, &err), SIGSTORE_OTHER_KIND);
	assert_string_equal(err.frames[0].text,
		"it is signed by a certificate (keyless), which rkt cannot check");
	assert_int_equal(judge_bundle(image_key, DIGEST, "", "{}", NULL), SIGSTORE_OTHER_KIND);
	assert_int_equal(judge_bundle(image_key, DIGEST, "", "", NULL), SIGSTORE_OTHER_KIND);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_signatures),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(published_bundles),
		cmocka_unit_test(changed_bundles),
		cmocka_unit_test(bundles_without_a_name),
		cmocka_unit_test(keyless_bundles),
	};

	return cmocka_run_group_tests_name("fetch/sigstore", tests, NULL, NULL);
}
