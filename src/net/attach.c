/* SPDX-License-Identifier: Apache-2.0 */
#include "net/attach.h"

#include <limits.h>
#include <stdio.h>
#include "base/fd.h"
#include "net/delegate.h"
#include "net/ipam.h"
#include "net/resolv-conf.h"

/* What programs say is seen when they have been called. */
static bool may_name_dns(const CniPlugin *plugin, const char *search_path)
{
	return dns_is_given(&plugin->dns) || !delegate_find(search_path, plugin->type) ||
	       (plugin->ipam.given && !ipam_names_no_dns(plugin));
}

bool attach_may_name_dns(const Networks *networks, const char *search_path)
{
	for (size_t i = 0; i < networks->n; i++) {
		const CniNetwork *network = &networks->items[i].conf;

		for (size_t k = 0; k < network->n_plugins; k++)
			if (may_name_dns(&network->plugins[k], search_path))
				return true;
	}
	return false;
}

int attach_network(PluginCall *c, const Network *network, CniResult *ret, Error *err)
{
	CniResult *results = arena_new(c->arena, CniResult, network->conf.n_plugins);
	int r = results ? 0 : fail_oom(err);

	c->network = &network->conf;
	c->interface = network->interface;
	c->args = network->args;
	c->previous = NULL;
	for (size_t i = 0; i < network->conf.n_plugins && r == 0; i++) {
		c->plugin = &network->conf.plugins[i];
		r = delegate_add(c, DELEGATE_NETWORK, &results[i], err);
		c->previous = &results[i];
	}
	if (r < 0)
		return wrap(err, r, "error adding network \"%s\"", network->conf.name);
	*ret = results[network->conf.n_plugins - 1];
	return 0;
}

int detach_network(PluginCall *c, const CniNetwork *network, const CniResult *result, Error *err)
{
	int first = 0;

	c->network = network;
	c->previous = result;
	for (size_t i = network->n_plugins; i-- > 0;) {
		int r;

		c->plugin = &network->plugins[i];
		r = delegate_ask(c, DELEGATE_NETWORK, "DEL", first == 0 ? err : NULL);
		if (r < 0 && first == 0)
			first = wrap(err, r, "error deleting network \"%s\"", network->name);
	}
	return first;
}

/* "net/NAME.result" */
static void result_path(const char *network, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "net/%s.result", network);
}

int attach_save_result(const Pod *pod, Arena *arena, const CniNetwork *network,
	const CniResult *result, Error *err)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];

	if (json_print(cni_result_print(arena, result, CNI_1_1_0), false, &text) < 0)
		return fail_oom(err);
	result_path(network->name, path);
	return fd_write_file(pod->fd, path, 0644, text, strlen(text), err);
}

void attach_load_result(const Pod *pod, Arena *arena, const char *network, CniResult **ret)
{
	_cleanup_free_ char *text = NULL;
	CniResult *result = arena_new(arena, CniResult, 1);
	char path[PATH_MAX];
	Json *json;
	size_t len;

	*ret = NULL;
	result_path(network, path);
	if (!result || fd_read_file(pod->fd, path, CNI_RESULT_MAX, &text, &len, NULL) < 0 ||
		json_parse(arena, text, len, path, &json, NULL) < 0 ||
		cni_result_parse(json, arena, result, NULL) < 0)
		return;
	*ret = result;
}
