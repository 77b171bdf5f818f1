/* SPDX-License-Identifier: Apache-2.0 */

/* Which file of the image a program name means. */

#include "plan/compile-internal.h"

#include "store/view-program.h"

/* The image is looked into only where that is needed. */
int compile_executable(AppCompile *c, const char *argv0, char **ret, Error *err)
{
	const View *view;
	int r;

	if (strchr(argv0, '/'))
		return program_path(c->app, argv0, ret) < 0 ? fail_oom(err) : 0;
	r = app_view(c, &view, err);
	return r < 0 ? r : view_find_program(view, c->app, argv0, ret, err);
}
