/* terminal.h, by ioctls. */
#include <linux/linux.h>
#include "terminal.h"

static struct linux_termios modes_found;
static bool is_raw;

static bool in_foreground(void)
{
	int group = 0;

	return linux_call(LINUX_IOCTL, 0, LINUX_TIOCGPGRP, LINUX_POINTER(&group), 0, 0) >= 0 &&
	       group == linux_call(LINUX_GETPGRP, 0, 0, 0, 0, 0);
}

bool terminal_begin(void)
{
	for (uint32_t i = 3; i-- > 0;) { /* standard input's are the ones that stay */
		if (linux_call(LINUX_IOCTL, i, LINUX_TCGETS, LINUX_POINTER(&modes_found), 0, 0) <
		    0) {
			return false;
		}
	}
	return in_foreground();
}

bool terminal_size(natural_t *rows, natural_t *columns)
{
	uint16_t size[4] = {0};

	if (linux_call(LINUX_IOCTL, 0, LINUX_TIOCGWINSZ, LINUX_POINTER(size), 0, 0) < 0) {
		return false;
	}
	*rows = size[0];
	*columns = size[1];
	return true;
}

static void set_modes(const struct linux_termios *modes)
{
	(void)linux_call(LINUX_IOCTL, 0, LINUX_TCSETSW, LINUX_POINTER(modes), 0, 0);
}

void terminal_make_raw(void)
{
	struct linux_termios raw = modes_found;

	if (!in_foreground()) {
		return;
	}
	raw.input &= ~(LINUX_INPUT_CONVERSIONS | LINUX_INPUT_FLOW);
	raw.output &= ~LINUX_OUTPUT_OPOST;
	raw.local &= ~LINUX_LOCAL_ALL;
	raw.characters[LINUX_VMIN] = 1;
	raw.characters[LINUX_VTIME] = 0;
	is_raw = true;
	set_modes(&raw);
}

void terminal_restore(void)
{
	if (is_raw && in_foreground()) {
		is_raw = false;
		set_modes(&modes_found);
	}
}
