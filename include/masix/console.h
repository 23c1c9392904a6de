/* The C side of masix/console.defs, and what a program that owns its screen shares with the console server. */
#pragma once

#include <stdint.h>
#include <mach/machine/vm_types.h>

/* No console is larger: 132x60 is the largest text mode in use. */
#define CONSOLE_COLUMNS_MAX 132u
#define CONSOLE_ROWS_MAX 60u

/*
 * A cell is what the VGA's text memory holds: a byte of code page 437 and an attribute, whose low
 * half is the colour of the character and whose high half that of the ground, both in the VGA's
 * order (1 is blue, 4 is red, 8 makes it bright; a bright ground takes the place of blinking).
 */
#define CONSOLE_CELL(character, attribute) \
	((uint16_t) ((uint8_t) (character) | (unsigned) (uint8_t) (attribute) << 8))
#define CONSOLE_CELL_CHARACTER(cell) ((uint8_t) (cell))
#define CONSOLE_CELL_ATTRIBUTE(cell) ((uint8_t) ((cell) >> 8))
#define CONSOLE_ATTRIBUTE_PLAIN 0x07	/* grey on black */
#define CONSOLE_BLANK CONSOLE_CELL(' ', CONSOLE_ATTRIBUTE_PLAIN)

/*
 * What the memory object of console_screen_take holds: this, and CONSOLE_SCREEN_CELLS bytes from
 * the start the cells, row after row.  The server only reads it, whenever it draws, and trusts
 * nothing in it: a cursor outside the screen is not shown.
 */
struct console_screen {
	natural_t columns;		/* written by the server when the screen is taken */
	natural_t rows;
	natural_t cursor_column;	/* from here on the program's */
	natural_t cursor_row;
	natural_t cursor_shape;		/* CONSOLE_CURSOR_* */
	natural_t blink;		/* a bright ground means blinking, as after a PC's reset */
};
#define CONSOLE_SCREEN_CELLS 64
#define CONSOLE_SCREEN_BYTES(columns, rows) (CONSOLE_SCREEN_CELLS + 2 * (columns) * (rows))

#define CONSOLE_CURSOR_HIDDEN 0
#define CONSOLE_CURSOR_LINE 1
#define CONSOLE_CURSOR_HALF 2
#define CONSOLE_CURSOR_BLOCK 3

_Static_assert(sizeof(struct console_screen) <= CONSOLE_SCREEN_CELLS, "the cells come after it");
