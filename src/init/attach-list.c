/* SPDX-License-Identifier: Apache-2.0 */
#include "init/attach-list.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include "init/app-tty.h"
#include "init/endpoints.h"
#include "init/say.h"

static void put(Text *t)
{
	(void)!write(STDOUT_FILENO, t->data, t->len);
	t->len = 0;
}

/* As a JSON string. */
static void put_path(Text *t, const char *path)
{
	static const char digits[] = "0123456789abcdef";

	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;
		char plain[] = {*path, '\0'},
		     escaped[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15], '\0'};

		text_puts(t, c < ' ' || c == '"' || c == '\\' ? escaped : plain);
		if (t->len > sizeof t->data / 2)
			put(t);
	}
}

static void put_target(const char *app, const char *name, const char *directory, bool first)
{
	Text t = {0};

	text_puts(&t, first ? "\n        {\n" : ",\n        {\n");
	text_puts(&t, "            \"name\": \"");
	text_puts(&t, name);
	text_puts(&t, "\",\n            \"domain\": \"unix\",\n            \"address\": \"");
	put_path(&t, directory);
	text_puts(&t, "/" ENDPOINTS_DIRECTORY "/");
	text_puts(&t, app);
	text_puts(&t, "/" ENDPOINTS_SOCKET);
	text_puts(&t, name);
	text_puts(&t, "\"\n        }");
	put(&t);
}

int attach_list(const PlanApp *app, const char *name)
{
	static const char *const streams[] = {"stdin", "stdout", "stderr"};
	char directory[PATH_MAX];
	bool first = true;
	Text t = {0};

	if (!getcwd(directory, sizeof directory))
		return -errno;
	text_puts(&t, "{\n    \"version\": 1,\n    \"targets\": [");
	put(&t);
	if (app_tty_wanted(app)) {
		put_target(name, "tty", directory, true);
		first = false;
	}
	for (unsigned i = 0; i < 3; i++)
		if (app->stream[i] == PLAN_STREAM_PIPE) {
			put_target(name, streams[i], directory, first);
			first = false;
		}
	text_puts(&t, "\n    ]\n}");
	put(&t);
	return 0;
}
