/* See log_core.h. */
#include "log_core.h"

void log_write(struct log_ring *ring, const char *text, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		ring->text[(uint32_t)(ring->written % LOG_RING_BYTES)] = text[i];
		ring->written++;
	}
}

uint32_t log_read(const struct log_ring *ring, uint64_t *position, char *text, uint32_t bytes_max)
{
	uint64_t oldest = ring->written > LOG_RING_BYTES ? ring->written - LOG_RING_BYTES : 0;
	uint64_t from = *position;
	uint32_t count = 0;

	if (from < oldest) {
		from = oldest;
	}
	if (from > ring->written) {
		from = ring->written;
	}
	while (count < bytes_max && from < ring->written) {
		text[count++] = ring->text[(uint32_t)(from++ % LOG_RING_BYTES)];
	}
	*position = from;
	return count;
}

/* ASCII that prints, tabs, and the bytes of UTF-8. */
static bool is_harmless(unsigned char c)
{
	return (c >= ' ' && c != 0x7f) || c == '\t';
}

/* In UTF-8 the second set of control characters is 0xc2 and a byte of these. */
static bool is_second_set(unsigned char before, unsigned char c)
{
	return before == 0xc2 && c >= 0x80 && c < 0xa0;
}

void log_make_plain(char *text, uint32_t bytes)
{
	unsigned char before = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!is_harmless(c) || is_second_set(before, c)) {
			text[i] = '?';
		}
		before = c;
	}
}

bool log_line_add(struct log_line *line, const char *text, uint32_t bytes, uint32_t *taken)
{
	for (*taken = 0; *taken < bytes;) {
		char c = text[(*taken)++];

		if (c == '\n') {
			return true;
		}
		line->text[line->bytes++] = is_harmless((unsigned char)c) ? c : '?';
		if (line->bytes == LOG_LINE_BYTES) {
			return true;
		}
	}
	return false;
}
