/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fetching.h"

#include "base/fd.h"
#include "base/log.h"
#include "cli/insecure.h"
#include "fetch/http.h"
#include "store/view-probe.h"

void fetching_done(Fetching *f)
{
	fd_close(f->lock);
	credentials_free(f->credentials);
	progress_free(f->progress);
}

/* Whether layers become views of their tars. They do not by themselves so far. */
static int choose_view(const Store *s, bool *ret, Error *err)
{
	const char *view = getenv("RKT_LAYER_VIEW");
	Error reason = ERROR_INIT;
	char text[ERROR_TEXT];

	*ret = false;
	if (!view || streq(view, "tree"))
		return 0;
	if (!streq(view, "erofs"))
		return fail(
			err, -EINVAL, "RKT_LAYER_VIEW is \"%s\": it can be tree or erofs", view);
	*ret = view_probe(s, &reason) == 0;
	if (!*ret)
		log_line(NULL, "layers are unpacked, since views of them do not work here: %s",
			error_message(&reason, text, sizeof text));
	return 0;
}

int fetching_begin(Fetching *ret, Store *s, const char *data_dir, const ConfigDirs *config,
	unsigned insecure, Error *err)
{
	bool views = false;
	int r = choose_view(s, &views, err);

	if (r == 0)
		r = progress_new(&ret->progress, err);
	if (r == 0)
		r = credentials_new(config, &ret->credentials, err);
	if (r == 0)
		r = http_setup(err);
	if (r == 0)
		r = ret->lock = store_lock_prepare(data_dir, false, err);
	if (r < 0)
		return r;
	ret->context = (FetchContext){.store = s,
		.data_dir = data_dir,
		.lock_fd = ret->lock,
		.progress = ret->progress,
		.pull_policy = PULL_NEW,
		.views = views,
		.skip_signatures = insecure & INSECURE_IMAGE,
		.keystore = {.system_config = config->system, .local_config = config->local},
		.insecure_tls = insecure & INSECURE_TLS,
		.allow_http = insecure & INSECURE_HTTP,
		.insecure_pubkey = insecure & INSECURE_PUBKEY,
		.credentials = ret->credentials,
		.config = config,
		.max_bytes = FETCH_MAX_BYTES,
		.max_entries = FETCH_MAX_ENTRIES};
	return 0;
}
