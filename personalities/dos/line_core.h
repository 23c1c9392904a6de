/*
 * A line that is edited as DOS does it: from the line before, its template, of which keys take or
 * skip parts.  What is on the screen is the caller's; it is told how the line has changed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LINE_BYTES 256

/* Scan codes of keys without a character. */
#define LINE_COPY_ONE    0x3b /* F1 */
#define LINE_COPY_TO     0x3c /* F2: up to the character that is typed next */
#define LINE_COPY_REST   0x3d /* F3 */
#define LINE_SKIP_TO     0x3e /* F4 */
#define LINE_NEW         0x3f /* F5: what stands there becomes the template */
#define LINE_END_OF_FILE 0x40 /* F6: ^Z */
#define LINE_LEFT        0x4b
#define LINE_RIGHT       0x4d /* as F1 */
#define LINE_INSERT      0x52
#define LINE_DELETE      0x53 /* skips one */

struct line_edit {
	uint8_t bytes[LINE_BYTES], old[LINE_BYTES];
	uint32_t most, count;
	uint32_t old_count, old_at;
	bool inserts; /* what is typed is put in front of the template's rest */
};

/* An empty line of "most" bytes at most, of a template. */
void line_begin(struct line_edit *line, uint32_t most, const uint8_t *old, uint32_t old_count);

/* A character; false: there is no room. */
bool line_type(struct line_edit *line, uint8_t character);

/* Takes the last character away; false: there is none. */
bool line_rub(struct line_edit *line, uint8_t *character);

/* Back to an empty line of the same template. */
void line_clear(struct line_edit *line);

/* Does the key want a character behind it? */
bool line_wants_next(uint8_t key);

/* A key; how many characters it has put at the line's end. */
uint32_t line_key(struct line_edit *line, uint8_t key, uint8_t next);
