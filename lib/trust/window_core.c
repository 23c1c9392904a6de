/* Which serial numbers were used. */
#include "window_core.h"

static uint64_t *word_of(struct window *window, uint64_t serial)
{
	return &window->used[serial % WINDOW_BITS / 64];
}

bool window_take(struct window *window, uint64_t serial)
{
	uint64_t bit = (uint64_t)1 << serial % 64;

	if (serial == 0 || (serial <= window->newest && window->newest - serial >= WINDOW_BITS)) {
		return false;
	}
	if (serial <= window->newest && (*word_of(window, serial) & bit) != 0) {
		return false;
	}
	/* Places of serials that fall out of the window are those of the new ones. */
	if (serial > window->newest && serial - window->newest >= WINDOW_BITS) {
		__builtin_memset(window->used, 0, sizeof window->used);
		window->newest = serial;
	}
	while (window->newest < serial) {
		window->newest++;
		*word_of(window, window->newest) &= ~((uint64_t)1 << window->newest % 64);
	}
	*word_of(window, serial) |= bit;
	return true;
}
