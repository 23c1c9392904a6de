/* The Unix server's rules for pipes, directories' entries, terminals' modes and /proc.
   LINK: personalities/unix/server/pipe_core.c personalities/unix/server/dirent_core.c
   personalities/unix/server/tty_core.c personalities/unix/server/proc_core.c */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <masix/file.h>
#include "../../personalities/unix/server/dirent_core.h"
#include "../../personalities/unix/server/pipe_core.h"
#include "../../personalities/unix/server/proc_core.h"
#include "../../personalities/unix/server/tty_core.h"
#include "tap.h"

#define SEED 0x4d61736978ull

/* ---------------------------------------------------------------------------------------- pipes */

static uint8_t ring[PIPE_BYTES];
static uint8_t model[PIPE_BYTES]; /* what must be in the pipe, the oldest first */
static uint32_t model_count;

static void model_take(uint32_t count)
{
	memmove(model, model + count, model_count - count);
	model_count -= count;
}

/* One write or read, of both; what differs is counted. */
static unsigned step_pipe(struct pipe_core *pipe, uint64_t *state, uint8_t *buffer)
{
	uint32_t size = (uint32_t)(tap_random(state) % (tap_random(state) % 3 == 0 ? 20000 : 5000));
	unsigned wrong = 0;

	if (tap_random(state) % 2 == 0) {
		uint32_t room = PIPE_BYTES - model_count;
		bool whole = tap_random(state) % 2 == 0;
		uint32_t expected = size <= room                         ? size
				    : whole && size <= PIPE_ATOMIC_BYTES ? 0
									 : room;

		for (uint32_t i = 0; i < size; i++) {
			buffer[i] = (uint8_t)tap_random(state);
		}
		wrong += (whole ? pipe_put(pipe, buffer, size)
				: pipe_put_some(pipe, buffer, size)) != expected;
		memcpy(model + model_count, buffer, expected);
		model_count += expected;
	} else {
		uint32_t expected = size < model_count ? size : model_count;

		wrong += pipe_take(pipe, buffer, size) != expected;
		wrong += memcmp(buffer, model, expected) != 0;
		model_take(expected);
	}
	return wrong + (pipe->count != model_count);
}

static void pipes(void)
{
	static uint8_t buffer[20000];
	struct pipe_core pipe = {.bytes = ring, .size = PIPE_BYTES};
	uint64_t state = SEED;
	unsigned wrong = 0;

	for (int i = 0; i < 20000; i++) {
		wrong += step_pipe(&pipe, &state, buffer);
	}
	CHECK(wrong == 0, "a pipe beside a naive one, seed %#llx", (unsigned long long)SEED);
	pipe = (struct pipe_core){.bytes = ring, .size = PIPE_BYTES};
	while (pipe_put(&pipe, buffer, PIPE_ATOMIC_BYTES) != 0) {
	}
	CHECK(pipe.count == PIPE_BYTES, "a full pipe holds %u bytes", pipe.count);
	(void)pipe_take(&pipe, buffer, PIPE_ATOMIC_BYTES - 1);
	CHECK(pipe_put(&pipe, buffer, PIPE_ATOMIC_BYTES) == 0, "PIPE_BUF bytes wait for room");
	CHECK(pipe_put(&pipe, buffer, PIPE_ATOMIC_BYTES + 1) == PIPE_ATOMIC_BYTES - 1,
	      "more than that do not");
}

static void records(void)
{
	static uint8_t buffer[PIPE_BYTES];
	struct pipe_core pipe = {.bytes = ring, .size = PIPE_BYTES};
	uint32_t count = 0;

	CHECK(!pipe_take_record(&pipe, buffer, 10, &count), "no record in an empty pipe");
	CHECK(pipe_put_record(&pipe, "first", 5) && pipe_put_record(&pipe, "", 0) &&
		      pipe_put_record(&pipe, "third", 5),
	      "three records");
	CHECK(pipe_record_bytes(&pipe) == 5, "the first has five bytes");
	CHECK(pipe_take_record(&pipe, buffer, 2, &count) && count == 2 &&
		      memcmp(buffer, "fi", 2) == 0,
	      "a short read takes the beginning");
	CHECK(pipe_take_record(&pipe, buffer, 10, &count) && count == 0, "an empty one");
	CHECK(pipe_take_record(&pipe, buffer, 10, &count) && count == 5 &&
		      memcmp(buffer, "third", 5) == 0,
	      "the rest of the first is lost");
	CHECK(!pipe_put_record(&pipe, buffer, PIPE_BYTES - 3), "one that can never fit");
	CHECK(pipe_put_record(&pipe, buffer, PIPE_BYTES - 4) && !pipe_put_record(&pipe, "", 0),
	      "the largest fills the pipe");
}

/* ---------------------------------------------------------------------------------- directories */

static void directories(void)
{
	char entries[1024], out[1024];
	uint64_t cookie = 0;
	uint32_t used = 0;
	uint64_t state = SEED;
	uint32_t bytes = 0;

	used += dirent_append(entries, used, sizeof(entries), 7, 1, FILE_MODE_DIRECTORY, ".");
	used += dirent_append(entries, used, sizeof(entries), 8, 2, FILE_MODE_REGULAR, "a-name");
	CHECK(used != 0 && dirent_append(entries, used, used + 8, 1, 1, 0, "no room") == 0,
	      "entries, until there is no room");
	bytes = dirent64_fill(entries, used, out, sizeof(out), &cookie);
	CHECK(bytes == 24 + 32 && out[18] == 4 && out[24 + 18] == 8 &&
		      strcmp(out + 24 + 19, "a-name") == 0 && cookie == 2,
	      "linux_dirent64: %u bytes", bytes);
	bytes = dirent64_fill(entries, used, out, 24, &cookie);
	CHECK(bytes == 24 && cookie == 1, "only what fits, and where to go on");
	bytes = dirent_fill(entries, used, out, sizeof(out), &cookie);
	CHECK(bytes == 16 + 20 && strcmp(out + 16 + 10, "a-name") == 0 && out[bytes - 1] == 8,
	      "linux_dirent: %u bytes, the kind at the end", bytes);
	for (int i = 0; i < 20000; i++) {
		for (uint32_t at = 0; at < 64; at++) {
			entries[at] = (char)(tap_random(&state) % 40);
		}
		(void)dirent64_fill(entries, (uint32_t)(tap_random(&state) % 65), out, 128,
				    &cookie);
		(void)dirent_fill(entries, (uint32_t)(tap_random(&state) % 65), out, 128, &cookie);
	}
	CHECK(true, "nonsense is read within its bounds");
}

/* ------------------------------------------------------------------------------------ terminals */

static void terminals(void)
{
	struct linux_termios termios, back;
	struct linux_termio termio;
	struct console_modes modes, again;
	uint64_t state = SEED;
	unsigned wrong = 0, lost = 0;

	tty_default(&termios);
	tty_to_modes(&termios, &modes);
	CHECK(modes.local == (CONSOLE_LOCAL_SIGNALS | CONSOLE_LOCAL_LINES | CONSOLE_LOCAL_ECHO |
			      CONSOLE_LOCAL_ECHO_ERASE | CONSOLE_LOCAL_ECHO_KILL |
			      CONSOLE_LOCAL_ECHO_CONTROL | CONSOLE_LOCAL_EXTENDED) &&
		      modes.input == (CONSOLE_INPUT_CR_TO_NL | CONSOLE_INPUT_FLOW) &&
		      modes.output == (CONSOLE_OUTPUT_PROCESSED | CONSOLE_OUTPUT_NL_TO_CRNL),
	      "Linux's modes at first are those of lines, echo and signals");
	CHECK(modes.characters[CONSOLE_CHARACTER_INTERRUPT] == 3 &&
		      modes.characters[CONSOLE_CHARACTER_SUSPEND] == 032 &&
		      modes.characters[CONSOLE_CHARACTER_LITERAL] == 026 && modes.read_bytes == 1,
	      "its characters stand where the line discipline looks for them");
	for (int i = 0; i < 20000; i++) {
		for (size_t at = 0; at < sizeof(termios); at++) {
			((uint8_t *)&termios)[at] = (uint8_t)tap_random(&state);
		}
		back = termios;
		tty_to_modes(&termios, &modes);
		wrong += (modes.input & ~CONSOLE_INPUT_ALL) != 0 ||
			 (modes.local & ~CONSOLE_LOCAL_ALL) != 0 ||
			 (modes.output & ~CONSOLE_OUTPUT_ALL) != 0;
		tty_from_modes(&modes, &back);
		lost += memcmp(&back, &termios, sizeof(back)) != 0;
		tty_default(&back);
		tty_from_modes(&modes, &back);
		tty_to_modes(&back, &again);
		lost += memcmp(&again, &modes, sizeof(modes)) != 0;
		tty_to_termio(&termios, &termio);
		back = termios;
		tty_from_termio(&termio, &back);
		lost += memcmp(&back, &termios, sizeof(back)) != 0;
	}
	CHECK(wrong == 0, "no modes that the line discipline does not know");
	CHECK(lost == 0, "there and back nothing is lost, seed %#llx", (unsigned long long)SEED);
	CHECK(tty_column(tty_column(3, '\t'), 'x') == 9 && tty_column(5, '\r') == 0 &&
		      tty_column(0, '\b') == 0 && tty_column(4, 0xc3) == 5 &&
		      tty_column(5, 0xa4) == 5,
	      "columns");
}

/* ---------------------------------------------------------------------------------------- /proc */

static bool finds(const char *path, enum proc_node node, uint32_t pid, uint32_t number)
{
	struct proc_place place = {.node = PROC_NODES};
	bool found = proc_find(path, 42, &place);

	if (!found || place.node != node || place.pid != pid || place.number != number) {
		printf("# %s: %d, node %d, process %u, number %u\n", path, found, place.node,
		       place.pid, place.number);
		return false;
	}
	return true;
}

static void paths(void)
{
	struct proc_place place;

	CHECK(finds("/proc", PROC_ROOT, 0, 0) && finds("/proc/", PROC_ROOT, 0, 0) &&
		      finds("//proc//meminfo", PROC_MEMINFO, 0, 0),
	      "the root and its files");
	CHECK(finds("/proc/self", PROC_SELF, 0, 0) && finds("/proc/self/", PROC_PID, 42, 0) &&
		      finds("/proc/self/stat", PROC_STAT, 42, 0) &&
		      finds("/proc/7/stat", PROC_STAT, 7, 0) &&
		      finds("/proc/stat", PROC_SYSTEM_STAT, 0, 0),
	      "processes, and oneself");
	CHECK(finds("/proc/7/fd/12", PROC_FD_ENTRY, 7, 12) &&
		      finds("/dev/fd/3", PROC_FD_ENTRY, 42, 3) &&
		      finds("/dev/fd", PROC_FD, 42, 0) &&
		      finds("/dev/stderr", PROC_FD_ENTRY, 42, 2),
	      "descriptors");
	CHECK(finds("/proc/7/../8/./comm", PROC_COMM, 8, 0) &&
		      finds("/proc/sys/kernel/../../uptime", PROC_UPTIME, 0, 0) &&
		      finds("/proc/self/.", PROC_PID, 42, 0) &&
		      finds("/proc/self/..", PROC_ROOT, 0, 0),
	      "dots");
	CHECK(finds("/proc/nothing", PROC_NONE, 0, 0) && finds("/proc/7x", PROC_NONE, 0, 0) &&
		      finds("/proc/99999999999", PROC_NONE, 0, 0) &&
		      finds("/proc/meminfo/x", PROC_BELOW_FILE, 0, 0),
	      "what is not there");
	CHECK(!proc_find("/process", 42, &place) && !proc_find("/dev/fdx", 42, &place) &&
		      !proc_find("/dev/stdin/x", 42, &place) && !proc_find("proc", 42, &place) &&
		      !proc_find("/proc/../etc", 42, &place),
	      "what is not /proc's");
}

static void texts(void)
{
	static const uint32_t groups[] = {5, 10};
	const struct proc_process process = {.pid = 65537,
					     .ppid = 1,
					     .pgid = 65537,
					     .sid = 65537,
					     .state = 'S',
					     .name = "name",
					     .groups = groups,
					     .group_count = 2,
					     .threads = 1,
					     .umask = 022,
					     .virtual_bytes = 8192,
					     .caught = 0x4002};
	const struct proc_system system = {.uptime_ns = 12340000000ull,
					   .memory_kb = 65536,
					   .free_kb = 1024,
					   .host_name = "host",
					   .release = "6.1.0",
					   .version = "#1",
					   .cpu_vendor = "vendor",
					   .cpu_features = 0xffffffff};
	char bytes[4096] = "";
	struct proc_text text = {.bytes = bytes, .room = sizeof(bytes) - 1};
	unsigned fields = 0, over = 0;

	proc_process_text(&text, PROC_STAT, &process);
	bytes[text.used] = '\0';
	for (uint32_t i = 0; i < text.used; i++) {
		fields += bytes[i] == ' ' || bytes[i] == '\n';
	}
	CHECK(fields == 52 && strncmp(bytes, "65537 (name) S 1 65537 65537 0 -1 ", 34) == 0,
	      "stat has %u fields", fields);
	text.used = 0;
	proc_process_text(&text, PROC_STATUS, &process);
	bytes[text.used] = '\0';
	CHECK(strstr(bytes, "Umask:\t0022\nState:\tS (sleeping)\n") != NULL &&
		      strstr(bytes, "\nGroups:\t5 10 \n") != NULL &&
		      strstr(bytes, "\nSigCgt:\t0000000000004002\n") != NULL,
	      "status");
	text.used = 0;
	proc_system_text(&text, PROC_UPTIME, &system);
	proc_system_text(&text, PROC_MEMINFO, &system);
	proc_maps_line(&text, 0x8048000, 0x8049000, 5, false, 0x1000, "[heap]");
	bytes[text.used] = '\0';
	CHECK(strncmp(bytes, "12.34 12.34\nMemTotal:          65536 kB\n", 40) == 0,
	      "uptime and meminfo");
	CHECK(strstr(bytes, "\n08048000-08049000 r-xp 00001000 00:00 0 ") != NULL,
	      "a line of maps");
	for (uint32_t room = 0; room < 400; room++) {
		char *exact = malloc(room + 1); /* so that the sanitizer sees a byte too many */

		for (int node = 0; node < PROC_NODES; node++) {
			text = (struct proc_text){.bytes = exact, .room = room};
			proc_process_text(&text, (enum proc_node)node, &process);
			proc_system_text(&text, (enum proc_node)node, &system);
			over += text.used > room;
		}
		free(exact);
	}
	CHECK(over == 0, "a text ends where its room does");
}

int main(void)
{
	pipes();
	records();
	directories();
	terminals();
	paths();
	texts();
	return tap_done();
}
