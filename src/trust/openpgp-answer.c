/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/openpgp-answer.h"

#include "base/utf8.h"

#define LINES_MAX 10000

void openpgp_key_done(OpenpgpKey *key)
{
	for (size_t i = 0; i < key->n_identities; i++)
		free(key->identities[i]);
	free(key->identities);
	free(key->subkeys);
	free(key->flaw);
	*key = (OpenpgpKey){0};
}

/* Whether the character at s (len bytes) would do something to a terminal. */
static bool is_control(const unsigned char *s, size_t len)
{
	if (len == 1)
		return s[0] < 0x20 || s[0] == 0x7f;
	return len == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static void make_printable(char *s)
{
	size_t rest = strlen(s), len;

	for (; rest > 0; s += len, rest -= len) {
		len = utf8_char(s, rest);
		if (len > 0 && !is_control((unsigned char *)s, len))
			continue;
		len = MAX(len, (size_t)1);
		memset(s, '?', len);
	}
}

/* Takes the next line off *text: its first word, and behind one blank its value. NULL at the end.
 */
static const char *next_line(char **text, const char **ret_value)
{
	char *line = *text, *end = strchr(line, '\n'), *blank;

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	make_printable(line);
	blank = strchr(line, ' ');
	if (blank)
		*blank = '\0';
	*ret_value = blank ? blank + 1 : "";
	return line;
}

static int no_answer(Error *err)
{
	return fail(err, -EPROTO, "rkt-openpgp gave no answer that makes sense");
}

static int add_subkey(OpenpgpKey *key, const char *fingerprint, Error *err)
{
	void *grown;

	if (!key_fingerprint_valid(fingerprint))
		return no_answer(err);
	grown = realloc(key->subkeys, (key->n_subkeys + 1) * sizeof *key->subkeys);
	if (!grown)
		return fail_oom(err);
	key->subkeys = grown;
	memcpy(key->subkeys[key->n_subkeys++], fingerprint, sizeof *key->subkeys);
	return 0;
}

static int add_identity(OpenpgpKey *key, const char *text, Error *err)
{
	char **grown = realloc(key->identities, (key->n_identities + 1) * sizeof *grown);

	if (!grown)
		return fail_oom(err);
	key->identities = grown;
	grown[key->n_identities] = strdup(text);
	if (!grown[key->n_identities])
		return fail_oom(err);
	key->n_identities++;
	return 0;
}

static int set_flaw(OpenpgpKey *key, const char *text, Error *err)
{
	if (key->flaw)
		return no_answer(err);
	key->flaw = strdup(text);
	return key->flaw ? 0 : fail_oom(err);
}

static int add_line(OpenpgpKey *key, const char *word, const char *value, Error *err)
{
	if (key->n_subkeys + key->n_identities >= LINES_MAX)
		return no_answer(err);
	if (streq(word, "subkey"))
		return add_subkey(key, value, err);
	if (streq(word, "identity"))
		return add_identity(key, value, err);
	if (streq(word, "flaw"))
		return set_flaw(key, value, err);
	if (!streq(word, "fingerprint") || key->fingerprint[0] || !key_fingerprint_valid(value))
		return no_answer(err);
	memcpy(key->fingerprint, value, sizeof key->fingerprint);
	return 0;
}

/* The lines from text on, which all belong to a key. */
static int read_key(char *text, OpenpgpKey *key, Error *err)
{
	const char *word, *value;
	int r = 0;

	while (r == 0 && (word = next_line(&text, &value)))
		r = add_line(key, word, value, err);
	return r;
}

/* "error" and "hint" may stand behind what was said before the failure. */
static int find_error(char *text, Error *err)
{
	char *line = startswith(text, "error ") ? text : strstr(text, "\nerror ");
	const char *value, *hint;

	if (!line)
		return 0;
	line += *line == '\n';
	if (!next_line(&line, &value))
		return no_answer(err);
	(void)fail(err, -EINVAL, "%s", value);
	if (startswith(line, "hint ") && next_line(&line, &hint))
		error_hint(err, "%s", hint);
	return -EINVAL;
}

/* Whether the answer is lines, and not that it failed. */
static int check(char *text, size_t len, Error *err)
{
	if (len == 0 || text[len - 1] != '\n' || memchr(text, '\0', len))
		return no_answer(err);
	return find_error(text, err);
}

int openpgp_answer_show(char *text, size_t len, OpenpgpKey *ret, Error *err)
{
	_cleanup_openpgp_key_ OpenpgpKey key = {0};
	int r = check(text, len, err);

	if (r == 0)
		r = read_key(text, &key, err);
	if (r == 0 && !key.fingerprint[0])
		r = no_answer(err);
	if (r < 0)
		return r;
	*ret = key;
	key = (OpenpgpKey){0};
	return 0;
}

static int rejected(const char *verdict, const char *detail, Error *err)
{
	if (streq(verdict, "bad"))
		return fail(err, -EKEYREJECTED,
			"openpgp: invalid signature: it is not that of this file by key %s",
			detail);
	if (streq(verdict, "expired"))
		return fail(err, -EKEYREJECTED,
			"openpgp: the signature or the key %s that made it has expired, "
			"or is not valid yet",
			detail);
	if (streq(verdict, "revoked"))
		return fail(err, -EKEYREJECTED, "openpgp: the key %s was revoked", detail);
	if (streq(verdict, "weak"))
		return fail(err, -EKEYREJECTED,
			"openpgp: the signature uses the hash %s, which is not safe any more",
			detail);
	return no_answer(err);
}

int openpgp_answer_verify(char *text, size_t len, OpenpgpKey *ret, Error *err)
{
	_cleanup_openpgp_key_ OpenpgpKey key = {0};
	const char *word, *value;
	int r = check(text, len, err);

	if (r < 0)
		return r;
	word = next_line(&text, &value);
	if (word && streq(word, "unknown"))
		return OPENPGP_UNKNOWN;
	if (!word || !streq(word, "good"))
		return word ? rejected(word, value, err) : no_answer(err);
	r = read_key(text, &key, err);
	if (r < 0)
		return r;
	*ret = key;
	key = (OpenpgpKey){0};
	return OPENPGP_GOOD;
}
