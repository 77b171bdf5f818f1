/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/aws-signature.h"

#include "fetch/aws-region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* The key, the time and the requests of the examples in "Authenticating Requests: Using the
 * Authorization Header (AWS Signature Version 4)", Amazon S3 API reference: those that sign just
 * the headers that are signed here. */
static const AwsKey key = {
	"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"};
#define NOW 1369353600 /* 20130524T000000Z */

static void check(const char *url, const char *region, const char *signature)
{
	_cleanup_credential_headers_ CredentialHeaders headers = {{NULL}};
	AwsKey with = key;

	with.region = region;
	assert_int_equal(aws_sign(&with, "GET", url, NOW, &headers, NULL), 0);
	assert_string_equal(headers.lines[0],
		"x-amz-content-sha256: "
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(headers.lines[1], "x-amz-date: 20130524T000000Z");
	assert_null(headers.lines[3]);
	assert_non_null(strstr(headers.lines[2],
		"Authorization: AWS4-HMAC-SHA256 "
		"Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="));
	assert_string_equal(strstr(headers.lines[2], "Signature=") + 10, signature);
}

#define LIFECYCLE "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
#define LIST      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"

static void published_examples(void **state)
{
	check("https://examplebucket.s3.amazonaws.com/?lifecycle", "us-east-1", LIFECYCLE);
	check("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", "us-east-1", LIST);
}

static void region_is_guessed(void **state)
{
	check("https://examplebucket.s3.amazonaws.com/?lifecycle", "", LIFECYCLE);
}

/* Other spellings of the same request. */
static void canonical_form(void **state)
{
	static const char *const urls[] = {
		"https://examplebucket.s3.amazonaws.com?prefix=J&max-keys=2",
		"https://examplebucket.s3.amazonaws.com:443/?prefix=%4a&max%2dkeys=2",
		"https://user@examplebucket.s3.amazonaws.com/?&max-keys=2&&prefix=J#part",
	};

	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		check(urls[i], "us-east-1", LIST);
}

static const char *signature_of(const char *method, const char *url, CredentialHeaders *headers)
{
	assert_int_equal(aws_sign(&key, method, url, NOW, headers, NULL), 0);
	return strstr(headers->lines[2], "Signature=");
}

static void expect_same(const char *one, const char *other, bool same)
{
	_cleanup_credential_headers_ CredentialHeaders a = {{NULL}}, b = {{NULL}};
	const char *x = signature_of("GET", one, &a), *y = signature_of("GET", other, &b);

	assert_int_equal(streq(x, y), same);
}

static void paths_and_parameters(void **state)
{
	expect_same("https://h/a b/c", "https://h/a%20b/c", true);
	expect_same("https://h/a+b", "https://h/a%2bb", true);
	expect_same("https://h/a+b", "https://h/a%20b", false);
	expect_same("https://h/?a=b+c", "https://h/?a=b%20c", true);
	expect_same("https://h/a/b", "https://h/a%2Fb", true);
	expect_same("https://h/?a=b/c", "https://h/?a=b%2Fc", true);
	expect_same("https://h/%zz", "https://h/%25zz", true);
	expect_same("https://h/a%", "https://h/a%25", true);
	expect_same("https://h/%00", "https://h/", false);
	expect_same("https://h/?a-b=1&a=2", "https://h/?a=2&a-b=1", true);
	expect_same("https://h/?a=2&a=1", "https://h/?a=1&a=2", true);
	expect_same("https://h/?a", "https://h/?a=", true);
	expect_same("https://h:8443/", "https://h/", false);
	expect_same("https://H/", "https://h/", false);
	expect_same("http://h:80/", "http://h/", true);
	expect_same("http://h:443/", "http://h/", false);
}

static void refused_urls(void **state)
{
	CredentialHeaders headers = {{NULL}};

	assert_int_equal(aws_sign(&key, "GET", "examplebucket/", NOW, &headers, NULL), -EINVAL);
	assert_int_equal(aws_sign(&key, "GET", "https:///x", NOW, &headers, NULL), -EINVAL);
	assert_null(headers.lines[0]);
}

static void regions(void **state)
{
	static const struct {
		const char *host, *region;
	} rows[] = {
		{"example.com", "us-east-1"},
		{"s3.eu-west-1.example.com", "us-east-1"},
		{"amazonaws.com", "us-east-1"},
		{"s3.amazonaws.com", "us-east-1"},
		{"bucket.s3.amazonaws.com:443", "us-east-1"},
		{"s3-external-1.amazonaws.com", "us-east-1"},
		{"bucket.s3-external-1.amazonaws.com", "us-east-1"},
		{"s3-eu-west-1.amazonaws.com", "eu-west-1"},
		{"a.bucket.S3-EU-West-1.AmazonAWS.com:8443", "eu-west-1"},
		{"s3.eu-central-1.amazonaws.com", "eu-central-1"},
		{"a.bucket.s3.eu-central-1.amazonaws.com", "eu-central-1"},
		{"bucket.xs3.eu-central-1.amazonaws.com", "us-east-1"},
		{"s3-.amazonaws.com", "us-east-1"},
		{"ec2.eu-central-1.amazonaws.com", "us-east-1"},
		{".amazonaws.com", "us-east-1"},
		{"s3..amazonaws.com", "us-east-1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char buf[AWS_REGION_MAX];

		assert_string_equal(
			aws_region_of(rows[i].host, strlen(rows[i].host), buf), rows[i].region);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_examples),
		cmocka_unit_test(region_is_guessed),
		cmocka_unit_test(canonical_form),
		cmocka_unit_test(paths_and_parameters),
		cmocka_unit_test(refused_urls),
		cmocka_unit_test(regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
