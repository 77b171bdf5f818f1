/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/image-source.h"

#include <inttypes.h>
#include "base/strbuf.h"
#include "store/digest.h"

int sink_collect(void *strbuf, const void *data, size_t len, Error *err)
{
	StrBuf *b = strbuf;

	strbuf_add(b, data, len);
	if (b->error == -E2BIG)
		return fail(err, -EFBIG, "larger than %zu bytes", b->max);
	return b->error < 0 ? fail_oom(err) : 0;
}

static int check(const OciDescriptor *d, const char *text, size_t len, Error *err)
{
	char found[DIGEST_HEX_MAX + 1];
	DigestKind kind;
	const char *hex;
	int r;

	if (d->size >= 0 && (uint64_t)d->size != len)
		return fail(err, -EINVAL,
			"size mismatch: %s should have %" PRId64 " bytes but has %zu", d->digest,
			d->size, len);
	r = digest_parse(d->digest, &kind, &hex);
	if (r < 0)
		return fail(err, r, "unknown digest \"%s\"", d->digest);
	r = digest_buffer(kind, text, len, found, err);
	if (r < 0)
		return r;
	if (!streq(found, hex))
		return fail(err, -EINVAL, "digest mismatch: it should be %s but is %s:%s",
			d->digest, digest_kind_name(kind), found);
	return 0;
}

int image_source_read(const ImageSource *source, const OciDescriptor *d, bool is_manifest,
	size_t max, char **ret_text, size_t *ret_len, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(max);
	_cleanup_free_ char *result = NULL;
	size_t len;
	int r;

	if (is_manifest && source->manifest)
		r = source->manifest(source->userdata, d, (Sink){sink_collect, &text}, err);
	else
		r = source->blob(source->userdata, d, (Sink){sink_collect, &text}, err);
	if (r == 0)
		r = strbuf_finish(&text, &result, &len);
	if (r == 0)
		r = check(d, result, len, err);
	if (r < 0)
		return wrap(err, r, "cannot read %s %s of %s", is_manifest ? "manifest" : "config",
			d->digest, source->what);
	*ret_text = TAKE_PTR(result);
	*ret_len = len;
	return 0;
}
