/* Commands about files and directories, but for DIR and COPY. */
#include "command.h"

#define ALL_FILES (DOS_HIDDEN | DOS_SYSTEM)

void files_directory_of(const char *path, char *directory)
{
	uint32_t bytes = (uint32_t)(text_base(path) - path);

	(void)text_copy(directory, path, bytes + 1 < DOS_PATH_BYTES ? bytes + 1 : DOS_PATH_BYTES);
}

bool files_is_directory(const char *path)
{
	uint32_t bytes = text_length(path);
	int attributes = 0;

	if (bytes == 0 || path[bytes - 1] == ':' || path[bytes - 1] == '\\') {
		return true;
	}
	attributes = dos_attributes(path);
	return attributes >= 0 && (attributes & DOS_DIRECTORY) != 0;
}

/*
 * The search goes on from a copy of its state: what "act" does may search too, and what it makes or
 * deletes is not to lead it astray.
 */
int files_for_each(const char *pattern, uint16_t attributes,
		   bool (*act)(const char *path, const struct dos_found *found, void *argument),
		   void *argument)
{
	struct dos_found found;
	char path[DOS_PATH_BYTES];
	int count = 0, result = dos_find_first(pattern, attributes, &found);

	if (result < 0) {
		return result;
	}
	do {
		files_directory_of(pattern, path);
		(void)text_append(path, found.name, sizeof path);
		count++;
		if (!act(path, &found, argument)) {
			break;
		}
	} while (dos_find_next(&found) >= 0);
	return count;
}

bool files_one_word(const char *tail, char *word)
{
	char more[4];

	tail = text_word(tail, false, word, DOS_PATH_BYTES);
	(void)text_word(tail, false, more, sizeof more);
	if (word[0] == 0) {
		say_error("Required parameter missing");
		return false;
	}
	if (more[0] != 0) {
		say_error("Too many parameters");
		return false;
	}
	text_backslashes(word);
	return true;
}

/* ------------------------------------------------------------------------------- DEL, REN, TYPE */

struct deletion {
	bool ask;
	int error;
};

static bool delete_one(const char *path, const struct dos_found *found, void *argument)
{
	struct deletion *deletion = argument;
	int result = 0;

	(void)found;
	if (deletion->ask) {
		say("%s,", path);
		if (!say_question("    Delete (Y/N)?")) {
			return true;
		}
	}
	result = dos_simple(0x4100, 0, 0, path);
	if (result < 0) {
		deletion->error = result;
	}
	return true;
}

/* "/P" behind or in front of the words; it is cut out. */
static bool take_option(char *line, char letter)
{
	bool found = false;

	for (char *at = line; *at != 0; at++) {
		if (at[0] == '/' && text_upper(at[1]) == letter) {
			at[0] = at[1] = ' ';
			found = true;
		}
	}
	return found;
}

void command_delete(const char *tail)
{
	char line[TEXT_LINE_BYTES], word[DOS_PATH_BYTES];
	struct deletion deletion = {false, 0};
	int result = 0;

	(void)text_copy(line, tail, sizeof line);
	deletion.ask = take_option(line, 'P');
	if (!files_one_word(line, word)) {
		return;
	}
	if (!text_has_wildcards(word) && files_is_directory(word)) {
		(void)text_append(word, word[text_length(word) - 1] == '\\' ? "*.*" : "\\*.*",
				  sizeof word);
	}
	if (text_is(text_base(word), "*.*") && !deletion.ask) {
		say("All files in directory will be deleted!\r\n");
		if (!say_question("Are you sure (Y/N)?")) {
			return;
		}
	}
	result = files_for_each(word, 0, delete_one, &deletion);
	result = result >= 0 ? deletion.error : result;
	if (result < 0) {
		say_code(result);
	}
}

struct renaming {
	const char *pattern;
	int error;
};

static bool rename_one(const char *path, const struct dos_found *found, void *argument)
{
	struct renaming *renaming = argument;
	char to[DOS_PATH_BYTES], name[13];
	struct dos_registers registers = {
		.ax = 0x5600, .dx = (uint16_t)(uintptr_t)path, .di = (uint16_t)(uintptr_t)to};
	int result = 0;

	text_apply(renaming->pattern, found->name, name);
	files_directory_of(path, to);
	(void)text_append(to, name, sizeof to);
	if (text_is(name, found->name)) {
		return true;
	}
	result = dos_call(&registers);
	renaming->error = result < 0 ? result : renaming->error;
	return true;
}

void command_rename(const char *tail)
{
	char from[DOS_PATH_BYTES], to[DOS_PATH_BYTES];
	struct renaming renaming = {to, 0};
	int result = 0;

	tail = text_word(tail, false, from, sizeof from);
	(void)text_word(tail, false, to, sizeof to);
	text_backslashes(from);
	if (from[0] == 0 || to[0] == 0 || text_base(to) != to) {
		say_error(to[0] == 0 ? "Required parameter missing" : "Invalid parameter");
		return;
	}
	result = files_for_each(from, ALL_FILES | DOS_DIRECTORY, rename_one, &renaming);
	if (result < 0) {
		say_code(result);
	} else if (renaming.error != 0) {
		say_error("Duplicate file name or file not found");
	}
}

static bool type_one(const char *path, const struct dos_found *found, void *argument)
{
	static char bytes[512];
	int handle = dos_open(path, 0), count = 0, at = 0;

	(void)found;
	(void)argument;
	if (handle < 0) {
		say_code(handle);
		return false;
	}
	do {
		count = dos_read(handle, bytes, sizeof bytes);
		for (at = 0; at < count && bytes[at] != 0x1a; at++) {
		}
		(void)dos_write(1, bytes, (uint16_t)(at > 0 ? at : 0));
	} while (count > 0 && at == count);
	dos_close(handle);
	return true;
}

void command_type(const char *tail)
{
	char word[DOS_PATH_BYTES];
	int result = 0;

	if (!files_one_word(tail, word)) {
		return;
	}
	if (!text_has_wildcards(word)) {
		(void)type_one(word, NULL, NULL);
		return;
	}
	result = files_for_each(word, 0, type_one, NULL);
	if (result < 0) {
		say_code(result);
	}
}

/* --------------------------------------------------------------------------------- directories */

void command_chdir(const char *tail)
{
	char word[DOS_PATH_BYTES], path[DOS_PATH_BYTES];
	uint32_t bytes = 0;

	(void)text_word(tail, false, word, sizeof word);
	text_backslashes(word);
	bytes = text_length(word);
	if (bytes == 0 || (bytes == 2 && word[1] == ':')) {
		uint8_t drive = bytes == 0 ? 0 : (uint8_t)(text_upper(word[0]) - 'A' + 1);

		if (dos_directory(drive, path) < 0) {
			say_error("Invalid drive specification");
		} else {
			say("%s\r\n", path);
		}
		return;
	}
	if (bytes > 1 && word[bytes - 1] == '\\' && word[bytes - 2] != ':') {
		word[bytes - 1] = 0;
	}
	if (dos_simple(0x3b00, 0, 0, word) < 0) {
		say_error("Invalid directory");
	}
}

void command_mkdir(const char *tail)
{
	char word[DOS_PATH_BYTES];

	if (!files_one_word(tail, word)) {
		return;
	}
	if (files_is_directory(word)) {
		say_error("Directory already exists");
	} else if (dos_simple(0x3900, 0, 0, word) < 0) {
		say_error("Unable to create directory");
	}
}

void command_rmdir(const char *tail)
{
	char word[DOS_PATH_BYTES];
	int result = 0;

	if (!files_one_word(tail, word)) {
		return;
	}
	result = dos_simple(0x3a00, 0, 0, word);
	if (result == -16) {
		say_error("Attempt to remove current directory");
	} else if (result < 0) {
		say_error("Invalid path, not directory,\r\nor directory not empty");
	}
}

void command_truename(const char *tail)
{
	char word[DOS_PATH_BYTES], full[DOS_PATH_BYTES];
	struct dos_registers registers = {
		.ax = 0x6000, .si = (uint16_t)(uintptr_t)word, .di = (uint16_t)(uintptr_t)full};
	int result = 0;

	(void)text_word(tail, false, word, sizeof word);
	if (word[0] == 0) {
		(void)text_copy(word, ".", sizeof word);
	}
	result = dos_call(&registers);
	if (result < 0) {
		say_code(result);
	} else {
		say("%s\r\n", full);
	}
}
