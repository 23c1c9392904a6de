/*
 * The programs of tests/dos/oracle, whose every line is to be what another DOS printed: standard
 * output is a file, the directory is /w.
 */
#include "lib/dos.h"
#include <stdio.h>
#include <gen/file.h>

#define OUTPUT     "/tmp/output"
#define TEXT_BYTES 0x4000
#define WAIT_MS    60000

static const char *const programs[] = {"handles", "dirs", "fcb", "memory", "misc", "bios"};

static char said[TEXT_BYTES + 1];
static char expected[TEXT_BYTES + 1];

static void read_text(mach_port_t file, char *text)
{
	natural_t got = 0;

	while (got < TEXT_BYTES) {
		mach_msg_type_number_t part = FILE_DATA_MAX;
		natural_t room =
			TEXT_BYTES - got < FILE_DATA_MAX ? TEXT_BYTES - got : FILE_DATA_MAX;
		static char data[FILE_DATA_MAX];

		need(file_read(file, got, room, 0, data, &part), "file_read");
		if (part == 0) {
			break;
		}
		memcpy(text + got, data, part);
		got += part;
	}
	text[got] = 0;
}

static void run(const char *name)
{
	char words[64];
	mach_port_t ports[STANDARD_PORTS] = {MACH_PORT_NULL};
	int words_bytes = snprintf(words, sizeof words, "dos%c/p/%s.com", 0, name) + 1;

	ports[STANDARD_PORT_OUTPUT] =
		dos_open_file(OUTPUT, FILE_READ | FILE_WRITE | FILE_CREATE | FILE_TRUNCATE);
	ports[STANDARD_PORT_DIRECTORY] = dos_open_file("/w", FILE_READ | FILE_DIRECTORY);
	(void)dos_run(words, (size_t)words_bytes, ports, WAIT_MS);
	read_text(ports[STANDARD_PORT_OUTPUT], said);
	dos_close_file(ports[STANDARD_PORT_DIRECTORY]);
	dos_close_file(ports[STANDARD_PORT_OUTPUT]);
}

/* Cuts the next line off; NULL: there is none. */
static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (*line == 0) {
		return NULL;
	}
	if (end == NULL) {
		end = line + strlen(line);
		*at = end;
	} else {
		*at = end + 1;
	}
	*end = 0;
	if (end > line && end[-1] == '\r') {
		end[-1] = 0;
	}
	return line;
}

static void skip_to_mark(char **at)
{
	char *line = next_line(at);

	while (line != NULL && strcmp(line, "--") != 0) {
		line = next_line(at);
	}
}

static void compare(const char *name)
{
	char path[48];
	char *ours_at = said, *theirs_at = expected, *ours = NULL, *theirs = NULL;
	int wrong = 0;
	mach_port_t file = MACH_PORT_NULL;

	(void)snprintf(path, sizeof path, "/p/%s.txt", name);
	file = dos_open_file(path, FILE_READ);
	read_text(file, expected);
	dos_close_file(file);
	/* What was written by INT 10h, which other systems do not send to a file. */
	skip_to_mark(&ours_at);
	skip_to_mark(&theirs_at);
	do {
		ours = next_line(&ours_at);
		theirs = next_line(&theirs_at);
		if (ours == NULL ? theirs != NULL : theirs == NULL || strcmp(ours, theirs) != 0) {
			node_note("%s: expected \"%s\", got \"%s\"", name,
				  theirs != NULL ? theirs : "the end",
				  ours != NULL ? ours : "the end");
			wrong++;
		}
	} while (ours != NULL && theirs != NULL);
	check(wrong == 0, name, wrong);
}

int main(void)
{
	node_begin("dos_oracle");
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		run(programs[i]);
		compare(programs[i]);
	}
	node_end();
}
