/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/oci-schema1.h"

#include "spec/manifest-fixture.h"

#define SHA_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SHA_C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

#define DESCRIPTOR(type, digest) "{'mediaType': '" type "', 'digest': '" digest "', 'size': 7}"

#define MANIFEST                                                                                   \
	"{'schemaVersion': 2, 'config': " DESCRIPTOR(OCI "config.v1+json",                         \
		SHA_A) ", 'layers': [" DESCRIPTOR(OCI "layer.v1.tar+gzip", SHA_B) "]}"

#define CONFIG                                                                                     \
	"{'architecture': 'amd64', 'os': 'linux', 'rootfs': {'type': 'layers', 'diff_ids': "       \
	"['" SHA_B "']}}"

static int parse_index(const char *text, size_t len, Error *err)
{
	_cleanup_(oci_index_freep) OciIndex *index = NULL;

	return oci_index_parse(text, len, &index, err);
}

static int parse_manifest(const char *text, size_t len, Error *err)
{
	_cleanup_(oci_manifest_freep) OciManifest *manifest = NULL;

	return oci_manifest_parse(text, len, &manifest, err);
}

static int parse_config(const char *text, size_t len, Error *err)
{
	_cleanup_(oci_config_freep) OciConfig *config = NULL;

	return oci_config_parse(text, len, &config, err);
}

static void test_digest(void **state)
{
	(void)state;
	assert_true(oci_digest_valid(SHA_A));
	assert_true(oci_digest_valid(
		"sha512:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_false(oci_digest_valid(SHA_A "a"));
	assert_false(oci_digest_valid(
		"sha512:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_false(oci_digest_valid(
		"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	assert_false(oci_digest_valid(
		"sha256:../../../../../../../../../../../../../../../../../../../../etc/"));
	assert_false(oci_digest_valid("md5:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static const BrokenRule manifest_rules[] = {
	{"{'schemaVersion': null}", "schemaVersion: must be given"},
	{"{'schemaVersion': 1}", "schemaVersion: 1 is not 2"},
	{"{'mediaType': '" OCI "index.v1+json'}",
		"mediaType: \"" OCI "index.v1+json\" is not the media type of an image manifest"},
	{"{'config': null}", "config: must be given"},
	{"{'config': {'mediaType': 'application/vnd.wasm.config.v0+json'}}",
		"config.mediaType: \"application/vnd.wasm.config.v0+json\" is not the media type "
		"of an image config"},
	{"{'config': {'digest': 'sha256:12'}}",
		"config.digest: \"sha256:12\" is not a digest (\"sha256:\" and 64, or \"sha512:\" "
		"and 128 hex digits in "
		"lower case)"},
	{"{'config': {'size': -1}}",
		"config.size: -1 is not in the range 0 to 9223372036854775807"},
	{"{'config': {'size': null}}", "config.size: must be given"},
	{"{'config': {'size': '7'}}", "config.size: must be a whole number, not \"7\""},
	{"{'layers': [{}]}", "layers[0].mediaType: must be given"},
	{"{'layers': [" DESCRIPTOR("application/zip", SHA_A) "]}",
		"layers[0].mediaType: \"application/zip\" is not the media type of a layer (tar, "
		"tar+gzip or tar+zstd)"},
};

static const BrokenRule index_rules[] = {
	{"{'manifests': null}", "manifests: must be given"},
	{"{'manifests': []}", "manifests: must not be empty"},
	{"{'manifests': [{'mediaType': 'x', 'digest': 'y'}]}",
		"manifests[0].digest: \"y\" is not a digest (\"sha256:\" and 64, or \"sha512:\" "
		"and 128 hex digits in "
		"lower case)"},
	{"{'mediaType': '" OCI "manifest.v1+json'}",
		"mediaType: \"" OCI
		"manifest.v1+json\" is not the media type of an index or manifest list"},
};

static const BrokenRule config_rules[] = {
	{"{'os': null}", "os: must be given"},
	{"{'architecture': ''}", "architecture: must not be empty"},
	{"{'rootfs': null}", "rootfs: must be given"},
	{"{'rootfs': {'diff_ids': ['x']}}",
		"rootfs.diff_ids[0]: \"x\" is not a digest (\"sha256:\" and 64, or \"sha512:\" and "
		"128 hex digits in lower "
		"case)"},
	{"{'config': {'Cmd': 'sh'}}", "config.Cmd: must be an array, not \"sh\""},
	{"{'config': {'Env': [1]}}", "config.Env[0]: must be a string, not 1"},
	{"{'config': {'Labels': {'a': 1}}}", "config.Labels.a: must be a string, not 1"},
	{"{'config': {'Volumes': ['/a']}}", "config.Volumes: must be an object, not an array"},
};

static void test_rules(void **state)
{
	(void)state;
	assert_refused(parse_manifest, MANIFEST, manifest_rules, ARRAY_LEN(manifest_rules));
	assert_refused(parse_index,
		"{'schemaVersion': 2, 'manifests': [" DESCRIPTOR("a", SHA_A) "]}", index_rules,
		ARRAY_LEN(index_rules));
	assert_refused(parse_config, CONFIG, config_rules, ARRAY_LEN(config_rules));
}

static void test_docker_manifest(void **state)
{
	_cleanup_free_ char *text = changed(MANIFEST,
		"{'mediaType': '" DOCKER
		"distribution.manifest.v2+json', 'config': {'mediaType': '" DOCKER
		"container.image.v1+json'}, 'layers': [" DESCRIPTOR(
			DOCKER "image.rootfs.diff.tar.gzip", SHA_B) ", " DESCRIPTOR(DOCKER
			"image.rootfs.foreign.diff.tar",
			SHA_A) ", " DESCRIPTOR(OCI "layer.v1.tar+zstd", SHA_C) "]}");
	_cleanup_(oci_manifest_freep) OciManifest *m = NULL;

	(void)state;
	assert_int_equal(oci_manifest_parse(text, strlen(text), &m, NULL), 0);
	assert_string_equal(m->config.digest, SHA_A);
	assert_int_equal(m->n_layers, 3);
	assert_int_equal(m->layers[0].compression, OCI_LAYER_GZIP);
	assert_int_equal(m->layers[0].size, 7);
	assert_int_equal(m->layers[1].compression, OCI_LAYER_TAR);
	assert_int_equal(m->layers[2].compression, OCI_LAYER_ZSTD);
	assert_true(oci_media_type_is_index(DOCKER "distribution.manifest.list.v2+json"));
	assert_true(oci_media_type_is_index(OCI "index.v1+json"));
	assert_false(oci_media_type_is_index(OCI "manifest.v1+json"));
}

#define ENTRY(digest, platform)                                                                    \
	"{'mediaType': '" OCI "manifest.v1+json', 'digest': '" digest                              \
	"', 'size': 1, 'platform': " platform "}"

/* The digest that is picked from an index with these entries, or NULL. */
static void check_select(const char *entries, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(oci_index_freep) OciIndex *index = NULL;
	const OciDescriptor *found;

	text = changed("{'schemaVersion': 2}", entries);
	assert_int_equal(oci_index_parse(text, strlen(text), &index, NULL), 0);
	found = oci_index_select(index);
	if (!expected)
		assert_null(found);
	else
		assert_string_equal(found->digest, expected);
}

static void test_select(void **state)
{
	if (!streq(image_manifest_host_arch(), "amd64"))
		skip();
	(void)state;
	check_select("{'manifests': [" ENTRY(
			     SHA_A, "{'os': 'linux', 'architecture': 's390x'}") ", " ENTRY(SHA_B,
			     "{'os': 'linux', 'architecture': 'amd64'}") "]}",
		SHA_B);
	check_select("{'manifests': [" ENTRY(SHA_A, "{'os': 'linux', 'architecture': 'amd64', "
						    "'variant': 'v3'}") ", " ENTRY(SHA_B,
			     "{'os': 'linux', 'architecture': 'amd64'}") "]}",
		SHA_B);
	check_select("{'manifests': [" ENTRY(SHA_A,
			     "{'os': 'unknown', 'architecture': 'unknown'}") ", " ENTRY(SHA_B,
			     "{'os': 'windows', 'architecture': 'amd64'}") "]}",
		NULL);
	check_select("{'manifests': [" ENTRY(SHA_A, "null") ", " ENTRY(SHA_C, "null") "]}", SHA_A);
	check_select("{'manifests': [" ENTRY(SHA_A, "null") ", " ENTRY(
			     SHA_C, "{'os': 'linux', 'architecture': 'amd64'}") "]}",
		SHA_C);
}

static void test_ref_name(void **state)
{
	_cleanup_free_ char *text = changed("{'schemaVersion': 2}",
		"{'manifests': [{'mediaType': 'a', 'digest': '" SHA_A
		"', 'size': 0, 'annotations': {'org.opencontainers.image.ref.name': 'latest', 'x': "
		"1}}]}");
	_cleanup_(oci_index_freep) OciIndex *index = NULL;

	(void)state;
	assert_int_equal(oci_index_parse(text, strlen(text), &index, NULL), 0);
	assert_string_equal(index->manifests[0].ref_name, "latest");
}

static const OciOrigin origin = {
	.registry = "registry-1.docker.io",
	.repository = "library/redis",
	.tag = "7",
	.original_name = "redis:7",
	.manifest_digest = SHA_A,
	.image_id = SHA_C,
};

/* The appc manifest of the config CONFIG with a change, checked to be one. */
static char *convert(const char *change, const OciOrigin *from)
{
	_cleanup_free_ char *text = changed(CONFIG, change);
	_cleanup_(oci_config_freep) OciConfig *config = NULL;
	_cleanup_image_manifest_ ImageManifest *parsed = NULL;
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT], *result;

	if (oci_config_parse(text, strlen(text), &config, &err) < 0 ||
		oci_to_appc(config, NULL, from, &result, &err) < 0 ||
		image_manifest_parse(result, strlen(result), &parsed, &err) < 0)
		fail_msg("%s", error_message(&err, message, sizeof message));
	return result;
}

static void check_converted_app(const char *change, const char *expected)
{
	_cleanup_free_ char *text = convert(change, &origin), *app = NULL, *want = NULL;
	_cleanup_(arena_done) Arena arena = {0};
	const Json *value = from_quotes(&arena, text);

	assert_int_equal(json_print(json_get(value, "app"), false, &app), 0);
	assert_int_equal(json_print(from_quotes(&arena, expected), false, &want), 0);
	assert_string_equal(app, want);
}

static void test_convert_golden(void **state)
{
	_cleanup_free_ char *golden = golden_read("oci-redis.json");
	_cleanup_(arena_done) Arena arena = {0};
	Json *value;
	_cleanup_free_ char *text = convert(
		"{'author': 'Jane <j@x.org>', 'created': '2023-05-03T19:51:42.1Z', 'variant': '', "
		"'config': {"
		"'User': 'redis:users', 'Env': ['PATH=/bin:/usr/bin', 'EMPTY=', 'NOVALUE', 'A "
		"B=1', 'PATH=/bin'],"
		"'Entrypoint': ['docker-entrypoint.sh'], 'Cmd': ['redis-server', '--x=<1>'], "
		"'WorkingDir': '/data',"
		"'Volumes': {'/var/lib/db': {}, '/data': {}, '/var/lib-db': {}, '/': {}},"
		"'ExposedPorts': {'6379/tcp': {}, '53/UDP': {}, '80': {}, '8000-8010/tcp': {}},"
		"'Labels': {'z': '1', 'a': 'b=c'}, 'StopSignal': 'SIGINT', 'OnBuild': null, "
		"'Hostname': 'x'},"
		"'history': [{}]}",
		&origin);

	(void)state;
	assert_int_equal(json_parse(&arena, text, strlen(text), "x", &value, NULL), 0);
	assert_prints(value, golden);
}

static void test_convert_app(void **state)
{
	(void)state;
	check_converted_app("{}", "{'user': '0', 'group': '0'}");
	check_converted_app("{'config': null}", "{'user': '0', 'group': '0'}");
	check_converted_app("{'config': {'User': 'app'}}", "{'user': 'app', 'group': 'app'}");
	check_converted_app("{'config': {'User': '1000:'}}", "{'user': '1000', 'group': '1000'}");
	check_converted_app("{'config': {'User': ':50'}}", "{'user': '0', 'group': '50'}");
	check_converted_app("{'config': {'User': ':'}}", "{'user': '0', 'group': '0'}");
	check_converted_app("{'config': {'Cmd': ['sh'], 'Entrypoint': null}}",
		"{'exec': ['sh'], 'user': '0', 'group': '0'}");
	check_converted_app("{'config': {'WorkingDir': 'srv'}}",
		"{'user': '0', 'group': '0', 'workingDirectory': '/srv'}");
	check_converted_app("{'config': {'Volumes': {'data': {}}}}",
		"{'user': '0', 'group': '0', 'mountPoints': [{'name': 'volume-data', 'path': "
		"'/data'}]}");
}

/* Nothing but the content counts: neither the order of members nor how the JSON was laid out. */
static void test_convert_deterministic(void **state)
{
	_cleanup_free_ char *one = convert("{'config': {'Labels': {'b': '2', 'a': '1'}, 'Volumes': "
					   "{'/b': {}, '/a': {}}}, 'author': 'x'}",
		&origin);
	_cleanup_free_ char *two = convert("{'author': 'x', 'config': {'Volumes': {'/a': {}, '/b': "
					   "{}}, 'Labels': {'a': '1', 'b': '2'}}}",
		&origin);

	(void)state;
	assert_string_equal(one, two);
	assert_null(strchr(one, '\n'));
}

static void check_name(const OciOrigin *from, const char *expected)
{
	_cleanup_free_ char *text = convert("{'created': '0001-01-01T00:00:00Z'}", from);
	_cleanup_image_manifest_ ImageManifest *m = NULL;

	assert_int_equal(image_manifest_parse(text, strlen(text), &m, NULL), 0);
	assert_string_equal(m->name, expected);
	assert_null(image_manifest_label(m, "version"));
	assert_null(image_manifest_annotation(m, "created"));
	assert_string_equal(image_manifest_annotation(m, OCI_LAYERS_ANNOTATION), "[\"" SHA_B "\"]");
}

static void test_convert_names(void **state)
{
	(void)state;
	check_name(&(OciOrigin){.registry = "localhost:5000", .repository = "Team/App"},
		"localhost_5000/team/app");
	check_name(&(OciOrigin){.repository = "layout"}, "layout");
	check_name(&(OciOrigin){.original_name = "/tmp/my image"}, "tmp/my_image");
}

static void check_refused(const char *change, const OciManifest *manifest, const OciOrigin *from,
	const char *expected)
{
	_cleanup_free_ char *text = changed(CONFIG, change);
	_cleanup_(oci_config_freep) OciConfig *config = NULL;
	char *result = NULL, message[2 * ERROR_TEXT];
	Error err = ERROR_INIT;

	assert_int_equal(oci_config_parse(text, strlen(text), &config, NULL), 0);
	assert_int_equal(oci_to_appc(config, manifest, from, &result, &err), -EINVAL);
	assert_null(result);
	assert_string_equal(error_message(&err, message, sizeof message), expected);
}

static void test_convert_refused(void **state)
{
	static const char *const ports[] = {
		"0", "65536", "http", "80-70", "-1", "080000000", "80/--", ""};

	(void)state;
	check_refused("{'os': 'windows'}", NULL, &origin,
		"images for \"windows\" on \"amd64\" cannot be used");
	check_refused("{'architecture': 'wasm'}", NULL, &origin,
		"images for \"linux\" on \"wasm\" cannot be used");
	check_refused("{}", &(OciManifest){.n_layers = 2}, &origin,
		"rootfs.diff_ids: the config names 1 layers, but the manifest has 2");
	check_refused("{}", NULL, &(OciOrigin){.repository = "__"},
		"\"__\" has no letter or digit that an image name could be made of");
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		char change[128], expected[128];

		(void)snprintf(change, sizeof change, "{'config': {'ExposedPorts': {'%s': {}}}}",
			ports[i]);
		(void)snprintf(expected, sizeof expected,
			"config.ExposedPorts: \"%s\" is not a port such as \"80/tcp\"", ports[i]);
		check_refused(change, NULL, &origin, expected);
	}
}

#define BLOB(digit)   "{\"blobSum\":\"sha256:" digit digit digit digit digit digit digit digit "\"}"
#define EIGHT(c)      c c c c c c c c
#define HISTORY(text) "{\"v1Compatibility\":\"" text "\"}"
#define SCHEMA1(layers, history)                                                                   \
	"{\"schemaVersion\":1,\"name\":\"a/b\",\"tag\":\"1\",\"fsLayers\":[" layers                \
	"],\"history\":[" history "]}"

static void test_schema1(void **state)
{
	static const char text[] = SCHEMA1(
		BLOB(EIGHT("c")) "," BLOB(EIGHT("c")) "," BLOB(EIGHT("b")) "," BLOB(EIGHT("a")),
		HISTORY("{\\\"id\\\":\\\"3\\\",\\\"parent\\\":\\\"2\\\",\\\"os\\\":\\\"linux\\\","
			"\\\"architecture\\\":\\\"amd64\\\"}") "," HISTORY("{\\\"id\\\":\\\"3\\\","
									   "\\\"parent\\\":"
									   "\\\"2\\\"}") "," HISTORY("{\\\"id\\\":\\\"2\\\",\\\"parent\\\":\\\"1\\\",\\\"throwaway\\\":"
												     "true}") "," HISTORY("{\\\"id\\\":\\\"1\\\"}"));
	const char *ids[] = {"sha256:" EIGHT(EIGHT("1")), "sha256:" EIGHT(EIGHT("2"))};
	_cleanup_schema1_ Schema1Manifest *m = NULL;
	_cleanup_(oci_config_freep) OciConfig *config = NULL;
	_cleanup_free_ char *made = NULL;
	Error err = ERROR_INIT;

	if (schema1_parse(text, strlen(text), &m, &err) < 0)
		fail_msg("%s", err.frames[0].text);
	assert_string_equal(m->name, "a/b");
	assert_int_equal(m->n_layers, 2);
	assert_string_equal(m->layers[0].digest, "sha256:" EIGHT(EIGHT("a")));
	assert_string_equal(m->layers[1].digest, "sha256:" EIGHT(EIGHT("c")));
	assert_int_equal(schema1_config(m, ids, &made), 0);
	assert_int_equal(oci_config_parse(made, strlen(made), &config, &err), 0);
	assert_string_equal(config->os, "linux");
	assert_int_equal(config->diff_ids.n, 2);
	assert_string_equal(config->diff_ids.items[1], ids[1]);
}

static void test_schema1_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{SCHEMA1(BLOB(EIGHT("a")), ""), "history: must not be empty"},
		{SCHEMA1(BLOB(EIGHT("a")) "," BLOB(EIGHT("b")), HISTORY("{}")),
			"history: must have as many items as fsLayers, and one at "
			"least"},
		{SCHEMA1(BLOB(EIGHT("a")), HISTORY("[]")), "v1Compatibility: must be an object"},
		{SCHEMA1(BLOB(EIGHT("a")), HISTORY("{\\\"parent\\\":\\\"x\\\"}")),
			"history[0]: the layer stands on \"x\", but below it is \"\""},
		{SCHEMA1(BLOB(EIGHT("a")) "," BLOB(EIGHT("b")),
			 HISTORY("{\\\"id\\\":\\\"2\\\",\\\"parent\\\":\\\"x\\\"}") "," HISTORY(
				 "{\\\"id\\\":\\\"1\\\"}")),
			"history[0]: the layer stands on \"x\", but below it is \"1\""},
		{SCHEMA1("{\"blobSum\":\"sha256:x\"}", HISTORY("{}")),
			"fsLayers[0].blobSum: \"sha256:x\" is not a digest"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		_cleanup_schema1_ Schema1Manifest *m = NULL;
		Error err = ERROR_INIT;

		assert_int_equal(
			schema1_parse(cases[i].text, strlen(cases[i].text), &m, &err), -EINVAL);
		assert_string_equal(err.frames[0].text, cases[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_docker_manifest),
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_ref_name),
		cmocka_unit_test(test_convert_golden),
		cmocka_unit_test(test_convert_app),
		cmocka_unit_test(test_convert_deterministic),
		cmocka_unit_test(test_convert_names),
		cmocka_unit_test(test_convert_refused),
		cmocka_unit_test(test_schema1),
		cmocka_unit_test(test_schema1_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
