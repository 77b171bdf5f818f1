/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/test-args-fixture.h"

#include "base/json.h"

const char args_busybox[] =
	"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/busybox\","
	"\"labels\":[{\"name\":\"version\",\"value\":\"1.0\"},{\"name\":\"arch\",\"value\":"
	"\"amd64\"},"
	"{\"name\":\"os\",\"value\":\"linux\"}],"
	"\"app\":{\"exec\":[\"/bin/true\"],\"user\":\"0\",\"group\":\"0\"}}";

const char args_rich[] =
	"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/tools/"
	"web_app\","
	"\"app\":{\"exec\":[\"/bin/web\",\"--serve\"],\"user\":\"www\",\"group\":\"www\","
	"\"supplementaryGIDs\":[7],\"workingDirectory\":\"/srv\","
	"\"environment\":[{\"name\":\"FROM\",\"value\":\"image\"},{\"name\":\"KEEP\",\"value\":"
	"\"image\"}],"
	"\"ports\":[{\"name\":\"http\",\"protocol\":\"tcp\",\"port\":80},"
	"{\"name\":\"dns\",\"protocol\":\"udp\",\"port\":53}],"
	"\"isolators\":["
	"{\"name\":\"resource/"
	"memory\",\"value\":{\"default\":false,\"request\":\"1G\",\"limit\":\"2G\"}},"
	"{\"name\":\"os/linux/capabilities-retain-set\",\"value\":{\"set\":[\"CAP_KILL\"]}},"
	"{\"name\":\"os/linux/seccomp-retain-set\",\"value\":{\"set\":[\"read\"]}},"
	"{\"name\":\"os/linux/no-new-privileges\",\"value\":true}],"
	"\"userAnnotations\":{\"from\":\"image\"},\"userLabels\":{\"from\":\"image\"}}}";

const char args_no_app[] =
	"{\"acKind\":\"ImageManifest\",\"acVersion\":\"0.8.11\",\"name\":\"example.com/data\"}";

Image *args_image(const char *manifest)
{
	Image *image = calloc(1, sizeof *image);
	Error err = ERROR_INIT;

	assert_non_null(image);
	memcpy(image->key, KEY, sizeof image->key);
	image->manifest_text = strdup(manifest);
	image->manifest_len = strlen(manifest);
	if (image_manifest_parse(manifest, image->manifest_len, &image->manifest, &err) < 0)
		fail_msg("%s", fixture_origin(&err));
	return image;
}

char *args_check(const PodArgs *args)
{
	_cleanup_(arena_done) Arena arena = {0};
	PodArgs checked = *args;
	Error err = ERROR_INIT;
	char message[2 * ERROR_TEXT];
	int r = pod_args_check(&checked, &arena, &err);

	assert_int_equal(r<0, err.n_frames> 0);
	return strdup(error_message(&err, message, sizeof message));
}

char *args_generate(const PodArgs *args, const char *manifest, bool pretty)
{
	_cleanup_image_ Image *image = args_image(manifest);
	_cleanup_pod_manifest_ PodManifest *m = NULL;
	_cleanup_(arena_done) Arena arena = {0};
	PodArgs checked = *args;
	Error err = ERROR_INIT;
	char *text = NULL, message[2 * ERROR_TEXT];

	for (size_t i = 0; i < args->n_apps; i++) {
		args->apps[i].found = image;
		if (!args->apps[i].image)
			args->apps[i].image = "IMAGE";
	}
	if (pod_args_check(&checked, &arena, &err) < 0 ||
		pod_manifest_generate(&checked, &m, &err) < 0) {
		assert_null(m);
		return strdup(error_message(&err, message, sizeof message));
	}
	m->ac_version = "1.30.0";
	assert_int_equal(json_print(pod_manifest_to_json(&m->arena, m), pretty, &text), 0);
	/* What is generated is valid: it reads back. */
	pod_manifest_free(m);
	m = NULL;
	if (pod_manifest_parse(text, strlen(text), &m, &err) < 0)
		fail_msg("%s", error_message(&err, message, sizeof message));
	return text;
}
