/*
 * Graphics modes of 320x200 pixels: 4 and 5 (four colours, two bits a pixel from B8000 on, odd rows
 * behind even ones) and 13 (hexadecimal: 256 colours, a byte a pixel from A0000 on); and the 40x25
 * characters that INT 10h draws in them, with the glyphs to which INT 43h leads.  All state is in
 * the program's memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PICTURE_COLUMNS 320u
#define PICTURE_ROWS    200u
#define PICTURE_MODE    0x13u

/* Is the mode one of them? */
bool picture_is_mode(uint8_t mode);
bool picture_is_cga(uint8_t mode);

/* All pixels 0. */
void picture_clear(uint8_t *memory);

/* Outside nothing is changed, and 0 is read.  In the modes of four colours bit 7 means XOR. */
void picture_put(uint8_t *memory, uint32_t x, uint32_t y, uint8_t colour);
uint8_t picture_get(const uint8_t *memory, uint32_t x, uint32_t y);

/* A character from the cursor's place on, "count" times within its row; the cursor stays. */
void picture_write(uint8_t *memory, uint8_t character, uint8_t colour, uint8_t ground,
		   uint16_t count);

/* The character that stands there; 0: none that the font has. */
uint8_t picture_read(const uint8_t *memory);

/* As a terminal writes it. */
void picture_teletype(uint8_t *memory, uint8_t character, uint8_t colour);

/* A window of characters, up or down; 0 lines, or too many, clear it. */
void picture_scroll(uint8_t *memory, bool down, uint8_t lines, uint8_t colour, uint8_t top,
		    uint8_t left, uint8_t bottom, uint8_t right);

/* The pixels, a byte each. */
void picture_render(const uint8_t *memory, uint8_t *pixels);
