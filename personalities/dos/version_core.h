/*
 * The version of DOS that a program is told (INT 21h, 30h).  Programs that came with one DOS work
 * with no other and look for it; so each program has a version of its own, as with SETVER.
 * A version is what 30h returns in AX: the minor number above, the major number below.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define VERSION(major, minor) ((uint16_t)((minor) << 8 | (major)))
#define VERSION_OURS          VERSION(5, 0)

/* "4.01"; false: that is none. */
bool version_parse(const char *text, uint32_t bytes, uint16_t *version);

/*
 * What the code behind a call of 30h demands: it compares AX with one value and jumps if that is
 * (not) so, or with a lowest and a highest one that is below ours.  false: nothing of the kind.
 */
bool version_after_call(const uint8_t *code, uint32_t count, uint16_t *version);

/* The same of the first such call in a program's image. */
bool version_in_image(const uint8_t *image, uint32_t count, uint16_t *version);
