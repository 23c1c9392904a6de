/*
 * The DOS personality's monitor: runs one DOS program (and what it starts) in a machine of its own.
 *	dos PROGRAM [WORD ...]
 * PROGRAM is a path of the tree or of DOS.
 */
#include <stdio.h>
#include <string.h>
#include <libc/log.h>
#include <standard_ports.h>
#include "terminal.h"
#include "dos.h"
#include "files.h"
#include "machine.h"
#include "psp_core.h"
#include "tick.h"

/* The words behind the program's name, as DOS has them: with a blank in front of each. */
static void join_words(int argc, char **argv, char *tail, size_t bytes_max)
{
	size_t used = 0;

	tail[0] = 0;
	for (int i = 2; i < argc && used < bytes_max; i++) {
		int bytes = snprintf(tail + used, bytes_max - used, " %s", argv[i]);

		used += bytes > 0 ? (size_t)bytes : 0;
	}
}

/* A path of the tree, which has '/', is told by its 8.3 names. */
static int program_path(const char *word, char *path, size_t bytes_max)
{
	struct dos_path named;
	int error = 0;

	if (strchr(word, '/') == NULL) {
		(void)snprintf(path, bytes_max, "%s", word);
		return 0;
	}
	error = files_name(word, &named);
	(void)snprintf(path, bytes_max, "C:%s%s", word[0] == '/' ? "\\" : "", named.text);
	return error;
}

static void set_directory(void)
{
	char path[FILES_PATH_BYTES];
	struct dos_path named;

	files_directory(path, sizeof path);
	if (files_name(path, &named) == 0 && strlen(named.text) <= 63) {
		(void)strcpy(dos.directories[DOS_DRIVE_C], named.text);
	}
}

static const char *error_words(int error)
{
	switch (error) {
	case DOS_ERROR_NO_FILE:
		return "there is no such file";
	case DOS_ERROR_NO_PATH:
	case DOS_ERROR_DRIVE:
		return "there is no such directory";
	case DOS_ERROR_MEMORY:
		return "it needs more memory than there is";
	case DOS_ERROR_FORMAT:
		return "it is not a program";
	default:
		return "it cannot be opened";
	}
}

int main(int argc, char **argv)
{
	char path[NAME_PATH_BYTES], tail[PSP_TAIL_MAX + 1], text[300];
	int error = 0;
	uint32_t code = 1;

	machine_make();
	libc_log_set(standard_log);
	bios_reset();
	terminal_start();
	dos_start();
	set_directory();
	if (argc < 2) {
		error = DOS_ERROR_NO_FILE;
	} else {
		join_words(argc, argv, tail, sizeof tail);
		error = program_path(argv[1], path, sizeof path);
		error = error ?: dos_first_program(path, tail);
	}
	if (error != 0) {
		(void)snprintf(text, sizeof text, "dos: %.200s: %s\r\n",
			       argc < 2 ? "usage: dos PROGRAM [WORD ...]" : argv[1],
			       error_words(error));
		dos_write_error(text);
	} else {
		tick_start();
		code = machine_run();
	}
	terminal_end();
	standard_exit(code);
}
