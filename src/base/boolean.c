/* SPDX-License-Identifier: Apache-2.0 */
#include "base/boolean.h"

#include <errno.h>

int boolean_parse(const char *s, bool *ret)
{
	static const char *const words[2][6] = {
		{"0", "f", "F", "FALSE", "false", "False"},
		{"1", "t", "T", "TRUE", "true", "True"},
	};

	for (int truth = 0; truth < 2; truth++)
		for (size_t i = 0; i < ARRAY_LEN(words[truth]); i++)
			if (streq(s, words[truth][i])) {
				*ret = truth;
				return 0;
			}
	return -EINVAL;
}
