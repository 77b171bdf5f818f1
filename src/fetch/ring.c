/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/ring.h"

#include <pthread.h>
#include <stdint.h>

#define SLOTS     8
#define SLOT_SIZE (256u << 10)

typedef struct Slot {
	size_t len;
	uint8_t data[SLOT_SIZE];
} Slot;

struct Ring {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned first;   /* oldest slot that the reader may have */
	unsigned n_ready; /* slots for the reader, from first on; the one behind them is the
			     writer's */
	bool reading;     /* the reader holds the first slot */
	bool closed;
	bool left;
	int code;
	Slot slots[SLOTS];
};

int ring_new(Ring **ret, Error *err)
{
	/* Not calloc: pages are touched only as they are filled. */
	Ring *r = malloc(sizeof *r);

	if (!r)
		return fail_oom(err);
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->changed, NULL);
	r->first = r->n_ready = 0;
	r->reading = r->closed = r->left = false;
	r->code = 0;
	r->slots[0].len = 0;
	*ret = r;
	return 0;
}

Ring *ring_free(Ring *r)
{
	if (r) {
		(void)pthread_mutex_destroy(&r->lock);
		(void)pthread_cond_destroy(&r->changed);
	}
	free(r);
	return NULL;
}

static Slot *writer_slot(Ring *r)
{
	return &r->slots[(r->first + r->n_ready) % SLOTS];
}

/* Hands the writer's slot over and waits until there is another one. */
static int publish(Ring *r)
{
	int result = 0;

	(void)pthread_mutex_lock(&r->lock);
	r->n_ready++;
	(void)pthread_cond_broadcast(&r->changed);
	while (r->n_ready == SLOTS && !r->left)
		(void)pthread_cond_wait(&r->changed, &r->lock);
	if (r->left)
		result = -ECANCELED;
	else
		writer_slot(r)->len = 0;
	(void)pthread_mutex_unlock(&r->lock);
	return result;
}

int ring_write(void *userdata, const void *data, size_t len, Error *err)
{
	Ring *r = userdata;
	const uint8_t *p = data;

	while (len > 0) {
		Slot *slot;
		size_t n;

		(void)pthread_mutex_lock(&r->lock);
		slot = writer_slot(r);
		(void)pthread_mutex_unlock(&r->lock);
		n = MIN(len, SLOT_SIZE - slot->len);
		memcpy(slot->data + slot->len, p, n);
		slot->len += n;
		p += n;
		len -= n;
		if (slot->len == SLOT_SIZE && publish(r) < 0)
			return fail(err, -ECANCELED, "canceled");
	}
	return 0;
}

void ring_close(Ring *r, int code)
{
	(void)pthread_mutex_lock(&r->lock);
	if (code == 0 && !r->left && writer_slot(r)->len > 0)
		r->n_ready++;
	r->code = code;
	r->closed = true;
	(void)pthread_cond_broadcast(&r->changed);
	(void)pthread_mutex_unlock(&r->lock);
}

ssize_t ring_read(void *source, const void **ret_data, Error *err)
{
	Ring *r = source;
	ssize_t n;

	(void)pthread_mutex_lock(&r->lock);
	if (r->reading) {
		r->reading = false;
		r->first = (r->first + 1) % SLOTS;
		r->n_ready--;
		(void)pthread_cond_broadcast(&r->changed);
	}
	while (r->n_ready == 0 && !r->closed)
		(void)pthread_cond_wait(&r->changed, &r->lock);
	if (r->code < 0) {
		n = fail(err, r->code, "its source failed");
	} else if (r->n_ready == 0) {
		n = 0;
	} else {
		r->reading = true;
		*ret_data = r->slots[r->first].data;
		n = (ssize_t)r->slots[r->first].len;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return n;
}

void ring_leave(Ring *r)
{
	(void)pthread_mutex_lock(&r->lock);
	r->left = true;
	(void)pthread_cond_broadcast(&r->changed);
	(void)pthread_mutex_unlock(&r->lock);
}
