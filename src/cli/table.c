/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include "base/arena.h"

#define TAB     8
#define PADDING 1

typedef struct Cell {
	const char *text;
	size_t len;
	size_t column_width; /* that the cell is padded to, a multiple of TAB; not for the last cell
			      */
} Cell;

typedef struct Line {
	Cell *cells;
	size_t n; /* at least one */
} Line;

/* Characters of UTF-8 text: every byte but the continuation ones. */
static size_t text_width(const Cell *cell)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->len; i++)
		n += ((unsigned char)cell->text[i] & 0xc0) != 0x80;
	return n;
}

static size_t count(const char *text, size_t len, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == c;
	return n;
}

static int split_line(const char *text, size_t len, Arena *arena, Line *ret)
{
	size_t n = count(text, len, '\t') + 1;

	*ret = (Line){.cells = arena_new(arena, Cell, n), .n = n};
	if (!ret->cells)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *tab = memchr(text, '\t', len);
		size_t cell = tab ? (size_t)(tab - text) : len;

		ret->cells[i] = (Cell){.text = text, .len = cell};
		text += cell + 1;
		len -= tab ? cell + 1 : cell;
	}
	return 0;
}

static int split(const char *text, Arena *arena, Line **ret, size_t *ret_n)
{
	size_t n = count(text, strlen(text), '\n');
	Line *lines = arena_new(arena, Line, n + 1);

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(text, "\n");
		int r = split_line(text, len, arena, &lines[i]);

		if (r < 0)
			return r;
		text += len + 1;
	}
	*ret = lines;
	*ret_n = n;
	return 0;
}

static bool has_column(const Line *line, size_t column)
{
	return column + 1 < line->n;
}

/* Gives one column of the block of lines that starts at lines[0] its width. */
static void set_width(Line *lines, size_t n, size_t column)
{
	size_t width = 0, end = 0;

	for (; end < n && has_column(&lines[end], column); end++) {
		size_t cell = text_width(&lines[end].cells[column]) + PADDING;

		width = MAX(width, cell);
	}
	width = (width + TAB - 1) / TAB * TAB;
	for (size_t i = 0; i < end; i++)
		lines[i].cells[column].column_width = width;
}

static void put_line(const Line *line, StrBuf *out)
{
	for (size_t i = 0; i < line->n; i++) {
		const Cell *cell = &line->cells[i];
		size_t used = text_width(cell);

		strbuf_add(out, cell->text, cell->len);
		for (; has_column(line, i) && used < cell->column_width; used += TAB - used % TAB)
			strbuf_putc(out, '\t');
	}
	strbuf_putc(out, '\n');
}

int table_align(const char *text, StrBuf *out)
{
	_cleanup_(arena_done) Arena arena = {0};
	Line *lines;
	size_t n;
	int r = split(text, &arena, &lines, &n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		for (size_t column = 0; has_column(&lines[i], column); column++)
			if (lines[i].cells[column].column_width == 0)
				set_width(lines + i, n - i, column);
	for (size_t i = 0; i < n; i++)
		put_line(&lines[i], out);
	return out->error;
}
