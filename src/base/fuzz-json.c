/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

/* Whether a document is accepted. What was accepted is printed in *ret. */
static bool round_trip(const char *text, size_t len, bool pretty, char **ret)
{
	_cleanup_(arena_done) Arena arena = {0};
	Error err = ERROR_INIT;
	Json *value;

	if (json_parse(&arena, text, len, "x", &value, &err) < 0) {
		require(err.code == -EINVAL && err.n_frames == 1);
		return false;
	}
	require(json_print(value, pretty, ret) == 0);
	return true;
}

/* What is printed is accepted again, in either layout, and then printed alike. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *printed[3] = {NULL, NULL, NULL};

	if (round_trip((const char *)data, size, false, &printed[0])) {
		require(round_trip(printed[0], strlen(printed[0]), true, &printed[1]));
		require(round_trip(printed[1], strlen(printed[1]), false, &printed[2]));
		require(strcmp(printed[0], printed[2]) == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(printed); i++)
		free(printed[i]);
	return 0;
}
