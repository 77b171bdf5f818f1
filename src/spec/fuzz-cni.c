/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/cni.h"

#include "spec/fuzz-fixture.h"

/* A configuration that is accepted makes inputs for its plugins that are accepted, too. */
static void feed(Arena *arena, const CniNetwork *network)
{
	for (size_t i = 0; i < network->n_plugins; i++) {
		_cleanup_free_ char *text =
			fuzz_print(cni_plugin_input(arena, network, &network->plugins[i], NULL));
		CniNetwork again;

		fuzz_require(cni_network_parse(text, strlen(text), arena, &again, NULL) == 0 ||
			     json_get(network->plugins[i].json, "plugins"));
	}
}

/* What is printed in a version is read again as the same. */
static void convert(Arena *arena, const CniResult *result)
{
	for (int v = 0; v < CNI_N_VERSIONS; v++) {
		Json *first = cni_result_print(arena, result, (CniVersion)v);
		_cleanup_free_ char *once = fuzz_print(first), *twice = NULL;
		CniResult back;

		fuzz_require(cni_result_parse(first, arena, &back, NULL) == 0);
		twice = fuzz_print(cni_result_print(arena, &back, (CniVersion)v));
		fuzz_require(streq(once, twice));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_done) Arena arena = {0};
	const char *text = (const char *)data;
	Error err = ERROR_INIT;
	CniNetwork network;
	CniResult result;
	Json *json;

	if (cni_network_parse(text, size, &arena, &network, &err) == 0)
		feed(&arena, &network);
	if (json_parse(&arena, text, size, "result", &json, &err) == 0 &&
		cni_result_parse(json, &arena, &result, &err) == 0)
		convert(&arena, &result);
	return 0;
}
