/* The DOS personality's console: ANSI's sequences on the text screen, and the screen as such text.
   LINK: personalities/dos/ansi_core.c personalities/dos/cells_core.c
   personalities/dos/screen_core.c personalities/dos/terminal_core.c
   personalities/dos/keyboard_core.c
 */
#include <stdlib.h>
#include <string.h>

#include "../../personalities/dos/ansi_core.h"
#include "../../personalities/dos/cells_core.h"
#include "../../personalities/dos/screen_core.h"
#include "tap.h"

#define MEMORY_BYTES 0x110000

static uint8_t *memory;
static struct ansi ansi;

static void put(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (!ansi_take(&ansi, memory, 0, (uint8_t)text[i])) {
			screen_teletype(memory, 0, (uint8_t)text[i]);
		}
	}
}

static void say(const char *text)
{
	put(text, strlen(text));
}

static int cell(uint32_t row, uint32_t column)
{
	const uint8_t *at = memory + SCREEN_CELLS + (row * SCREEN_COLUMNS + column) * 2;

	return at[0] | at[1] << 8;
}

static int at(uint8_t row, uint8_t column)
{
	uint8_t now_row = 0, now_column = 0;

	screen_get_cursor(memory, 0, &now_row, &now_column);
	return now_row == row && now_column == column;
}

static void reset(void)
{
	ansi = (struct ansi){.state = 0};
	screen_reset(memory, 3, 0);
}

static void check_sequences(void)
{
	reset();
	say("\033[3;5Hx");
	CHECK(cell(2, 4) == ('x' | 0x700) && at(2, 5), "a place");
	say("\033[s\033[2A\033[10C\033[u");
	CHECK(at(2, 5), "saved and restored");
	say("\033[200B\033[99C");
	CHECK(at(24, 79), "the edges hold");
	say("\033[H\033[1;33;44my\033[0mz");
	CHECK(cell(0, 0) == ('y' | 0x1e00) && cell(0, 1) == ('z' | 0x700), "colours");
	say("\033[3;5H\033[K");
	CHECK(cell(2, 4) == (' ' | 0x700) && cell(0, 0) == ('y' | 0x1e00), "the rest of a line");
	say("\033[2J");
	CHECK(cell(0, 0) == (' ' | 0x700) && at(0, 0), "all of it");
	say("\033(a");
	CHECK(cell(0, 0) == ('a' | 0x700), "what is no sequence");
}

/* What a terminal would show that is told all changes, in pieces of any size. */
static void check_cells(void)
{
	static struct cells_shown shown;
	char text[256];
	uint64_t state = 3;
	bool done = false, fits = true;
	int pieces = 0;

	reset();
	say("\033[2;2HAB\033[31mC");
	for (; !done && pieces < 1000; pieces++) {
		uint32_t bytes = cells_render(&shown, memory + SCREEN_CELLS, 1, 4, false, text,
					      sizeof text, &done);

		fits = fits && bytes <= sizeof text;
	}
	CHECK(done && fits && pieces > 1, "the first picture, in %d pieces", pieces);
	say("D");
	text[cells_render(&shown, memory + SCREEN_CELLS, 1, 5, false, text, sizeof text, &done)] =
		0;
	CHECK(done && strcmp(text, "\033[0;31;40mD") == 0, "one cell that has changed");
	text[cells_render(&shown, memory + SCREEN_CELLS, 1, 5, true, text, sizeof text, &done)] = 0;
	CHECK(done && strcmp(text, "\033[?25l") == 0, "the cursor hidden");
	for (int i = 0; i < 4000; i++) {
		memory[SCREEN_CELLS + i] = (uint8_t)tap_random(&state);
	}
	for (done = false, pieces = 0; !done && pieces < 5000; pieces++) {
		fits = fits && cells_render(&shown, memory + SCREEN_CELLS, 99, 99, false, text,
					    CELLS_ROOM, &done) <= CELLS_ROOM;
	}
	CHECK(done && fits, "random cells");
}

static void check_nonsense(void)
{
	static const char alphabet[] = "\033\033\033[[[0123456789;;HfABCDJKmsu=?x\r\n\b";
	uint64_t state = 17;

	reset();
	for (int i = 0; i < 200000; i++) {
		char character = alphabet[tap_random(&state) % (sizeof alphabet - 1)];

		put(&character, 1);
		if (i % 1000 == 0) {
			memory[BIOS_CURSORS + tap_random(&state) % 16] =
				(uint8_t)tap_random(&state);
		}
	}
	CHECK(1, "nonsense stays inside");
}

int main(void)
{
	memory = calloc(1, MEMORY_BYTES);
	check_sequences();
	check_cells();
	check_nonsense();
	free(memory);
	return tap_done();
}
