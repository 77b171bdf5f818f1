/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/insecure.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

const char insecure_words[] = "none image tls ondisk http pubkey capabilities paths seccomp "
			      "all-fetch all-run all";

static const struct {
	const char *name;
	unsigned bits;
} words[] = {
	{"none", INSECURE_NONE},
	{"image", INSECURE_IMAGE},
	{"tls", INSECURE_TLS},
	{"ondisk", INSECURE_ONDISK},
	{"http", INSECURE_HTTP},
	{"pubkey", INSECURE_PUBKEY},
	{"capabilities", INSECURE_CAPABILITIES},
	{"paths", INSECURE_PATHS},
	{"seccomp", INSECURE_SECCOMP},
	{"all-fetch", INSECURE_ALL_FETCH},
	{"all-run", INSECURE_ALL_RUN},
	{"all", INSECURE_ALL},
};

static int parse_word(const char *word, size_t len, unsigned *set, Error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i].name) == len && strncasecmp(words[i].name, word, len) == 0) {
			*set |= words[i].bits;
			return 0;
		}
	return fail(err, -EINVAL, "\"%.*s\" is not one of %s", (int)len, word, insecure_words);
}

int insecure_parse(const char *list, unsigned *ret, Error *err)
{
	unsigned set = 0;

	for (const char *word = list;;) {
		size_t len = strcspn(word, ",");
		int r = parse_word(word, len, &set, err);

		if (r < 0)
			return r;
		if (word[len] == '\0')
			break;
		word += len + 1;
	}
	*ret = set;
	return 0;
}

const char *insecure_format(unsigned set, char buf[static INSECURE_TEXT])
{
	size_t n = 0;

	(void)snprintf(buf, INSECURE_TEXT, "none");
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		unsigned bits = words[i].bits;

		/* The words for a single thing are enough to say any set. */
		if (bits && (bits & (bits - 1)) == 0 && (set & bits))
			n += (size_t)snprintf(
				buf + n, INSECURE_TEXT - n, "%s%s", n ? "," : "", words[i].name);
	}
	return buf;
}
