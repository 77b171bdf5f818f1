/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/ring.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define TOTAL (20u << 20) /* many times what fits in */

typedef struct Writer {
	Ring *ring;
	size_t total;
	int code;   /* to close with */
	int result; /* of the last write */
} Writer;

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

/* Writes in pieces of changing size. */
static void *writer_main(void *arg)
{
	Writer *w = arg;
	uint8_t piece[5000];
	size_t done = 0;

	while (done < w->total && w->result == 0) {
		size_t n = MIN(1 + done % sizeof piece, w->total - done);

		for (size_t i = 0; i < n; i++)
			piece[i] = byte_at(done + i);
		w->result = ring_write(w->ring, piece, n, NULL);
		done += n;
	}
	ring_close(w->ring, w->code);
	return NULL;
}

static void start(Writer *w, pthread_t *thread)
{
	assert_int_equal(ring_new(&w->ring, NULL), 0);
	assert_int_equal(pthread_create(thread, NULL, writer_main, w), 0);
}

static void test_everything_arrives_in_order(void **state)
{
	static const size_t totals[] = {0, 1, 256u << 10, (256u << 10) + 1, TOTAL};

	for (size_t k = 0; k < ARRAY_LEN(totals); k++) {
		Writer w = {.total = totals[k]};
		const void *data;
		pthread_t thread;
		size_t done = 0;
		ssize_t n;

		start(&w, &thread);
		while ((n = ring_read(w.ring, &data, NULL)) > 0) {
			const uint8_t *p = data;

			for (ssize_t i = 0; i < n; i++)
				if (p[i] != byte_at(done + (size_t)i))
					fail_msg("byte %zu is wrong", done + (size_t)i);
			done += (size_t)n;
		}
		assert_int_equal(n, 0);
		assert_int_equal(done, totals[k]);
		(void)pthread_join(thread, NULL);
		assert_int_equal(w.result, 0);
		ring_free(w.ring);
	}
}

static void test_the_writers_failure_reaches_the_reader(void **state)
{
	Writer w = {.total = 1000, .code = -EPIPE};
	const void *data;
	pthread_t thread;

	start(&w, &thread);
	(void)pthread_join(thread, NULL);
	assert_int_equal(ring_read(w.ring, &data, NULL), -EPIPE);
	ring_free(w.ring);
}

static void test_a_reader_that_leaves_frees_the_writer(void **state)
{
	Writer w = {.total = TOTAL};
	const void *data;
	pthread_t thread;

	start(&w, &thread);
	assert_true(ring_read(w.ring, &data, NULL) > 0);
	ring_leave(w.ring);
	(void)pthread_join(thread, NULL);
	assert_int_equal(w.result, -ECANCELED);
	ring_free(w.ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_arrives_in_order),
		cmocka_unit_test(test_the_writers_failure_reaches_the_reader),
		cmocka_unit_test(test_a_reader_that_leaves_frees_the_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
