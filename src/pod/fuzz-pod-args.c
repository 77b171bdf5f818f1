/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/args-internal.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "pod/pod.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

/* A manifest with what was accepted is valid. m keeps nothing that is not in its arena. */
static void require_valid(PodManifest *m)
{
	_cleanup_pod_manifest_ PodManifest *back = NULL;
	_cleanup_free_ char *text = NULL;
	Error err = ERROR_INIT;

	m->ac_version = "1.30.0";
	require(json_print(pod_manifest_to_json(&m->arena, m), false, &text) == 0);
	require(pod_manifest_parse(text, strlen(text), &back, &err) == 0);
}

static void try_volume(const char *text, PodManifest *m, Error *err)
{
	Volume volume;

	if (args_parse_volume(text, &m->arena, &volume, err) < 0)
		return;
	m->volumes = &volume;
	m->n_volumes = 1;
	require_valid(m);
}

static void try_port(const char *text, PodManifest *m, Error *err)
{
	ExposedPort port;

	if (args_parse_port(text, &m->arena, &port, err) < 0 &&
		args_parse_pod_port(text, &m->arena, &port, err) < 0)
		return;
	m->ports = &port;
	m->n_ports = 1;
	require_valid(m);
}

/* In an app, which has all else that an app needs. */
static void require_valid_app(PodManifest *m, RuntimeApp *app)
{
	app->name = "app";
	app->image_id = "sha512-e213b0761271dd212cf24432146e37da669886ec3c28b9a5e6af82e23f4c2de7";
	app->has_app = true;
	app->app.user = app->app.group = "0";
	m->apps = app;
	m->n_apps = 1;
	require_valid(m);
}

static void try_mount(const char *text, PodManifest *m, Error *err)
{
	RuntimeApp app = {0};
	Mount mount;

	if (args_parse_mount(text, &m->arena, &mount, err) < 0)
		return;
	m->volumes = &(Volume){.name = mount.volume,
		.kind = VOLUME_HOST,
		.source = "/",
		.read_only = -1,
		.recursive = -1};
	m->n_volumes = 1;
	app.mounts = &mount;
	app.n_mounts = 1;
	require_valid_app(m, &app);
}

static void try_seccomp(const char *text, PodManifest *m, Error *err)
{
	RuntimeApp app = {0};
	Isolator isolator;

	if (args_parse_seccomp(text, &m->arena, &isolator, err) < 0)
		return;
	app.app.isolators = &isolator;
	app.app.n_isolators = 1;
	require_valid_app(m, &app);
}

static void try_env_file(const char *text, size_t len, PodManifest *m, Error *err)
{
	RuntimeApp app = {0};

	if (args_parse_env_file(text, len, "FILE", &m->arena, &app.app.environment, err) < 0)
		return;
	require_valid_app(m, &app);
}

/* One option of an app whose value is a text; the first byte says which one. */
static void try_option(const char *text, PodManifest *m, Error *err)
{
	static const size_t options[] = {
		offsetof(AppArgs, exec),
		offsetof(AppArgs, user),
		offsetof(AppArgs, working_dir),
		offsetof(AppArgs, memory),
		offsetof(AppArgs, cpu),
		offsetof(AppArgs, cpu_shares),
		offsetof(AppArgs, oom_score_adj),
		offsetof(AppArgs, caps_retain),
		offsetof(AppArgs, supplementary_gids),
		offsetof(AppArgs, restart),
		offsetof(AppArgs, liveness),
	};
	AppArgs args = {.read_only_rootfs = -1};
	PodArgs pod = {.apps = &args, .n_apps = 1};
	RuntimeApp app = {0};
	size_t which = (unsigned char)text[0];

	if (which == 0)
		return;
	*(const char **)((char *)&args + options[which % ARRAY_LEN(options)]) = text + 1;
	if (pod_args_check(&pod, &m->arena, err) < 0)
		return;
	require(args_app(&pod, &args, m, &app, err) == 0);
	require_valid_app(m, &app);
}

static void try_name(const char *text, Error *err)
{
	if (pod_name_check(text, err) == 0)
		require(text[strspn(text, "0123456789abcdef-")] != '\0' && !strchr(text, '/'));
}

/* The first letter says which syntax the rest is in. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL;
	PodManifest m = {0};
	Error err = ERROR_INIT;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	require(text != NULL);
	switch (data[0]) {
	case 'v': try_volume(text, &m, &err); break;
	case 'm': try_mount(text, &m, &err); break;
	case 'p': try_port(text, &m, &err); break;
	case 's': try_seccomp(text, &m, &err); break;
	case 'e': try_env_file((const char *)data + 1, size - 1, &m, &err); break;
	case 'o': try_option(text, &m, &err); break;
	case 'n': try_name(text, &err); break;
	default: break;
	}
	arena_done(&m.arena);
	return 0;
}
