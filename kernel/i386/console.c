/* The console of last resort: VGA text and COM1 together. */
#include <i386/console.h>

#include <kern/machine.h>

static bool ready;

void console_init(void)
{
	serial_init();
	vga_init();
	ready = true;
}

void machine_console_write(uint32_t parts, const char *text, uint32_t bytes)
{
	if (!ready) {
		console_init(); /* a panic before boot came here */
	}
	if ((parts & MACHINE_CONSOLE_SERIAL) != 0) {
		serial_write(text, bytes);
	}
	if ((parts & MACHINE_CONSOLE_SCREEN) != 0) {
		vga_write(text, bytes);
	}
}

int machine_console_poll(uint32_t parts)
{
	int c = (parts & MACHINE_CONSOLE_SERIAL) != 0 ? serial_poll() : -1;
	return c < 0 && (parts & MACHINE_CONSOLE_SCREEN) != 0 ? keyboard_poll() : c;
}

void machine_console_regain(void)
{
	vga_init();
}
