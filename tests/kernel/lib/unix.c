/* unix.h */
#include "unix.h"
#include <gen/file.h>
#include <masix/file.h>

#define OUTPUT_MAX    65536u
#define LINES_SHOWN   8
#define PROGRAM_MAX_S 20 /* to catch hangs */

mach_port_t unix_public;
mach_port_t unix_administrator;
static mach_port_t root;

static mach_port_t task_of(const char *argument)
{
	const char *word = test_argument(argument);

	if (word == NULL) {
		test_bail_out("no word %s=", argument);
	}
	return strtoul(word, NULL, 10);
}

/* The two ports that a server's task has. */
static void find_two(const char *argument, mach_port_t *first, mach_port_t *second)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;

	for (int tries = 0; tries < 20000; tries++) {
		NEED_KR(mach_ports_lookup(task_of(argument), &ports, &count));
		*first = count > 0 ? ports[0] : MACH_PORT_NULL;
		*second = count > 1 ? ports[1] : MACH_PORT_NULL;
		if (count != 0) {
			NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)ports,
					      count * sizeof *ports));
		}
		if (MACH_PORT_VALID(*second)) {
			return;
		}
		test_sleep_ms(1);
	}
	test_bail_out("%s does not serve", argument);
}

static mach_port_t file_public;

void unix_begin(void)
{
	find_two("file", &file_public, &root);
	find_two("unix", &unix_public, &unix_administrator);
}

#define UNIX_OBJECTS 2 /* the two ports */

void unix_end(void)
{
	CHECK(TEST_WAIT_UNTIL(test_server_objects(unix_public) == UNIX_OBJECTS));
	NEED_KR(mach_port_deallocate(mach_task_self(), unix_administrator));
	test_server_end("unix", unix_public);
	NEED_KR(mach_port_deallocate(mach_task_self(), root));
	test_server_end("file", file_public);
}

uint32_t unix_read_file(const char *path, char *data, uint32_t room)
{
	natural_t nobody[4] = {0};
	file_attributes_t attributes;
	mach_port_t file = MACH_PORT_NULL;
	uint32_t done = 0;

	NEED_KR(file_open(root, nobody, 0, path, strlen(path), FILE_READ, 0, &file, &attributes));
	while (done < room) {
		char part[FILE_DATA_MAX];
		mach_msg_type_number_t count = sizeof part;

		NEED_KR(file_read(file, done, sizeof part, 0, part, &count));
		count = count < room - done ? count : room - done;
		memcpy(data + done, part, count);
		done += count;
		if (count == 0) {
			break;
		}
	}
	NEED_KR(mach_port_deallocate(mach_task_self(), file));
	return done;
}

mach_port_t unix_start(const char *path, const char *arguments, uint32_t arguments_bytes)
{
	static const char environment[] = "PATH=/bin\0HOME=/";
	static const unix_path_t directory = "/tmp";
	mach_port_t run = MACH_PORT_NULL;
	int result = 0;

	NEED_KR(unix_client_start(unix_administrator, path, strlen(path), directory,
				  strlen(directory), (vm_offset_t)arguments, arguments_bytes,
				  (vm_offset_t)environment, sizeof environment, MACH_PORT_NULL,
				  MACH_MSG_TYPE_COPY_SEND, &result, &run));
	if (result < 0) {
		test_note("%s: %d", path, result);
	}
	return run;
}

uint32_t unix_collect(mach_port_t run, char *output, uint32_t room, natural_t *status)
{
	static unix_data_t data;
	uint32_t done = 0;

	for (;;) {
		natural_t stream = 0;
		mach_msg_type_number_t count = sizeof data;

		NEED_KR(unix_client_read(run, FALSE, &stream, data, &count));
		if (test_argument("only"))
			test_note("%.*s", (int)count, data);
		if (stream == 0) {
			break;
		}
		count = count < room - done ? count : room - done;
		memcpy(output + done, data, count);
		done += count;
	}
	NEED_KR(unix_client_wait(run, status));
	return done;
}

/* The lines from the first that differs on, as notes. */
static void show(const char *title, const char *text, uint32_t bytes, uint32_t from)
{
	uint32_t start = from;
	int lines = 0;

	test_note("%s, %u bytes:", title, (unsigned)bytes);
	for (uint32_t i = from; i < bytes && lines < LINES_SHOWN; i++) {
		char line[200];
		uint32_t length = i - start;

		if (text[i] != '\n' && i + 1 != bytes) {
			continue;
		}
		length = length < sizeof(line) - 1 ? length : sizeof(line) - 1;
		memcpy(line, text + start, length);
		line[length] = '\0';
		test_note("  %s", line);
		start = i + 1;
		lines++;
	}
}

static uint32_t first_difference(const char *a, const char *b, uint32_t bytes)
{
	uint32_t line = 0;

	for (uint32_t i = 0; i < bytes && a[i] == b[i]; i++) {
		line = a[i] == '\n' ? i + 1 : line;
	}
	return line;
}

/* Ends a program that hangs, so that the others are seen. */
struct watch {
	mach_port_t run;
	volatile boolean_t done, late;
};

static void watch(void *argument)
{
	struct watch *watch = argument;

	for (int i = 0; i < PROGRAM_MAX_S * 100 && !watch->done; i++) {
		test_sleep_ms(10);
	}
	if (!watch->done) {
		watch->late = TRUE;
		(void)unix_client_signal(watch->run, 9);
	}
}

static uint32_t collect_in_time(mach_port_t run, char *output, uint32_t room, natural_t *status)
{
	struct watch watched = {.run = run};
	struct test_thread thread;
	uint32_t bytes = 0;

	test_thread_start(&thread, watch, &watched);
	bytes = unix_collect(run, output, room, status);
	watched.done = TRUE;
	(void)test_thread_join(&thread, 0);
	if (watched.late) {
		test_note("it did not end within %d s", PROGRAM_MAX_S);
	}
	return bytes;
}

void unix_check_program(const char *name)
{
	static char output[OUTPUT_MAX];
	static char expected[OUTPUT_MAX];
	char path[128];
	char end[32];
	natural_t status = 0;
	mach_port_t run = MACH_PORT_NULL;
	uint32_t expected_bytes = 0;
	uint32_t bytes = 0;
	boolean_t same = FALSE;

	mach_snprintf(path, sizeof path, "/tests/%s.out", name);
	expected_bytes = unix_read_file(path, expected, sizeof expected);
	mach_snprintf(path, sizeof path, "/tests/%s", name);
	run = unix_start(path, path, strlen(path) + 1);
	if (run != MACH_PORT_NULL) {
		bytes = collect_in_time(run, output, sizeof output - sizeof end, &status);
		mach_snprintf(end, sizeof end, (status & 0x7f) == 0 ? "exit %u\n" : "signal %u\n",
			      (unsigned)((status & 0x7f) == 0 ? status >> 8 : status & 0x7f));
		memcpy(output + bytes, end, strlen(end));
		bytes += strlen(end);
		NEED_KR(mach_port_deallocate(mach_task_self(), run));
	}
	same = bytes == expected_bytes && memcmp(output, expected, bytes) == 0;
	if (!same) {
		uint32_t from = first_difference(output, expected,
						 bytes < expected_bytes ? bytes : expected_bytes);

		show("printed", output, bytes, from);
		show("expected", expected, expected_bytes, from);
	}
	test_check(same, name, __FILE__, __LINE__);
}
