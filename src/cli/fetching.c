/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fetching.h"

#include "base/fd.h"
#include "base/log.h"
#include "cli/insecure.h"
#include "cli/layer-view.h"
#include "fetch/http.h"
#include "store/view-probe.h"
#include "store/view-support.h"

void fetching_done(Fetching *f)
{
	fd_close(f->lock);
	credentials_free(f->credentials);
	progress_free(f->progress);
}

/* Whether an error says what the machine lacks now, and nothing of what it can do. */
static bool is_passing(int r)
{
	return r == -ENOSPC || r == -EDQUOT || r == -ENOMEM || r == -EMFILE || r == -ENFILE;
}

/* What is not known yet, or was asked for, is found out. */
static void find_out(const Store *s, LayerView wanted, ViewSupport *ret)
{
	Error reason = ERROR_INIT;
	int r;

	view_support_read(s, ret);
	if (ret->known && wanted == LAYER_VIEW_AUTO)
		return;
	*ret = (ViewSupport){.known = true};
	r = view_probe(s, &reason);
	if (r < 0)
		(void)error_message(&reason, ret->reason, sizeof ret->reason);
	/* Else it is found out again. */
	if (!is_passing(r))
		(void)view_support_note(s, ret, NULL);
}

int fetching_choose_view(const Store *s, bool *ret, Error *err)
{
	ViewSupport support;
	LayerView wanted;
	int r = layer_view_wanted(&wanted, err);

	*ret = false;
	if (r < 0 || wanted == LAYER_VIEW_TREE)
		return r;
	find_out(s, wanted, &support);
	*ret = support.reason[0] == '\0';
	if (!*ret && wanted == LAYER_VIEW_EROFS)
		log_line(NULL, "layers are unpacked, since views of them do not work here: %s",
			support.reason);
	return 0;
}

int fetching_begin(Fetching *ret, Store *s, const char *data_dir, const ConfigDirs *config,
	unsigned insecure, Error *err)
{
	bool views = false;
	int r = fetching_choose_view(s, &views, err);

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
