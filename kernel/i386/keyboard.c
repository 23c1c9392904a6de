/* The keyboard, polled, for prompts before anybody drives it (8042 data sheet; scan code set 1). */
#include <i386/console.h>

#include <i386/port_io.h>

#define KEYBOARD_DATA   0x60
#define KEYBOARD_STATUS 0x64
#define STATUS_FULL     0x01
#define STATUS_AUX      0x20 /* the byte is the mouse's */
#define RELEASED        0x80
#define LEFT_SHIFT      0x2a
#define RIGHT_SHIFT     0x36

static const char plain[] =
	"\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
	"\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

_Static_assert(sizeof plain == sizeof shifted, "one character a key");

int keyboard_poll(void)
{
	static uint32_t shifts_down;
	uint8_t status = port_read8(KEYBOARD_STATUS);
	if (status == 0xff || (status & STATUS_FULL) == 0) {
		return -1;
	}
	uint8_t code = port_read8(KEYBOARD_DATA);
	if ((status & STATUS_AUX) != 0) {
		return -1;
	}
	uint8_t key = code & (uint8_t)~RELEASED;
	if (key == LEFT_SHIFT || key == RIGHT_SHIFT) {
		uint32_t bit = key == LEFT_SHIFT ? 1u : 2u;
		shifts_down = (code & RELEASED) != 0 ? shifts_down & ~bit : shifts_down | bit;
		return -1;
	}
	if ((code & RELEASED) != 0 || key >= sizeof plain - 1) {
		return -1;
	}
	char c = shifts_down != 0 ? shifted[key] : plain[key];
	return c != 0 ? c : -1;
}
