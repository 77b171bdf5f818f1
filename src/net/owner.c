/* SPDX-License-Identifier: Apache-2.0 */
#include "net/owner.h"

#include <stdio.h>
#include "net/request.h"

int owner_text(const PluginCall *c, const char *container, const char *interface,
	char ret[static OWNER_TEXT], Error *err)
{
	int n = snprintf(ret, OWNER_TEXT, "rkt %s %s %s", c->network->name, container, interface);

	return n < 0 || n >= OWNER_TEXT
		       ? fail(err, -ENAMETOOLONG,
				 "CNI_CONTAINERID and the network's name are too long together")
		       : 0;
}

int owners_left(const PluginCall *c, OwnersLeft *ret, Error *err)
{
	ret->network = c->network->name;
	return plugin_valid_attachments(c, &ret->items, &ret->n, err);
}

/* What follows the network's name, if it is this one: a longer name, which begins with this one and
 * a space, leaves more than two words. */
static const char *behind_network(const char *text, const char *network)
{
	const char *rest = startswith(text, "rkt ");

	rest = rest ? startswith(rest, network) : NULL;
	if (!rest || *rest++ != ' ')
		return NULL;
	return strchr(rest, ' ') && strchr(rest, ' ') == strrchr(rest, ' ') ? rest : NULL;
}

bool owner_is(const char *text, void *userdata)
{
	return streq(text, userdata);
}

bool owner_is_garbage(const char *text, void *userdata)
{
	const OwnersLeft *left = userdata;
	const char *rest = behind_network(text, left->network);

	for (size_t i = 0; rest && i < left->n; i++) {
		const char *interface = startswith(rest, left->items[i].container);

		if (interface && *interface++ == ' ' && streq(interface, left->items[i].interface))
			return false;
	}
	return rest != NULL;
}
