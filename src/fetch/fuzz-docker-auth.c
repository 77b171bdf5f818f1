/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/docker-auth.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

/* A text as the login file of several registries. There are no programs to be run: $PATH is empty.
 * What is found is a login or a token and never both. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const registries[] = {"registry-1.docker.io", "a.example", "b:5000"};

	(void)setenv("PATH", "/nowhere", 1);
	for (size_t i = 0; i < ARRAY_LEN(registries); i++) {
		_cleanup_login_ Login login = {NULL};
		Error err = ERROR_INIT;
		int r = docker_auth_find_in((const char *)data, size, "/auth.json", registries[i],
			"team/app", &login, &err);

		require((r < 0) == (err.n_frames > 0));
		require((r > 0) == (login.user || login.identity_token));
		require(!login.user == !login.password);
		require(!login.user || !login.identity_token);
	}
	return 0;
}
