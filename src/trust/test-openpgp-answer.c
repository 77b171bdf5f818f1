/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/openpgp-answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static int show(const char *answer, OpenpgpKey *ret, Error *err)
{
	_cleanup_free_ char *text = strdup(answer);

	assert_non_null(text);
	return openpgp_answer_show(text, strlen(text), ret, err);
}

static int verify(const char *answer, OpenpgpKey *ret, Error *err)
{
	_cleanup_free_ char *text = strdup(answer);

	assert_non_null(text);
	return openpgp_answer_verify(text, strlen(text), ret, err);
}

static void a_key(void **state)
{
	_cleanup_openpgp_key_ OpenpgpKey key = {0};

	assert_int_equal(show("fingerprint " A "\nflaw it has expired\nsubkey " B
			      "\nidentity Jo <jo@example.com>\n"
			      "identity \n",
				 &key, NULL),
		0);
	assert_string_equal(key.fingerprint, A);
	assert_string_equal(key.flaw, "it has expired");
	assert_int_equal(key.n_subkeys, 1);
	assert_string_equal(key.subkeys[0], B);
	assert_int_equal(key.n_identities, 2);
	assert_string_equal(key.identities[0], "Jo <jo@example.com>");
	assert_string_equal(key.identities[1], "");
}

static void identities_do_nothing_to_a_terminal(void **state)
{
	_cleanup_openpgp_key_ OpenpgpKey key = {0};

	assert_int_equal(show("fingerprint " A "\nidentity \x1b[2J\r\x7f \xc2\x9b \xc3\xa4 \xff\n",
				 &key, NULL),
		0);
	assert_string_equal(key.identities[0], "?[2J?? ?? \xc3\xa4 ?");
}

static void a_failure(void **state)
{
	OpenpgpKey key = {0};
	Error err = ERROR_INIT;

	assert_int_equal(show("error the file is no key\nhint make one\n", &key, &err), -EINVAL);
	assert_string_equal(err.frames[0].text, "the file is no key");
	assert_string_equal(err.hint, "make one");
	assert_int_equal(show("fingerprint " A "\nerror no subkey\n", &key, &err), -EINVAL);
	assert_string_equal(err.frames[0].text, "no subkey");
}

static void no_answers(void **state)
{
	static const char *const answers[] = {"", "\n", "fingerprint " A, "fingerprint\n",
		"fingerprint " A "0\n", "fingerprint AAAA\n", "identity x\n",
		"fingerprint " A "\nfingerprint " B "\n", "fingerprint " A "\nsubkey /etc\n",
		"fingerprint " A "\nshell x\n", "fingerprint " A "\nflaw x\nflaw y\n"};
	OpenpgpKey key = {0};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		assert_int_equal(show(answers[i], &key, NULL), -EPROTO);
	assert_int_equal(verify("excellent x\n", &key, NULL), -EPROTO);
	assert_int_equal(verify("good " A "\nverdict x\n", &key, NULL), -EPROTO);
	assert_int_equal(verify("", &key, NULL), -EPROTO);
	assert_int_equal(openpgp_answer_show((char[]){"x\0\n"}, 3, &key, NULL), -EPROTO);
	assert_null(key.identities);
}

static void signatures(void **state)
{
	static const struct {
		const char *answer, *reason;
	} rejected[] = {
		{"bad " A "\n", "invalid signature"},
		{"expired " A "\n", "has expired"},
		{"revoked " A "\n", "was revoked"},
		{"weak SHA1\n", "hash SHA1"},
	};
	_cleanup_openpgp_key_ OpenpgpKey key = {0};
	Error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(rejected); i++) {
		assert_int_equal(verify(rejected[i].answer, &key, &err), -EKEYREJECTED);
		assert_non_null(strstr(err.frames[0].text, rejected[i].reason));
	}
	assert_int_equal(verify("unknown 0123456789ABCDEF\n", &key, NULL), OPENPGP_UNKNOWN);
	assert_int_equal(key.n_identities, 0);
	assert_int_equal(verify("good " A "\nidentity Jo\n", &key, NULL), OPENPGP_GOOD);
	assert_int_equal(key.n_identities, 1);
	assert_string_equal(key.identities[0], "Jo");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key),
		cmocka_unit_test(identities_do_nothing_to_a_terminal),
		cmocka_unit_test(a_failure),
		cmocka_unit_test(no_answers),
		cmocka_unit_test(signatures),
	};

	return cmocka_run_group_tests_name("trust/openpgp-answer", tests, NULL, NULL);
}
