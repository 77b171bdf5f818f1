/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/compression.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <bzlib.h>
#include <cmocka.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <zstd.h>
#include "base/strbuf.h"

#define PLAIN_SIZE  700000u
#define PACKED_SIZE (PLAIN_SIZE * 2)

typedef size_t (*Pack)(const void *in, size_t len, uint8_t *out, size_t size);

static size_t pack_gzip(const void *in, size_t len, uint8_t *out, size_t size)
{
	struct isal_zstream s;

	isal_deflate_stateless_init(&s);
	s.gzip_flag = IGZIP_GZIP;
	s.next_in = (uint8_t *)in;
	s.avail_in = (uint32_t)len;
	s.next_out = out;
	s.avail_out = (uint32_t)size;
	assert_int_equal(isal_deflate_stateless(&s), COMP_OK);
	return s.total_out;
}

static size_t pack_bzip2(const void *in, size_t len, uint8_t *out, size_t size)
{
	unsigned n = (unsigned)size;

	assert_int_equal(
		BZ2_bzBuffToBuffCompress((char *)out, &n, (char *)in, (unsigned)len, 1, 0, 0),
		BZ_OK);
	return n;
}

static size_t pack_xz(const void *in, size_t len, uint8_t *out, size_t size)
{
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, in, len, out, &n, size),
		LZMA_OK);
	return n;
}

static size_t pack_zstd(const void *in, size_t len, uint8_t *out, size_t size)
{
	size_t n = ZSTD_compress(out, size, in, len, 1);

	assert_false(ZSTD_isError(n));
	return n;
}

static size_t pack_xz_with(
	uint32_t dictionary, const void *in, size_t len, uint8_t *out, size_t size)
{
	lzma_options_lzma options;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
	size_t n = 0;

	assert_false(lzma_lzma_preset(&options, 0));
	options.dict_size = dictionary;
	assert_int_equal(
		lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, in, len, out, &n, size),
		LZMA_OK);
	return n;
}

/* As xz -9 does. */
static size_t pack_xz_large(const void *in, size_t len, uint8_t *out, size_t size)
{
	return pack_xz_with(64u << 20, in, len, out, size);
}

/* As a stream, since the window of a frame of known size is no larger than that. */
static size_t pack_zstd_large(const void *in, size_t len, uint8_t *out, size_t size)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_inBuffer head = {in, len / 2, 0}, all = {in, len, len / 2};
	ZSTD_outBuffer packed = {out, size, 0};

	assert_non_null(c);
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 27)));
	assert_int_equal(ZSTD_compressStream2(c, &packed, &head, ZSTD_e_flush), 0);
	assert_int_equal(ZSTD_compressStream2(c, &packed, &all, ZSTD_e_end), 0);
	(void)ZSTD_freeCCtx(c);
	return packed.pos;
}

static const struct {
	Compression kind;
	Pack pack;
} packers[] = {
	{COMPRESSION_GZIP, pack_gzip},
	{COMPRESSION_BZIP2, pack_bzip2},
	{COMPRESSION_XZ, pack_xz},
	{COMPRESSION_ZSTD, pack_zstd},
};

static int collect(void *userdata, const void *data, size_t len, Error *err)
{
	StrBuf *out = userdata;

	strbuf_add(out, data, len);
	return out->error;
}

/* Half noise, half text that packs well. */
static uint8_t *make_plain(void)
{
	uint8_t *plain = malloc(PLAIN_SIZE);
	uint32_t x = 1;

	assert_non_null(plain);
	for (size_t i = 0; i < PLAIN_SIZE; i++) {
		x = x * 1664525u + 1013904223u;
		plain[i] = i % 2000 < 1000 ? (uint8_t)(x >> 24) : (uint8_t)('a' + i % 7);
	}
	return plain;
}

/* Feeds data in pieces of step bytes, and ends the stream when all of it went in. */
static int unpack(
	Compression kind, const uint8_t *data, size_t len, size_t step, StrBuf *out, Error *err)
{
	_cleanup_decompressor_ Decompressor *d = NULL;

	assert_int_equal(decompressor_new(kind, (Sink){collect, out}, &d, NULL), 0);
	for (size_t i = 0; i < len; i += step) {
		int r = decompressor_feed(d, data + i, MIN(step, len - i), err);

		if (r < 0)
			return r;
	}
	return decompressor_finish(d, err);
}

static void expect_plain(const StrBuf *out, const uint8_t *plain, unsigned times)
{
	assert_int_equal(out->len, (size_t)times * PLAIN_SIZE);
	for (unsigned i = 0; i < times; i++)
		assert_memory_equal(out->text + (size_t)i * PLAIN_SIZE, plain, PLAIN_SIZE);
}

static void test_every_kind_in_pieces_of_any_size(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = malloc(PACKED_SIZE);

	for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
		size_t len = packers[k].pack(plain, PLAIN_SIZE, packed, PACKED_SIZE);
		const size_t steps[] = {1, 7, 4096, len};
		Compression kind;

		assert_int_equal(
			compression_detect(packed, MIN(len, (size_t)COMPRESSION_HEAD_MAX), &kind),
			0);
		assert_int_equal(kind, packers[k].kind);
		for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
			_cleanup_strbuf_ StrBuf out = STRBUF_INIT(4 * PLAIN_SIZE);

			assert_int_equal(unpack(kind, packed, len, steps[i], &out, NULL), 0);
			expect_plain(&out, plain, 1);
		}
	}
}

static void test_several_members_and_padding(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = calloc(3, PACKED_SIZE);

	for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
		_cleanup_strbuf_ StrBuf out = STRBUF_INIT(4 * PLAIN_SIZE);
		size_t len = packers[k].pack(plain, PLAIN_SIZE, packed, PACKED_SIZE);

		len += packers[k].pack(plain, PLAIN_SIZE, packed + len, PACKED_SIZE);
		memset(packed + len, 0, 512);
		assert_int_equal(unpack(packers[k].kind, packed, len + 512, 1000, &out, NULL), 0);
		expect_plain(&out, plain, 2);
	}
}

/* Dictionaries of 64 and 128 MiB, and a member of the usual size behind them. */
static void test_members_that_take_much_memory(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = calloc(3, PACKED_SIZE);
	const struct {
		Compression kind;
		Pack pack, pack_next;
	} cases[] = {
		{COMPRESSION_XZ, pack_xz_large, pack_xz},
		{COMPRESSION_ZSTD, pack_zstd_large, pack_zstd},
	};

	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		size_t len = cases[k].pack(plain, PLAIN_SIZE, packed, PACKED_SIZE);
		size_t steps[] = {1, 7, 0};

		len += cases[k].pack_next(plain, PLAIN_SIZE, packed + len, PACKED_SIZE);
		steps[2] = len;
		for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
			_cleanup_strbuf_ StrBuf out = STRBUF_INIT(4 * PLAIN_SIZE);

			assert_int_equal(
				unpack(cases[k].kind, packed, len, steps[i], &out, NULL), 0);
			expect_plain(&out, plain, 2);
		}
	}
}

static void test_more_memory_than_anybody_gets(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = calloc(3, PACKED_SIZE);
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(4 * PLAIN_SIZE);
	Error err = ERROR_INIT;
	size_t len = pack_xz_with(256u << 20, plain, PLAIN_SIZE, packed, PACKED_SIZE);

	assert_int_equal(unpack(COMPRESSION_XZ, packed, len, 4096, &out, &err), -EINVAL);
	assert_string_equal(
		err.frames[0].text, "xz: it needs more than 128 MiB of memory to decompress");
}

static void test_truncation_anywhere_is_noticed(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = malloc(PACKED_SIZE);

	for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
		size_t len = packers[k].pack(plain, 5000, packed, PACKED_SIZE);

		for (size_t cut = 0; cut < len; cut++) {
			_cleanup_strbuf_ StrBuf out = STRBUF_INIT(PLAIN_SIZE);

			assert_int_equal(
				unpack(packers[k].kind, packed, cut, 4096, &out, NULL), -EINVAL);
		}
	}
}

/* bzip2 and zstd as packed here carry a checksum only for bzip2; a flipped bit may also leave the
 * data as it was. */
static void test_flipped_bits_never_pass_as_other_data(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = malloc(PACKED_SIZE);

	for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
		size_t len = packers[k].pack(plain, 3000, packed, PACKED_SIZE);
		bool has_checksum = packers[k].kind != COMPRESSION_ZSTD;

		for (size_t i = 0; i < len; i++) {
			_cleanup_strbuf_ StrBuf out = STRBUF_INIT(64 * PLAIN_SIZE);
			int r;

			packed[i] ^= 0x10;
			r = unpack(packers[k].kind, packed, len, 4096, &out, NULL);
			packed[i] ^= 0x10;
			if (r == 0 && has_checksum) {
				assert_int_equal(out.len, 3000);
				assert_memory_equal(out.text, plain, 3000);
			}
		}
	}
}

static void test_garbage_behind_the_data(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = malloc(PACKED_SIZE);

	for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
		_cleanup_strbuf_ StrBuf out = STRBUF_INIT(PLAIN_SIZE);
		size_t len = packers[k].pack(plain, 100, packed, PACKED_SIZE);

		memset(packed + len, 'x', 600);
		assert_int_equal(
			unpack(packers[k].kind, packed, len + 600, 4096, &out, NULL), -EINVAL);
	}
}

static int refuse(void *userdata, const void *data, size_t len, Error *err)
{
	return error_set(err, __FILE__, __LINE__, -EFBIG, "enough");
}

static void test_the_sink_stops_the_stream(void **state)
{
	_cleanup_free_ uint8_t *plain = make_plain(), *packed = malloc(PACKED_SIZE);

	for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
		_cleanup_decompressor_ Decompressor *d = NULL;
		size_t len = packers[k].pack(plain, PLAIN_SIZE, packed, PACKED_SIZE);
		Error err = ERROR_INIT;

		assert_int_equal(
			decompressor_new(packers[k].kind, (Sink){refuse, NULL}, &d, NULL), 0);
		assert_int_equal(decompressor_feed(d, packed, len, &err), -EFBIG);
		assert_string_equal(err.frames[0].text, "enough");
	}
}

/* A V7 header: no magic, only a checksum. */
static void make_v7_header(uint8_t block[static 512])
{
	unsigned sum = 8 * ' ';

	memset(block, 0, 512);
	memcpy(block, "hello", 5);
	memcpy(block + 100, "0000644", 7);
	for (size_t i = 0; i < 512; i++)
		if (i < 148 || i >= 156)
			sum += block[i];
	(void)snprintf((char *)block + 148, 8, "%06o", sum);
	block[155] = ' ';
}

static void test_tar_is_recognised_without_compression(void **state)
{
	uint8_t block[512];
	Compression kind = COMPRESSION_GZIP;

	make_v7_header(block);
	assert_int_equal(compression_detect(block, sizeof block, &kind), 0);
	assert_int_equal(kind, COMPRESSION_NONE);
	block[0] ^= 1;
	assert_int_equal(compression_detect(block, sizeof block, &kind), -EINVAL);
	memcpy(block + 257, "ustar", 6);
	assert_int_equal(compression_detect(block, sizeof block, &kind), 0);
	assert_int_equal(compression_detect(block, 511, &kind), -EINVAL);
	memset(block, 0, sizeof block);
	assert_int_equal(compression_detect(block, sizeof block, &kind), 0);
	assert_int_equal(compression_detect("", 0, &kind), -EINVAL);
	assert_int_equal(compression_detect("PK\3\4 a zip file", 15, &kind), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_in_pieces_of_any_size),
		cmocka_unit_test(test_several_members_and_padding),
		cmocka_unit_test(test_members_that_take_much_memory),
		cmocka_unit_test(test_more_memory_than_anybody_gets),
		cmocka_unit_test(test_truncation_anywhere_is_noticed),
		cmocka_unit_test(test_flipped_bits_never_pass_as_other_data),
		cmocka_unit_test(test_garbage_behind_the_data),
		cmocka_unit_test(test_the_sink_stops_the_stream),
		cmocka_unit_test(test_tar_is_recognised_without_compression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
