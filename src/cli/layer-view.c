/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/layer-view.h"

#include "base/log.h"
#include "store/view-support.h"

#define VARIABLE "RKT_LAYER_VIEW"

int layer_view_wanted(LayerView *ret, Error *err)
{
	const char *word = getenv(VARIABLE);

	*ret = LAYER_VIEW_AUTO;
	if (!word || !*word)
		return 0;
	if (!streq(word, "tree") && !streq(word, "erofs"))
		return fail(err, -EINVAL, VARIABLE " is \"%s\": it can be tree or erofs", word);
	*ret = streq(word, "tree") ? LAYER_VIEW_TREE : LAYER_VIEW_EROFS;
	return 0;
}

int layer_view_tell(const Store *s, Error *err)
{
	ViewSupport support;
	LayerView wanted;
	int r = layer_view_wanted(&wanted, err);

	if (r < 0)
		return r;
	view_support_read(s, &support);
	if (wanted == LAYER_VIEW_TREE)
		log_line(NULL, "layers that come are unpacked, as " VARIABLE " says");
	else if (!support.known)
		log_line(NULL, "whether layers that come have to be unpacked is found out when the "
			       "first of this boot does");
	else if (support.reason[0])
		log_line(NULL,
			"layers that come are unpacked, since views of them do not work here: %s",
			support.reason);
	else
		log_line(NULL,
			"layers that come are not unpacked: they are seen by views (EROFS) of "
			"their archives");
	return 0;
}
