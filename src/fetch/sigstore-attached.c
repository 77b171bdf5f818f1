/* SPDX-License-Identifier: Apache-2.0 */

/* Where signatures are looked for: of each manifest that may have been signed in the manifest with
 * its tag, then in what refers to it. */

#include "base/strbuf.h"
#include "fetch/sigstore.h"
#include "trust/cosign.h"

/* Of more than these the first ones are not looked at: new ones are put behind them. */
#define SIGNATURES_MAX 128 /* of one manifest with signatures */

/* The tag, the list of referrers, the referrers themselves. */
#define STAGES 3

void sigstore_attached_done(SigstoreAttached *a)
{
	free(a->items);
	arena_done(&a->arena);
}

/* What is needed of a descriptor: documents have much else to say. */
static int keep_descriptor(
	SigstoreAttached *a, const OciDescriptor *d, OciDescriptor *ret, Error *err)
{
	*ret = (OciDescriptor){.digest = arena_strdup(&a->arena, d->digest), .size = d->size};
	return ret->digest ? 0 : fail_oom(err);
}

static int keep_signature(SigstoreAttached *a, const SigstoreSubject *subject,
	const CosignSignature *signature, Error *err)
{
	SigstoreFound *item = &a->items[a->n];
	int r;

	*item = (SigstoreFound){.subject = subject};
	r = keep_descriptor(a, &signature->blob, &item->blob, err);
	if (r == 0 && signature->signature) {
		item->signature = arena_strdup(&a->arena, signature->signature);
		r = item->signature ? 0 : fail_oom(err);
	}
	a->n += r == 0;
	return r;
}

/* Adds what a manifest holds, the newest first. text may go afterwards. */
static int add(SigstoreAttached *a, const SigstoreSubject *subject, const char *text, size_t len,
	bool of_subject, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	CosignSignatures found;
	SigstoreFound *items;
	size_t n;
	int r = cosign_signatures_parse(text, len, &arena, &found, err);

	if (r == -ENOMEM)
		return r;
	if (r < 0 || (of_subject && !(found.subject && streq(found.subject, subject->digest))))
		return 0;
	n = MIN(found.n, (size_t)SIGNATURES_MAX);
	items = reallocarray(a->items, a->n + n + 1, sizeof *items);
	if (!items)
		return fail_oom(err);
	a->items = items;
	r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = keep_signature(a, subject, &found.items[found.n - 1 - i], err);
	return r;
}

/* Reads what a tag names; nothing, where there is no such tag. */
static int read_tag(SigstoreAttached *a, const SigstoreSubject *subject, const char *suffix,
	StrBuf *text, Error *err)
{
	char tag[COSIGN_TAG_MAX];
	int r;

	cosign_tag(subject->digest, suffix, tag);
	r = a->check->manifest(a->check->userdata, tag, (Sink){sink_collect, text}, err);
	if (r == 0)
		a->others = true;
	return r == -ENOENT ? 0 : r;
}

static int look_at_tag(SigstoreAttached *a, const SigstoreSubject *subject, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(OCI_MANIFEST_MAX);
	int r = read_tag(a, subject, ".sig", &text, err);

	return r < 0 || text.len == 0 ? r
				      : add(a, subject, strbuf_text(&text), text.len, false, err);
}

/* A registry of before OCI 1.1 says that it has no such thing, or anything else that is no index:
 * there clients keep the index themselves, under a tag. */
static int read_referrers(SigstoreAttached *a, const SigstoreSubject *subject, Arena *arena,
	CosignReferrers *ret, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(OCI_MANIFEST_MAX),
				other = STRBUF_INIT(OCI_MANIFEST_MAX);
	int r = a->check->referrers(
		a->check->userdata, subject->digest, (Sink){sink_collect, &text}, err);

	if (r == 0)
		r = cosign_referrers_parse(strbuf_text(&text), text.len, arena, ret, err);
	if (r != -ENOENT && r != -EPROTO && r != -EACCES && r != -EINVAL)
		return r;
	r = read_tag(a, subject, "", &other, err);
	if (r == 0 && other.len > 0)
		r = cosign_referrers_parse(strbuf_text(&other), other.len, arena, ret, err);
	return r == -EINVAL ? 0 : r;
}

static int look_for_referrers(SigstoreAttached *a, const SigstoreSubject *subject, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	CosignReferrers found = {NULL};
	int r = read_referrers(a, subject, &arena, &found, err);
	size_t n = MIN(found.n, (size_t)REFERRERS_MAX);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = keep_descriptor(a, &found.items[found.n - n + i], &a->referrers[i], err);
	if (r == 0)
		a->n_referrers = n;
	return r;
}

/* One that cannot be had is none. */
static int look_at_referrer(SigstoreAttached *a, const SigstoreSubject *subject, Error *err)
{
	const OciDescriptor *manifest = &a->referrers[--a->n_referrers];
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = image_source_read(
		a->check->source, manifest, true, OCI_MANIFEST_MAX, &text, &len, err);

	return r < 0 ? r == -ENOMEM ? r : 0 : add(a, subject, text, len, true, err);
}

int sigstore_attached_more(SigstoreAttached *a, Error *err)
{
	size_t before = a->n;
	int r = 0;

	while (r == 0 && a->n == before && a->stage < STAGES * a->check->n_subjects) {
		const SigstoreSubject *subject = &a->check->subjects[a->stage / STAGES];

		if (a->n_referrers > 0) {
			r = look_at_referrer(a, subject, err);
			continue;
		}
		switch (a->stage++ % STAGES) {
		case 0: r = look_at_tag(a, subject, err); break;
		case 1: r = look_for_referrers(a, subject, err); break;
		default: break;
		}
	}
	if (r < 0)
		return r;
	/* What was not there on the way is no error. */
	error_clear(err);
	return a->n > before;
}
