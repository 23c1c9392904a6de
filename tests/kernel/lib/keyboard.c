/* Typing on the machine's keyboard (8042 data sheet, command d2: "write keyboard output buffer").
 */
#include "keyboard.h"

#include <gen/mach_i386.h>

#define DATA          0x60
#define STATUS        0x64
#define COMMAND       0x64
#define FULL          0x01
#define BUSY          0x02
#define COMMAND_TYPED 0xd2
#define BREAK         0x80
#define CONTROL       0x1d
#define ALT           0x38

static mach_port_t ports;

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value = 0;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* All ports: the controller's are another task's, and who has all shares them. */
void test_keyboard_begin(void)
{
	NEED_KR(i386_io_perm_create(device_master, 0, 0xffff, &ports));
	NEED_KR(i386_io_perm_modify(mach_task_self(), ports, TRUE));
}

void test_keyboard_end(void)
{
	NEED_KR(i386_io_perm_modify(mach_task_self(), ports, FALSE));
	NEED_KR(mach_port_deallocate(mach_task_self(), ports));
}

void test_scan(uint8_t code)
{
	if (!TEST_WAIT_UNTIL((in8(STATUS) & (FULL | BUSY)) == 0)) {
		test_bail_out("nobody reads the keyboard");
	}
	out8(COMMAND, COMMAND_TYPED);
	if (!TEST_WAIT_UNTIL((in8(STATUS) & BUSY) == 0)) {
		test_bail_out("the keyboard's controller does not answer");
	}
	out8(DATA, code);
}

void test_key(uint8_t code)
{
	test_scan(code);
	test_scan(code | BREAK);
}

void test_control(uint8_t code)
{
	test_scan(CONTROL);
	test_key(code);
	test_scan(CONTROL | BREAK);
}

void test_alt(uint8_t code)
{
	test_scan(ALT);
	test_key(code);
	test_scan(ALT | BREAK);
}

void test_type(const char *text)
{
	static const char keys[] = "\0\033"
				   "1234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\"
				   "zxcvbnm,./\0*\0 ";

	for (; *text != 0; text++) {
		uint8_t code = 1;

		while (code < sizeof keys - 1 && keys[code] != *text) {
			code++;
		}
		test_key(code);
	}
}
