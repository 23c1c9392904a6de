/* The C side of masix/console.defs, and what a program that owns its screen shares with the console
   server. */
#pragma once

#include <stdint.h>
#include <mach/machine/vm_types.h>

/* No console is larger: 132x60 is the largest text mode in use. */
#define CONSOLE_COLUMNS_MAX 132u
#define CONSOLE_ROWS_MAX    60u

/*
 * A cell is what the VGA's text memory holds: a byte of code page 437 and an attribute, whose low
 * half is the colour of the character and whose high half that of the ground, both in the VGA's
 * order (1 is blue, 4 is red, 8 makes it bright; a bright ground takes the place of blinking).
 */
#define CONSOLE_CELL(character, attribute)                                                         \
	((uint16_t)((uint8_t)(character) | (unsigned)(uint8_t)(attribute) << 8))
#define CONSOLE_CELL_CHARACTER(cell) ((uint8_t)(cell))
#define CONSOLE_CELL_ATTRIBUTE(cell) ((uint8_t)((cell) >> 8))
#define CONSOLE_ATTRIBUTE_PLAIN      0x07 /* grey on black */
#define CONSOLE_BLANK                CONSOLE_CELL(' ', CONSOLE_ATTRIBUTE_PLAIN)

/*
 * What the memory object of console_screen_take holds: this, and CONSOLE_SCREEN_CELLS bytes from
 * the start the cells, row after row.  The server only reads it, whenever it draws, and trusts
 * nothing in it: a cursor outside the screen is not shown.
 */
struct console_screen {
	natural_t columns; /* written by the server when the screen is taken */
	natural_t rows;
	natural_t cursor_column; /* from here on the program's */
	natural_t cursor_row;
	natural_t cursor_shape; /* CONSOLE_CURSOR_* */
	natural_t blink;        /* a bright ground means blinking, as after a PC's reset */
	natural_t picture;      /* CONSOLE_PICTURE_*: what is to be seen, the cells or a picture */
};
#define CONSOLE_SCREEN_CELLS                64
#define CONSOLE_SCREEN_BYTES(columns, rows) (CONSOLE_SCREEN_CELLS + 2 * (columns) * (rows))

/*
 * With CONSOLE_SCREEN_GRAPHICS the object also has room for a picture, which the server shows while
 * "picture" says so and the console has the focus: the colours (red, green, blue of six bits each)
 * from CONSOLE_SCREEN_PALETTE on, and the pixels, a byte each, row after row.
 */
#define CONSOLE_PICTURE_NONE    0
#define CONSOLE_PICTURE_320X200 1

#define CONSOLE_PICTURE_COLUMNS 320
#define CONSOLE_PICTURE_ROWS    200
#define CONSOLE_PICTURE_COLOURS 256
#define CONSOLE_SCREEN_PALETTE  0x8000
#define CONSOLE_SCREEN_PIXELS   0x9000
#define CONSOLE_SCREEN_GRAPHICS_BYTES                                                              \
	(CONSOLE_SCREEN_PIXELS + CONSOLE_PICTURE_COLUMNS * CONSOLE_PICTURE_ROWS)

_Static_assert(CONSOLE_SCREEN_BYTES(CONSOLE_COLUMNS_MAX, CONSOLE_ROWS_MAX) <=
		       CONSOLE_SCREEN_PALETTE,
	       "the cells come first");

#define CONSOLE_CURSOR_HIDDEN 0
#define CONSOLE_CURSOR_LINE   1
#define CONSOLE_CURSOR_HALF   2
#define CONSOLE_CURSOR_BLOCK  3

_Static_assert(sizeof(struct console_screen) <= CONSOLE_SCREEN_CELLS, "the cells come after it");

/* How a console treats what is typed and written (console_set_modes), in the manner of termios. */
struct console_modes {
	natural_t input;              /* CONSOLE_INPUT_* */
	natural_t output;             /* CONSOLE_OUTPUT_* */
	natural_t local;              /* CONSOLE_LOCAL_* */
	natural_t read_bytes;         /* without lines: a read waits for so many bytes, */
	natural_t read_time_ms;       /* or until so long after the last one; 0: no limit */
	unsigned char characters[16]; /* indexed by CONSOLE_CHARACTER_*; 0: there is none */
};
typedef struct console_modes console_modes_t;

#define CONSOLE_INPUT_CR_TO_NL   0x1
#define CONSOLE_INPUT_NL_TO_CR   0x2
#define CONSOLE_INPUT_DROP_CR    0x4
#define CONSOLE_INPUT_FLOW       0x8  /* the stop and start characters stop and start output */
#define CONSOLE_INPUT_ANY_STARTS 0x10 /* so does any other key, to start it */
#define CONSOLE_INPUT_UTF8       0x20 /* erasing takes a whole character */
#define CONSOLE_INPUT_ALL        0x3f

#define CONSOLE_OUTPUT_PROCESSED  0x1 /* without this the other output modes do nothing */
#define CONSOLE_OUTPUT_NL_TO_CRNL 0x2
#define CONSOLE_OUTPUT_CR_TO_NL   0x4
#define CONSOLE_OUTPUT_ALL        0x7

#define CONSOLE_LOCAL_LINES        0x1 /* input is edited and read line by line */
#define CONSOLE_LOCAL_ECHO         0x2
#define CONSOLE_LOCAL_ECHO_ERASE   0x4 /* erasing removes what was echoed */
#define CONSOLE_LOCAL_ECHO_KILL    0x8
#define CONSOLE_LOCAL_ECHO_NL      0x10  /* a new line is echoed, even without ECHO */
#define CONSOLE_LOCAL_ECHO_CONTROL 0x20  /* control characters as ^X */
#define CONSOLE_LOCAL_SIGNALS      0x40  /* interrupt, quit and suspend are events, not input */
#define CONSOLE_LOCAL_KEEP         0x80  /* those do not discard what was typed */
#define CONSOLE_LOCAL_EXTENDED     0x100 /* word erase, reprint and literal next work */
#define CONSOLE_LOCAL_ALL          0x1ff

#define CONSOLE_CHARACTER_INTERRUPT  0
#define CONSOLE_CHARACTER_QUIT       1
#define CONSOLE_CHARACTER_ERASE      2
#define CONSOLE_CHARACTER_KILL       3
#define CONSOLE_CHARACTER_END        4 /* ends a line without being part of it; alone: end of file */
#define CONSOLE_CHARACTER_START      5
#define CONSOLE_CHARACTER_STOP       6
#define CONSOLE_CHARACTER_SUSPEND    7
#define CONSOLE_CHARACTER_LINE_END   8 /* another end of a line, which is part of it */
#define CONSOLE_CHARACTER_LINE_END_2 9
#define CONSOLE_CHARACTER_WORD_ERASE 10
#define CONSOLE_CHARACTER_REPRINT    11
#define CONSOLE_CHARACTER_LITERAL    12 /* the next character is taken as it is */

/* When new modes take effect, and what console_flush discards. */
#define CONSOLE_WHEN_NOW     0
#define CONSOLE_WHEN_WRITTEN 1 /* after what was written has been shown */
#define CONSOLE_WHEN_FLUSHED 2 /* and what was typed is discarded */
#define CONSOLE_FLUSH_INPUT  0x1
#define CONSOLE_FLUSH_OUTPUT 0x2

#define CONSOLE_READ_NOW        0x1         /* do not wait */
#define CONSOLE_SCREEN_GRAPHICS 0x1         /* to draw with the VGA itself */
#define CONSOLE_ANY             0xffffffffu /* any console that is free */

#define CONSOLE_DATA_MAX 4096 /* bytes in one write or read */
#define CONSOLE_KEYS_MAX 256  /* bytes of scan codes in one read */

/* console_get_status. */
#define CONSOLE_STATUS_SHOWN   0x1
#define CONSOLE_STATUS_FOCUS   0x2  /* it gets the keys */
#define CONSOLE_STATUS_STOPPED 0x4  /* output is, by the stop character */
#define CONSOLE_STATUS_OWNED   0x8  /* a program draws the screen */
#define CONSOLE_STATUS_END     0x10 /* the next read is the end of file */

/* The kinds of events that console_watch asks for; the event's value is given behind each. */
#define CONSOLE_EVENT_SIZE   1 /* columns << 16 | rows */
#define CONSOLE_EVENT_SEEN   2 /* CONSOLE_STATUS_SHOWN and _FOCUS, as they are now */
#define CONSOLE_EVENT_INPUT  3 /* bytes that a read would get; told again after it got none */
#define CONSOLE_EVENT_KEYS   4 /* the same for scan codes */
#define CONSOLE_EVENT_SIGNAL 5 /* CONSOLE_CHARACTER_INTERRUPT, _QUIT or _SUSPEND */
#define CONSOLE_EVENT_HANGUP 6 /* 0; the serial line, of which the console is, went */

/* How much memory the process server keeps for the server's next life. */
#define CONSOLE_STATE_BYTES 0x140000u

typedef char console_data_t[CONSOLE_DATA_MAX];
typedef char console_keys_t[CONSOLE_KEYS_MAX];

_Static_assert(sizeof(struct console_modes) == 36, "modes travel");
