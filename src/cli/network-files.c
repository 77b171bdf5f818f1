/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/network-files.h"

#include "base/strbuf.h"

#define TEXT_MAX (1u << 20)

int hosts_text(const Resolver *resolver, char **ret)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(TEXT_MAX);

	for (size_t i = 0; i < resolver->n_hosts; i++) {
		strbuf_puts(&out, resolver->hosts[i].ip);
		for (size_t k = 0; k < resolver->hosts[i].names.n; k++)
			strbuf_printf(&out, " %s", resolver->hosts[i].names.items[k]);
		strbuf_putc(&out, '\n');
	}
	return strbuf_finish(&out, ret, NULL);
}
