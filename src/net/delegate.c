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

int delegate_add(const PluginCall *c, const char *type, CniResult *ret, Error *err)
{
	const Plugin *plugin = delegate_find(c->search_path, type);

	return plugin ? plugin->add(c, ret, err) : external_add(c, type, ret, err);
}

int delegate_ask(const PluginCall *c, const char *type, const char *command, Error *err)
{
	const Plugin *plugin = delegate_find(c->search_path, type);

	return plugin ? plugin_ask(plugin, command, c, err) : external_ask(c, type, command, err);
}
