/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/registrations.h"

#include <openssl/crypto.h>
#include "spec/json-fields.h"

/* Of one value of a manifest in memory: a little more than they were found to take. */
#define VALUE_BYTES 48

/* What a manifest takes up: its text, and what is made of it, which may be far more. No value is
 * without a mark in front. */
static size_t manifest_bytes(const char *text, size_t len)
{
	size_t marks = 1;
	bool in_string = false;

	for (size_t i = 0; i < len; i++)
		if (text[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += text[i] == '\\';
		else
			marks += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return len + marks * VALUE_BYTES;
}

static size_t pod_bytes(const RegisteredPod *pod)
{
	size_t bytes = pod->bytes + (pod->reified ? pod->reified->len : 0);

	for (size_t i = 0; pod->apps && i < pod->manifest->n_apps; i++)
		bytes += pod->apps[i].bytes;
	return bytes;
}

static void pod_free(RegisteredPod *pod)
{
	for (size_t i = 0; pod->apps && i < pod->manifest->n_apps; i++) {
		shared_text_unref(pod->apps[i].text);
		image_manifest_free(pod->apps[i].image);
	}
	free(pod->apps);
	shared_text_unref(pod->text);
	shared_text_unref(pod->reified);
	pod_manifest_free(pod->manifest);
	/* Whoever looks through freed memory finds no tokens. */
	OPENSSL_cleanse(pod->token, sizeof pod->token);
	free(pod);
}

DEFINE_CLEANUP(RegisteredPod *, pod_free)
#define _cleanup_registered_pod_ _cleanup_(pod_freep)

void registrations_done(Registrations *r)
{
	for (size_t i = 0; i < r->n; i++)
		pod_free(r->pods[i]);
	free(r->pods);
	*r = (Registrations){.n = 0};
}

/* The place of a pod, or r->n. */
static size_t find_uuid(const Registrations *r, const char *uuid)
{
	size_t i = 0;

	while (i < r->n && !streq(r->pods[i]->uuid, uuid))
		i++;
	return i;
}

static int check_token(const char *token, Error *err)
{
	static const char allowed[] = "0123456789-._~"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t len = strlen(token);

	if (len == 0 || len >= REGISTRATION_TOKEN_SIZE || strspn(token, allowed) != len)
		return fail(err, -EBADMSG, "a token is 1 to %d letters, digits and \"-._~\"",
			REGISTRATION_TOKEN_SIZE - 1);
	return 0;
}

/* Whether there is room for more bytes of manifests when some that are there go. */
static int check_room(const Registrations *r, size_t more, size_t less, Error *err)
{
	if (r->bytes - less + more <= REGISTRATIONS_BYTES_MAX)
		return 0;
	return fail(err, -ENOSPC, "the manifests of all pods take more than %u bytes",
		REGISTRATIONS_BYTES_MAX);
}

/* What a pod manifest leaves to the images of its apps belongs to the one that the pod runs by. */
static int reify(RegisteredPod *pod, SharedText **ret)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	PodManifest whole = *pod->manifest;
	bool changed = false;

	whole.apps = arena_memdup(&arena, whole.apps, whole.n_apps * sizeof *whole.apps);
	if (!whole.apps)
		return -ENOMEM;
	for (size_t i = 0; i < whole.n_apps; i++) {
		const ImageManifest *image = pod->apps[i].image;

		if (whole.apps[i].has_app || !image || !image->has_app)
			continue;
		whole.apps[i].has_app = changed = true;
		whole.apps[i].app = image->app;
	}
	if (changed && json_print(pod_manifest_to_json(&arena, &whole), false, &text) < 0)
		return -ENOMEM;
	*ret = changed ? shared_text_new(text, strlen(text)) : shared_text_ref(pod->text);
	return *ret ? 0 : -ENOMEM;
}

int registrations_reify(Registrations *r, RegisteredPod *pod, Error *err)
{
	_cleanup_shared_text_ SharedText *reified = NULL;
	int result;

	if (pod->reified)
		return 0;
	if (reify(pod, &reified) < 0)
		return fail_oom(err);
	result = check_room(r, reified->len, 0, err);
	if (result < 0)
		return result;
	r->bytes += reified->len;
	pod->reified = TAKE_PTR(reified);
	return 0;
}

static int make_pod(const char *uuid, const char *token, const char *text, size_t len,
	RegisteredPod **ret, Error *err)
{
	_cleanup_registered_pod_ RegisteredPod *pod = calloc(1, sizeof *pod);
	int r;

	if (!pod)
		return fail_oom(err);
	memcpy(pod->uuid, uuid, sizeof pod->uuid);
	memcpy(pod->token, token, strlen(token));
	pod->bytes = manifest_bytes(text, len);
	r = pod_manifest_parse(text, len, &pod->manifest, err);
	if (r < 0)
		return r;
	pod->apps = calloc(pod->manifest->n_apps + 1, sizeof *pod->apps);
	pod->text = shared_text_new(text, len);
	if (!pod->apps || !pod->text)
		return fail_oom(err);
	*ret = TAKE_PTR(pod);
	return 0;
}

/* Puts it at its place: at r->n a new one. */
static int keep(Registrations *r, size_t place, RegisteredPod *pod, Error *err)
{
	RegisteredPod **pods;

	if (place < r->n) {
		r->bytes -= pod_bytes(r->pods[place]);
		pod_free(r->pods[place]);
	} else {
		pods = realloc(r->pods, (r->n + 1) * sizeof *pods);
		if (!pods)
			return fail_oom(err);
		r->pods = pods;
		r->n++;
	}
	r->pods[place] = pod;
	r->bytes += pod_bytes(pod);
	return 0;
}

int registrations_put_pod(Registrations *r, const char *uuid, const char *token, const char *text,
	size_t len, Error *err)
{
	_cleanup_registered_pod_ RegisteredPod *pod = NULL;
	size_t place = find_uuid(r, uuid);
	const RegisteredPod *other;
	int result = check_token(token, err);

	if (result < 0)
		return result;
	other = registrations_find(r, token);
	if (other && !streq(other->uuid, uuid))
		return fail(err, -EEXIST, "the token is another pod's");
	if (place == REGISTRATIONS_MAX)
		return fail(err, -ENOSPC, "%d pods are registered", REGISTRATIONS_MAX);
	result = check_room(
		r, manifest_bytes(text, len), place < r->n ? pod_bytes(r->pods[place]) : 0, err);
	if (result == 0)
		result = make_pod(uuid, token, text, len, &pod, err);
	if (result == 0)
		result = keep(r, place, pod, err);
	/* It is in the list now. */
	if (result == 0)
		(void)TAKE_PTR(pod);
	return result;
}

static int find_app(const PodManifest *m, const char *name)
{
	for (size_t i = 0; i < m->n_apps; i++)
		if (streq(m->apps[i].name, name))
			return (int)i;
	return -1;
}

int registrations_put_app(Registrations *r, const char *uuid, const char *app, const char *text,
	size_t len, Error *err)
{
	size_t place = find_uuid(r, uuid);
	_cleanup_image_manifest_ ImageManifest *image = NULL;
	RegisteredPod *pod;
	char quoted[QUOTED_MAX];
	SharedText *copy;
	size_t bytes;
	int i, result;

	if (place == r->n)
		return fail(err, -ENOENT, "Pod with given UUID not found");
	pod = r->pods[place];
	i = find_app(pod->manifest, app);
	if (i < 0)
		return fail(err, -EBADMSG, "the pod has no app %s",
			text_quoted(app, quoted, sizeof quoted));
	bytes = manifest_bytes(text, len);
	result = check_room(r, bytes, pod->apps[i].bytes, err);
	if (result == 0)
		result = image_manifest_parse(text, len, &image, err);
	if (result < 0)
		return result;
	copy = shared_text_new(text, len);
	if (!copy)
		return fail_oom(err);
	r->bytes -= pod_bytes(pod);
	shared_text_unref(pod->apps[i].text);
	image_manifest_free(pod->apps[i].image);
	pod->apps[i] = (RegisteredApp){.text = copy, .image = TAKE_PTR(image), .bytes = bytes};
	shared_text_unref(pod->reified);
	pod->reified = NULL;
	r->bytes += pod_bytes(pod);
	return 0;
}

int registrations_remove(Registrations *r, const char *uuid)
{
	size_t place = find_uuid(r, uuid);

	if (place == r->n)
		return -ENOENT;
	r->bytes -= pod_bytes(r->pods[place]);
	pod_free(r->pods[place]);
	r->pods[place] = r->pods[--r->n];
	return 0;
}

RegisteredPod *registrations_find(const Registrations *r, const char *token)
{
	char padded[REGISTRATION_TOKEN_SIZE] = {0};
	RegisteredPod *found = NULL;

	if (strlen(token) >= sizeof padded)
		return NULL;
	memcpy(padded, token, strlen(token));
	for (size_t i = 0; i < r->n; i++)
		if (CRYPTO_memcmp(padded, r->pods[i]->token, sizeof padded) == 0)
			found = r->pods[i];
	return found;
}

int registered_app(const RegisteredPod *pod, const char *name)
{
	int i = find_app(pod->manifest, name);

	return i >= 0 && pod->apps[i].image ? i : -1;
}
