/* Which serial numbers were used: each counts once, and those long behind the newest do not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WINDOW_BITS 256u

struct window {
	uint64_t newest;
	uint64_t used[WINDOW_BITS / 64]; /* of newest - WINDOW_BITS + 1 to newest, by their rest */
};

/* Uses a serial (from 1 on); false: it was used, or is too old to tell. */
bool window_take(struct window *window, uint64_t serial);
