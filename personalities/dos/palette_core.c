/* See palette_core.h. */
#include "palette_core.h"

#define EGA_COLOURS 64u
#define HUES        24u

static void put(struct palette *palette, uint32_t index, uint8_t red, uint8_t green, uint8_t blue)
{
	uint8_t *rgb = palette->rgb + 3 * index;

	rgb[0] = red & 0x3f;
	rgb[1] = green & 0x3f;
	rgb[2] = blue & 0x3f;
}

/* Bits r g b R G B, the small ones a third. */
static void put_ega(struct palette *palette, uint32_t index, uint32_t colour)
{
	uint8_t part[3];

	for (uint32_t i = 0; i < 3; i++) {
		part[i] =
			(uint8_t)((colour >> (2 - i) & 1) * 0x2a + (colour >> (5 - i) & 1) * 0x15);
	}
	put(palette, index, part[0], part[1], part[2]);
}

/*
 * One of 24 hues on the way from blue over red, green and back: of each colour it has a step from 0
 * (least) to 4.
 */
static uint32_t hue_step(uint32_t hue, uint32_t offset)
{
	uint32_t at = (hue + offset) % HUES; /* 0: rises; 4 to 12 full; falls to 16; then none */

	if (at < 4) {
		return at;
	}
	return at <= 12 ? 4 : at < 16 ? 16 - at : 0;
}

static void put_hues(struct palette *palette)
{
	static const uint8_t steps[9][5] = {
		{0, 16, 31, 47, 63}, {31, 39, 47, 55, 63}, {45, 49, 54, 58, 63},
		{0, 7, 14, 21, 28},  {14, 17, 21, 24, 28}, {20, 22, 24, 26, 28},
		{0, 4, 8, 12, 16},   {8, 10, 12, 14, 16},  {11, 12, 13, 15, 16},
	};

	for (uint32_t i = 0; i < 9 * HUES; i++) {
		const uint8_t *step = steps[i / HUES];
		uint32_t hue = i % HUES;

		put(palette, 32 + i, step[hue_step(hue, 0)], step[hue_step(hue, 16)],
		    step[hue_step(hue, 8)]);
	}
}

void palette_reset(struct palette *palette, bool colours_256)
{
	static const uint8_t grey[16] = {0,  5,  8,  11, 14, 17, 20, 24,
					 28, 32, 36, 40, 45, 50, 56, 63};
	static const uint8_t sixteen[16] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07,
					    0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f};

	*palette = (struct palette){.mask = 0xff};
	for (uint32_t i = 0; i < 16; i++) {
		palette->registers[i] = colours_256 ? (uint8_t)i : sixteen[i];
	}
	for (uint32_t i = 0; i < EGA_COLOURS; i++) {
		put_ega(palette, i, colours_256 && i < 16 ? sixteen[i] : i);
	}
	for (uint32_t i = 0; colours_256 && i < 16; i++) {
		put(palette, 16 + i, grey[i], grey[i], grey[i]);
	}
	if (colours_256) {
		put_hues(palette);
	}
}

void palette_select_cga(struct palette *palette, uint8_t value)
{
	uint8_t bright = value & 0x10, second = value >> 5 & 1;

	palette->registers[0] = (uint8_t)((value & 7) | (value & 8) << 1);
	for (uint32_t i = 1; i < 4; i++) {
		palette->registers[i] = (uint8_t)(2 * i + second) | bright;
	}
}

void palette_reset_cga(struct palette *palette)
{
	palette_reset(palette, false);
	for (uint32_t i = 0; i < 8; i++) {
		uint8_t red = (i & 4) != 0 ? 0x2a : 0, blue = (i & 1) != 0 ? 0x2a : 0;
		uint8_t green = (i & 2) != 0 ? 0x2a : 0;

		put(palette, i, red, i == 6 ? 0x15 : green, blue);
		put(palette, 0x10 + i, red + 0x15, green + 0x15, blue + 0x15);
	}
	palette_select_cga(palette, 0x30);
}

static uint8_t read_colour(struct palette *palette)
{
	uint8_t value = palette->rgb[3 * palette->read_at + palette->read_part];

	if (++palette->read_part == 3) {
		palette->read_part = 0;
		palette->read_at++;
	}
	return value;
}

static void write_colour(struct palette *palette, uint8_t value)
{
	palette->written[palette->write_part] = value;
	if (++palette->write_part == 3) {
		palette->write_part = 0;
		put(palette, palette->write_at++, palette->written[0], palette->written[1],
		    palette->written[2]);
	}
}

uint8_t palette_in(struct palette *palette, uint32_t port)
{
	uint32_t index = palette->index & 0x1f;

	switch (port) {
	case 0x3c0:
		return palette->index;
	case 0x3c1:
		return index < PALETTE_REGISTERS ? palette->registers[index] : 0;
	case 0x3c6:
		return palette->mask;
	case 0x3c7:
		return palette->reading ? 3 : 0;
	case 0x3c8:
		return palette->write_at;
	case 0x3c9:
		return read_colour(palette);
	default:
		return 0xff;
	}
}

void palette_out(struct palette *palette, uint32_t port, uint8_t value)
{
	switch (port) {
	case 0x3c0:
		if (!palette->index_is_set) {
			palette->index = value;
		} else if ((palette->index & 0x1f) < 16) {
			palette->registers[palette->index & 0x1f] = value & 0x3f;
		}
		palette->index_is_set = !palette->index_is_set;
		break;
	case 0x3c6:
		palette->mask = value;
		break;
	case 0x3c7:
		palette->read_at = value;
		palette->read_part = 0;
		palette->reading = true;
		break;
	case 0x3c8:
		palette->write_at = value;
		palette->write_part = 0;
		palette->reading = false;
		break;
	case 0x3c9:
		write_colour(palette, value);
		break;
	default:
		break;
	}
}

void palette_status_read(struct palette *palette)
{
	palette->index_is_set = false;
}
