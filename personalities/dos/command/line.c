/* A command line: pipes, redirections, the command. */
#include "command.h"

#define NAME_BYTES 80

/* ------------------------------------------------------------------------------------- handles */

#define KEPT_MAX 24

/* Standard input and output while commands have others in their places, the newest last. */
static struct {
	int place, handle;
} kept[KEPT_MAX];
static uint32_t kept_count;

static void put_in_place(int place, int handle)
{
	int old = dos_simple(0x4500, (uint16_t)place, 0, NULL);

	if (kept_count < KEPT_MAX && old >= 0) {
		kept[kept_count].place = place;
		kept[kept_count++].handle = old;
		(void)dos_simple(0x4600, (uint16_t)handle, (uint16_t)place, NULL);
	} else if (old >= 0) {
		dos_close(old);
	}
	dos_close(handle);
}

/* All that came behind the first "count". */
static void put_back(uint32_t count)
{
	while (kept_count > count) {
		int handle = kept[--kept_count].handle;

		(void)dos_simple(0x4600, (uint16_t)handle, (uint16_t)kept[kept_count].place, NULL);
		dos_close(handle);
	}
}

bool line_is_redirected(void)
{
	return kept_count > 0;
}

void line_give_up(void)
{
	put_back(0);
}

static int open_output(const char *path, bool append)
{
	int handle = append ? dos_open(path, 2) : -1;

	if (handle >= 0) {
		(void)dos_seek(handle, 0, 2, NULL);
		return handle;
	}
	return dos_create(path);
}

/* false: it said what is wrong, and all is as before. */
static bool redirect(const struct text_redirections *wanted)
{
	uint32_t before = kept_count;
	int handle = 0;

	if (wanted->input[0] != 0) {
		handle = dos_open(wanted->input, 0);
		if (handle < 0) {
			say_code(handle);
			return false;
		}
		put_in_place(0, handle);
	}
	if (wanted->output[0] != 0) {
		handle = open_output(wanted->output, wanted->append);
		if (handle < 0) {
			put_back(before);
			say_error("File creation error");
			return false;
		}
		put_in_place(1, handle);
	}
	return true;
}

/* ------------------------------------------------------------------------------------- commands */

static const struct {
	const char *name;
	command_t command;
} commands[] = {
#define COMMAND_ROW(name, function) {name, command_##function},
	COMMANDS(COMMAND_ROW)};

static bool is_name_character(char character)
{
	character = text_upper(character);
	return (character >= 'A' && character <= 'Z') || (character >= '0' && character <= '9') ||
	       character == '_' || character == '-' || character == '$' || character == '~' ||
	       character == '!' || character == '#' || character == '@' || character == '&';
}

/* An internal command: its name ends at anything that cannot be in one ("CD\\", "ECHO.", "DIR/W").
 */
static command_t find_command(const char *line, const char **tail)
{
	char name[NAME_BYTES];
	uint32_t bytes = 0;

	while (is_name_character(line[bytes]) && bytes + 1 < sizeof name) {
		name[bytes] = line[bytes];
		bytes++;
	}
	name[bytes] = 0;
	if (line[bytes] == ':') {
		return NULL;
	}
	for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (text_is(commands[i].name, name)) {
			*tail = line + bytes;
			return commands[i].command;
		}
	}
	return NULL;
}

static void change_drive(char letter)
{
	uint8_t drive = (uint8_t)(text_upper(letter) - 'A');

	(void)dos_simple(0x0e00, 0, 0, (const void *)(uintptr_t)drive);
	if (dos_drive() != drive) {
		say_error("Invalid drive specification");
	}
}

void line_command(const char *line)
{
	char name[DOS_PATH_BYTES];
	const char *tail = NULL;
	command_t command = NULL;

	line = text_skip(line);
	if (*line == 0 || *line == ':') {
		return;
	}
	command = find_command(line, &tail);
	if (command != NULL) {
		command(tail);
		return;
	}
	tail = text_word(line, true, name, sizeof name);
	if (name[0] != 0 && name[1] == ':' && name[2] == 0) {
		change_drive(name[0]);
		return;
	}
	if (!program_run(name, tail, false)) {
		say_error("Bad command or file name");
	}
}

static void execute_one(char *line)
{
	struct text_redirections wanted;
	uint32_t before = kept_count;
	const char *tail = NULL;

	/* What REM says is said to nobody. */
	if (find_command(text_skip(line), &tail) == command_rem) {
		return;
	}
	if (!text_redirections(line, &wanted)) {
		say_error("Syntax error");
		return;
	}
	if (redirect(&wanted)) {
		line_command(line);
		put_back(before);
	}
}

/* --------------------------------------------------------------------------------------- pipes */

/* A file for what goes through a pipe: in TEMP, or else in the root. */
static bool make_temporary(char *path)
{
	const char *directory = variables_get("TEMP");
	int handle = -1;

	if (directory != NULL) {
		(void)text_copy(path, directory, DOS_PATH_BYTES - 16);
		handle = dos_simple(0x5a00, 0, 0, path);
	}
	if (handle < 0) {
		(void)text_copy(path, "\\", DOS_PATH_BYTES);
		handle = dos_simple(0x5a00, 0, 0, path);
	}
	if (handle < 0) {
		say_error("Intermediate file error during pipe");
		return false;
	}
	dos_close(handle);
	return true;
}

static void put_stream(int place, const char *path)
{
	int handle = place == 0 ? dos_open(path, 0) : dos_create(path);

	if (handle >= 0) {
		put_in_place(place, handle);
	}
}

void line_execute(char *line)
{
	char files[2][DOS_PATH_BYTES];
	char *pipe = text_find_pipe(line);
	uint32_t part = 0;

	files[0][0] = files[1][0] = 0;
	if (pipe == NULL) {
		execute_one(line);
		return;
	}
	/* One after the other, as DOS does, each with the file that the one before has written. */
	while (line != NULL) {
		uint32_t before = kept_count;
		char *in = files[(part + 1) % 2], *out = files[part % 2];

		pipe = text_find_pipe(line);
		if (pipe != NULL) {
			*pipe++ = 0;
			if (!make_temporary(out)) {
				break;
			}
			put_stream(1, out);
		}
		if (part > 0) {
			put_stream(0, in);
		}
		execute_one(line);
		put_back(before);
		if (part > 0) {
			(void)dos_simple(0x4100, 0, 0, in);
			in[0] = 0;
		}
		line = pipe;
		part++;
	}
	for (uint32_t i = 0; i < 2; i++) {
		if (files[i][0] != 0) {
			(void)dos_simple(0x4100, 0, 0, files[i]);
		}
	}
}
