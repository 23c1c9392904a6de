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

void machine_console_write(const char *text, uint32_t bytes)
{
	if (!ready) {
		console_init(); /* a panic before boot came here */
	}
	serial_write(text, bytes);
	vga_write(text, bytes);
}

int machine_console_poll(void)
{
	int c = serial_poll();
	return c >= 0 ? c : keyboard_poll();
}
