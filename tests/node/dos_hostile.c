/*
 * Hostile DOS programs: nonsense from fixed seeds (as many as the file /seeds says), and machines
 * that hold the processor or write over DOS itself while others run.  Monitors, servers and kernel
 * live, and nothing is left.
 */
#include "lib/dos.h"
#include <stdio.h>
#include <stdlib.h>
#include <gen/file.h>

#define OUTPUT       "/tmp/output"
#define OUTPUT_BYTES 4096
#define SEED_MS      300
#define GUESTS       5
#define WAIT_MS      30000
#define NOW_MS       0
#define LEAK_PAGES   8 /* fewer than a machine has */

static char text[OUTPUT_BYTES + 1];

static void read_text(const char *path)
{
	mach_port_t file = dos_open_file(path, FILE_READ);
	mach_msg_type_number_t bytes = OUTPUT_BYTES;

	need(file_read(file, 0, OUTPUT_BYTES, 0, text, &bytes), path);
	text[bytes] = 0;
	dos_close_file(file);
}

/* With files as streams. */
static struct dos_process start(const char *words, size_t words_bytes, const char *output)
{
	mach_port_t ports[STANDARD_PORTS] = {MACH_PORT_NULL};
	struct dos_process process;

	ports[STANDARD_PORT_INPUT] =
		dos_open_file("/tmp/input", FILE_READ | FILE_WRITE | FILE_CREATE | FILE_TRUNCATE);
	ports[STANDARD_PORT_OUTPUT] =
		dos_open_file(output, FILE_READ | FILE_WRITE | FILE_CREATE | FILE_TRUNCATE);
	ports[STANDARD_PORT_ERROR] = ports[STANDARD_PORT_OUTPUT];
	ports[STANDARD_PORT_DIRECTORY] = standard_port(STANDARD_PORT_ROOT);
	process = dos_start(words, words_bytes, ports);
	dos_close_file(ports[STANDARD_PORT_INPUT]);
	dos_close_file(ports[STANDARD_PORT_OUTPUT]);
	return process;
}
#define START(words, output) start(words, sizeof(words), output)

/* Programs that are nonsense: they end, or are ended; their monitor never faults. */
static void check_nonsense(int seeds)
{
	char words[] = "dos\0/dos/random.com\0xx";

	for (int seed = 0; seed < seeds; seed++) {
		natural_t reason = 0;

		words[sizeof words - 3] = (char)('A' + seed % 58);
		words[sizeof words - 2] = (char)('A' + seed * 7 % 57);
		reason = PROCESS_STATUS_REASON(dos_finish(START(words, OUTPUT), SEED_MS));
		check(reason == PROCESS_REASON_EXIT || reason == PROCESS_REASON_KILLED,
		      "nonsense does not harm its monitor", seed);
	}
}

/* Beside a machine that never lets anybody in, and one that destroys its DOS. */
static void check_neighbours(void)
{
	struct dos_process stuck = START("dos\0/dos/stuck.com", "/tmp/stuck");
	struct dos_process scribble = START("dos\0/dos/scribble.com", "/tmp/scribble");

	for (int i = 0; i < GUESTS; i++) {
		natural_t status = dos_finish(START("dos\0/dos/machine.com", OUTPUT), WAIT_MS);

		read_text(OUTPUT);
		check(PROCESS_STATUS_REASON(status) == PROCESS_REASON_EXIT &&
			      PROCESS_STATUS_CODE(status) == 0 && strstr(text, "not ok") == NULL &&
			      strstr(text, "ok ") != NULL,
		      "a machine beside hostile ones", i);
	}
	read_text("/tmp/stuck");
	check(strcmp(text, "stuck") == 0, "one was stuck meanwhile", 0);
	check(PROCESS_STATUS_REASON(dos_finish(stuck, NOW_MS)) == PROCESS_REASON_KILLED,
	      "and ends when it is killed", 0);
	(void)dos_finish(scribble, NOW_MS);
}

int main(void)
{
	struct node_use before, after;
	int seeds = 0;

	node_begin("dos_hostile");
	read_text("/seeds");
	seeds = atoi(text);
	check(seeds > 0, "seeds", seeds);
	check_neighbours(); /* what the node keeps for later is made here */
	check_nonsense(1);
	before = node_measure();
	check_neighbours();
	check_nonsense(seeds);
	after = node_measure();
	check(after.processes == before.processes, "no process is left",
	      after.processes - before.processes);
	check(after.names == before.names, "no right is left", after.names - before.names);
	check(before.free_pages - after.free_pages <= LEAK_PAGES, "no memory is left",
	      before.free_pages - after.free_pages);
	node_end();
}
