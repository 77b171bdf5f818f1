/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manifest-output.h"

#include <stdio.h>
#include "cli/output.h"
#include "cli/pod-args.h"

#define AT(member) offsetof(ManifestOutput, member)

static const Option rows[] = {
	{"pretty-print", OPTION_BOOL, AT(pretty), "true", NULL, "indent the manifest"},
};

static const Option pod_rows[] = {UUID_FILE_ROW(AT(uuid_file))};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet pod_set = OPTION_SET(pod_rows);
const OptionSet *const manifest_output_sets[] = {&set, NULL};
const OptionSet *const pod_manifest_output_sets[] = {&set, &pod_set, NULL};

int manifest_output(const ManifestOutput *options, const char *text, size_t len, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *value;
	int r;

	if (!options->pretty) {
		(void)printf("%.*s\n", (int)len, text);
		return 0;
	}
	r = json_parse(&arena, text, len, "manifest", &value, err);
	return r < 0 ? r : output_json(value, OUTPUT_JSON_PRETTY, err);
}
