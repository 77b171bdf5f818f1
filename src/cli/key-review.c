/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key-review.h"

#include <ctype.h>
#include "base/log.h"

#define GROUP_LEN 4

/* "B346 E31D E7E3 C6F9 D1D4  603F 4DFB 61BF 8E2B EB7A" */
static void print_fingerprint(FILE *out, const char *title, const char *fingerprint)
{
	(void)fprintf(out, "%s", title);
	for (size_t i = 0; i < KEY_FINGERPRINT_LEN; i++) {
		if (i == KEY_FINGERPRINT_LEN / 2)
			(void)fputc(' ', out);
		if (i > 0 && i % GROUP_LEN == 0)
			(void)fputc(' ', out);
		(void)fputc(toupper((unsigned char)fingerprint[i]), out);
	}
	(void)fputc('\n', out);
}

static void show(const KeyReview *review, const OpenpgpKey *key)
{
	log_line("pubkey", "prefix: \"%s\"\nkey: \"%s\"", review->prefix, review->location);
	print_fingerprint(review->out, "gpg key fingerprint is: ", key->fingerprint);
	for (size_t i = 0; i < key->n_subkeys; i++)
		print_fingerprint(review->out, "    Subkey fingerprint: ", key->subkeys[i]);
	for (size_t i = 0; i < key->n_identities; i++)
		(void)fprintf(review->out, "\t%s\n", key->identities[i]);
	(void)fflush(review->out);
	if (key->flaw)
		log_line("pubkey", "warning: %s: what it has signed will not be accepted",
			key->flaw);
}

/* A line of stdin without its end, cut to what buf holds; false at the end of the input. */
static bool read_line(char *buf, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = getchar()) != EOF && c != '\n')
		if (n < size - 1)
			buf[n++] = (char)c;
	buf[n] = '\0';
	return c != EOF;
}

static int ask(FILE *out, Error *err)
{
	char answer[16];

	(void)fprintf(out, "Are you sure you want to trust this key (yes/no)?\n");
	for (;;) {
		(void)fflush(out);
		if (!read_line(answer, sizeof answer))
			return fail(err, -EIO, "there was no answer whether to trust the key");
		if (streq(answer, "yes"))
			return KEY_TRUSTED;
		if (streq(answer, "no"))
			return KEY_DECLINED;
		(void)fprintf(out, "Please enter 'yes' or 'no'\n");
	}
}

static int nobody_to_ask(const KeyReview *review, Error *err)
{
	(void)fail(err, -ENOTTY, "unable to ask whether to trust the key: %s a terminal",
		review->piped_stdin ? "stdin is not" : "neither stdin nor stderr is");
	if (review->prefix[0])
		error_hint(err,
			"\"rkt trust --prefix %s\" at a terminal asks, --skip-fingerprint-review "
			"does not, and --trust-keys-from-https does not for keys from https",
			review->prefix);
	else
		error_hint(err,
			"\"rkt trust --root\" at a terminal asks, --skip-fingerprint-review does "
			"not, and --trust-keys-from-https does not for keys from https");
	return -ENOTTY;
}

static bool can_ask(const KeyReview *review)
{
	return isatty(STDIN_FILENO) || (isatty(STDERR_FILENO) && !review->piped_stdin);
}

int key_review(const KeyReview *review, const OpenpgpKey *key, Error *err)
{
	int verdict = KEY_TRUSTED;

	show(review, key);
	if (!review->skip && !can_ask(review))
		return nobody_to_ask(review, err);
	if (!review->skip)
		verdict = ask(review->out, err);
	if (verdict == KEY_DECLINED)
		(void)fprintf(review->out, "not trusting \"%s\"\n", review->location);
	else if (verdict == KEY_TRUSTED)
		(void)fprintf(review->out,
			"Trusting \"%s\" for prefix \"%s\" %s fingerprint review.\n",
			review->location, review->prefix, review->skip ? "without" : "after");
	return verdict;
}
