/* TEST: oracle=no args="first=${first} second=${second} third=${third}"
   modules="build/servers/console/console ${host-port} ${device-port} serial=none kept=8193
   $(first=task-create); build/servers/console/console ${host-port} ${device-port} serial=none
   kept=8193 $(second=task-create); build/servers/console/console ${host-port} ${device-port}
   serial=none kept=8193 $(third=task-create)" */
/*
 * A console server that is killed, and the next one: the screen and the history are what they were,
 * because they live in memory that a third party keeps, here the test.  The kernel has the screen
 * in between.  The third server finds rubbish in that memory.
 */
#include "lib/keyboard.h"
#include "lib/server.h"
#include "lib/msg.h"
#include <gen/console.h>
#include <gen/device.h>
#include <gen/mach4.h>

#define SELF      mach_task_self()
#define KEPT_NAME 8193
#define KEY_F12   0x58
#define PAGE_UP   0x49
#define PAGE_DOWN 0x51
#define COLUMNS   80
#define ROWS      50

static volatile uint16_t *vga;
static vm_address_t kept;
static mach_port_t kept_port;
static mach_port_t kernel_console; /* held, as the process server does */

static void vga_map(void)
{
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t memory = MACH_PORT_NULL;
	vm_address_t address = 0;

	NEED_KR(device_open(device_master, D_READ, "mem", &device));
	NEED_KR(device_map(device, VM_PROT_READ, 0xb8000, 0x8000, &memory, 0));
	NEED_KR(vm_map(SELF, &address, 0x8000, 0, TRUE, memory, 0, FALSE, VM_PROT_READ,
		       VM_PROT_READ, VM_INHERIT_NONE));
	NEED_KR(mach_port_deallocate(SELF, memory));
	NEED_KR(mach_port_deallocate(SELF, device));
	vga = (volatile uint16_t *)address;
}

static mach_port_t start(const char *argument)
{
	mach_port_t task = (mach_port_t)strtoul(test_argument(argument), NULL, 10);
	thread_array_t threads = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(mach_port_insert_right(task, KEPT_NAME, kept_port, MACH_MSG_TYPE_COPY_SEND));
	NEED_KR(task_threads(task, &threads, &count));
	NEED_KR(thread_resume(threads[0]));
	NEED_KR(mach_port_deallocate(SELF, threads[0]));
	NEED_KR(vm_deallocate(SELF, (vm_address_t)threads, count * sizeof *threads));
	return test_server_of(task);
}

static mach_port_t open_console(mach_port_t server, natural_t number, natural_t *opened)
{
	mach_port_t port = MACH_PORT_NULL;

	CHECK_KR(console_open(server, number, &port, opened), KERN_SUCCESS);
	return port;
}

static void write_text(mach_port_t port, const char *text)
{
	console_data_t data = {0};

	strncpy(data, text, sizeof data - 1);
	CHECK_KR(console_write(port, data, (mach_msg_type_number_t)strlen(text)), KERN_SUCCESS);
}

static boolean_t row_shows(natural_t row, const char *text)
{
	for (natural_t i = 0; text[i] != 0; i++) {
		if (CONSOLE_CELL_CHARACTER(vga[row * COLUMNS + i]) != (uint8_t)text[i]) {
			return FALSE;
		}
	}
	return TRUE;
}

static boolean_t screen_has(const char *text)
{
	for (natural_t row = 0; row < ROWS; row++) {
		if (row_shows(row, text)) {
			return TRUE;
		}
	}
	return FALSE;
}

static void fill(mach_port_t upper, mach_port_t lower)
{
	char text[32];

	for (int i = 0; i < 60; i++) {
		(void)mach_snprintf(text, sizeof text, "line %d\n", i);
		write_text(upper, text);
	}
	write_text(upper, "$ ");
	write_text(lower, "\033[44;1mthe lower half\033[5;5H");
	CHECK_KR(console_split(upper, 1), KERN_SUCCESS);
	test_alt(KEY_F12); /* the keys go there */
	CHECK(TEST_WAIT_UNTIL(row_shows(24, "$ ") && row_shows(25, "the lower half")));
}

/* Shift and a grey key, as keyboards send them. */
static void shift_key(uint8_t code)
{
	const uint8_t codes[] = {0x2a, 0xe0, code, 0xe0, code | 0x80, 0xaa};

	for (size_t i = 0; i < sizeof codes; i++) {
		test_scan(codes[i]);
	}
}

static void check_history(void)
{
	CHECK(row_shows(0, "line 36"));
	shift_key(PAGE_UP);
	CHECK(TEST_WAIT_UNTIL(row_shows(0, "line 24")));
	shift_key(PAGE_DOWN);
	CHECK(TEST_WAIT_UNTIL(row_shows(0, "line 36")));
}

/* How many lines of the picture a row has: the CRTC's register 9. */
static unsigned int glyph_rows(void)
{
	uint8_t value = 0;

	__asm__ volatile("outb %0, %1" : : "a"((uint8_t)9), "Nd"((uint16_t)0x3d4));
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)0x3d5));
	return (value & 0x1f) + 1u;
}

static natural_t status_of(mach_port_t console)
{
	natural_t status = 0, input = 0, output = 0;

	NEED_KR(console_get_status(console, &status, &input, &output));
	return status;
}

/* In the first 25 rows. */
static boolean_t cells_contain(mach_port_t console, const char *text)
{
	natural_t columns = 0, rows = 0, row = 0, column = 0;
	mach_msg_type_number_t bytes = 0;
	vm_offset_t cells = 0;
	boolean_t found = FALSE;

	NEED_KR(console_get_cells(console, &cells, &bytes, &columns, &rows, &row, &column));
	for (natural_t i = 0; i < rows && !found; i++) {
		const uint16_t *line = (const uint16_t *)cells + i * columns;

		found = TRUE;
		for (natural_t j = 0; text[j] != 0; j++) {
			found = found && CONSOLE_CELL_CHARACTER(line[j]) == (uint8_t)text[j];
		}
	}
	NEED_KR(vm_deallocate(SELF, cells, bytes));
	return found;
}

static mach_port_t check_second(mach_port_t first)
{
	static uint16_t before[COLUMNS * ROWS];
	natural_t number = 0, columns = 0, rows = 0, row = 0, column = 0;
	mach_msg_type_number_t bytes = 0;
	vm_offset_t cells = 0;
	mach_port_t server = MACH_PORT_NULL;
	mach_port_t console = MACH_PORT_NULL;
	mach_port_t other = MACH_PORT_NULL;
	mach_port_t lower = MACH_PORT_NULL;

	memcpy(before, (const void *)vga, sizeof before);
	test_server_end("first", first);
	/* A clock tick later, for others hold the device; the kernel knows 25 rows, and writes
	 * there. */
	CHECK(TEST_WAIT_UNTIL(({
		test_note("the kernel has the screen again");
		screen_has("# the kernel has the screen again");
	})));
	server = start("second");
	CHECK(TEST_WAIT_UNTIL(memcmp(before, (const void *)vga, sizeof before) == 0));
	CHECK_EQ(glyph_rows(), 8);
	lower = open_console(server, 1, &number);
	CHECK_EQ(status_of(lower), CONSOLE_STATUS_SHOWN | CONSOLE_STATUS_FOCUS);
	test_type("x");
	CHECK(TEST_WAIT_UNTIL(CONSOLE_CELL_CHARACTER(vga[29 * COLUMNS + 4]) == 'x'));
	test_alt(KEY_F12);
	check_history();
	/* The one with text is for who asks for it by number. */
	other = open_console(server, CONSOLE_ANY, &number);
	CHECK_EQ(number, 2);
	console = open_console(server, 0, &number);
	CHECK_KR(console_get_cells(console, &cells, &bytes, &columns, &rows, &row, &column),
		 KERN_SUCCESS);
	CHECK_EQ(row, 24);
	CHECK_EQ(column, 2);
	CHECK(memcmp((const void *)cells, before, COLUMNS * 25 * 2) == 0);
	NEED_KR(vm_deallocate(SELF, cells, bytes));
	write_text(console, "goes on");
	CHECK(cells_contain(console, "$ goes on"));
	port_destroy(console);
	port_destroy(lower);
	port_destroy(other);
	return server;
}

/* All but the words by which the server knows its memory. */
static void spoil(void)
{
	uint32_t *word = (uint32_t *)kept;
	uint32_t x = 0x2545f491;

	for (uint32_t i = 3; i < CONSOLE_STATE_BYTES / 4; i++) {
		x = x * 1664525 + 1013904223;
		/* Small numbers are the likelier ones to be taken for something: "open", say. */
		word[i] = (x >> 28) == 0 ? x : x >> 28 == 1 ? x >> 27 : 1;
	}
}

static void check_third(mach_port_t second)
{
	mach_port_t server = MACH_PORT_NULL;
	mach_port_t consoles[9];
	natural_t number = 0;

	test_server_end("second", second);
	spoil();
	server = start("third");
	for (natural_t i = 0; i < 9; i++) {
		consoles[i] = open_console(server, i, &number);
		write_text(consoles[i], "\033c\nand it serves\n");
		CHECK_KR(console_show(consoles[i]), KERN_SUCCESS);
		(void)console_split(consoles[i], (i + 1) % 9);
	}
	CHECK(TEST_WAIT_UNTIL(screen_has("and it serves")));
	for (natural_t i = 0; i < 9; i++) {
		port_destroy(consoles[i]);
	}
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
	test_server_end("third", server);
}

int main(int argc, char **argv)
{
	mach_port_t server = MACH_PORT_NULL;
	mach_port_t upper = MACH_PORT_NULL;
	mach_port_t lower = MACH_PORT_NULL;
	natural_t number = 0;

	NEED_KR(vm_allocate(SELF, &kept, CONSOLE_STATE_BYTES, TRUE));
	test_begin(argc, argv, "console_restart");
	NEED_KR(vm_region_create_proxy(SELF, kept, VM_PROT_READ | VM_PROT_WRITE,
				       CONSOLE_STATE_BYTES, &kept_port));
	NEED_KR(device_open(device_master, D_READ | D_WRITE, "console", &kernel_console));
	vga_map();
	test_keyboard_begin();
	server = start("first");
	upper = open_console(server, 0, &number);
	lower = open_console(server, 1, &number);
	fill(upper, lower);
	server = check_second(server);
	port_destroy(upper);
	port_destroy(lower);
	check_third(server);
	test_keyboard_end();
	NEED_KR(mach_port_deallocate(SELF, kernel_console));
	NEED_KR(vm_deallocate(SELF, (vm_address_t)vga, 0x8000));
	NEED_KR(mach_port_deallocate(SELF, kept_port));
	NEED_KR(vm_deallocate(SELF, kept, CONSOLE_STATE_BYTES));
	test_end();
}
