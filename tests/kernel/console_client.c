/* TEST: oracle=no args="server=${console}"
   modules="build/servers/console/console ${host-port} ${device-port} serial=com2
   $(console=task-create) $(task-resume)" */
/*
 * A program on a console.  Alone it checks that the server works where there is no second serial
 * line.  With the word what=serve it does what tests/system/test_console.py types: it answers
 * lines, tells of signals, draws, splits the screen, and prints a console's cells on the kernel's
 * line.
 */
#include "lib/harness.h"
#include "lib/server.h"
#include <gen/console.h>
#include <gen/mach_host.h>

#define SELF    mach_task_self()
#define COLUMNS 80
#define ROWS    25

static mach_port_t server;
static mach_port_t console;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	console_data_t data;
	va_list arguments;

	va_start(arguments, format);
	int length = mach_vsnprintf(data, sizeof data, format, arguments);
	va_end(arguments);
	NEED_KR(console_write(console, data, (mach_msg_type_number_t)length));
}

/* Without its end; returns whether there was one. */
static boolean_t read_line(char *line)
{
	console_data_t data;
	mach_msg_type_number_t count = sizeof data;

	NEED_KR(console_read(console, sizeof data, 0, data, &count));
	memcpy(line, data, count);
	boolean_t whole = count > 0 && line[count - 1] == '\n';
	line[whole ? count - 1 : count] = 0;
	return whole;
}

static void tell_signals(void *argument)
{
	struct {
		mach_msg_header_t head;
		uint32_t words[16];
	} event;
	mach_port_t port = (mach_port_t)argument;

	for (;;) {
		NEED_KR(mach_msg(&event.head, MACH_RCV_MSG, 0, sizeof event, port, 0,
				 MACH_PORT_NULL));
		if (event.words[1] == CONSOLE_EVENT_SIGNAL) {
			say("signal %u\n", event.words[7]);
		}
	}
}

/* Every character and every attribute, then keys until one is let go: they are told afterwards. */
static void draw(void)
{
	mach_port_t memory = MACH_PORT_NULL;
	natural_t columns = 0, rows = 0;
	vm_address_t address = 0;
	console_keys_t keys;
	mach_msg_type_number_t count = 0;

	NEED_KR(console_screen_take(console, 0, &memory, &columns, &rows));
	NEED_KR(vm_map(SELF, &address, 0x1000, 0, TRUE, memory, 0, FALSE,
		       VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ | VM_PROT_WRITE,
		       VM_INHERIT_NONE));
	uint16_t *cells = (uint16_t *)(address + CONSOLE_SCREEN_CELLS);
	for (natural_t i = 0; i < columns * rows; i++) {
		cells[i] = CONSOLE_CELL(i % 256, i / 7);
	}
	char codes[64] = "";
	uint32_t length = 0;
	do {
		count = sizeof keys;
		NEED_KR(console_read_keys(console, 0, keys, &count));
		for (mach_msg_type_number_t i = 0; i < count && length < sizeof codes - 4; i++) {
			length += mach_snprintf(codes + length, 4, " %02x", (uint8_t)keys[i]);
		}
	} while (length < 2 || strcmp(codes + length - 2, "90") != 0); /* q */
	NEED_KR(console_screen_release(console));
	NEED_KR(vm_deallocate(SELF, address, 0x1000));
	NEED_KR(mach_port_deallocate(SELF, memory));
	say("keys%s\n", codes);
}

static void print_cells(mach_port_t port, const char *name)
{
	vm_offset_t cells = 0;
	mach_msg_type_number_t bytes = 0;
	natural_t columns = 0, rows = 0, row = 0, column = 0;

	NEED_KR(console_get_cells(port, &cells, &bytes, &columns, &rows, &row, &column));
	for (natural_t i = 0; i < rows; i++) {
		mach_printf("%s %u:", name, i);
		for (natural_t j = 0; j < columns; j++) {
			mach_printf("%04x", ((uint16_t *)cells)[i * columns + j]);
		}
		mach_printf("\n");
	}
	NEED_KR(vm_deallocate(SELF, cells, bytes));
}

/* All characters that can be written, in many colours. */
static void fill(mach_port_t port, unsigned int seed)
{
	mach_port_t mine = console;

	console = port;
	say("\033[?25l\033[11m");
	for (unsigned int row = 1; row <= ROWS; row++) {
		say("\033[%u;1H", row);
		for (unsigned int column = 0; column < COLUMNS; column++) {
			unsigned int n = row * COLUMNS + column + seed;

			/* 20 to ff hexadecimal: control characters are not drawn. */
			say("\033[%u;%um%c", 30 + n / 3 % 8, 40 + n / 11 % 8,
			    (char)(0x20 + n % 0xe0));
		}
	}
	console = mine;
}

static void show_two(void)
{
	mach_port_t below = MACH_PORT_NULL;
	natural_t number = 0;

	NEED_KR(console_open(server, 1, &below, &number));
	NEED_KR(console_split(console, 1));
	fill(console, 5);
	fill(below, 100);
	print_cells(console, "upper");
	print_cells(below, "lower");
}

static void serve(void)
{
	static char line[CONSOLE_DATA_MAX + 1];
	struct test_thread thread;
	mach_port_t port = MACH_PORT_NULL;

	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(console_watch(console, port, MACH_MSG_TYPE_MAKE_SEND, 0));
	test_thread_start(&thread, tell_signals, (void *)port);
	say("ready> ");
	for (;;) {
		boolean_t whole = read_line(line);
		/* What fills the screen leaves it so. */
		if (strcmp(line, "fill") == 0) {
			fill(console, 0);
			print_cells(console, "upper");
			continue;
		}
		if (strcmp(line, "two") == 0) {
			show_two();
			continue;
		}
		if (strcmp(line, "draw") == 0) {
			draw();
		} else if (strcmp(line, "many") == 0) {
			for (int i = 0; i < 200; i++) {
				say("line %d of many\n", i);
			}
		} else if (strcmp(line, "end") == 0) {
			(void)host_reboot(host_priv, 0);
		} else {
			say("%s%s.\n", whole ? "got: " : "the end of file", line);
		}
		say("ready> ");
	}
}

int main(int argc, char **argv)
{
	natural_t number = 0;

	test_begin(argc, argv, "console_client");
	const char *what = test_argument("what");
	server = test_server("server");
	CHECK_KR(console_open(server, 0, &console, &number), KERN_SUCCESS);
	if (what != NULL && strcmp(what, "serve") == 0) {
		serve();
	}
	say("no serial line, and all the same\n");
	NEED_KR(mach_port_deallocate(SELF, console));
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
	test_server_end("server", server);
	test_end();
}
