/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pods that the metadata service knows, and what it knows of them. Only in memory. */

#include "base/uuid.h"
#include "service/metadata/shared-text.h"
#include "spec/image-manifest.h"
#include "spec/pod-manifest.h"

#define REGISTRATIONS_MAX       4096
#define REGISTRATIONS_BYTES_MAX (64u << 20) /* taken by manifests, all together */
#define REGISTRATION_MAX        (4u << 20)  /* of one manifest */
#define REGISTRATION_TOKEN_SIZE 65          /* longest token, and its terminator */

typedef struct RegisteredApp {
	SharedText *text; /* the image's manifest as it was registered; NULL: it was not yet */
	ImageManifest *image;
	size_t bytes; /* that both take up */
} RegisteredApp;

typedef struct RegisteredPod {
	char uuid[UUID_TEXT];
	char token[REGISTRATION_TOKEN_SIZE]; /* with zeros behind it */
	PodManifest *manifest;
	SharedText *text;    /* as it was registered ... */
	SharedText *reified; /* ... with the apps that it leaves to their images filled in; NULL:
				nobody has asked for it */
	RegisteredApp *apps; /* in the manifest's order */
	size_t bytes;        /* that it takes up without them */
} RegisteredPod;

typedef struct Registrations {
	RegisteredPod **pods;
	size_t n, bytes;
} Registrations;

void registrations_done(Registrations *r);

/* Registers a pod, in place of one of the same UUID, by its manifest. 0; -EINVAL for text that is
 * no pod manifest; -EEXIST for a token that is another pod's, -EBADMSG for one that cannot stand in
 * a URL, -ENOSPC for one pod too many, -ENOMEM. */
int registrations_put_pod(Registrations *r, const char *uuid, const char *token, const char *text,
	size_t len, Error *err);

/* The same for the manifest of the image of one of its apps. 0; -ENOENT for a pod that is not
 * registered; -EBADMSG for an app that it has not; -EINVAL for text that is no image manifest;
 * -ENOSPC, -ENOMEM. */
int registrations_put_app(Registrations *r, const char *uuid, const char *app, const char *text,
	size_t len, Error *err);

/* Forgets a pod. 0, or -ENOENT without error text. */
int registrations_remove(Registrations *r, const char *uuid);

/* The pod of a token, NULL for a token that is nobody's. How long this takes tells nothing about
 * other tokens. */
RegisteredPod *registrations_find(const Registrations *r, const char *token);

/* Makes pod->reified, if it is not there. 0, -ENOSPC, -ENOMEM. */
int registrations_reify(Registrations *r, RegisteredPod *pod, Error *err);

/* An app's number in the pod's manifest, if its image is registered; -1 otherwise. */
int registered_app(const RegisteredPod *pod, const char *name);
