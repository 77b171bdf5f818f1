/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/test-compile-fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "store/import.h"

#define LAYER_END  "00112233445566778899aabbccddeeff00112233445566778899aabbccdd"
#define LAYER_BASE "sha256-1111" LAYER_END
#define LAYER_TOP  "sha256-2222" LAYER_END

typedef struct PlanFixture {
	char path[64];
	Store store;
	void *plan; /* the last one that was compiled */
	size_t plan_len;
} PlanFixture;

#define MANIFEST "'acKind':'ImageManifest','acVersion':'0.8.11',"
#define LABELS   "'labels':[{'name':'os','value':'linux'},{'name':'arch','value':'amd64'}]"

typedef struct TestImage {
	const char *key, *manifest;
	ImageFormat format;
	size_t n_layers;
} TestImage;

static const TestImage test_images[] = {
	{WEB,
		"{" MANIFEST "'name':'example.com/web'," LABELS
		",'app':{'exec':['/bin/web','--serve'],'user':'0','group':'0','workingDirectory':"
		"'/srv','environment':[{'name':'COLOR','value':'dark blue'}],'mountPoints':[{'name'"
		":'data','path':'/var/data'},{'name':'conf','path':'/etc/web','readOnly':true}]}}",
		IMAGE_ACI, 1},
	{DOCKER,
		"{" MANIFEST "'name':'registry-1.docker.io/library/web'," LABELS
		",'annotations':[{'name':'appc.io/docker/repository','value':'library/web'}],"
		"'app':{'exec':['/bin/web'],'user':'alice','group':'alice'}}",
		IMAGE_ACI, 1},
	{OCI,
		"{" MANIFEST "'name':'example.com/oci'," LABELS
		",'annotations':[{'name':'rkt.dev/oci/stop-signal','value':'SIGQUIT'}],"
		"'app':{'exec':['web'],'user':'0','group':'0','workingDirectory':'/new/dir',"
		"'environment':[{'name':'PATH','value':'/opt:/usr/bin'}]}}",
		IMAGE_OCI, 2},
	{DATA, "{" MANIFEST "'name':'example.com/data'," LABELS "}", IMAGE_ACI, 1},
	{HOLLOW,
		"{" MANIFEST "'name':'example.com/hollow'," LABELS
		",'app':{'user':'0','group':'0'}}",
		IMAGE_ACI, 1},
};

/* ' becomes ". Fresh memory. */
static char *json_of(const char *text)
{
	char *json = strdup(text);

	assert_non_null(json);
	for (char *c = json; *c; c++)
		if (*c == '\'')
			*c = '"';
	return json;
}

typedef struct TestFile {
	const char *path, *content;
	mode_t mode;
	uid_t uid;
	gid_t gid;
} TestFile;

static const TestFile base_files[] = {
	{"etc/passwd",
		"root:x:0:0:root:/root:/bin/sh\nalice:x:1000:100::/home/alice:/bin/sh\n"
		"# a comment\nbad:x:many:100::/:/bin/sh\nalice2:x:1002:100::/:/bin/sh\n",
		0644, 0, 0},
	{"etc/group", "root:x:0:\nusers:x:100:alice\nwheel:x:10:\n", 0644, 0, 0},
	{"bin/web", "#!", 0755, 0, 0},
	{"bin/true", "#!", 0755, 0, 0},
	{"usr/bin/web", "#!", 0755, 0, 0},
	{"usr/bin/note", "no program", 0644, 0, 0},
	{"srv/tool", "#!", 0755, 33, 34},
};

static const TestFile top_files[] = {
	{"opt/web", "#!", 0755, 0, 0},
};

static void import_layer(const Store *s, const char *layer, const TestFile *files, size_t n_files)
{
	static const char *const dirs[] = {"etc", "bin", "usr", "usr/bin", "srv", "opt"};
	_cleanup_layer_import_ LayerImport *l = NULL;
	int root;

	assert_int_equal(layer_import_begin(s, &l, NULL), 0);
	root = layer_import_root(l);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		assert_int_equal(mkdirat(root, dirs[i], 0755), 0);
	for (size_t i = 0; i < n_files; i++) {
		const TestFile *f = &files[i];

		assert_int_equal(
			fd_write_file(root, f->path, f->mode, f->content, strlen(f->content), NULL),
			0);
		assert_int_equal(fchownat(root, f->path, f->uid, f->gid, 0), 0);
	}
	assert_int_equal(layer_import_commit(l, layer, 1, NULL), 0);
}

static void import_image(Store *s, const TestImage *image)
{
	static const char *const layers[] = {LAYER_BASE, LAYER_TOP};
	_cleanup_free_ char *manifest = json_of(image->manifest);
	ImageImport import = {
		.key = image->key,
		.format = image->format,
		.manifest_text = manifest,
		.manifest_len = strlen(manifest),
		.layers = layers,
		.n_layers = image->n_layers,
	};
	char message[2 * ERROR_TEXT];
	Error err = ERROR_INIT;

	if (image_import(s, &import, &err) < 0)
		fail_msg("%s: %s", image->key, error_message(&err, message, sizeof message));
}

int plan_fixture_set_up(void **state)
{
	PlanFixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	*state = f;
	/* The trees have files of several owners. */
	if (geteuid() != 0)
		return 0;
	(void)fd_close(test_dir_make(f->path));
	assert_int_equal(store_open(&f->store, f->path, true, NULL), 0);
	import_layer(&f->store, LAYER_BASE, base_files, ARRAY_LEN(base_files));
	import_layer(&f->store, LAYER_TOP, top_files, ARRAY_LEN(top_files));
	for (size_t i = 0; i < ARRAY_LEN(test_images); i++)
		import_image(&f->store, &test_images[i]);
	return 0;
}

int plan_fixture_tear_down(void **state)
{
	PlanFixture *f = *state;

	if (f->path[0]) {
		store_done(&f->store);
		test_dir_remove(f->path);
	}
	free(f->plan);
	free(f);
	return 0;
}

static PodManifest *parse_pod(const PlanCase *c)
{
	_cleanup_free_ char *text = NULL, *json = NULL;
	char message[2 * ERROR_TEXT];
	Error err = ERROR_INIT;
	PodManifest *m;

	assert_true(asprintf(&text,
			    "{'acVersion':'1.30.0','acKind':'PodManifest','apps':[%s],"
			    "'volumes':[%s],'annotations':[%s]}",
			    c->mutable && !c->added ? ""
			    : c->apps               ? c->apps
						    : APP_OF("web", WEB, ""),
			    c->volumes ? c->volumes : "",
			    c->mutable ? "{'name':'" POD_MUTABLE_ANNOTATION "','value':'true'}"
			    : c->annotations ? c->annotations
					     : "") > 0);
	json = json_of(text);
	if (pod_manifest_parse(json, strlen(json), &m, &err) < 0)
		fail_msg("%s: %s", c->title, error_message(&err, message, sizeof message));
	return m;
}

/* How many instructions a filter has is libseccomp's affair. */
static void add_line(StrBuf *out, const char *line, size_t len)
{
	const char *seccomp = memmem(line, len, "\tseccomp ", 9);

	if (seccomp)
		strbuf_puts(out, "\tseccomp\n");
	else
		strbuf_add(out, line, len);
}

/* The lines of text whose operation, or first word of a heading, is wanted. */
static void add_lines(StrBuf *out, const char *text, const char *only)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n") + 1;
		const char *word = line + (line[0] == '\t');
		char name[64];

		(void)snprintf(name, sizeof name, " %.*s ", (int)strcspn(word, " \n"), word);
		if (!only || strstr(only, name))
			add_line(out, line, len);
		line += len;
	}
}

static void add_plan(StrBuf *out, const PlanCase *c, const void *data, size_t len)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(1u << 20);
	Plan plan;

	assert_int_equal(plan_load(&plan, data, len), 0);
	plan_print(&plan, &text);
	assert_int_equal(text.error, 0);
	add_lines(out, strbuf_text(&text), c->only);
}

static const Image *load(const PlanFixture *f, const char *key, const char *stop_signal)
{
	Image *image;

	assert_int_equal(image_load(&f->store, key, &image, NULL), 0);
	if (stop_signal) {
		assert_int_equal(image->manifest->annotations.n, 1);
		image->manifest->annotations.items[0].value = stop_signal;
	}
	return image;
}

/* The plan of the pod that apps are added to, from somewhere else than where it was started. */
static void start_pod(const PlanCase *c, PlanInput *in, void **ret_data, Plan *ret)
{
	static char elsewhere[] = "7:devices:/x\n5:pids:/x\n4:memory:/x\n2:cpu:/x\n0::/x\n";
	static const CgroupHost caller = {.mode = CGROUP_V1, .membership = elsewhere};
	PlanCase empty = *c;
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	PlanInput pod = *in;
	size_t len;

	empty.added = false;
	pod.manifest = m = parse_pod(&empty);
	assert_int_equal(plan_compile(&pod, ret_data, &len, NULL), 0);
	assert_int_equal(plan_load(ret, *ret_data, len), 0);
	in->cgroups = &caller;
	in->pod = ret;
}

char *plan_case_print(void *state, const PlanCase *c)
{
	static char at_root[] = "0::/\n";
	static const CgroupHost v2 = {.mode = CGROUP_V2, .membership = at_root};
	_cleanup_pod_manifest_ PodManifest *m = parse_pod(c);
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(1u << 20);
	PlanFixture *f = state;
	const Image **images = calloc(m->n_apps + 1, sizeof *images);
	PlanInput in = {
		.uuid = UUID,
		.data_dir = f->path,
		.store = &f->store,
		.manifest = m,
		.images = images,
		.cgroups = c->cgroups ? c->cgroups : &v2,
		.options = c->options,
	};
	_cleanup_free_ void *data = NULL, *pod_data = NULL;
	char message[2 * ERROR_TEXT], *text;
	Error err = ERROR_INIT;
	size_t len = 0;
	Plan pod;

	if (!c->with_seccomp)
		in.options.open |= PLAN_NO_SECCOMP;
	for (size_t i = 0; i < m->n_apps; i++)
		images[i] = load(f, m->apps[i].image_id, c->stop_signal);
	if (c->added)
		start_pod(c, &in, &pod_data, &pod);
	if ((c->added ? plan_compile_added : plan_compile)(&in, &data, &len, &err) == 0) {
		add_plan(&out, c, data, len);
		free(f->plan);
		f->plan = TAKE_PTR(data);
		f->plan_len = len;
	} else {
		strbuf_printf(&out, "error: %s\n", error_message(&err, message, sizeof message));
	}
	if (err.hint[0])
		strbuf_printf(&out, "hint: %s\n", err.hint);
	for (size_t i = 0; i < m->n_apps; i++)
		image_free((Image *)(uintptr_t)images[i]);
	free(images);
	assert_int_equal(strbuf_finish(&out, &text, NULL), 0);
	return text;
}

static void compare(const char *path, const char *text)
{
	_cleanup_free_ char *golden = NULL;
	size_t line = 1;

	if (getenv("UPDATE_GOLDENS")) {
		assert_int_equal(fd_write_file(AT_FDCWD, path, 0644, text, strlen(text), NULL), 0);
		return;
	}
	if (fd_read_file(AT_FDCWD, path, 1u << 20, &golden, NULL, NULL) < 0)
		fail_msg("%s cannot be read: make it with UPDATE_GOLDENS=1", path);
	for (const char *a = text, *b = golden; *a || *b; line++) {
		size_t n = strcspn(a, "\n"), k = strcspn(b, "\n");

		if (n != k || memcmp(a, b, n) != 0)
			fail_msg("%s:%zu is\n%.*s\nbut the plan is\n%.*s", path, line, (int)k, b,
				(int)n, a);
		a += n + (a[n] != '\0');
		b += k + (b[k] != '\0');
	}
}

/* The last plan of a golden becomes a seed for the fuzzer. */
static void write_seed(const PlanFixture *f, const char *name)
{
	_cleanup_free_ char *path = NULL;

	if (!f->plan || !getenv("UPDATE_GOLDENS"))
		return;
	assert_true(asprintf(&path, "%s/%s", PLAN_SEEDS, name) > 0);
	assert_int_equal(fd_write_file(AT_FDCWD, path, 0644, f->plan, f->plan_len, NULL), 0);
}

void plan_check_golden(void *state, const char *name, const PlanCase *cases, size_t n)
{
	_cleanup_strbuf_ StrBuf all = STRBUF_INIT(1u << 20);
	_cleanup_free_ char *path = NULL;

	test_need_root();
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *text = plan_case_print(state, &cases[i]);

		strbuf_printf(&all, "%s# %s\n%s", i > 0 ? "\n" : "", cases[i].title, text);
	}
	assert_true(asprintf(&path, "%s/%s.txt", GOLDEN, name) > 0);
	compare(path, strbuf_text(&all));
	write_seed(state, name);
}
