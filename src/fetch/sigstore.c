/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/sigstore.h"

#include "base/log.h"
#include "base/strbuf.h"
#include "trust/cosign.h"

/* Of more than these the first ones are not looked at: new ones are put behind them. */
#define SIGNATURES_MAX 128

/* The signatures of one image. */
typedef struct Attached {
	const SigstoreCheck *check;
	Arena arena;
	CosignSignatures signatures;
	char **payloads; /* as far as they were needed yet, one a signature */
	size_t *lens;
} Attached;

static void attached_done(Attached *a)
{
	for (size_t i = 0; a->payloads && i < a->signatures.n; i++)
		free(a->payloads[i]);
	free(a->payloads);
	free(a->lens);
	arena_done(&a->arena);
}

static int load(Attached *a, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(OCI_MANIFEST_MAX);
	char tag[COSIGN_TAG_MAX];
	int r;

	cosign_tag(a->check->digest, tag);
	r = a->check->manifest(a->check->userdata, tag, (Sink){sink_collect, &text}, err);
	if (r == -ENOENT)
		return fail(err, -EKEYREJECTED, "it has no signature: its repository has no tag %s",
			tag);
	if (r == 0)
		r = cosign_signatures_parse(
			strbuf_text(&text), text.len, &a->arena, &a->signatures, err);
	if (r < 0)
		return r;
	if (a->signatures.n > SIGNATURES_MAX) {
		a->signatures.items += a->signatures.n - SIGNATURES_MAX;
		a->signatures.n = SIGNATURES_MAX;
	}
	a->payloads = calloc(a->signatures.n + 1, sizeof *a->payloads);
	a->lens = calloc(a->signatures.n + 1, sizeof *a->lens);
	return a->payloads && a->lens ? 0 : fail_oom(err);
}

static int need_payload(Attached *a, size_t i, Error *err)
{
	const CosignSignature *signature = &a->signatures.items[i];
	OciDescriptor payload = {.digest = signature->digest, .size = signature->size};

	if (a->payloads[i])
		return 0;
	return image_source_read(a->check->source, &payload, false, COSIGN_PAYLOAD_MAX,
		&a->payloads[i], &a->lens[i], err);
}

/* Judges one signature. One that cannot be had is as good as one of somebody else. */
static int judge(Attached *a, const PolicyRequirement *requirement, size_t i, const char **ret_key,
	Error *err)
{
	const SigstoreCheck *check = a->check;
	int r = need_payload(a, i, err);

	if (r < 0)
		return r == -ENOMEM ? r : SIGSTORE_OTHER_KEY;
	return sigstore_judge(requirement, check->name, check->digest, a->payloads[i], a->lens[i],
		a->signatures.items[i].signature, ret_key, err);
}

/* One good signature is enough. Of those that are not, the one that comes closest is told. */
static int satisfy(Attached *a, const PolicyRequirement *requirement, Error *err)
{
	int closest = SIGSTORE_OTHER_KEY + 1;
	Error closest_why = ERROR_INIT;

	if (a->signatures.n == 0)
		return fail(err, -EKEYREJECTED, "it has no signature of a kind that is known");
	for (size_t i = a->signatures.n; i-- > 0;) {
		const char *key = NULL;
		Error why = ERROR_INIT;
		int r = judge(a, requirement, i, &key, &why);

		if (r == SIGSTORE_GOOD) {
			log_line("image", "signature verified:\n  %s", key);
			return 0;
		}
		if (r < closest) {
			closest = r;
			closest_why = why;
		}
		if (r < 0)
			break;
	}
	if (err)
		*err = closest_why;
	return closest < 0 ? closest : -EKEYREJECTED;
}

int sigstore_verify(const SigstoreCheck *check, const PolicyRule *rule, Error *err)
{
	_cleanup_(attached_done) Attached a = {.check = check};
	bool loaded = false;
	int r = 0;

	for (size_t i = 0; i < rule->n_requirements && r == 0; i++) {
		if (rule->requirements[i].kind != POLICY_SIGSTORE)
			continue;
		r = loaded ? 0 : load(&a, err);
		loaded = true;
		if (r == 0)
			r = satisfy(&a, &rule->requirements[i], err);
	}
	return r;
}
