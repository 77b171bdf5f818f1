/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/choose-app.h"

#include "base/log.h"

static int several_apps(const Invocation *inv, const PodManifest *manifest, Error *err)
{
	log_line(NULL, "pod contains multiple apps:");
	for (size_t i = 0; i < manifest->n_apps; i++)
		log_line(NULL, "\t%s", manifest->apps[i].name);
	(void)fail(err, -EINVAL, "specify app using \"rkt %s --app= ...\"", inv->verb->name);
	if ((inv->verb->flags & VERB_FIRST_WORD) && inv->n_args > 1 &&
		startswith(inv->args[1], "--app"))
		error_hint(err,
			"--app=NAME stands before the UUID: what is behind it belongs to the "
			"command");
	return wrap(err, -EINVAL, "unable to determine app name");
}

int choose_app(const Invocation *inv, const PodManifest *manifest, const char *name,
	const char **ret, Error *err)
{
	if (!name && manifest->n_apps > 1)
		return several_apps(inv, manifest, err);
	if (manifest->n_apps == 0)
		return fail(err, -ENOENT, "pod contains zero apps");
	for (size_t i = 0; i < manifest->n_apps; i++)
		if (!name || streq(manifest->apps[i].name, name)) {
			*ret = manifest->apps[i].name;
			return 0;
		}
	return fail(err, -ENOENT, "no app \"%s\" in the pod", name);
}
