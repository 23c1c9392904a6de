/*
 * DOS programs, started as the prompt would start them, with files as their streams: what they
 * print and the code that they end with.  Those that check themselves print a line for each check.
 */
#include "lib/dos.h"
#include <stdio.h>
#include <gen/file.h>

#define OUTPUT       "/tmp/output"
#define INPUT        "/tmp/input"
#define OUTPUT_BYTES 4096
#define WAIT_MS      30000

#define SEEDS   20
#define SEED_MS 300

static char output[OUTPUT_BYTES + 1];
static natural_t last_status;
static int wait_ms = WAIT_MS;

static mach_port_t make_input(const char *text)
{
	mach_port_t file =
		dos_open_file(INPUT, FILE_READ | FILE_WRITE | FILE_CREATE | FILE_TRUNCATE);
	natural_t written = 0;

	if (text[0] != 0) {
		need(file_write(file, 0, 0, text, strlen(text), &written), "file_write");
	}
	return file;
}

static void read_output(mach_port_t file)
{
	mach_msg_type_number_t bytes = OUTPUT_BYTES;

	need(file_read(file, 0, OUTPUT_BYTES, 0, output, &bytes), "file_read");
	output[bytes] = 0;
}

/* The code of a DOS program's end, -1 if it ended otherwise; its words end with a 0 each. */
static int run(const char *words, size_t words_bytes, const char *input)
{
	mach_port_t ports[STANDARD_PORTS] = {MACH_PORT_NULL};

	ports[STANDARD_PORT_INPUT] = make_input(input);
	ports[STANDARD_PORT_OUTPUT] =
		dos_open_file(OUTPUT, FILE_READ | FILE_WRITE | FILE_CREATE | FILE_TRUNCATE);
	ports[STANDARD_PORT_ERROR] = ports[STANDARD_PORT_OUTPUT];
	ports[STANDARD_PORT_DIRECTORY] = standard_port(STANDARD_PORT_ROOT);
	last_status = dos_run(words, words_bytes, ports, wait_ms);
	read_output(ports[STANDARD_PORT_OUTPUT]);
	dos_close_file(ports[STANDARD_PORT_INPUT]);
	dos_close_file(ports[STANDARD_PORT_OUTPUT]);
	return PROCESS_STATUS_REASON(last_status) == PROCESS_REASON_EXIT
		       ? (int)PROCESS_STATUS_CODE(last_status)
		       : -1;
}

/* "words": each followed by a 0 within the text.  NULL as "expected": it is to have said nothing of
   "not ok"; one that ends with * is how the output begins. */
struct row {
	const char *name;
	const char *words;
	size_t words_bytes;
	const char *input;
	const char *expected;
	int code;
};
#define WORDS(text) text, sizeof(text)

static const struct row rows[] = {
	{"hello.com prints", WORDS("dos\0/dos/hello.com"), "", "Hello from DOS!\r\n", 0},
	{"a DOS path does as well", WORDS("dos\0C:\\DOS\\HELLO.COM"), "", "Hello from DOS!\r\n", 0},
	{"no such program", WORDS("dos\0/dos/nothing.com"), "",
	 "dos: /dos/nothing.com: there is no such file\r\n", 1},
	{"input, echo, lines", WORDS("dos\0/dos/keys.com"), "ab\rline one\nrest",
	 "a[a]b[b]line one\r[line one][rest]", 7},
	{"self-checks of the machine", WORDS("dos\0/dos/machine.com"), "", NULL, 0},
	{"self-checks of devices", WORDS("dos\0/dos/devices.com"), "", NULL, 0},
	{"self-checks of the keyboard", WORDS("dos\0/dos/keyboard.com"), "", NULL, 0},
	{"self-checks of memory", WORDS("dos\0/dos/memory.com"), "", NULL, 0},
	{"self-checks of files", WORDS("dos\0/dos/files.com"), "", NULL, 0},
	{"self-checks of FCBs", WORDS("dos\0/dos/fcb.com"), "", NULL, 0},
	{"self-checks of programs", WORDS("dos\0/dos/exec.com\0one two"), "", NULL, 0},
	{"an EXE file is relocated", WORDS("dos\0/dos/reloc.exe"), "", "relocated\r\n", 3},
	{"what needs a machine of its own is refused", WORDS("dos\0/dos/lgdt.com"), "",
	 "\r\ndos: the program has used LGDT at *", 255},
	{"and so is protected mode", WORDS("dos\0/dos/cr0.com"), "",
	 "\r\ndos: the program has used MOV with a control register at *", 255},
	{"self-checks of extended memory", WORDS("dos\0/dos/xms.com"), "", NULL, 0},
	{"self-checks of critical errors", WORDS("dos\0/dos/critical.com"), "", NULL, 0},
	{"a program for DOS 4.00", WORDS("dos\0/dos/exact.com"), "", NULL, 0},
	{"a program for DOS 2.11", WORDS("dos\0/dos/range.com"), "", NULL, 0},
	{"one that hides what it is for", WORDS("dos\0/dos/packed.com"), "", NULL, 0},
	{"one of /etc/dos", WORDS("dos\0/dos/listed.com"), "", NULL, 0},
	{"self-checks of tables", WORDS("dos\0/dos/tables.com"), "", NULL, 0},
	{"self-checks of searches", WORDS("dos\0/dos/search.com"), "", NULL, 0},
	{"self-checks of FCBs of DOS 1", WORDS("dos\0/dos/fcb1.com"), "one\r\ntwo\r\n\x1a", NULL,
	 0},
	{"self-checks of attributes", WORDS("dos\0/dos/attrib.com"), "", NULL, 0},
	{"what TSRs and COMMAND.COM see", WORDS("dos\0/dos/s/command.com"), "", NULL, 0},
	{"who reads for ever is stopped", WORDS("dos\0/dos/endless.com"), "one\r\n", "*", 255},
	{"a program that moves, and single steps", WORDS("dos\0/dos/moved.com"), "", NULL, 0},
	{"INT 0", WORDS("dos\0/dos/divide.com"), "", "\r\nDivide overflow\r\n", 0},
};

static bool is_expected(const char *expected)
{
	size_t bytes = 0;

	if (expected == NULL) {
		return strstr(output, "not ok") == NULL;
	}
	bytes = strlen(expected);
	return bytes > 0 && expected[bytes - 1] == '*' ? strncmp(output, expected, bytes - 1) == 0
						       : strcmp(output, expected) == 0;
}

static void check_row(const struct row *row)
{
	int code = run(row->words, row->words_bytes, row->input);
	bool good = code == row->code && is_expected(row->expected);

	check(good, row->name, code);
	if (!good) {
		node_note("it printed:\n%s", output);
	}
}

/* Programs that are nonsense: they end, or are ended; their monitor never faults. */
static void check_nonsense(void)
{
	char words[] = "dos\0/dos/random.com\0xx";
	natural_t reason = 0;

	wait_ms = SEED_MS;
	for (int seed = 0; seed < SEEDS; seed++) {
		words[sizeof words - 3] = (char)('a' + seed);
		words[sizeof words - 2] = (char)('A' + seed * 7 % 26);
		(void)run(words, sizeof words, "input\n");
		reason = PROCESS_STATUS_REASON(last_status);
		check(reason == PROCESS_REASON_EXIT || reason == PROCESS_REASON_KILLED,
		      "nonsense does not harm its monitor", seed);
	}
	wait_ms = WAIT_MS;
}

#define LEAK_PAGES 3 /* fewer than two hundred of the smallest things that could be left */

/* Two hundred EXECs in a batch file: nothing is left of them, in the machine or in the node. */
static void check_batch(void)
{
	static const struct row row = {"two hundred programs in a batch file",
				       WORDS("dos\0/dos/command.com\0/c\0\\dos\\b\\many"), "", "",
				       0};
	struct node_use before, after;

	check_row(&row);
	before = node_measure();
	check_row(&row);
	after = node_measure();
	check(after.processes == before.processes && after.names == before.names,
	      "no process and no right is left", after.names - before.names);
	check(before.free_pages - after.free_pages <= LEAK_PAGES, "no memory is left",
	      before.free_pages - after.free_pages);
}

int main(void)
{
	node_begin("dos_programs");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_row(&rows[i]);
	}
	check_batch();
	check_nonsense();
	check_row(&rows[0]);
	node_end();
}
