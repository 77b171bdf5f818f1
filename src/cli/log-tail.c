/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log-tail.h"

static int append(PodLogLine *to, const PodLogLine *piece)
{
	char *text = realloc((char *)to->text, to->len + piece->len + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text + to->len, piece->text, piece->len);
	to->text = text;
	to->len += piece->len;
	to->goes_on = piece->goes_on;
	return 0;
}

/* The place of the next line, which is in use from now on. */
static PodLogLine *take_place(LogTail *tail)
{
	PodLogLine *bigger, *place;

	if (tail->n < tail->max) {
		bigger = reallocarray(tail->lines, tail->n + 1, sizeof *bigger);
		if (!bigger)
			return NULL;
		tail->lines = bigger;
		place = &bigger[tail->n++];
	} else {
		place = &tail->lines[tail->seen % tail->n];
		free((char *)place->text);
	}
	*place = (PodLogLine){0};
	return place;
}

int log_tail_add(LogTail *tail, const PodLogLine *line)
{
	bool continues = tail->open;
	PodLogLine *place;

	tail->open = line->goes_on;
	if (tail->max == 0)
		return 0;
	if (continues)
		return append(&tail->lines[(tail->seen - 1) % tail->n], line);
	place = take_place(tail);
	if (!place)
		return -ENOMEM;
	tail->seen++;
	place->app = line->app;
	place->time = line->time;
	place->is_stderr = line->is_stderr;
	return append(place, line);
}

const PodLogLine *log_tail_at(const LogTail *tail, size_t i)
{
	return &tail->lines[(tail->seen + i) % tail->n];
}

void log_tail_done(LogTail *tail)
{
	for (size_t i = 0; i < tail->n; i++)
		free((char *)tail->lines[i].text);
	free(tail->lines);
}
