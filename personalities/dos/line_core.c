/* See line_core.h. */
#include "line_core.h"

void line_begin(struct line_edit *line, uint32_t most, const uint8_t *old, uint32_t old_count)
{
	line->most = most < LINE_BYTES ? most : LINE_BYTES;
	line->old_count = old_count < LINE_BYTES ? old_count : LINE_BYTES;
	for (uint32_t i = 0; i < line->old_count; i++) {
		line->old[i] = old[i];
	}
	line_clear(line);
}

void line_clear(struct line_edit *line)
{
	line->count = 0;
	line->old_at = 0;
	line->inserts = false;
}

static bool put(struct line_edit *line, uint8_t character)
{
	if (line->count >= line->most) {
		return false;
	}
	line->bytes[line->count++] = character;
	return true;
}

bool line_type(struct line_edit *line, uint8_t character)
{
	if (!put(line, character)) {
		return false;
	}
	if (!line->inserts && line->old_at < line->old_count) {
		line->old_at++;
	}
	return true;
}

bool line_rub(struct line_edit *line, uint8_t *character)
{
	if (line->count == 0) {
		return false;
	}
	*character = line->bytes[--line->count];
	if (!line->inserts && line->old_at > 0) {
		line->old_at--;
	}
	return true;
}

bool line_wants_next(uint8_t key)
{
	return key == LINE_COPY_TO || key == LINE_SKIP_TO;
}

/* Where a character stands in the template behind the place; the place itself: nowhere. */
static uint32_t find(const struct line_edit *line, uint8_t character)
{
	for (uint32_t i = line->old_at + 1; i < line->old_count; i++) {
		if (line->old[i] == character) {
			return i;
		}
	}
	return line->old_at;
}

static uint32_t copy_to(struct line_edit *line, uint32_t end)
{
	uint32_t before = line->count;

	while (line->old_at < end && line->old_at < line->old_count &&
	       put(line, line->old[line->old_at])) {
		line->old_at++;
	}
	line->inserts = false;
	return line->count - before;
}

uint32_t line_key(struct line_edit *line, uint8_t key, uint8_t next)
{
	switch (key) {
	case LINE_COPY_ONE:
	case LINE_RIGHT:
		return copy_to(line, line->old_at + 1);
	case LINE_COPY_TO:
		return copy_to(line, find(line, next));
	case LINE_COPY_REST:
		return copy_to(line, line->old_count);
	case LINE_SKIP_TO:
		line->old_at = find(line, next);
		return 0;
	case LINE_DELETE:
		line->old_at += line->old_at < line->old_count;
		return 0;
	case LINE_INSERT:
		line->inserts = !line->inserts;
		return 0;
	case LINE_NEW:
		for (uint32_t i = 0; i < line->count; i++) {
			line->old[i] = line->bytes[i];
		}
		line->old_count = line->count;
		line_clear(line);
		return 0;
	case LINE_END_OF_FILE:
		return line_type(line, 0x1a);
	default:
		return 0;
	}
}
