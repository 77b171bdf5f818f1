/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include "base/log.h"
#include "base/monotonic.h"
#include "base/strbuf.h"
#include "fetch/progress-line.h"

#define REDRAW_SECONDS 0.1
#define DEFAULT_WIDTH  80
#define SCREEN_MAX     (16u << 10)

typedef struct Row {
	bool used;
	char label[64];
	int64_t total;
	uint64_t done;
	double start;
} Row;

struct Progress {
	pthread_mutex_t lock;
	bool terminal;
	unsigned n_drawn; /* lines that stand on the terminal and are ours */
	double last_draw;
	Row rows[PROGRESS_ROWS];
};

static double now(void)
{
	return (double)monotonic_ns() / 1e9;
}

int progress_new(Progress **ret, Error *err)
{
	Progress *p = calloc(1, sizeof *p);

	if (!p)
		return fail_oom(err);
	(void)pthread_mutex_init(&p->lock, NULL);
	p->terminal = isatty(STDERR_FILENO);
	*ret = p;
	return 0;
}

Progress *progress_free(Progress *p)
{
	if (p)
		(void)pthread_mutex_destroy(&p->lock);
	free(p);
	return NULL;
}

static size_t terminal_width(void)
{
	struct winsize ws = {0};

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < 2)
		return DEFAULT_WIDTH;
	/* The last column stays free: a full line wraps on some terminals. */
	return MIN((size_t)ws.ws_col, (size_t)PROGRESS_LINE_MAX) - 1;
}

static void add_row(StrBuf *out, const Row *row, double time, size_t width)
{
	ProgressLine line = {row->label, row->done, row->total, time - row->start};
	char text[PROGRESS_LINE_MAX];

	progress_line_format(&line, width, text, sizeof text);
	strbuf_printf(out, "%s\033[K\n", text);
}

static void erase(Progress *p, StrBuf *out)
{
	if (p->n_drawn > 0)
		strbuf_printf(out, "\033[%uA\r\033[J", p->n_drawn);
	p->n_drawn = 0;
}

static void write_out(const StrBuf *out)
{
	if (out->len > 0)
		(void)!write(STDERR_FILENO, out->text, out->len);
}

/* Puts out (what belongs above the bars) and the bars on the terminal, in one write. */
static void draw(Progress *p, StrBuf *out)
{
	size_t width = terminal_width();
	double time = now();

	for (size_t i = 0; i < PROGRESS_ROWS; i++)
		if (p->rows[i].used) {
			add_row(out, &p->rows[i], time, width);
			p->n_drawn++;
		}
	write_out(out);
	p->last_draw = time;
}

int progress_start(Progress *p, const char *label, int64_t total)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(SCREEN_MAX);
	int row = 0;

	(void)pthread_mutex_lock(&p->lock);
	while (row < PROGRESS_ROWS && p->rows[row].used)
		row++;
	if (row < PROGRESS_ROWS) {
		p->rows[row] = (Row){.used = true, .total = total, .start = now()};
		(void)snprintf(p->rows[row].label, sizeof p->rows[row].label, "%s", label);
	}
	if (p->terminal) {
		erase(p, &out);
		draw(p, &out);
	} else {
		strbuf_printf(&out, "Downloading %s ...\n", label);
		write_out(&out);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return row;
}

void progress_add(Progress *p, int row, uint64_t bytes)
{
	if (row >= PROGRESS_ROWS)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->rows[row].done += bytes;
	if (p->terminal && now() - p->last_draw >= REDRAW_SECONDS) {
		_cleanup_strbuf_ StrBuf out = STRBUF_INIT(SCREEN_MAX);

		erase(p, &out);
		draw(p, &out);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

static void end_plain(const Row *row, StrBuf *out)
{
	char bytes[32];

	progress_bytes_format((double)row->done, bytes, sizeof bytes);
	strbuf_printf(out, "Downloaded %s, %s in %.1f s\n", row->label, bytes, now() - row->start);
}

void progress_end(Progress *p, int row, bool success)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(SCREEN_MAX);

	if (row >= PROGRESS_ROWS)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->rows[row].used = false;
	if (p->terminal) {
		/* The finished line stays, above those that still move. */
		erase(p, &out);
		if (success)
			add_row(&out, &p->rows[row], now(), terminal_width());
		draw(p, &out);
	} else if (success) {
		end_plain(&p->rows[row], &out);
		write_out(&out);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

void progress_note(Progress *p, const char *fmt, ...)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(SCREEN_MAX);
	char text[ERROR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)pthread_mutex_lock(&p->lock);
	erase(p, &out);
	write_out(&out);
	log_line(NULL, "%s", text);
	strbuf_clear(&out);
	if (p->terminal)
		draw(p, &out);
	(void)pthread_mutex_unlock(&p->lock);
}
