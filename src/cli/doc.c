/* SPDX-License-Identifier: Apache-2.0 */
/* rkt-doc, a program of the build: prints what is made from the tables.
 *
 *   rkt-doc pages        the names of all man pages
 *   rkt-doc page NAME    one of them, for scdoc
 *   rkt-doc options      the option tables as JSON
 *   rkt-doc bash         the completion script for bash */

#include "cli/completion.h"
#include "cli/manual.h"

#include <stdio.h>

#define OUTPUT_MAX (4u << 20)

static int put_pages(StrBuf *out)
{
	char page[MANUAL_PAGE_NAME];

	strbuf_puts(out, "rkt\n");
	for (size_t i = 0; i < n_verbs; i++)
		if (!(verbs[i]->flags & VERB_HIDDEN))
			strbuf_printf(out, "%s\n", manual_page_name(verbs[i], page));
	return 0;
}

static int put_page(const char *name, StrBuf *out)
{
	char page[MANUAL_PAGE_NAME];

	if (streq(name, "rkt")) {
		manual_put_page(NULL, out);
		return 0;
	}
	for (size_t i = 0; i < n_verbs; i++)
		if (streq(manual_page_name(verbs[i], page), name)) {
			manual_put_page(verbs[i], out);
			return 0;
		}
	return -ENOENT;
}

static int put_options(StrBuf *out)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;

	if (json_print(manual_options(&arena), true, &text) < 0)
		return -ENOMEM;
	strbuf_printf(out, "%s\n", text);
	return 0;
}

static int put(int argc, char **argv, StrBuf *out)
{
	if (argc == 2 && streq(argv[1], "pages"))
		return put_pages(out);
	if (argc == 3 && streq(argv[1], "page"))
		return put_page(argv[2], out);
	if (argc == 2 && streq(argv[1], "options"))
		return put_options(out);
	if (argc == 2 && streq(argv[1], "bash")) {
		completion_put_bash(out);
		return 0;
	}
	return -EINVAL;
}

int main(int argc, char **argv)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(OUTPUT_MAX);
	int r = put(argc, argv, &out);

	if (r < 0 || out.error) {
		(void)fprintf(stderr, "rkt-doc: cannot print that\n");
		return 1;
	}
	return fputs(strbuf_text(&out), stdout) < 0 || fflush(stdout) != 0;
}
