/* The glyphs of code page 437, eight dots wide, a byte a row: the fonts of a VGA's ROM
 * (tools/make-fonts). */
#pragma once

#include <stdint.h>

extern const uint8_t fonts_8[256 * 8], fonts_14[256 * 14], fonts_16[256 * 16];
