/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/oci-schema1.h"

#include "spec/fuzz-fixture.h"

static const OciOrigin origin = {.registry = "localhost:5000", .repository = "a/b", .tag = "1"};

/* Every config that can be converted makes a manifest that is accepted, and is canonical already.
 */
static void convert(const OciConfig *config)
{
	_cleanup_image_manifest_ ImageManifest *parsed = NULL;
	_cleanup_free_ char *once = NULL, *twice = NULL;
	Error err = ERROR_INIT;

	if (oci_to_appc(config, NULL, &origin, &once, &err) < 0)
		return;
	fuzz_require(image_manifest_parse(once, strlen(once), &parsed, &err) == 0);
	twice = fuzz_print(image_manifest_to_json(&parsed->arena, parsed));
	fuzz_require(streq(once, twice));
}

/* A manifest of schema 1 makes a config that can be read, whatever the diff ids are. */
static void complete(Schema1Manifest *manifest)
{
	static const char id[] =
		"sha256:0000000000000000000000000000000000000000000000000000000000000000";
	_cleanup_(oci_config_freep) OciConfig *config = NULL;
	_cleanup_free_ const char **ids = calloc(manifest->n_layers + 1, sizeof *ids);
	_cleanup_free_ char *text = NULL;
	Error err = ERROR_INIT;

	if (!ids)
		return;
	for (size_t i = 0; i < manifest->n_layers; i++)
		ids[i] = id;
	if (schema1_config(manifest, ids, &text) < 0)
		return;
	if (oci_config_parse(text, strlen(text), &config, &err) == 0)
		fuzz_require(config->diff_ids.n == manifest->n_layers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(oci_index_freep) OciIndex *index = NULL;
	_cleanup_(oci_manifest_freep) OciManifest *manifest = NULL;
	_cleanup_(oci_config_freep) OciConfig *config = NULL;
	_cleanup_schema1_ Schema1Manifest *schema1 = NULL;
	const char *text = (const char *)data;
	Error err = ERROR_INIT;

	if (schema1_parse(text, size, &schema1, &err) == 0)
		complete(schema1);
	if (oci_index_parse(text, size, &index, &err) == 0) {
		const OciDescriptor *picked = oci_index_select(index);

		fuzz_require(!picked || oci_digest_valid(picked->digest));
	}
	if (oci_manifest_parse(text, size, &manifest, &err) == 0)
		fuzz_require(
			oci_digest_valid(manifest->config.digest) && manifest->config.size >= 0);
	if (oci_config_parse(text, size, &config, &err) == 0)
		convert(config);
	return 0;
}
