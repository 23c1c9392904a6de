/* SGR: sixteen colours, the 256 and the true ones brought to those sixteen, and the attribute of
   the VGA. */
#include "vt_core.h"

#define FORE_PLAIN   7u
#define GROUND_PLAIN 0u
#define BRIGHT       8u
/* A colour VGA cannot underline or halve: colours stand for that. */
#define FORE_UNDERLINED 3u
#define FORE_DIM        8u

/* ANSI counts red as 1 and blue as 4, the VGA the other way round. */
static uint8_t from_ansi(uint32_t colour)
{
	return (uint8_t)((colour & 0xa) | (colour & 1) << 2 | (colour >> 2 & 1));
}

/* The VGA's default palette. */
static const uint8_t palette[16][3] = {
	{0, 0, 0},     {0, 0, 170},    {0, 170, 0},    {0, 170, 170},
	{170, 0, 0},   {170, 0, 170},  {170, 85, 0},   {170, 170, 170},
	{85, 85, 85},  {85, 85, 255},  {85, 255, 85},  {85, 255, 255},
	{255, 85, 85}, {255, 85, 255}, {255, 255, 85}, {255, 255, 255},
};

static uint8_t nearest(uint32_t red, uint32_t green, uint32_t blue)
{
	uint32_t best = 0;
	uint32_t best_distance = UINT32_MAX;
	for (uint32_t i = 0; i < 16; i++) {
		int32_t dr = (int32_t)red - palette[i][0];
		int32_t dg = (int32_t)green - palette[i][1];
		int32_t db = (int32_t)blue - palette[i][2];
		uint32_t distance = (uint32_t)(dr * dr + dg * dg + db * db);
		if (distance < best_distance) {
			best_distance = distance;
			best = i;
		}
	}
	return (uint8_t)best;
}

/* 0..15 the sixteen, 16..231 a cube with six steps a side, 232..255 greys. */
static uint8_t from_256(uint32_t index)
{
	static const uint8_t steps[6] = {0, 95, 135, 175, 215, 255};
	if (index < 16) {
		return from_ansi(index);
	}
	if (index < 232) {
		index -= 16;
		return nearest(steps[index / 36], steps[index / 6 % 6], steps[index % 6]);
	}
	uint32_t grey = 8 + 10 * ((index & 0xff) - 232);
	return nearest(grey, grey, grey);
}

void vt_pen_apply(struct vt *vt)
{
	const struct vt_pen *pen = &vt->pen;
	uint32_t fore = pen->fore;
	uint32_t ground = pen->ground;
	if (pen->underline) {
		fore = FORE_UNDERLINED;
	} else if (pen->dim) {
		fore = FORE_DIM;
	}
	if (pen->bold) {
		fore |= BRIGHT;
	}
	if (pen->reverse) {
		uint32_t swapped = fore;
		fore = ground;
		ground = swapped;
	}
	if (pen->blink) {
		ground |= BRIGHT;
	}
	if (pen->hidden) {
		fore = ground;
	}
	vt->attribute = (uint8_t)(fore | ground << 4);
}

void vt_pen_reset(struct vt *vt)
{
	vt->pen = (struct vt_pen){.fore = FORE_PLAIN, .ground = GROUND_PLAIN};
	vt_pen_apply(vt);
}

static uint32_t byte_of(uint32_t value)
{
	return value < 255 ? value : 255;
}

/*
 * The colour behind 38 or 48 at parameter `at`: ;5;n and ;2;r;g;b, or the same with colons, where a
 * colour space may stand before the red.  Returns the last parameter that belongs to it; *colour is
 * left alone if it is none.
 */
static uint32_t extended_colour(const struct vt *vt, uint32_t at, uint8_t *colour)
{
	uint32_t count = vt->parameter_count;
	uint32_t end = at;
	bool colons = at + 1 < count && (vt->colons >> (at + 1) & 1) != 0;
	while (colons && end + 1 < count && (vt->colons >> (end + 1) & 1) != 0) {
		end++;
	}
	uint32_t kind = at + 1 < count ? vt->parameters[at + 1] : 0;
	uint32_t last = at + (kind == 5 ? 2u : kind == 2 ? 4u : 1u);
	if (colons && kind == 2 && end - at >= 5) {
		last = at + 5;
	}
	if (last >= count || (colons && last > end)) {
		return colons ? end : count - 1;
	}
	const uint32_t *p = vt->parameters + last;
	if (kind == 5 && p[0] < 256) {
		*colour = from_256(p[0]);
	} else if (kind == 2) {
		*colour = nearest(byte_of(p[-2]), byte_of(p[-1]), byte_of(p[0]));
	}
	return colons ? end : last;
}

/* 30 and above: the colours. Returns false for what is none. */
static bool select_colour(struct vt_pen *pen, uint32_t code)
{
	if (code >= 30 && code <= 37) {
		pen->fore = from_ansi(code - 30);
	} else if (code >= 40 && code <= 47) {
		pen->ground = from_ansi(code - 40);
	} else if (code >= 90 && code <= 97) {
		pen->fore = from_ansi(code - 90) | BRIGHT;
	} else if (code >= 100 && code <= 107) {
		pen->ground = from_ansi(code - 100) | BRIGHT;
	} else if (code == 39) {
		pen->fore = FORE_PLAIN;
	} else if (code == 49) {
		pen->ground = GROUND_PLAIN;
	} else {
		return false;
	}
	return true;
}

static void select_one(struct vt *vt, uint32_t code, bool off)
{
	struct vt_pen *pen = &vt->pen;
	switch (code) {
	case 0:
		*pen = (struct vt_pen){.fore = FORE_PLAIN, .ground = GROUND_PLAIN};
		break;
	case 1:
		pen->bold = true;
		pen->dim = false;
		break;
	case 2:
		pen->dim = true;
		pen->bold = false;
		break;
	case 4:
	case 21: /* doubly */
		pen->underline = !off;
		break;
	case 5:
	case 6:
		pen->blink = true;
		break;
	case 7:
		pen->reverse = true;
		break;
	case 8:
		pen->hidden = true;
		break;
	case 10:
		vt->modes &= ~VT_MODE_RAW_GLYPHS;
		break;
	case 11:
	case 12:
		vt->modes |= VT_MODE_RAW_GLYPHS;
		break;
	case 22:
		pen->bold = false;
		pen->dim = false;
		break;
	case 24:
		pen->underline = false;
		break;
	case 25:
		pen->blink = false;
		break;
	case 27:
		pen->reverse = false;
		break;
	case 28:
		pen->hidden = false;
		break;
	default:
		select_colour(pen, code);
		break;
	}
}

void vt_csi_select_graphics(struct vt *vt)
{
	for (uint32_t i = 0; i < vt->parameter_count; i++) {
		uint32_t code = vt->parameters[i];
		if (code == 38) {
			i = extended_colour(vt, i, &vt->pen.fore);
			continue;
		}
		if (code == 48) {
			i = extended_colour(vt, i, &vt->pen.ground);
			continue;
		}
		/* 4:0 is no underline, 4:3 a curly one; other parts behind a colon say nothing to
		   us. */
		bool off = i + 1 < vt->parameter_count && (vt->colons >> (i + 1) & 1) != 0 &&
			   vt->parameters[i + 1] == 0;
		select_one(vt, code, off);
		while (i + 1 < vt->parameter_count && (vt->colons >> (i + 1) & 1) != 0) {
			i++;
		}
	}
	vt_pen_apply(vt);
}
