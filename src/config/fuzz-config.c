/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config-internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

/* The same as a file of each directory: it is accepted by one at most, what was accepted can be
 * printed, and a second file of the layer that says the same is refused if it says anything. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ConfigPart parts[] = {CONFIG_AUTH, CONFIG_PATHS, CONFIG_STAGE1};
	const char *text = (const char *)data;
	unsigned accepted = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		_cleanup_config_ Config c = CONFIG_INIT;
		_cleanup_free_ char *once = NULL, *again = NULL;
		Error err = ERROR_INIT;

		if (config_read_text(&c, "/a/b.json", 1, parts[i], text, size, &err) < 0) {
			require(err.code == -EINVAL && err.n_frames == 1);
			continue;
		}
		accepted++;
		require(json_print(config_to_json(&c.arena, &c), false, &once) == 0);
		/* A later layer that says the same changes nothing. */
		require(config_read_text(&c, "/c/b.json", 2, parts[i], text, size, &err) == 0);
		require(json_print(config_to_json(&c.arena, &c), false, &again) == 0);
		require(strcmp(once, again) == 0);
		if (c.auths || c.registries || c.paths.data || c.stage1.location)
			require(config_read_text(&c, "/c/c.json", 2, parts[i], text, size, &err) ==
				-EINVAL);
	}
	require(accepted <= 1);
	return 0;
}
