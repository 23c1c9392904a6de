/* TEST: oracle=no args="server=${console}"
   modules="build/servers/console/console ${host-port} ${device-port} serial=none
   $(console=task-create) $(task-resume)" */
/*
 * The console server on a machine with a screen and a keyboard: opening, writing, lines, raw bytes,
 * signals, flow control, programs that draw, the split screen, clients that die.  What stands on
 * the screen is read back from the VGA's memory.
 */
#include "lib/keyboard.h"
#include "lib/msg.h"
#include "lib/server.h"
#include "lib/tasks.h"
#include <gen/console.h>
#include <gen/device.h>
#include <gen/ipc.h>

#define SELF        mach_task_self()
#define KEY_C       0x2e
#define KEY_D       0x20
#define KEY_Q       0x10
#define KEY_S       0x1f
#define KEY_A       0x1e
#define KEY_F1      0x3b
#define KEY_F2      0x3c
#define KEY_F10     0x44
#define KEY_F11     0x57
#define KEY_F12     0x58
#define SERVER_IDLE 1 /* objects: the public one */
#define WRITE_ID    504001
#define LOG_NUMBER  9
#define EVENT_ID    509002

static mach_port_t server;
static mach_port_t console; /* number 0 */
static volatile uint16_t *vga;

/* ------------------------------------------------------------------------------------- helpers */

static kern_return_t write_text(mach_port_t port, const char *text)
{
	console_data_t data = {0};

	strncpy(data, text, sizeof data - 1);
	return console_write(port, data, (mach_msg_type_number_t)strlen(text));
}

struct reader {
	struct test_thread thread;
	mach_port_t port;
	natural_t bytes_max;
	kern_return_t result;
	mach_msg_type_number_t count;
	char data[CONSOLE_DATA_MAX + 1];
};

static void read_main(void *argument)
{
	struct reader *reader = argument;

	reader->count = CONSOLE_DATA_MAX;
	reader->result =
		console_read(reader->port, reader->bytes_max, 0, reader->data, &reader->count);
	reader->data[reader->result == KERN_SUCCESS ? reader->count : 0] = 0;
}

static void read_begin(struct reader *reader, mach_port_t port, natural_t bytes_max)
{
	reader->port = port;
	reader->bytes_max = bytes_max;
	test_thread_start(&reader->thread, read_main, reader);
	CHECK(test_wait_blocked(reader->thread.port));
}

static boolean_t read_end(struct reader *reader, const char *expected)
{
	return test_thread_join(&reader->thread, 0) && reader->result == KERN_SUCCESS &&
	       strcmp(reader->data, expected) == 0;
}

static kern_return_t read_now(mach_port_t port, char *data)
{
	mach_msg_type_number_t count = CONSOLE_DATA_MAX;
	kern_return_t result = console_read(port, CONSOLE_DATA_MAX, CONSOLE_READ_NOW, data, &count);

	data[result == KERN_SUCCESS ? count : 0] = 0;
	return result;
}

static struct cells {
	uint16_t *cells;
	vm_size_t bytes;
	natural_t columns, rows, cursor_row, cursor_column;
} seen;

static void cells_drop(void)
{
	if (seen.cells != NULL) {
		NEED_KR(vm_deallocate(SELF, (vm_address_t)seen.cells, seen.bytes));
		seen.cells = NULL;
	}
}

static kern_return_t cells_get(mach_port_t port)
{
	vm_offset_t memory = 0;
	mach_msg_type_number_t bytes = 0;
	kern_return_t result = KERN_SUCCESS;

	cells_drop();
	result = console_get_cells(port, &memory, &bytes, &seen.columns, &seen.rows,
				   &seen.cursor_row, &seen.cursor_column);
	if (result == KERN_SUCCESS) {
		seen.cells = (uint16_t *)memory;
		seen.bytes = bytes;
	}
	return result;
}

/* Does the row begin with the text, and hold nothing else? */
static boolean_t row_is(const volatile uint16_t *row, natural_t columns, const char *text)
{
	size_t length = strlen(text);

	for (natural_t i = 0; i < columns; i++) {
		if (CONSOLE_CELL_CHARACTER(row[i]) != (uint8_t)(i < length ? text[i] : ' ')) {
			return FALSE;
		}
	}
	return TRUE;
}

static boolean_t cells_show(mach_port_t port, natural_t row, const char *text)
{
	return cells_get(port) == KERN_SUCCESS &&
	       row_is(seen.cells + row * seen.columns, seen.columns, text);
}

/* The same of the screen itself. */
static boolean_t screen_shows(natural_t row, const char *text)
{
	return row_is(vga + row * 80, 80, text);
}

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

/* --------------------------------------------------------------------------------------- tests */

static void check_open(void)
{
	mach_port_t other = MACH_PORT_NULL;
	natural_t number = 77;
	console_modes_t modes;

	CHECK_KR(console_open(server, 0, &console, &number), KERN_SUCCESS);
	CHECK_EQ(number, 0);
	CHECK_KR(console_open(server, 0, &other, &number), KERN_NAME_EXISTS);
	CHECK_KR(console_open(server, LOG_NUMBER, &other, &number), KERN_NAME_EXISTS);
	CHECK_KR(console_open(server, 10, &other, &number), KERN_INVALID_VALUE);
	CHECK_KR(console_open(console, 1, &other, &number), KERN_INVALID_ARGUMENT);
	CHECK_KR(write_text(server, "x"), KERN_INVALID_ARGUMENT);
	CHECK_KR(console_open(server, CONSOLE_ANY, &other, &number), KERN_SUCCESS);
	CHECK_EQ(number, 1);
	port_destroy(other);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == SERVER_IDLE + 1));
	CHECK_KR(console_get_modes(console, &modes), KERN_SUCCESS);
	CHECK_EQ(modes.local & CONSOLE_LOCAL_LINES, CONSOLE_LOCAL_LINES);
	CHECK_EQ(modes.characters[CONSOLE_CHARACTER_INTERRUPT], 3);
}

static void check_write(void)
{
	CHECK_KR(write_text(console, "Hello\n\033[31mred\033[0m caf\303\251"), KERN_SUCCESS);
	CHECK(cells_show(console, 0, "Hello"));
	CHECK(row_is(seen.cells + 80, 80, "red caf\202")); /* e acute of code page 437 */
	CHECK_EQ(seen.columns, 80);
	CHECK_EQ(seen.rows, 25);
	CHECK_EQ(seen.cursor_row, 1);
	CHECK_EQ(seen.cursor_column, 8);
	CHECK_EQ(CONSOLE_CELL_ATTRIBUTE(seen.cells[80]), 0x04);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "Hello") && screen_shows(1, "red caf\202")));
	CHECK_EQ(vga[80], seen.cells[80]);
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "")));
}

/* Counts that MIG's stub lets through: more than a write may have, and one that it rounds to 0. */
static void check_too_long(void)
{
	static struct msg msg;
	static const char text[5000];
	const uint32_t words[3] = {0x30000000, MACH_MSG_TYPE_CHAR | 8 << 16, 0xfffffffe};
	mach_port_t reply = port_new();

	msg_begin(&msg, console, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  WRITE_ID);
	msg_add_long(&msg, MACH_MSG_TYPE_CHAR, 8, sizeof text, text);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 5000), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), MIG_BAD_ARGUMENTS);
	msg_begin(&msg, console, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  WRITE_ID);
	msg_add_words(&msg, words, 3);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 5000), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), MIG_BAD_ARGUMENTS);
	port_destroy(reply);
}

static void check_lines(void)
{
	static struct reader reader;
	static char data[CONSOLE_DATA_MAX + 1];

	read_begin(&reader, console, 100);
	test_type("lx\b");
	CHECK(TEST_WAIT_UNTIL(cells_show(console, 0, "lx") == FALSE &&
			      cells_show(console, 0, "l")));
	test_type("s -a\n");
	CHECK(read_end(&reader, "ls -a\n"));
	CHECK(cells_show(console, 0, "ls -a"));
	CHECK_EQ(seen.cursor_row, 1);
	/* Typed ahead, two lines: two reads, the first in two pieces. */
	test_type("first\nsecond\n");
	CHECK(TEST_WAIT_UNTIL(cells_show(console, 2, "second")));
	reader.bytes_max = 2;
	read_main(&reader);
	CHECK_KR(reader.result, KERN_SUCCESS);
	CHECK(strcmp(reader.data, "fi") == 0);
	CHECK_KR(read_now(console, data), KERN_SUCCESS);
	CHECK(strcmp(data, "rst\n") == 0);
	CHECK_KR(read_now(console, data), KERN_SUCCESS);
	CHECK(strcmp(data, "second\n") == 0);
	CHECK_KR(read_now(console, data), KERN_TIMEDOUT);
	/* The end of file. */
	read_begin(&reader, console, 100);
	test_control(KEY_D);
	CHECK(read_end(&reader, ""));
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
}

static void check_events(void)
{
	static struct msg msg;
	static char data[CONSOLE_DATA_MAX + 1];
	mach_port_t port = port_new();
	kern_return_t result = KERN_FAILURE;

	CHECK_KR(console_watch(console, port, MACH_MSG_TYPE_MAKE_SEND, 33), KERN_SUCCESS);
	CHECK_KR(console_watch(console, port, MACH_MSG_TYPE_MAKE_SEND, 34), KERN_NAME_EXISTS);
	CHECK_KR(msg_receive(&msg, port, 5000), MACH_MSG_SUCCESS); /* the state, again */
	CHECK_EQ(msg_item_int(&msg), CONSOLE_EVENT_SEEN);
	test_type("to be lost");
	test_control(KEY_C);
	CHECK_KR(msg_receive(&msg, port, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, EVENT_ID);
	CHECK_EQ(msg_item_int(&msg), CONSOLE_EVENT_SIGNAL);
	CHECK_EQ(msg_item_int(&msg), 33);
	CHECK_EQ(msg_item_int(&msg), 1);
	CHECK_EQ(msg_item_int(&msg), CONSOLE_CHARACTER_INTERRUPT);
	CHECK(cells_show(console, 0, "to be lost^C"));
	/* What was typed before the signal is gone; a new line is told, once until it is read. */
	test_type("\nx\n");
	CHECK_KR(msg_receive(&msg, port, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_item_int(&msg), CONSOLE_EVENT_INPUT);
	CHECK_EQ(msg_item_int(&msg), 33);
	CHECK(TEST_WAIT_UNTIL(cells_show(console, 1, "x")));
	CHECK_KR(msg_receive(&msg, port, 0), MACH_RCV_TIMED_OUT);
	CHECK_KR(read_now(console, data), KERN_SUCCESS);
	CHECK(strcmp(data, "\n") == 0);
	CHECK_KR(read_now(console, data), KERN_SUCCESS);
	CHECK(strcmp(data, "x\n") == 0);
	test_type("\n");
	CHECK_KR(msg_receive(&msg, port, 5000), MACH_MSG_SUCCESS);
	CHECK_KR(console_flush(console, CONSOLE_FLUSH_INPUT), KERN_SUCCESS);
	CHECK_KR(console_flush(console, 4), KERN_INVALID_VALUE);
	CHECK_KR(read_now(console, data), KERN_TIMEDOUT);
	/* Who watches goes: another may. */
	port_destroy(port);
	port = port_new();
	CHECK(TEST_WAIT_UNTIL(result == KERN_SUCCESS ||
			      (result = console_watch(console, port, MACH_MSG_TYPE_MAKE_SEND,
						      35)) == KERN_SUCCESS));
	port_destroy(port);
	CHECK_KR(console_flush(console, CONSOLE_FLUSH_INPUT), KERN_SUCCESS);
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
}

struct writer {
	struct test_thread thread;
	kern_return_t result;
};

static void write_main(void *argument)
{
	((struct writer *)argument)->result = write_text(console, "after the stop");
}

static natural_t status_of(mach_port_t port)
{
	natural_t status = 0, input = 0, output = 0;

	NEED_KR(console_get_status(port, &status, &input, &output));
	return status;
}

static void check_flow(void)
{
	static struct writer writer;
	console_modes_t modes;
	natural_t status = 0, input = 0, output = 0;

	test_control(KEY_S);
	CHECK(TEST_WAIT_UNTIL((status_of(console) & CONSOLE_STATUS_STOPPED) != 0));
	test_thread_start(&writer.thread, write_main, &writer);
	CHECK(test_wait_blocked(writer.thread.port));
	CHECK_KR(console_get_status(console, &status, &input, &output), KERN_SUCCESS);
	CHECK_EQ(output, 14);
	CHECK(cells_show(console, 0, ""));
	test_control(KEY_Q);
	CHECK(test_thread_join(&writer.thread, 0));
	CHECK_KR(writer.result, KERN_SUCCESS);
	CHECK(cells_show(console, 0, "after the stop"));
	/* Without flow control nothing stays stopped; the writer that was told of a flush goes on.
	 */
	test_control(KEY_S);
	CHECK(TEST_WAIT_UNTIL((status_of(console) & CONSOLE_STATUS_STOPPED) != 0));
	test_thread_start(&writer.thread, write_main, &writer);
	CHECK(test_wait_blocked(writer.thread.port));
	CHECK_KR(console_flush(console, CONSOLE_FLUSH_OUTPUT), KERN_SUCCESS);
	CHECK(test_thread_join(&writer.thread, 0));
	CHECK(cells_show(console, 0, "after the stop"));
	CHECK_KR(console_get_modes(console, &modes), KERN_SUCCESS);
	modes.input &= ~CONSOLE_INPUT_FLOW;
	CHECK_KR(console_set_modes(console, CONSOLE_WHEN_NOW, modes), KERN_SUCCESS);
	CHECK_EQ(status_of(console) & CONSOLE_STATUS_STOPPED, 0);
	modes.input |= CONSOLE_INPUT_FLOW;
	CHECK_KR(console_set_modes(console, CONSOLE_WHEN_WRITTEN, modes), KERN_SUCCESS);
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
}

static void check_raw(void)
{
	static struct reader reader;
	static char data[CONSOLE_DATA_MAX + 1];
	console_modes_t lines;
	console_modes_t raw;

	CHECK_KR(console_get_modes(console, &lines), KERN_SUCCESS);
	raw = lines;
	raw.local = 0;
	raw.input = 0;
	raw.read_bytes = 3;
	CHECK_KR(console_set_modes(console, 3, raw), KERN_INVALID_VALUE);
	raw.local = 0x10000;
	CHECK_KR(console_set_modes(console, CONSOLE_WHEN_NOW, raw), KERN_INVALID_VALUE);
	raw.local = 0;
	CHECK_KR(console_set_modes(console, CONSOLE_WHEN_FLUSHED, raw), KERN_SUCCESS);
	read_begin(&reader, console, 100);
	test_type("ab");
	test_sleep_ms(30);
	CHECK(test_wait_blocked(reader.thread.port));
	test_control(KEY_C);
	CHECK(read_end(&reader, "ab\003"));
	CHECK(cells_show(console, 0, "")); /* no echo */
	/* Nothing typed, and a time: no bytes. */
	raw.read_bytes = 0;
	raw.read_time_ms = 30;
	CHECK_KR(console_set_modes(console, CONSOLE_WHEN_NOW, raw), KERN_SUCCESS);
	reader.port = console;
	reader.bytes_max = 10;
	read_main(&reader);
	CHECK_KR(reader.result, KERN_SUCCESS);
	CHECK_EQ(reader.count, 0);
	/* A time behind the first byte. */
	raw.read_bytes = 50;
	CHECK_KR(console_set_modes(console, CONSOLE_WHEN_NOW, raw), KERN_SUCCESS);
	read_begin(&reader, console, 100);
	test_type("z");
	CHECK(read_end(&reader, "z"));
	/* A terminal's answer comes as if typed. */
	CHECK_KR(write_text(console, "\033[3;5H\033[6n"), KERN_SUCCESS);
	CHECK_KR(read_now(console, data), KERN_SUCCESS);
	CHECK(strcmp(data, "\033[3;5R") == 0);
	CHECK_KR(console_set_modes(console, CONSOLE_WHEN_NOW, lines), KERN_SUCCESS);
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
}

static void wait_main(void *argument)
{
	struct reader *reader = argument;

	reader->result = console_wait(reader->port);
}

static void wait_begin(struct reader *reader)
{
	reader->port = console;
	test_thread_start(&reader->thread, wait_main, reader);
	CHECK(test_wait_blocked(reader->thread.port));
}

/* One who only waits is told, and what was typed is still there. */
static void check_wait(void)
{
	static struct reader reader;
	char data[CONSOLE_DATA_MAX + 1];

	wait_begin(&reader);
	test_type("w\n");
	CHECK(test_thread_join(&reader.thread, 0));
	CHECK_KR(reader.result, KERN_SUCCESS);
	CHECK_KR(console_wait(console), KERN_SUCCESS);
	CHECK_KR(read_now(console, data), KERN_SUCCESS);
	CHECK(strcmp(data, "w\n") == 0);
	wait_begin(&reader);
	CHECK_KR(ipc_interrupt(console), KERN_SUCCESS);
	CHECK(test_thread_join(&reader.thread, 0));
	CHECK_KR(reader.result, KERN_ABORTED);
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
}

static void check_interrupt(void)
{
	static struct reader reader;

	read_begin(&reader, console, 100);
	CHECK_KR(ipc_interrupt(console), KERN_SUCCESS);
	CHECK(test_thread_join(&reader.thread, 0));
	CHECK_KR(reader.result, KERN_ABORTED);
}

/* -------------------------------------------------------------------------- programs that draw */

static kern_return_t keys_now(char *keys, mach_msg_type_number_t *count)
{
	*count = CONSOLE_KEYS_MAX;
	return console_read_keys(console, CONSOLE_READ_NOW, keys, count);
}

static boolean_t keys_are(const char *expected, mach_msg_type_number_t expected_count)
{
	console_keys_t keys;
	mach_msg_type_number_t count = 0;
	char got[64];
	uint32_t total = 0;

	/* They may come in pieces. */
	for (int tries = 0; tries < 5000 && total < expected_count; tries++) {
		if (keys_now(keys, &count) == KERN_SUCCESS && total + count <= sizeof got) {
			memcpy(got + total, keys, count);
			total += count;
		} else {
			test_sleep_ms(1);
		}
	}
	return total == expected_count && memcmp(got, expected, total) == 0;
}

static void check_take(void)
{
	static struct reader waiter;
	console_keys_t keys;
	mach_msg_type_number_t count = 0;
	mach_port_t memory = MACH_PORT_NULL;
	mach_port_t second = MACH_PORT_NULL;
	natural_t columns = 0, rows = 0;
	vm_address_t address = 0;

	CHECK_KR(keys_now(keys, &count), KERN_FAILURE);
	CHECK_KR(console_screen_release(console), KERN_FAILURE);
	CHECK_KR(write_text(console, "the text below"), KERN_SUCCESS);
	CHECK_KR(console_screen_take(console, CONSOLE_SCREEN_GRAPHICS, &memory, &columns, &rows),
		 KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, memory));
	CHECK_KR(console_screen_take(console, 0, &second, &columns, &rows), KERN_NAME_EXISTS);
	CHECK_KR(console_screen_release(console), KERN_SUCCESS);
	CHECK_KR(console_screen_take(console, 0, &memory, &columns, &rows), KERN_SUCCESS);
	CHECK_EQ(columns, 80);
	CHECK_EQ(rows, 25);
	CHECK_KR(console_screen_take(console, 0, &second, &columns, &rows), KERN_NAME_EXISTS);
	CHECK_EQ(status_of(console) & CONSOLE_STATUS_OWNED, CONSOLE_STATUS_OWNED);
	CHECK_KR(console_set_size(console, 80, 50), KERN_NO_ACCESS);
	NEED_KR(vm_map(SELF, &address, 0x1000, 0, TRUE, memory, 0, FALSE,
		       VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ | VM_PROT_WRITE,
		       VM_INHERIT_NONE));
	NEED_KR(mach_port_deallocate(SELF, memory));
	struct console_screen *grid = (struct console_screen *)address;
	uint16_t *drawn = (uint16_t *)(address + CONSOLE_SCREEN_CELLS);
	CHECK_EQ(grid->columns, 80);
	for (int i = 0; i < 80 * 25; i++) {
		drawn[i] = CONSOLE_CELL("drawn"[i % 5], 0x1e);
	}
	grid->cursor_row = 24;
	grid->cursor_column = 79;
	grid->cursor_shape = CONSOLE_CURSOR_BLOCK;
	CHECK(TEST_WAIT_UNTIL(memcmp((const void *)vga, drawn, 80 * 25 * 2) == 0));
	CHECK_KR(cells_get(console), KERN_SUCCESS);
	CHECK(memcmp(seen.cells, drawn, 80 * 25 * 2) == 0);
	CHECK_EQ(seen.cursor_row, 24);
	grid->cursor_row = 0xfffffff0;
	CHECK_KR(cells_get(console), KERN_SUCCESS);
	CHECK_EQ(seen.cursor_row, 0xffffffff);
	/* Keys are scan codes; what is held when the console goes out of sight is let go. */
	test_key(KEY_A);
	CHECK(keys_are("\x1e\x9e", 2));
	CHECK_KR(keys_now(keys, &count), KERN_TIMEDOUT);
	wait_begin(&waiter);
	test_scan(KEY_A);
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK_KR(waiter.result, KERN_SUCCESS);
	CHECK(keys_are("\x1e", 1));
	test_alt(KEY_F2);
	CHECK(keys_are("\x38\x9e\xb8", 3));
	test_scan(KEY_A | 0x80);
	test_alt(KEY_F1);
	CHECK(TEST_WAIT_UNTIL((status_of(console) & CONSOLE_STATUS_FOCUS) != 0));
	CHECK_KR(console_screen_release(console), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "the text below")));
	CHECK_KR(keys_now(keys, &count), KERN_FAILURE);
	drawn[0] = 0; /* the memory stays the program's */
	NEED_KR(vm_deallocate(SELF, address, 0x1000));
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
}

/* ---------------------------------------------------------------------------- several consoles */

static void check_show(void)
{
	mach_port_t other = MACH_PORT_NULL;
	natural_t number = 0;

	CHECK_KR(write_text(console, "zero"), KERN_SUCCESS);
	CHECK_KR(console_open(server, 1, &other, &number), KERN_SUCCESS);
	CHECK_KR(write_text(other, "one"), KERN_SUCCESS);
	CHECK_EQ(status_of(other) & CONSOLE_STATUS_SHOWN, 0);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "zero")));
	test_alt(KEY_F2);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "one")));
	CHECK_EQ(status_of(other), CONSOLE_STATUS_SHOWN | CONSOLE_STATUS_FOCUS);
	CHECK_KR(console_show(console), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "zero")));
	/* Two at once. */
	CHECK_KR(console_split(other, 0), KERN_NO_ACCESS);
	CHECK_KR(console_split(console, 0), KERN_NAME_EXISTS);
	CHECK_KR(console_split(console, 10), KERN_INVALID_VALUE);
	CHECK_KR(console_split(console, 1), KERN_SUCCESS);
	CHECK_KR(console_split(console, 2), KERN_NAME_EXISTS);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "zero") && screen_shows(25, "one")));
	CHECK_KR(console_set_size(console, 80, 50), KERN_NO_ACCESS);
	CHECK_EQ(status_of(console), CONSOLE_STATUS_SHOWN | CONSOLE_STATUS_FOCUS);
	test_alt(KEY_F12);
	CHECK(TEST_WAIT_UNTIL(status_of(other) == (CONSOLE_STATUS_SHOWN | CONSOLE_STATUS_FOCUS)));
	test_type("typed");
	CHECK(TEST_WAIT_UNTIL(screen_shows(25, "onetyped")));
	CHECK(screen_shows(0, "zero"));
	CHECK_KR(console_split(console, CONSOLE_ANY), KERN_SUCCESS);
	CHECK_EQ(status_of(other), 0);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "zero")));
	/* By the keys, too. */
	test_alt(KEY_F11);
	CHECK(TEST_WAIT_UNTIL(screen_shows(25, "onetyped")));
	test_alt(KEY_F11);
	CHECK(TEST_WAIT_UNTIL(status_of(other) == 0));
	port_destroy(other);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == SERVER_IDLE + 1));
}

static void check_size(void)
{
	natural_t columns = 0, rows = 0;

	CHECK_KR(console_set_size(console, 81, 25), KERN_INVALID_VALUE);
	CHECK_KR(console_set_size(console, 80, 51), KERN_INVALID_VALUE);
	CHECK_KR(console_set_size(console, 0, 25), KERN_INVALID_VALUE);
	CHECK_KR(console_set_size(console, 80, 50), KERN_SUCCESS);
	CHECK_KR(console_get_size(console, &columns, &rows), KERN_SUCCESS);
	CHECK_EQ(columns, 80);
	CHECK_EQ(rows, 50);
	CHECK_KR(write_text(console, "\033[50;1Hbottom"), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(screen_shows(49, "bottom")));
	CHECK_KR(console_set_size(console, 80, 25), KERN_SUCCESS);
	CHECK_KR(write_text(console, "\033[H\033[J"), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(screen_shows(0, "")));
}

/* The kernel's words have a console of their own. */
static void check_log(void)
{
	test_note("a line for the log");
	test_alt(KEY_F10);
	CHECK(TEST_WAIT_UNTIL(({
		boolean_t found = FALSE;
		for (natural_t row = 0; row < 25; row++) {
			found = found || screen_shows(row, "# a line for the log");
		}
		found;
	})));
	test_type("nobody gets this");
	test_alt(KEY_F1);
	CHECK(TEST_WAIT_UNTIL((status_of(console) & CONSOLE_STATUS_FOCUS) != 0));
}

/* ----------------------------------------------------------------------------------- the end */

static int child_main(void *argument)
{
	mach_port_t port = MACH_PORT_NULL;
	mach_port_t memory = MACH_PORT_NULL;
	natural_t number = 0, columns = 0, rows = 0;
	static struct reader reader;

	(void)argument;
	CHECK_KR(console_open(TEST_CHILD_NAME(0), 3, &port, &number), KERN_SUCCESS);
	CHECK_KR(console_screen_take(port, 0, &memory, &columns, &rows), KERN_SUCCESS);
	reader.port = port;
	reader.bytes_max = 10;
	read_main(&reader);
	return 1;
}

static void check_killed_client(void)
{
	struct test_task child;
	mach_port_t port = MACH_PORT_NULL;
	natural_t number = 0;

	test_task_create(&child, child_main, NULL);
	test_task_give(&child, TEST_CHILD_NAME(0), server, MACH_MSG_TYPE_COPY_SEND);
	test_task_run(&child);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == SERVER_IDLE + 2));
	CHECK(test_wait_blocked(child.thread));
	test_task_kill(&child);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == SERVER_IDLE + 1));
	CHECK_KR(console_open(server, 3, &port, &number), KERN_SUCCESS);
	CHECK(cells_show(port, 0, ""));
	port_destroy(port);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == SERVER_IDLE + 1));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "server_console");
	server = test_server("server");
	vga_map();
	test_keyboard_begin();
	check_open();
	check_write();
	check_too_long();
	check_lines();
	check_events();
	check_flow();
	check_raw();
	check_wait();
	check_interrupt();
	check_take();
	check_show();
	check_size();
	check_log();
	check_killed_client();
	cells_drop();
	port_destroy(console);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == SERVER_IDLE));
	test_keyboard_end();
	NEED_KR(vm_deallocate(SELF, (vm_address_t)vga, 0x8000));
	test_server_end("server", server);
	test_end();
}
