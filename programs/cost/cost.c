/*
 * What the calls of a node cost: rows for tests/bench on the kernel's console.  Under -icount the
 * processor's counter counts instructions, those of the servers among them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>
#include <libmach.h>
#include <gen/acs.h>
#include <gen/example.h>
#include <gen/file.h>
#include <gen/mach_port.h>
#include <standard_ports.h>

#define ROUNDS     500
#define LOOK_UP_MS 10000
#define PATH       "/etc/motd"
#define PAGE_PATH  "/tmp/page"
#define SELF       mach_task_self()

static mach_port_t session;
static mach_port_t page_file;

static void need(kern_return_t result, const char *what)
{
	if (result != KERN_SUCCESS) {
		mach_printf("MB-END %s: %s\n", what, mach_error_string(result));
		exit(1);
	}
}

static void null_call(void)
{
	natural_t total = 0;

	need(example_add(session, 0, &total), "example_add");
}

static void look_up(void)
{
	mach_port_t port = MACH_PORT_NULL;

	need(acs_look_up(standard_port(STANDARD_PORT_ACS), "file", 0, &port), "acs_look_up");
	(void)mach_port_deallocate(SELF, port);
}

static void open_and_close(void)
{
	mach_port_t file = MACH_PORT_NULL;
	file_attributes_t attributes;

	need(file_open(standard_port(STANDARD_PORT_ROOT), NULL, 0, PATH, strlen(PATH), FILE_READ, 0,
		       &file, &attributes),
	     "file_open");
	(void)mach_port_deallocate(SELF, file);
}

static void read_page(void)
{
	static char data[FILE_DATA_MAX];
	mach_msg_type_number_t bytes = sizeof data;

	need(file_read(page_file, 0, sizeof data, 0, data, &bytes), "file_read");
	need(bytes == sizeof data ? KERN_SUCCESS : KERN_FAILURE, "4096 bytes");
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* One row: the least, the middle and the greatest of all rounds but the first ones. */
static void measure(const char *name, void (*function)(void))
{
	static uint32_t rounds[ROUNDS];

	for (int i = -10; i < ROUNDS; i++) {
		uint64_t begin = __rdtsc();

		function();
		if (i >= 0) {
			rounds[i] = (uint32_t)(__rdtsc() - begin);
		}
	}
	qsort(rounds, ROUNDS, sizeof rounds[0], compare);
	mach_printf("MB %s n=%d min=%u.0 med=%u.0 max=%u.0\n", name, ROUNDS, rounds[0],
		    rounds[ROUNDS / 2], rounds[ROUNDS - 1]);
}

static void prepare(void)
{
	static char data[FILE_DATA_MAX];
	mach_port_t server = MACH_PORT_NULL;
	file_attributes_t attributes;
	natural_t written = 0;

	need(acs_look_up(standard_port(STANDARD_PORT_ACS), "example", LOOK_UP_MS, &server),
	     "acs_look_up example");
	need(example_open(server, &session), "example_open");
	need(file_open(standard_port(STANDARD_PORT_ROOT), NULL, 0, PAGE_PATH, strlen(PAGE_PATH),
		       FILE_READ | FILE_WRITE | FILE_CREATE, 0600, &page_file, &attributes),
	     "file_open");
	need(file_write(page_file, 0, 0, data, sizeof data, &written), "file_write");
}

int main(void)
{
	prepare();
	measure("server_null", null_call);
	measure("name_look_up", look_up);
	measure("file_open_close", open_and_close);
	measure("file_read_4096", read_page);
	mach_printf("MB-END ok\n");
	return 0; /* an essential program: so ends the node */
}
