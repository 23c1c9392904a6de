/* What outlives the server: its consoles' text, in a memory object that the process server keeps.
   The next server believes nothing of it that it has not checked (vt_adopt). */
#pragma once

#include <stdint.h>

#include "screen_core.h"

#define STATE_MAGIC     0x4e4f434du
#define STATE_VERSION   1u
#define HISTORY_LINES   300u
#define HISTORY_COLUMNS CONSOLE_COLUMNS_MAX

struct state_console {
	uint32_t open;
	struct vt vt; /* the terminal itself: what it shows is always here */
	uint16_t history[HISTORY_LINES * HISTORY_COLUMNS];
};

struct state {
	uint32_t magic;
	uint32_t version;
	uint32_t bytes; /* of this structure: another compiler's is another version */
	uint32_t split;
	uint32_t shown[2];
	uint32_t focus;
	struct state_console consoles[SCREEN_CONSOLES];
};
