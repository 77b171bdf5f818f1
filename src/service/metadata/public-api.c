/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/api.h"

#include <ctype.h>
#include "fetch/base64.h"
#include "spec/ac-types.h"

/* The words of requests: the token, an app or an annotation of the pod, an annotation of the app.
 */
enum {
	WORD_TOKEN,
	WORD_APP,
	WORD_POD_ANNOTATION = WORD_APP,
	WORD_APP_ANNOTATION,
};

/* The pod that the request's token is for; NULL, and the request is answered, for none. */
static RegisteredPod *find_pod(Request *q)
{
	RegisteredPod *pod = registrations_find(&q->service->registrations, q->words[WORD_TOKEN]);

	if (!pod)
		request_refuse(q, MHD_HTTP_UNAUTHORIZED, "metadata by this token not found");
	return pod;
}

/* The same of the app that it is about: its number. -1 for none. */
static int find_app(Request *q, const RegisteredPod **ret)
{
	const char *name = q->words[WORD_APP];
	int i;

	*ret = find_pod(q);
	if (!*ret)
		return -1;
	if (!ac_name_valid(name)) {
		request_refuse(q, MHD_HTTP_BAD_REQUEST, "app name missing or malformed");
		return -1;
	}
	i = registered_app(*ret, name);
	if (i < 0)
		request_refuse(q, MHD_HTTP_NOT_FOUND, "app not found");
	return i;
}

static void answer_pairs(Request *q, const NameValues *const *lists, size_t n)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	Json *array = json_new(&arena, JSON_ARRAY);

	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			const NameValue *pair = &lists[k]->items[i];
			Json *object = json_new(&arena, JSON_OBJECT);
			bool overridden = k > 0 && name_values_find(lists[0], pair->name);

			object = json_add_text(&arena, object, "name", pair->name);
			object = json_add_text(&arena, object, "value", pair->value);
			if (!overridden)
				array = json_append(array, object);
		}
	if (json_print(array, false, &text) < 0)
		request_refuse(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
	else
		request_answer(q, MHD_HTTP_OK, TYPE_JSON, text);
}

static void answer_pair(Request *q, const NameValues *const *lists, size_t n, const char *name)
{
	const char *value = NULL;

	if (!ac_identifier_valid(name)) {
		request_refuse(q, MHD_HTTP_BAD_REQUEST, "annotation name missing or malformed");
		return;
	}
	for (size_t k = 0; k < n && !value; k++)
		value = name_values_find(lists[k], name);
	if (value)
		request_answer(q, MHD_HTTP_OK, TYPE_TEXT, value);
	else
		request_refuse(q, MHD_HTTP_NOT_FOUND, "annotation not found");
}

static void pod_annotations(Request *q)
{
	const RegisteredPod *pod = find_pod(q);
	const NameValues *list;

	if (!pod)
		return;
	list = &pod->manifest->annotations;
	answer_pairs(q, &list, 1);
}

static void pod_annotation(Request *q)
{
	const RegisteredPod *pod = find_pod(q);
	const NameValues *list;

	if (!pod)
		return;
	list = &pod->manifest->annotations;
	answer_pair(q, &list, 1, q->words[WORD_POD_ANNOTATION]);
}

static void pod_manifest(Request *q)
{
	RegisteredPod *pod = find_pod(q);
	Error err = ERROR_INIT;

	if (!pod)
		return;
	if (registrations_reify(&q->service->registrations, pod, &err) < 0)
		request_refuse_error(q, MHD_HTTP_INSUFFICIENT_STORAGE, "", &err);
	else
		request_answer_shared(q, TYPE_JSON, pod->reified);
}

static void pod_uuid(Request *q)
{
	const RegisteredPod *pod = find_pod(q);

	if (pod)
		request_answer(q, MHD_HTTP_OK, TYPE_TEXT, pod->uuid);
}

/* What the pod says of an app counts more than what the image does. */
#define APP_LISTS 2

static bool find_app_lists(Request *q, const NameValues *ret[static APP_LISTS])
{
	const RegisteredPod *pod;
	int i = find_app(q, &pod);

	if (i < 0)
		return false;
	ret[0] = &pod->manifest->apps[i].annotations;
	ret[1] = &pod->apps[i].image->annotations;
	return true;
}

static void app_annotations(Request *q)
{
	const NameValues *lists[APP_LISTS];

	if (find_app_lists(q, lists))
		answer_pairs(q, lists, APP_LISTS);
}

static void app_annotation(Request *q)
{
	const NameValues *lists[APP_LISTS];

	if (find_app_lists(q, lists))
		answer_pair(q, lists, APP_LISTS, q->words[WORD_APP_ANNOTATION]);
}

static void image_manifest(Request *q)
{
	const RegisteredPod *pod;
	int i = find_app(q, &pod);

	if (i >= 0)
		request_answer_shared(q, TYPE_JSON, pod->apps[i].text);
}

static void image_id(Request *q)
{
	const RegisteredPod *pod;
	int i = find_app(q, &pod);

	if (i >= 0)
		request_answer(q, MHD_HTTP_OK, TYPE_TEXT, pod->manifest->apps[i].image_id);
}

/* A value of the request's form; NULL, and the request is answered, when it is not there. */
static const StrBuf *find_value(Request *q, FormField field)
{
	const StrBuf *value = form_value(&q->form, field);
	char text[64];

	if (!value) {
		(void)snprintf(
			text, sizeof text, "%s form value not found", form_field_name(field));
		request_refuse(q, MHD_HTTP_BAD_REQUEST, text);
	}
	return value;
}

/* Nobody who has no token may send anything. */
static void begin_sign(Request *q)
{
	if (find_pod(q))
		request_want(q, BODY_FORM);
}

static void sign(Request *q)
{
	const RegisteredPod *pod = find_pod(q);
	const StrBuf *content = pod ? find_value(q, FORM_CONTENT) : NULL;
	unsigned char signature[SIGNATURE_SIZE];
	_cleanup_free_ char *text = NULL;

	if (!content)
		return;
	if (signer_sign(&q->service->signer, pod->uuid, content->text, content->len, signature) <
			0 ||
		base64_encode(signature, sizeof signature, &text) < 0)
		request_refuse(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
	else
		request_answer(q, MHD_HTTP_OK, TYPE_TEXT, text);
}

/* Of any pod, by anybody. */
static void begin_verify(Request *q)
{
	request_want(q, BODY_FORM);
}

static bool take_uuid(const StrBuf *value, char ret[static UUID_TEXT])
{
	if (value->len != UUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < UUID_TEXT; i++)
		ret[i] = (char)tolower((unsigned char)value->text[i]);
	return uuid_valid(ret);
}

static void answer_verified(Request *q, int r)
{
	switch (r) {
	case 1: request_answer(q, MHD_HTTP_OK, TYPE_TEXT, ""); break;
	case 0: request_refuse(q, MHD_HTTP_FORBIDDEN, "the signature is not the pod's"); break;
	default: request_refuse(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory"); break;
	}
}

static void verify(Request *q)
{
	const StrBuf *uuid = find_value(q, FORM_UUID), *content, *signature;
	_cleanup_free_ char *bytes = NULL;
	char pod[UUID_TEXT];
	size_t len;
	int r;

	if (!uuid)
		return;
	if (!take_uuid(uuid, pod)) {
		request_refuse(q, MHD_HTTP_BAD_REQUEST, "uuid is malformed");
		return;
	}
	signature = find_value(q, FORM_SIGNATURE);
	if (!signature)
		return;
	content = find_value(q, FORM_CONTENT);
	if (!content)
		return;
	r = base64_decode(strbuf_text(signature), signature->len, &bytes, &len);
	if (r == -EINVAL)
		request_refuse(q, MHD_HTTP_BAD_REQUEST, "signature is malformed");
	else
		answer_verified(q, r < 0 ? r
					 : signer_verify(&q->service->signer, pod, content->text,
						   content->len, bytes, len));
}

#define PREFIX "/*/acMetadata/v1/"

const Route public_routes[] = {
	{MHD_HTTP_METHOD_GET, PREFIX "pod/annotations", pod_annotations, NULL},
	{MHD_HTTP_METHOD_GET, PREFIX "pod/annotations/+", pod_annotation, NULL},
	{MHD_HTTP_METHOD_GET, PREFIX "pod/manifest", pod_manifest, NULL},
	{MHD_HTTP_METHOD_GET, PREFIX "pod/uuid", pod_uuid, NULL},
	{MHD_HTTP_METHOD_POST, PREFIX "pod/hmac/sign", begin_sign, sign},
	{MHD_HTTP_METHOD_POST, PREFIX "pod/hmac/verify", begin_verify, verify},
	{MHD_HTTP_METHOD_GET, PREFIX "apps/*/annotations", app_annotations, NULL},
	{MHD_HTTP_METHOD_GET, PREFIX "apps/*/annotations/+", app_annotation, NULL},
	{MHD_HTTP_METHOD_GET, PREFIX "apps/*/image/manifest", image_manifest, NULL},
	{MHD_HTTP_METHOD_GET, PREFIX "apps/*/image/id", image_id, NULL},
};
const size_t n_public_routes = ARRAY_LEN(public_routes);
