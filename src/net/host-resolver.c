/* SPDX-License-Identifier: Apache-2.0 */
#include "net/host-resolver.h"

#include <fcntl.h>
#include "base/fd.h"

#define FILE_MAX  (1u << 16)
#define WORDS_MAX 64
#define BLANK     " \t\r"

/* The words behind a keyword. What is more than can be of use is left out. */
static void take_words(char *rest, const char **words, size_t *n)
{
	char *save = NULL;

	for (char *word = strtok_r(rest, BLANK, &save); word && *n < WORDS_MAX;
		word = strtok_r(NULL, BLANK, &save))
		words[(*n)++] = word;
}

static void take_line(char *line, CniDns *dns)
{
	char *keyword = line + strspn(line, BLANK), *rest = keyword + strcspn(keyword, BLANK);

	if (*rest != '\0')
		*rest++ = '\0';
	rest += strspn(rest, BLANK);
	if (streq(keyword, "nameserver"))
		take_words(rest, dns->nameservers, &dns->n_nameservers);
	else if (streq(keyword, "options"))
		take_words(rest, dns->options, &dns->n_options);
	else if (streq(keyword, "search")) {
		dns->n_search = 0;
		take_words(rest, dns->search, &dns->n_search);
	} else if (streq(keyword, "domain") && *rest != '\0') {
		rest[strcspn(rest, BLANK)] = '\0';
		dns->domain = rest;
	}
}

int host_resolver_read(const char *path, Arena *arena, CniDns *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	CniDns dns = {.nameservers = arena_new(arena, const char *, WORDS_MAX),
		.search = arena_new(arena, const char *, WORDS_MAX),
		.options = arena_new(arena, const char *, WORDS_MAX)};
	char *kept, *save = NULL;
	int r = fd_read_file(AT_FDCWD, path, FILE_MAX, &text, NULL, err);

	if (r < 0)
		return r;
	kept = arena_strdup(arena, text);
	if (!kept || !dns.nameservers || !dns.search || !dns.options)
		return fail_oom(err);
	for (char *line = strtok_r(kept, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_line(line, &dns);
	*ret = dns;
	return 0;
}
