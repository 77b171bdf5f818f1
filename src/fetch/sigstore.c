/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/sigstore.h"

#include "base/log.h"
#include "trust/cosign.h"

/* Judges one signature. One that cannot be had is as good as one of somebody else. Its text is read
 * for each requirement anew: there may be thousands, and a rule has one requirement as a rule. */
static int judge(const SigstoreAttached *a, const PolicyRequirement *requirement, size_t i,
	const char **ret_key, Error *err)
{
	_cleanup_free_ char *text = NULL;
	SigstoreFound found = a->items[i];
	int r = image_source_read(
		a->check->source, &found.blob, false, COSIGN_BUNDLE_MAX, &text, &found.len, err);

	if (r < 0)
		return r == -ENOMEM ? r : SIGSTORE_OTHER_KEY;
	found.text = text;
	return sigstore_judge(requirement, a->check->name, &found, ret_key, err);
}

static int none(const SigstoreAttached *a, Error *err)
{
	char tag[COSIGN_TAG_MAX];

	if (a->others)
		return fail(err, -EKEYREJECTED, "it has no signature of a kind that is known");
	cosign_tag(a->check->subjects[0].digest, ".sig", tag);
	return fail(err, -EKEYREJECTED,
		"it has no signature: there is neither a tag %s nor a referrer that is one", tag);
}

/* One good signature is enough. Of those that are not, the one that comes closest is told. */
static int satisfy(SigstoreAttached *a, const PolicyRequirement *requirement, Error *err)
{
	int closest = SIGSTORE_OTHER_KIND + 1;
	Error closest_why = ERROR_INIT;

	for (size_t i = 0;; i++) {
		const char *key = NULL;
		Error why = ERROR_INIT;
		int r = i < a->n ? 1 : sigstore_attached_more(a, err);

		if (r < 0)
			return r;
		if (r == 0)
			break;
		r = judge(a, requirement, i, &key, &why);
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
	if (a->n == 0)
		return none(a, err);
	if (err)
		*err = closest_why;
	return closest < 0 ? closest : -EKEYREJECTED;
}

int sigstore_verify(const SigstoreCheck *check, const PolicyRule *rule, Error *err)
{
	_cleanup_(sigstore_attached_done) SigstoreAttached a = {.check = check};
	int r = 0;

	for (size_t i = 0; i < rule->n_requirements && r == 0; i++)
		if (rule->requirements[i].kind == POLICY_SIGSTORE)
			r = satisfy(&a, &rule->requirements[i], err);
	return r;
}
