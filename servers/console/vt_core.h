/* A terminal as programs with TERM=linux, vt100 or ansi use it, on a grid of cells. Pure: bytes in,
   cells and replies out. Every sequence of bytes is safe: what is unknown is skipped as a whole and
   shows nothing.

   vt_core.c   the parser, printing, control characters, escapes
   vt_csi_core.c  control sequences: cursor, erasing, modes, reports
   vt_colour_core.c  SGR: colours and the attribute they make */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <masix/console.h>

#include <tty/charset_core.h>
#include "grid_core.h"

#define VT_PARAMETERS_MAX 16u
#define VT_PARAMETER_MAX  0xffffu
/* The longest answer to one sequence, and how many bytes of answers one call can hold. */
#define VT_REPLY_ONE_MAX 24u
#define VT_REPLY_MAX     96u

/* Modes. Those that the keyboard must know: cursor keys, keypad, newline. */
#define VT_MODE_AUTOWRAP     0x001u
#define VT_MODE_ORIGIN       0x002u
#define VT_MODE_INSERT       0x004u
#define VT_MODE_NEWLINE      0x008u /* LF also returns; Enter sends CR LF */
#define VT_MODE_CURSOR_KEYS  0x010u /* application cursor keys */
#define VT_MODE_KEYPAD       0x020u /* application keypad */
#define VT_MODE_CURSOR_SHOWN 0x040u
#define VT_MODE_REVERSE      0x080u /* the whole screen */
#define VT_MODE_UTF8         0x100u /* else Latin-1 */
#define VT_MODE_RAW_GLYPHS   0x200u /* SGR 11: bytes are code page 437 */

enum vt_state {
	VT_GROUND,
	VT_ESCAPE,
	VT_ESCAPE_SKIP,    /* an escape we do not know, until its last byte */
	VT_ESCAPE_CHARSET, /* ESC ( or ESC ): the set's name comes */
	VT_ESCAPE_OTHER_CHARSET,
	VT_ESCAPE_HASH,
	VT_ESCAPE_PERCENT,
	VT_CSI,
	VT_CSI_SKIP, /* a malformed one, until its last byte */
	VT_OSC_BEGIN,
	VT_STRING,   /* text for nobody, until BEL, ST or another escape */
	VT_PALETTE,  /* Linux's ESC ] P: seven digits */
	VT_FUNCTION, /* Linux's ESC [ [: one byte */
};

enum vt_charset {
	VT_CHARSET_TEXT,
	VT_CHARSET_LINES, /* line drawing */
	VT_CHARSET_RAW,   /* code page 437 */
};

/* What characters look like, before it becomes an attribute. Colours are the VGA's. */
struct vt_pen {
	uint8_t fore; /* 0..15 */
	uint8_t ground;
	bool bold;
	bool dim;
	bool underline;
	bool blink;
	bool reverse;
	bool hidden;
};

/* What ESC 7 saves. */
struct vt_saved {
	struct vt_pen pen;
	uint16_t row;
	uint16_t column;
	bool origin;
	bool autowrap;
	uint8_t charset[2];
	uint8_t shift;
};

struct vt {
	struct grid grids[2]; /* the ordinary one, the alternate one */
	struct history history;
	uint32_t view;  /* lines that the view is moved back; 0: what programs write is seen */
	uint8_t active; /* which grid */
	uint16_t row;   /* always inside the grid */
	uint16_t column;
	bool wrap_pending; /* the last column is written: the next character goes to a new line */
	uint16_t top; /* the scroll region: rows top .. bottom - 1, two at least unless there is one
			 row */
	uint16_t bottom;
	struct vt_pen pen;
	uint8_t attribute;    /* of the pen */
	uint8_t cursor_shape; /* CONSOLE_CURSOR_*, when shown */
	uint32_t modes;
	uint8_t charset[2]; /* enum vt_charset of G0 and G1 */
	uint8_t shift;      /* which of them is in use */
	struct vt_saved saved[2];
	uint32_t repeat; /* the last character, for REP */
	uint8_t tabs[(CONSOLE_COLUMNS_MAX + 7) / 8];

	enum vt_state state;
	struct charset_decoder decoder;
	uint32_t parameters[VT_PARAMETERS_MAX];
	uint32_t colons; /* bit i: parameter i belongs to the one before it */
	uint8_t parameter_count;
	uint8_t private_marker; /* ? > < =, or 0 */
	uint8_t intermediate;
	uint8_t designated; /* G0 or G1 */
	uint8_t digits;     /* of a palette entry, still to come */
};

/* What one call wants done besides. */
struct vt_effects {
	uint32_t consumed; /* bytes taken; fewer than given only if `reply` is full: call again with
			      the rest */
	uint32_t reply_bytes;
	uint8_t reply[VT_REPLY_MAX]; /* to be put into the program's input */
	bool bell;
	bool modes_changed; /* those that the keyboard must know, or the cursor's */
};

/* A new terminal. The history's memory stays the caller's and must outlive the terminal. */
void vt_init(struct vt *vt, uint32_t columns, uint32_t rows, uint16_t *history_cells,
	     uint32_t history_lines, uint32_t history_columns);

/* Makes a sound terminal of one that was found in memory, whoever wrote there and whatever: its
   size, text, history and cursor stay as far as they mean something, all else is as after a reset.
   The history's memory is as for vt_init. */
void vt_adopt(struct vt *vt, uint16_t *history_cells, uint32_t history_lines,
	      uint32_t history_columns);

/* Takes bytes that a program writes. */
void vt_write(struct vt *vt, const uint8_t *bytes, uint32_t count, struct vt_effects *effects);

/* Another size, brought within the limits: the text around the cursor stays, the scroll region is
   the whole screen. */
void vt_resize(struct vt *vt, uint32_t columns, uint32_t rows);

/* Moves the view back (lines > 0) or forward through the history. Only the ordinary grid has one.
 */
void vt_scroll_view(struct vt *vt, int32_t lines);

/* Copies one row as it is to be seen: the view and the reverse mode applied. `cells` has room for a
   row. */
void vt_read_row(const struct vt *vt, uint32_t row, uint16_t *cells);

/* The rows that may look different since the last call. */
uint64_t vt_take_dirty(struct vt *vt);

static inline struct grid *vt_grid(struct vt *vt)
{
	return &vt->grids[vt->active];
}

static inline const struct grid *vt_grid_const(const struct vt *vt)
{
	return &vt->grids[vt->active];
}

/* Whether the cursor is to be seen. */
static inline bool vt_cursor_shown(const struct vt *vt)
{
	return vt->view == 0 && (vt->modes & VT_MODE_CURSOR_SHOWN) != 0;
}

/* Between the parts of the terminal, not for callers. */

/* What erased cells hold: a blank in the pen's colours. */
static inline uint16_t vt_blank(const struct vt *vt)
{
	return CONSOLE_CELL(' ', vt->pen.fore | vt->pen.ground << 4);
}

/* Carries out the control sequence that ends with `final`. */
void vt_csi(struct vt *vt, uint8_t final, struct vt_effects *effects);
/* SGR, from the parameters. */
void vt_csi_select_graphics(struct vt *vt);
void vt_pen_reset(struct vt *vt);
void vt_pen_apply(struct vt *vt);
void vt_print(struct vt *vt, uint32_t codepoint);
/* A reply; the caller of vt_write made sure there is room. */
void vt_reply(struct vt_effects *effects, const char *text);
void vt_reset(struct vt *vt);
void vt_line_feed(struct vt *vt);
/* Scrolls the region; what leaves the ordinary screen at its top goes to the history. */
void vt_scroll_up(struct vt *vt, uint32_t top, uint32_t count);
/* To a place, brought inside the grid (or the region, in origin mode, where row 0 is its top). */
void vt_move(struct vt *vt, int64_t row, int64_t column);
void vt_save_cursor(struct vt *vt);
void vt_restore_cursor(struct vt *vt);
void vt_use_grid(struct vt *vt, uint32_t which);
void vt_set_region(struct vt *vt, uint32_t top, uint32_t bottom);
uint32_t vt_next_tab(const struct vt *vt, uint32_t column);
uint32_t vt_previous_tab(const struct vt *vt, uint32_t column);
