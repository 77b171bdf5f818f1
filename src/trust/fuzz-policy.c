/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/policy.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

static void require_usable(const PolicyRequirement *requirement)
{
	const DockerName name = {.repository = "example.com/app", .tag = "1"};

	if (requirement->kind == POLICY_SIGSTORE) {
		require(requirement->key_paths.n + requirement->key_data.n > 0);
		(void)policy_identity_matches(&requirement->identity, &name, "example.com/app:1");
	}
	if (requirement->kind == POLICY_UNSUPPORTED)
		require(requirement->what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const PolicyImage images[] = {
		{.transport = "docker",
			.name = {.repository = "sub.example.com:5000/a/b", .tag = "1"}},
		{.transport = "oci", .path = "/srv/images/app"},
		{.transport = "docker-archive"},
	};
	_cleanup_policy_ Policy *policy = NULL;

	if (policy_parse((const char *)data, size, "policy.json", &policy, NULL) < 0)
		return 0;
	for (size_t i = 0; i < policy->n_rules; i++)
		for (size_t j = 0; j < policy->rules[i].n_requirements; j++)
			require_usable(&policy->rules[i].requirements[j]);
	for (size_t i = 0; i < ARRAY_LEN(images); i++)
		require(policy_find(policy, &images[i])->n_requirements > 0);
	return 0;
}
