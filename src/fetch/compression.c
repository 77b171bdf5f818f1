/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/compression.h"

#include <pthread.h>
#include "fetch/codec-internal.h"

#define OUTPUT_SIZE (256u << 10)

#define TAR_BLOCK        512
#define TAR_CHECKSUM     148
#define TAR_CHECKSUM_LEN 8
#define TAR_MAGIC        257

struct Decompressor {
	const Codec *codec; /* NULL: bytes pass as they are */
	void *state;
	Sink out;
	bool in_member; /* between the first and the last byte of a member */
	bool started;   /* the first member was begun */
	bool large;     /* it is the one that may use CODEC_MEMORY_LARGE */
	uint8_t buffer[OUTPUT_SIZE];
};

/* Held by the decompressor that uses much memory: of several at once the others wait. */
static pthread_mutex_t large_turn = PTHREAD_MUTEX_INITIALIZER;

static const struct {
	Compression kind;
	const Codec *codec;
	const char *magic;
	size_t magic_len;
} kinds[] = {
	{COMPRESSION_GZIP, &codec_gzip, "\x1f\x8b", 2},
	{COMPRESSION_BZIP2, &codec_bzip2, "BZh", 3},
	{COMPRESSION_XZ, &codec_xz, "\xfd\x37zXZ\0", 6},
	{COMPRESSION_ZSTD, &codec_zstd, "\x28\xb5\x2f\xfd", 4},
};

/* The header checksum of every tar since V7: the sum of all bytes, its own field counted as blanks.
 */
static bool tar_checksum_valid(const uint8_t *block)
{
	unsigned sum = 0, stated = 0;
	size_t i = 0;

	for (size_t k = 0; k < TAR_BLOCK; k++)
		sum += k >= TAR_CHECKSUM && k < TAR_CHECKSUM + TAR_CHECKSUM_LEN ? ' ' : block[k];
	while (i < TAR_CHECKSUM_LEN && block[TAR_CHECKSUM + i] == ' ')
		i++;
	for (; i < TAR_CHECKSUM_LEN && block[TAR_CHECKSUM + i] >= '0' &&
		block[TAR_CHECKSUM + i] <= '7';
		i++)
		stated = stated * 8 + (unsigned)(block[TAR_CHECKSUM + i] - '0');
	return sum == stated && block[0] != '\0';
}

static bool is_zero(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i])
			return false;
	return true;
}

/* A tar without entries is nothing but zeros. */
static bool is_tar(const uint8_t *head, size_t len)
{
	if (len < TAR_BLOCK)
		return false;
	return memcmp(head + TAR_MAGIC, "ustar", 5) == 0 || tar_checksum_valid(head) ||
	       is_zero(head, TAR_BLOCK);
}

int compression_detect(const void *head, size_t len, Compression *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (len >= kinds[i].magic_len &&
			memcmp(head, kinds[i].magic, kinds[i].magic_len) == 0) {
			*ret = kinds[i].kind;
			return 0;
		}
	if (!is_tar(head, len))
		return -EINVAL;
	*ret = COMPRESSION_NONE;
	return 0;
}

static const Codec *find_codec(Compression kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].codec;
	return NULL;
}

int decompressor_new(Compression kind, Sink out, Decompressor **ret, Error *err)
{
	_cleanup_decompressor_ Decompressor *d = malloc(sizeof *d);

	if (!d)
		return fail_oom(err);
	*d = (Decompressor){.codec = find_codec(kind), .out = out};
	d->state = d->codec ? d->codec->create() : NULL;
	if (d->codec && !d->state)
		return fail_oom(err);
	*ret = TAKE_PTR(d);
	return 0;
}

Decompressor *decompressor_free(Decompressor *d)
{
	if (d && d->codec)
		d->codec->destroy(d->state);
	if (d && d->large)
		(void)pthread_mutex_unlock(&large_turn);
	free(d);
	return NULL;
}

static int enlarge(Decompressor *d)
{
	if (!d->large)
		(void)pthread_mutex_lock(&large_turn);
	d->large = true;
	return d->codec->enlarge(d->state);
}

/* One step, with more memory where it takes that. */
static int step(Decompressor *d, CodecBuffers *b, const char **ret_why)
{
	int r = d->codec->step(d->state, b, ret_why);

	if (r == -E2BIG)
		r = enlarge(d) < 0 ? -EINVAL : d->codec->step(d->state, b, ret_why);
	return r == -E2BIG ? -EINVAL : r;
}

/* Decodes until the member ends or the input does. */
static int feed_member(Decompressor *d, CodecBuffers *b, Error *err)
{
	int r;

	do {
		const char *why = "the data is corrupt";
		size_t before = b->in_len, n;

		b->out = d->buffer;
		b->out_len = sizeof d->buffer;
		r = step(d, b, &why);
		if (r == -ENOMEM)
			return fail_oom(err);
		n = sizeof d->buffer - b->out_len;
		/* A decoder that neither eats nor yields would be asked for ever. */
		if (r == 0 && n == 0 && before > 0 && b->in_len == before)
			r = -EINVAL;
		if (r < 0)
			return fail(err, r, "%s: %s", d->codec->name, why);
		if (n > 0) {
			int wr = sink_write(&d->out, d->buffer, n, err);

			if (wr < 0)
				return wr;
		}
	} while (r == 0 && (b->in_len > 0 || b->out_len == 0));
	d->in_member = r == 0;
	return 0;
}

/* Between members: skips padding, begins the next member. */
static int begin_member(Decompressor *d, CodecBuffers *b, Error *err)
{
	int r;

	if (d->started && b->in[0] == 0) {
		b->in++;
		b->in_len--;
		return 0;
	}
	r = d->started ? d->codec->restart(d->state) : 0;
	if (r < 0)
		return fail_oom(err);
	d->started = true;
	d->in_member = true;
	return 0;
}

int decompressor_feed(Decompressor *d, const void *data, size_t len, Error *err)
{
	CodecBuffers b = {.in = data, .in_len = len};

	if (!d->codec)
		return len > 0 ? sink_write(&d->out, data, len, err) : 0;
	while (b.in_len > 0) {
		int r = d->in_member ? feed_member(d, &b, err) : begin_member(d, &b, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int decompressor_finish(Decompressor *d, Error *err)
{
	if (d->codec && (d->in_member || !d->started))
		return fail(err, -EINVAL, "%s: the data is truncated", d->codec->name);
	return 0;
}
