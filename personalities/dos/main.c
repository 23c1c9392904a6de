/*
 * The DOS personality's monitor: runs one DOS program (and what it starts) in a machine of its own.
 *	dos [PROGRAM [WORD ...]]
 * PROGRAM is a path of the tree or of DOS; a .BAT file is for the shell, which runs alone if there
 *is no word (configuration_core.h).
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "terminal.h"
#include "dos.h"
#include "files.h"
#include "host.h"
#include "machine.h"
#include "psp_core.h"
#include "tick.h"

static void set_directory(void)
{
	char path[FILES_PATH_BYTES];
	struct dos_path named;

	files_directory(path, sizeof path);
	if (files_name(path, &named) == 0 && strlen(named.text) <= 63) {
		dos.drive = named.drive;
		(void)strcpy(dos.directories[named.drive], named.text);
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

static bool is_batch(const char *word)
{
	const char *dot = strrchr(word, '.');

	return dot != NULL && strcasecmp(dot, ".bat") == 0;
}

/* The first program: what the words say, or the shell. */
static int start(int argc, char **argv)
{
	const struct configuration *configuration = files_configuration();
	char path[NAME_PATH_BYTES], batch[NAME_PATH_BYTES], tail[PSP_TAIL_MAX + 1];
	char words[2 * PSP_TAIL_MAX];
	int error = 0;

	if (argc < 2) {
		return dos_first_program(configuration->shell, configuration->shell_words);
	}
	words_join(argc, argv, tail, sizeof tail);
	error = words_program(argv[1], path, sizeof path);
	if (error == 0 && is_batch(path)) {
		(void)strcpy(batch, path);
		(void)snprintf(words, sizeof words, " /C %s%s", batch, tail);
		words[PSP_TAIL_MAX] = 0;
		return dos_first_program(configuration->shell, words);
	}
	return error ?: dos_first_program(path, tail);
}

int main(int argc, char **argv)
{
	char text[300];
	int error = 0;
	uint32_t code = 1;

	host_start();
	machine_make();
	bios_reset();
	terminal_start();
	dos_start();
	set_directory();
	error = start(argc, argv);
	if (error != 0) {
		(void)snprintf(text, sizeof text, "dos: %.200s: %s\r\n",
			       argc < 2 ? files_configuration()->shell : argv[1],
			       error_words(error));
		dos_write_error(text);
	} else {
		tick_start();
		code = machine_run();
	}
	terminal_end();
	host->exit(code, error == 0 && dos.last_end >> 8 == DOS_END_BREAK);
}
