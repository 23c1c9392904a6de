/* The colours of a VGA: the table of its DAC, as its ports and INT 10h see it, and the attribute
 * registers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PALETTE_COLOURS   256u
#define PALETTE_REGISTERS 17u /* sixteen, and the border */

struct palette {
	uint8_t rgb[PALETTE_COLOURS * 3]; /* six bits each */
	uint8_t registers[PALETTE_REGISTERS];
	uint8_t mask;                  /* port 3c6 */
	uint8_t read_at, write_at;     /* the colours at hand, */
	uint8_t read_part, write_part; /* and which of their three bytes comes next */
	uint8_t written[3];
	uint8_t index;     /* of the attribute registers */
	bool index_is_set; /* the next byte to port 3c0 is data */
	bool reading;      /* 3c7 was written after 3c8 */
};

/* After a mode was set: 256 colours, or the sixteen (of 64) of the others. */
void palette_reset(struct palette *palette, bool colours_256);

/* The colours of modes 4 and 5: bright ones from 10 (hexadecimal) on, and the four at hand as port
   3d9 says: the ground, bit 4 for bright ones, bit 5 for cyan, magenta and white. */
void palette_reset_cga(struct palette *palette);
void palette_select_cga(struct palette *palette, uint8_t value);

/* Ports 3c0 to 3c9, and what reading 3da does. */
uint8_t palette_in(struct palette *palette, uint32_t port);
void palette_out(struct palette *palette, uint32_t port, uint8_t value);
void palette_status_read(struct palette *palette);
