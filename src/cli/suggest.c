/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include "base/macro.h"

#define LONGEST 40

/* Optimal string alignment distance of a and b, both at most LONGEST characters. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST + 1];
	size_t n = strlen(a), m = strlen(b);

	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i - 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = MIN(change, MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void suggestion_offer(Suggestion *s, const char *name)
{
	size_t typed = strlen(s->typed), length = strlen(name), d;

	if (typed == 0 || typed > LONGEST || length > LONGEST)
		return;
	if (typed >= 3 && startswith(name, s->typed))
		d = 1;
	else
		d = distance(s->typed, name);
	if (d > MAX(length / 3, (size_t)1) || (s->best && d >= s->distance))
		return;
	s->best = name;
	s->distance = d;
}
