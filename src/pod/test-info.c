/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/info.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/timestamp.h"
#include "pod/args.h"
#include "pod/test-fixture.h"

#define KEY "sha512-e213b0761271dd212cf24432146e37da669886ec3c28b9a5e6af82e23f4c2de7"

static const char image_manifest[] =
	"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/web\","
	"\"labels\":[{\"name\":\"version\",\"value\":\"1.2\"}],"
	"\"app\":{\"exec\":[\"/bin/true\"],\"user\":\"0\",\"group\":\"0\","
	"\"mountPoints\":[{\"name\":\"conf\",\"path\":\"/etc/web\",\"readOnly\":true}],"
	"\"userLabels\":{\"tier\":\"front\"}}}";

/* A pod of one app whose image is in a store of its own, as "rkt prepare" leaves it. */
typedef struct Prepared {
	Store store;
	Image image;
	PodManifest *manifest;
	Pod *pod;
} Prepared;

static void prepared_init(Prepared *s, Fixture *f)
{
	static const char *layers[] = {"sha256-aa", "sha256-bb"};
	AppArgs app = {
		.image = "example.com/web",
		.found = &s->image,
		.mounts = {.items = (const char *[]){"volume=data,target=/d",
				   "volume=tmp,target=/t", "volume=plain,target=/etc/web"},
			.n = 3},
	};
	const PodArgs args = {
		.apps = &app,
		.n_apps = 1,
		.volumes = {.items = (const char *[]){"data,kind=host,source=/srv,readOnly=true",
				    "tmp,kind=empty,readOnly=false", "plain,kind=host,source=/p"},
			.n = 3},
	};
	const Image *const images[] = {&s->image};
	PodPreparation preparation = {.images = images, .overlay = true};

	*s = (Prepared){.image = {.layers = layers, .n_layers = 2}};
	s->store.cas_fd = fd_open_dir(AT_FDCWD, f->dir);
	assert_true(s->store.cas_fd >= 0);
	assert_int_equal(path_mkdir_parents(s->store.cas_fd, "image/" KEY, 0755), 0);
	assert_int_equal(fd_write_file(s->store.cas_fd, "image/" KEY "/manifest", 0644,
				 image_manifest, strlen(image_manifest), NULL),
		0);
	memcpy(s->image.key, KEY, sizeof s->image.key);
	s->image.manifest_text = strdup(image_manifest);
	s->image.manifest_len = strlen(image_manifest);
	assert_int_equal(image_manifest_parse(
				 image_manifest, s->image.manifest_len, &s->image.manifest, NULL),
		0);
	assert_int_equal(pod_manifest_generate(&args, &s->manifest, NULL), 0);
	preparation.manifest = s->manifest;
	assert_int_equal(pod_create(&f->pods, &s->pod, NULL), 0);
	assert_int_equal(pod_write_prepared(s->pod, &s->store, &preparation, NULL), 0);
	assert_int_equal(pod_move_to_prepared(&f->pods, s->pod, NULL), 0);
}

static void prepared_done(Prepared *s)
{
	free(s->image.manifest_text);
	image_manifest_free(s->image.manifest);
	pod_manifest_free(s->manifest);
	pod_free(s->pod);
	(void)fd_close(s->store.cas_fd);
}

static void assert_mode(const Pod *p, const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(fstatat(p->fd, path, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void assert_content(const Pod *p, const char *path, const char *want)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(fd_read_file(p->fd, path, 4096, &text, NULL, NULL), 0);
	assert_string_equal(text, want);
}

static void preparation_leaves_files(void **state)
{
	_cleanup_(prepared_done) Prepared s;
	_cleanup_pod_manifest_ PodManifest *back = NULL;
	struct stat stored, saved;

	prepared_init(&s, *state);
	assert_mode(s.pod, "pod", 0640);
	assert_mode(s.pod, "pod.lck", 0600);
	assert_mode(s.pod, "pod-created", 0600);
	assert_mode(s.pod, "overlay-prepared", 0600);
	assert_content(s.pod, "appsinfo/web/manifest", image_manifest);
	assert_content(s.pod, "appsinfo/web/treeStoreID", "sha256-aa\nsha256-bb");
	/* On one filesystem the manifest takes no space a second time. */
	assert_int_equal(fstatat(s.store.cas_fd, "image/" KEY "/manifest", &stored, 0), 0);
	assert_int_equal(fstatat(s.pod->fd, "appsinfo/web/manifest", &saved, 0), 0);
	assert_int_equal(stored.st_ino, saved.st_ino);
	assert_int_equal(pod_read_manifest(s.pod, &back, NULL), 0);
	assert_int_equal(back->n_apps, 1);
	assert_string_equal(back->apps[0].name, "web");
	assert_string_equal(back->apps[0].image_id, KEY);
}

/* A store elsewhere: the manifest is copied. A manifest given by the user is kept to the byte. */
static void preparation_without_a_store(void **state)
{
	static const char verbatim[] = "{ \"given\" : true }";
	Fixture *f = *state;
	_cleanup_(prepared_done) Prepared s;
	_cleanup_pod_ Pod *p = NULL;
	const Store none = STORE_INIT;

	prepared_init(&s, f);
	assert_int_equal(pod_create(&f->pods, &p, NULL), 0);
	assert_int_equal(pod_write_prepared(p, &none,
				 &(PodPreparation){.manifest = s.manifest,
					 .manifest_text = verbatim,
					 .images = (const Image *const[]){&s.image}},
				 NULL),
		0);
	assert_content(p, "appsinfo/web/manifest", image_manifest);
	assert_content(p, "pod", verbatim);
	assert_int_equal(faccessat(p->fd, "overlay-prepared", F_OK, 0), -1);
	assert_int_equal(faccessat(p->fd, "appsinfo/web/treeStoreID", F_OK, 0), -1);
	assert_content(p, "appsinfo/web/layers", "sha256-aa\nsha256-bb");
	assert_mode(p, "pod", 0640);
}

static void info_of_a_prepared_pod(void **state)
{
	_cleanup_(prepared_done) Prepared s;
	_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
	_cleanup_pod_info_ PodInfo *info = NULL;
	const AppInfo *app;
	int64_t now = timestamp_now();

	prepared_init(&s, *state);
	assert_int_equal(pod_info(s.pod, POD_INFO_WHOLE, &images, &info, NULL), 0);
	assert_string_equal(info->uuid, s.pod->uuid);
	assert_int_equal(info->state, POD_PREPARED);
	assert_true(info->created_at > now - 1000000000 && info->created_at <= timestamp_now());
	assert_int_equal(info->started_at, 0);
	assert_int_equal(info->n_problems, 0);
	assert_int_equal(info->n_apps, 1);
	app = &info->apps[0];
	assert_string_equal(app->name, "web");
	assert_string_equal(app->image_name, "example.com/web:1.2");
	assert_string_equal(app->image_id, KEY);
	assert_string_equal(app_state_name(app->state), "created");
	assert_false(app->has_exit_code);
	assert_int_equal(app->created_at, info->created_at);
	assert_int_equal(app->finished_at, 0);
	assert_int_equal(app->user_labels.n, 1);
	assert_string_equal(app->user_labels.items[0].value, "front");
	assert_int_equal(app->n_mounts, 3);
	assert_string_equal(app->mounts[0].name, "data");
	assert_string_equal(app->mounts[0].host_path, "/srv");
	assert_true(app->mounts[0].read_only);
	assert_string_equal(app->mounts[1].container_path, "/t");
	assert_string_equal(app->mounts[1].host_path, "");
	assert_false(app->mounts[1].read_only);
	/* What the volume leaves open, the image's mount point says. */
	assert_true(app->mounts[2].read_only);
}

static void info_of_a_pod_that_runs_and_exits(void **state)
{
	Fixture *f = *state;
	_cleanup_(prepared_done) Prepared s;
	_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
	_cleanup_pod_info_ PodInfo *running = NULL, *one_done = NULL, *marked = NULL;
	pid_t pid;

	prepared_init(&s, f);
	assert_int_equal(pod_lock(&f->pods, s.pod, NULL), 0);
	assert_int_equal(pod_move_to_run(&f->pods, s.pod, NULL), 0);
	fixture_write(s.pod, "ppid", "4711\n");
	fixture_write(s.pod, "net-info.json",
		"[{\"netName\":\"default\",\"netConf\":\"net/99-default.conf\",\"ifName\":\"eth0\","
		"\"ip\":\"172.16.28.2\",\"args\":\"\",\"mask\":\"255.255.255.0\",\"hostIP\":\"x\"}"
		"]");
	assert_int_equal(pod_info(s.pod, POD_INFO_WHOLE, &images, &running, NULL), 0);
	assert_int_equal(pod_read_pid(s.pod, &pid), 0);
	assert_int_equal(pid, 4711);
	assert_true(running->started_at >= running->created_at);
	assert_int_equal(running->apps[0].state, APP_RUNNING);
	assert_int_equal(running->n_networks, 1);
	assert_string_equal(running->networks[0].net_name, "default");
	assert_string_equal(running->networks[0].ip, "172.16.28.2");
	assert_string_equal(running->networks[0].plugin_path, "");
	assert_false(pod_is_ready(s.pod));

	fixture_write(s.pod, "stage1/rootfs/rkt/status/web", "3\n");
	assert_int_equal(symlinkat("ready", s.pod->fd, "stage1/rootfs/rkt/supervisor-status"), 0);
	assert_true(pod_is_ready(s.pod));
	assert_int_equal(pod_info(s.pod, POD_INFO_WHOLE, &images, &one_done, NULL), 0);
	assert_int_equal(one_done->state, POD_RUNNING);
	assert_int_equal(one_done->apps[0].state, APP_EXITED);
	assert_true(one_done->apps[0].has_exit_code);
	assert_int_equal(one_done->apps[0].exit_code, 3);

	pod_unlock(s.pod);
	assert_int_equal(pod_move_to_garbage(&f->pods, s.pod, false, NULL), 0);
	assert_int_equal(pod_info(s.pod, POD_INFO_WHOLE, &images, &marked, NULL), 0);
	assert_int_equal(marked->state, POD_EXITED_GARBAGE);
	assert_true(marked->gc_marked_at > 0);
	assert_int_equal(marked->apps[0].finished_at, marked->gc_marked_at);
	assert_int_equal(marked->n_problems, 0);
}

/* Where stage1's root is an overlay, its files are in the upper directory once it is unmounted. */
static void status_of_an_unmounted_stage1(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "run");
	int code = -1;

	assert_int_equal(pod_read_app_status(p, "web", &code), -ENOENT);
	fixture_write(p, "stage1TreeStoreID", "deps-sha512-abc");
	fixture_write(p, "overlay/deps-sha512-abc/upper/rkt/status/web", "0\n");
	assert_int_equal(pod_read_app_status(p, "web", &code), 0);
	assert_int_equal(code, 0);
}

/* What an app or a broken disk may have put there. */
static void damage_is_reported_not_believed(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "run");
	_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
	_cleanup_pod_info_ PodInfo *info = NULL;
	pid_t pid = -1;
	int code = -1;

	fixture_write(p, "pod", "{\"acKind\":");
	fixture_write(p, "ppid", "12x");
	fixture_write(p, "net-info.json", "{}");
	fixture_write(p, "stage1/rootfs/rkt/status/web", "yes\n");
	fixture_write(p, "secret", "7\n");
	assert_int_equal(
		symlinkat("../../../../secret", p->fd, "stage1/rootfs/rkt/status/link"), 0);
	assert_int_equal(mkfifoat(p->fd, "stage1/rootfs/rkt/status/pipe", 0600), 0);
	assert_int_equal(pod_read_pid(p, &pid), -EINVAL);
	assert_int_equal(pod_read_app_status(p, "web", &code), -EINVAL);
	assert_int_equal(pod_read_app_status(p, "link", &code), -ELOOP);
	assert_int_equal(pod_read_app_status(p, "pipe", &code), -EINVAL);
	assert_int_equal(pod_read_app_status(p, "../../../../secret", &code), -EINVAL);
	assert_int_equal(code, -1);
	assert_int_equal(pod_info(p, POD_INFO_WHOLE, &images, &info, NULL), 0);
	assert_int_equal(info->n_apps, 0);
	assert_int_equal(info->n_problems, 2);
	assert_non_null(strstr(info->problems[0], "cannot read the pod manifest"));
	assert_non_null(strstr(info->problems[1], "net-info.json: not a list"));
}

static void missing_files_are_normal_in_preparation(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *preparing = NULL, *exited = fixture_pod(f, "run");
	_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
	_cleanup_pod_info_ PodInfo *quiet = NULL, *loud = NULL;

	assert_int_equal(pod_create(&f->pods, &preparing, NULL), 0);
	assert_int_equal(pod_info(preparing, POD_INFO_WHOLE, &images, &quiet, NULL), 0);
	assert_int_equal(quiet->n_problems, 0);
	assert_int_equal(quiet->created_at, 0);
	assert_int_equal(pod_info(exited, POD_INFO_WHOLE, &images, &loud, NULL), 0);
	assert_int_equal(loud->n_problems, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(preparation_leaves_files),
		T(preparation_without_a_store),
		T(info_of_a_prepared_pod),
		T(info_of_a_pod_that_runs_and_exits),
		T(status_of_an_unmounted_stage1),
		T(damage_is_reported_not_believed),
		T(missing_files_are_normal_in_preparation),
	};

	return cmocka_run_group_tests_name("pod/info", tests, NULL, NULL);
}
