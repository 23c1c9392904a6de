/* The virtual consoles and the one screen: which of them are seen, who draws them, how they come
   together. Pure: the caller owns terminals and shared grids, writes the composed cells to the VGA
   (or renders them, render_core.h), and carries the effects out.

   A console is drawn by its terminal (vt_core.h) or, while a program owns its screen, by that
   program's grid. One console fills the screen, or two of 80x25 stand one above the other in 80x50;
   the keys go to one of them, the one with the focus, which also has the cursor. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <masix/console.h>

#include "vt_core.h"

#define SCREEN_CONSOLES     10u
#define SCREEN_HALF_COLUMNS 80u
#define SCREEN_HALF_ROWS    25u
#define SCREEN_SPLIT_ROWS   (2 * SCREEN_HALF_ROWS)

struct screen_console {
	struct vt *vt; /* null: the console is not open */
	const volatile struct console_screen
		*grid;         /* the owner's, which may change at any time; null: no owner */
	uint16_t grid_columns; /* as agreed when it was taken, whatever the owner writes there */
	uint16_t grid_rows;
	bool graphics; /* the owner's picture is shown, not its cells, when it has the focus */
};

struct screen {
	struct screen_console consoles[SCREEN_CONSOLES];
	uint16_t columns_max; /* of the largest mode there is */
	uint16_t rows_max;
	bool split;
	uint8_t shown[2]; /* which console is in the upper, the lower half; whole screen: shown[0]
			   */
	uint8_t focus;    /* 0 or 1: the half that gets the keys */
	bool stale;       /* all of the composed cells are to be made anew */
};

enum screen_effect_kind {
	SCREEN_MODE, /* set the text mode of columns x rows, which leaves a graphics mode as well */
	SCREEN_GRAPHICS, /* set the graphics mode, for the console's picture; nothing is composed
			    until SCREEN_MODE */
	SCREEN_SHOWN,    /* the console is to be seen: tell its client */
	SCREEN_HIDDEN,
	SCREEN_FOCUS, /* the console gets the keys */
	SCREEN_BLUR,  /* it does not any more: release its keys */
	SCREEN_SIZE,  /* the console's terminal has the size columns x rows now: tell its client */
};

#define SCREEN_EFFECTS_MAX 16u

struct screen_effects {
	uint32_t count;
	struct {
		enum screen_effect_kind kind;
		uint8_t console;
		uint16_t columns;
		uint16_t rows;
	} list[SCREEN_EFFECTS_MAX];
};

/* Where the cursor is to be seen, on the whole screen. */
struct screen_cursor {
	uint8_t shape; /* CONSOLE_CURSOR_*; if it is hidden, the place means nothing */
	bool blink;    /* a bright ground is to blink */
	uint16_t row;
	uint16_t column;
};

/* A screen that shows console 0, with no console open. The largest mode is brought within the
   limits. */
void screen_init(struct screen *screen, uint32_t columns_max, uint32_t rows_max);

/* Puts a terminal on a console; it stays the caller's. False: no such console, or it is open. */
bool screen_open(struct screen *screen, uint32_t console, struct vt *vt,
		 struct screen_effects *effects);

/* Takes the terminal and an owner's grid off a console: afterwards neither is touched. False: it is
   not open. */
bool screen_close(struct screen *screen, uint32_t console, struct screen_effects *effects);

/* Shows a console, open or not: on the whole screen, or in the half with the focus; if the other
   half has it, the focus goes there. False: no such console. */
bool screen_show(struct screen *screen, uint32_t console, struct screen_effects *effects);

/* Two consoles at once: the shown one above, `other` below; their terminals become 80x25. False: no
   such console, the same one, split already, or no mode with so many rows. */
bool screen_split(struct screen *screen, uint32_t other, struct screen_effects *effects);

/* The console with the focus alone again. False: the screen is not split. */
bool screen_unsplit(struct screen *screen, struct screen_effects *effects);

/* Gives the keys to the other half. False: the screen is not split. */
bool screen_focus(struct screen *screen, struct screen_effects *effects);

/* Another size for a console's terminal. False: not open, no mode so large, one half of a split
   screen, or owned. */
bool screen_resize(struct screen *screen, uint32_t console, uint32_t columns, uint32_t rows,
		   struct screen_effects *effects);

/* A program draws a console itself, into `grid`: CONSOLE_SCREEN_BYTES(columns, rows) of memory that
   stays mapped until screen_release or screen_close. Columns and rows are the terminal's. False:
   not open, or owned. */
bool screen_take(struct screen *screen, uint32_t console,
		 const volatile struct console_screen *grid, bool graphics,
		 struct screen_effects *effects);

/* The terminal's text is seen again, as it was. False: nobody owns it. */
bool screen_release(struct screen *screen, uint32_t console, struct screen_effects *effects);

/* The console that gets the keys. */
static inline uint32_t screen_focused(const struct screen *screen)
{
	return screen->shown[screen->split ? screen->focus : 0];
}

/* The size of the mode that shows what is to be seen. */
void screen_size(const struct screen *screen, uint32_t *columns, uint32_t *rows);

/* The owner of a console shows its picture, or its cells again. False: nobody owns it. */
bool screen_set_graphics(struct screen *screen, uint32_t console, bool graphics,
			 struct screen_effects *effects);

/* Whether a picture is shown just now. */
bool screen_in_graphics(const struct screen *screen);

/* Brings `cells` (rows of `stride` cells, screen_size many) up to date. Returns the rows that
   changed, a bit each; none in a graphics mode. Takes the terminals' dirty rows, so all of `cells`
   must be what the last call left. */
uint64_t screen_compose(struct screen *screen, uint16_t *cells, uint32_t stride);

void screen_cursor(const struct screen *screen, struct screen_cursor *cursor);

/* The cursor of one console, shown or not, in its own rows. */
void screen_console_cursor(const struct screen *screen, uint32_t console,
			   struct screen_cursor *cursor);
