/* A grid of cells on a terminal: what it shows, what it should show, and the fewest bytes we know
   from one to the other. Pure. The output of a step is bounded; the next step goes on where it
   stopped, with whatever is wanted by then, so a slow line shows the newest state late and never an
   old one at length. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <masix/console.h>

/* A step with less room than this may write nothing. */
#define RENDER_BYTES_MIN 64u

/* What the terminal should show. */
struct render_target {
	const uint16_t *cells; /* rows of `stride` cells */
	uint32_t stride;
	uint32_t columns; /* within the limits of masix/console.h */
	uint32_t rows;
	uint32_t cursor_row;
	uint32_t cursor_column;
	bool cursor_shown; /* ignored if the place is outside */
};

/* What the terminal shows, as far as our bytes arrive. */
struct render {
	bool known;   /* else everything has to be drawn, from a reset of the terminal's modes */
	bool scrolls; /* look for lines that moved up: once for each change of the target */
	uint16_t columns;
	uint16_t rows;
	int16_t row; /* the cursor; -1: unknown */
	int16_t column;
	int16_t attribute;   /* -1: unknown */
	int8_t cursor_shown; /* -1: unknown */
	uint16_t next_row;   /* where the search for differences goes on */
	uint16_t cells[CONSOLE_ROWS_MAX][CONSOLE_COLUMNS_MAX];
};

/* Nothing is known of the terminal: the next steps draw all of it. */
void render_init(struct render *render);

/* The same, whenever the terminal may show something else, such as after another has been attached.
 */
static inline void render_redraw(struct render *render)
{
	render->known = false;
}

/* Writes at most bytes_max bytes that bring the terminal nearer to the target; 0: it shows the
   target. */
uint32_t render_step(struct render *render, const struct render_target *target, uint8_t *bytes,
		     uint32_t bytes_max);

/* What leaves a terminal as its user likes to find it: the cursor below the picture, all modes
   ordinary. Returns the bytes, RENDER_BYTES_MIN at most; afterwards nothing is known. */
uint32_t render_leave(struct render *render, uint8_t bytes[RENDER_BYTES_MIN]);

/* One row as text for a terminal without sequences, or a log: no blanks at its end, then CR LF. The
   most it can take is three bytes a cell and two. */
#define RENDER_TEXT_BYTES_MAX (3u * CONSOLE_COLUMNS_MAX + 2u)
uint32_t render_text_row(const uint16_t *cells, uint32_t columns,
			 uint8_t bytes[RENDER_TEXT_BYTES_MAX]);
