/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/choose-app.h"

#include "base/log.h"
#include "cli/again.h"
#include "cli/pod-args.h"

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

static int does_not_run(const Pod *pod, Error *err)
{
	(void)fail(err, -EINVAL, "pod \"%s\" isn't currently running", pod->uuid);
	if (pod->state == POD_EXITED && again_check(pod, NULL) == 0)
		error_hint(err, "\"rkt start %s\" runs it again", pod->uuid);
	return -EINVAL;
}

int choose_running_app(const Invocation *inv, const char *typed, const char *name, Pod **ret,
	PodManifest **ret_manifest, const char **ret_app, Error *err)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	int r = pod_open_among(inv, typed, &pods, ret, err);

	if (r < 0)
		return r;
	if ((*ret)->state != POD_RUNNING)
		return does_not_run(*ret, err);
	r = pod_read_manifest(*ret, ret_manifest, err);
	return r < 0 ? r : choose_app(inv, *ret_manifest, name, ret_app, err);
}
