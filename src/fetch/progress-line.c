/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/progress-line.h"

#include <stdio.h>
#include "base/macro.h"

#define BAR_MIN 8
#define BAR_MAX 40

void progress_bytes_format(double bytes, char *buf, size_t size)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	size_t i = 0;

	while (bytes >= 999.5 && i + 1 < ARRAY_LEN(units)) {
		bytes /= 1000;
		i++;
	}
	if (i == 0)
		(void)snprintf(buf, size, "%.0f %s", bytes, units[i]);
	else
		(void)snprintf(buf, size, "%.*f %s",
			bytes < 9.995   ? 2
			: bytes < 99.95 ? 1
					: 0,
			bytes, units[i]);
}

/* " 9.10 MB/s", or "" while there is nothing to tell. */
static void format_speed(const ProgressLine *line, char *buf, size_t size)
{
	char speed[32];

	buf[0] = '\0';
	if (line->seconds < 0.2 || line->done == 0)
		return;
	progress_bytes_format((double)line->done / line->seconds, speed, sizeof speed);
	(void)snprintf(buf, size, " %s/s", speed);
}

/* " 1:05": minutes and seconds to go, or "". */
static void format_time_left(const ProgressLine *line, char *buf, size_t size)
{
	double left;

	buf[0] = '\0';
	if (line->total < 0 || line->done == 0 || line->done >= (uint64_t)line->total ||
		line->seconds < 0.5)
		return;
	left = line->seconds * (double)((uint64_t)line->total - line->done) / (double)line->done;
	if (left < 100 * 3600)
		(void)snprintf(buf, size, " %d:%02d", (int)left / 60, (int)left % 60);
}

static void format_bar(const ProgressLine *line, size_t width, char *buf)
{
	size_t inner = width - 2, filled = inner;

	if (line->total > 0 && line->done < (uint64_t)line->total)
		filled = (size_t)((double)line->done / (double)line->total * (double)inner);
	*buf++ = '[';
	for (size_t i = 0; i < inner; i++)
		*buf++ = i < filled ? '=' : i == filled ? '>' : ' ';
	*buf++ = ']';
	*buf = '\0';
}

void progress_line_format(const ProgressLine *line, size_t width, char *buf, size_t size)
{
	char label[96], done[32], total[32] = "", speed[48], left[24], bar[BAR_MAX + 1] = "";
	size_t used, room;

	(void)snprintf(label, sizeof label, "Downloading %s", line->label);
	progress_bytes_format((double)line->done, done, sizeof done);
	if (line->total >= 0) {
		char size_text[24];

		progress_bytes_format((double)line->total, size_text, sizeof size_text);
		(void)snprintf(total, sizeof total, " / %s", size_text);
	}
	format_speed(line, speed, sizeof speed);
	format_time_left(line, left, sizeof left);
	used = strlen(label) + 1 + strlen(done) + strlen(total);
	if (used + strlen(speed) > width)
		speed[0] = '\0';
	used += strlen(speed);
	if (used + strlen(left) > width)
		left[0] = '\0';
	used += strlen(left);
	room = width > used ? width - used : 0;
	if (line->total >= 0 && room > BAR_MIN) {
		bar[0] = ' ';
		format_bar(line, MIN(room - 1, (size_t)BAR_MAX - 1), bar + 1);
	}
	(void)snprintf(
		buf, MIN(size, width + 1), "%s%s %s%s%s%s", label, bar, done, total, speed, left);
}
