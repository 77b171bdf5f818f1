/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/metadata.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "cli/metadata-request.h"
#include "spec/image-manifest.h"

/* In the pod's directory. */
#define MARKER_FILE "mds-registered"

#define TRIES 3 /* a second apart */

int metadata_make_token(char ret[static METADATA_TOKEN_SIZE], Error *err)
{
	unsigned char bytes[METADATA_TOKEN_SIZE / 2];

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return fail_errno(err, -errno, "make a token for the metadata service");
	for (size_t i = 0; i < sizeof bytes; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

int metadata_check(Error *err)
{
	_cleanup_close_ int fd = metadata_dial(err);

	return fd < 0 ? fd : 0;
}

/* What was refused once will be again, and who hangs goes on to; but somebody who is not there may
 * be about to start. */
static int put(const char *path, const char *text, size_t len, Error *err)
{
	static const struct timespec pause = {.tv_sec = 1};
	unsigned status = 0;
	int r;

	for (unsigned i = 0; i < TRIES; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		r = metadata_request("PUT", path, text, len, &status, err);
		if (r == 0 || r == -ETIMEDOUT)
			break;
	}
	return r < 0 ? r : status == 200 ? 0 : -EREMOTEIO;
}

/* Registers what a file of the pod's directory says. */
static int put_file(const Pod *pod, const char *file, size_t max, const char *path, Error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = fd_read_file(pod->fd, file, max, &text, &len, err);

	return r < 0 ? r : put(path, text, len, err);
}

static int put_app(const Pod *pod, const char *app, Error *err)
{
	_cleanup_free_ char *file = NULL, *path = NULL;
	int r;

	if (str_format(&file, "appsinfo/%s/manifest", app) < 0 ||
		str_format(&path, "/pods/%s/%s", pod->uuid, app) < 0)
		return fail_oom(err);
	r = put_file(pod, file, IMAGE_MANIFEST_MAX, path, err);
	return r < 0 ? wrap(err, r, "app \"%s\"", app) : 0;
}

static int put_all(const Pod *pod, const PodManifest *m, const char *token, Error *err)
{
	char path[128];
	int r;

	(void)snprintf(path, sizeof path, "/pods/%s?token=%s", pod->uuid, token);
	r = put_file(pod, "pod", POD_MANIFEST_MAX, path, err);
	for (size_t i = 0; i < m->n_apps && r == 0; i++)
		r = put_app(pod, m->apps[i].name, err);
	return r;
}

int metadata_register(const Pod *pod, const PodManifest *m, const char *token, Error *err)
{
	int r = fd_write_file(pod->fd, MARKER_FILE, 0644, "", 0, err);

	if (r == 0)
		r = put_all(pod, m, token, err);
	if (r == 0)
		return 0;
	(void)metadata_unregister(pod, NULL);
	return wrap(err, r, "error registering with the metadata service");
}

int metadata_unregister(const Pod *pod, Error *err)
{
	unsigned status;
	char path[64];
	int r;

	if (faccessat(pod->fd, MARKER_FILE, F_OK, 0) < 0)
		return 0;
	(void)snprintf(path, sizeof path, "/pods/%s", pod->uuid);
	r = metadata_request("DELETE", path, "", 0, &status, err);
	if (r < 0)
		return r;
	/* A service that was started anew knows nothing of it. */
	if (status != 200 && status != 404)
		return -EREMOTEIO;
	(void)unlinkat(pod->fd, MARKER_FILE, 0);
	return 0;
}
