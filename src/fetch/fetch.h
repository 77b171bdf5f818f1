/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images from everywhere into the store. */

#include "fetch/credentials.h"
#include "fetch/progress.h"
#include "spec/image-ref.h"
#include "store/store.h"
#include "trust/openpgp.h"
#include "trust/policy.h"

typedef enum PullPolicy {
	PULL_NEW,    /* what the store has for a remote reference is good enough */
	PULL_NEVER,  /* only what the store has */
	PULL_UPDATE, /* ask the remote side again */
} PullPolicy;

struct Credentials;
struct Dependent;

typedef enum KeyAcceptance {
	KEY_ACCEPTED,
	KEY_REFUSED,
} KeyAcceptance;

typedef struct FetchContext {
	Store *store;
	const char *data_dir; /* that the store is in */
	int lock_fd; /* holds the lock of store_lock_prepare() shared: layers stay while they have
			no image yet */
	Progress *progress;
	PullPolicy pull_policy;
	bool skip_signatures;  /* --insecure-options=image */
	Keystore keystore;     /* whose signatures are accepted otherwise */
	const char *signature; /* file with the signature of the image that is fetched, NULL: where
				  its kind has it */
	const Policy *policy;  /* which OCI and Docker images are accepted, NULL: there is none */
	const Image *again;    /* an image of the store of which something is damaged: it is brought
				  whole, whatever the store notes of it, and what comes must be it.
				  Only its key has to be known. NULL: any */
	bool unnamed; /* only its ID shall lead to the image: nobody vouches for its name */
	const struct Dependent *dependent; /* what depends on the image that is fetched, NULL: it is
					      fetched for its own sake */
	bool keep_archives;   /* of layers of OCI and Docker images, beside their trees */
	bool views;           /* layers become views of their tars, where they can */
	bool insecure_tls;    /* --insecure-options=tls */
	bool allow_http;      /* --insecure-options=http */
	bool insecure_pubkey; /* --insecure-options=pubkey */
	/* Whether a key that was found at a URL is to be trusted for the images below prefix: a
	 * KeyAcceptance, or a negative errno when nobody can say. NULL: no keys are looked for. */
	int (*accept_key)(void *userdata, const char *prefix, const char *url,
		const OpenpgpKey *key, Error *err);
	void *userdata;                  /* of accept_key */
	struct Credentials *credentials; /* who we are to servers */
	const ConfigDirs *config;        /* where registries may have certificates of their own */
	uint64_t max_bytes;              /* ceiling for the tar of one layer, and the files in it */
	uint64_t max_entries;            /* ceiling for the entries of one layer */
} FetchContext;

/* Whether the image may come without a signature. Who vouched for one that is brought again did so
 * for its key; that says nothing of what it depends on. */
static inline bool fetch_goes_unsigned(const FetchContext *context)
{
	return context->skip_signatures || context->again;
}

#define FETCH_MAX_BYTES   (64ull << 30)
#define FETCH_MAX_ENTRIES 5000000ull

/* Fetches one image and writes its key. On failure the store shows what it showed before. */
int fetch_image(const FetchContext *context, const char *typed,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);

/* The same for a string that has been interpreted. */
int fetch_ref(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
