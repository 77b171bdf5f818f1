/* SPDX-License-Identifier: Apache-2.0 */
#include "net/delegate.h"

#include <sys/stat.h>
#include "base/cleanup.h"
#include "net/external.h"

static bool is_self(const char *path)
{
	struct stat st, self;

	return stat(path, &st) == 0 && stat("/proc/self/exe", &self) == 0 &&
	       st.st_dev == self.st_dev && st.st_ino == self.st_ino;
}

const Plugin *delegate_find(const char *search_path, const char *type)
{
	_cleanup_free_ char *path = NULL;

	if (external_find(search_path, type, &path, NULL) == 0 && !is_self(path))
		return NULL;
	return plugin_find(type);
}

static const char *type_of(const CniPlugin *plugin, DelegateRole role)
{
	return role == DELEGATE_IPAM ? plugin->ipam.type : plugin->type;
}

/* Programs are looked for only when it matters. */
static int check_role(
	const char *search_path, const CniPlugin *plugin, DelegateRole role, Error *err)
{
	const char *type = type_of(plugin, role);
	const Plugin *ours = plugin_find(type);

	if (!ours || ours->hands_out == (role == DELEGATE_IPAM) ||
		!delegate_find(search_path, type))
		return 0;
	return ours->hands_out
		       ? fail(err, -EINVAL,
				 "type: \"%s\" hands out addresses, and can only be the type in "
				 "\"ipam\"",
				 type)
		       : fail(err, -EINVAL, "ipam.type: \"%s\" does not hand out addresses", type);
}

int delegate_check(const char *search_path, const CniPlugin *plugin, Error *err)
{
	int r = check_role(search_path, plugin, DELEGATE_NETWORK, err);

	return r < 0 || !plugin->ipam.given ? r
					    : check_role(search_path, plugin, DELEGATE_IPAM, err);
}

int delegate_add(const PluginCall *c, DelegateRole role, CniResult *ret, Error *err)
{
	const char *type = type_of(c->plugin, role);
	const Plugin *plugin = delegate_find(c->search_path, type);
	int r = check_role(c->search_path, c->plugin, role, err);

	if (r < 0)
		return r;
	return plugin ? plugin->add(c, ret, err) : external_add(c, type, ret, err);
}

int delegate_ask(const PluginCall *c, DelegateRole role, const char *command, Error *err)
{
	const char *type = type_of(c->plugin, role);
	const Plugin *plugin = delegate_find(c->search_path, type);
	int r = check_role(c->search_path, c->plugin, role, err);

	if (r < 0)
		return r;
	return plugin ? plugin_ask(plugin, command, c, err) : external_ask(c, type, command, err);
}
