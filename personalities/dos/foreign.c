/* EXEC of a program that is not DOS's: the host runs it, with the handles 0 to 2 as its streams. */
#include <stdio.h>
#include <string.h>
#include "terminal.h"
#include "dos.h"
#include "files.h"
#include "host.h"
#include "machine.h"

#define WORDS_BYTES       1024
#define ENVIRONMENT_BYTES 8192

bool foreign_is(const uint8_t *bytes, uint32_t count)
{
	return (count >= 4 && memcmp(bytes, "\177ELF", 4) == 0) ||
	       (count >= 2 && bytes[0] == '#' && bytes[1] == '!');
}

/* Its name as a program sees it: "ls" of "/bin/ls". */
static uint32_t first_word(const char *path, char *words)
{
	const char *slash = strrchr(path, '/');

	return (uint32_t)snprintf(words, WORDS_BYTES, "%s", slash != NULL ? slash + 1 : path) + 1;
}

/* The words of a command line: between blanks, or in double quotes. */
static uint32_t split(const char *tail, char *words, uint32_t used)
{
	while (used < WORDS_BYTES) {
		char word[NAME_PATH_BYTES], text[FILES_PATH_BYTES];
		uint32_t bytes = 0;
		bool quoted = false;

		tail += strspn(tail, " \t\r");
		if (*tail == 0) {
			break;
		}
		for (; *tail != 0 && (quoted || strchr(" \t\r", *tail) == NULL); tail++) {
			if (*tail == '"') {
				quoted = !quoted;
			} else if (bytes + 1 < sizeof word) {
				word[bytes++] = *tail;
			}
		}
		word[bytes] = 0;
		words_to_unix(word, text, sizeof text);
		bytes = (uint32_t)strlen(text) + 1;
		if (used + bytes > WORDS_BYTES) {
			break;
		}
		memcpy(words + used, text, bytes);
		used += bytes;
	}
	return used;
}

/* What a handle is for the host: an open file; 0: what the machine itself has there. */
static uint32_t stream_of(uint32_t number, uint32_t nothing)
{
	const struct open_file *file = handle_find(&dos.handles, dos_names(), number);

	if (file == NULL || (file->device != DEVICE_NONE && file->device != DEVICE_CON)) {
		return nothing;
	}
	return file->device == DEVICE_NONE ? file->object : 0;
}

int foreign_run(const char *path, uint16_t environment, const char *tail)
{
	static char words[WORDS_BYTES], variables[ENVIRONMENT_BYTES];
	struct files_place here;
	struct dos_path directory = {.drive = dos.drive};
	file_attributes_t attributes;
	struct host_program program = {
		.path = path, .words = words, .environment = variables, .directory = "/"};
	uint32_t nothing = 0;
	int code = 0;

	program.words_bytes = split(tail, words, first_word(path, words));
	program.environment_bytes = environment_for_unix(environment, variables, sizeof variables);
	(void)strcpy(directory.text, dos.directories[dos.drive]);
	if (files_find(&directory, &here) == 0) {
		program.directory = here.path;
	}
	(void)host->open("/dev/null", FILE_READ | FILE_WRITE, 0, &nothing, &attributes);
	for (uint32_t i = 0; i < HOST_STREAMS; i++) {
		program.streams[i] = stream_of(i, nothing);
	}
	terminal_leave_screen();
	code = host->execute(&program);
	if (nothing != 0) {
		host->close(nothing);
	}
	return code;
}
