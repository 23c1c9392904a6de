/* Commands of batch files: IF FOR GOTO CALL SHIFT PAUSE REM EXIT ECHO. */
#include "command.h"

void command_rem(const char *tail)
{
	(void)tail;
}

void command_exit(const char *tail)
{
	const char *end = NULL;
	const char *number = text_skip(tail);
	uint32_t code = text_number(number, &end);

	if (end != number) {
		shell_errorlevel = (uint8_t)code;
	}
	shell_ends = true;
}

void command_shift(const char *tail)
{
	(void)tail;
	batch_shift();
}

void command_goto(const char *tail)
{
	char label[DOS_PATH_BYTES];

	(void)text_word(tail, false, label, sizeof label);
	if (!batch_goto(label)) {
		say_error("Label not found");
		batch_end_all();
	}
}

void command_pause(const char *tail)
{
	(void)tail;
	say("Press any key to continue . . .");
	(void)dos_simple(0x0c08, 0, 0, NULL);
	say("\r\n");
}

void command_echo(const char *tail)
{
	char word[8];
	const char *text = *tail != 0 ? tail + 1 : tail;

	if (*tail == '.' || *tail == ':') {
		say("%s\r\n", text);
		return;
	}
	(void)text_word(tail, false, word, sizeof word);
	if (word[0] == 0) {
		say("ECHO is %s\r\n", shell_echo ? "on" : "off");
	} else if (text_is(word, "ON") || text_is(word, "OFF")) {
		shell_echo = text_is(word, "ON");
	} else {
		say("%s\r\n", text);
	}
}

static uint32_t for_depth; /* FORs that go on */

/* Another batch file, and then the rest of this one; or any other command. */
void command_call(const char *tail)
{
	char name[DOS_PATH_BYTES];
	uint32_t depth = batch_depth;
	const char *rest = text_word(tail, true, name, sizeof name);

	if (name[0] == 0) {
		return;
	}
	if (!program_run(name, rest, true)) {
		line_command(tail);
	} else if (for_depth > 0 || line_is_redirected()) {
		shell_run_batches(depth); /* it is to be over before this line is */
	}
}

/* ------------------------------------------------------------------------------------------- IF */

/* "a==b": the two sides are words, with or without blanks around. */
static const char *compare(const char *at, bool *true_now, bool *good)
{
	char left[TEXT_LINE_BYTES / 2], right[TEXT_LINE_BYTES / 2];
	uint32_t bytes = 0;

	while (*at == ' ' || *at == '\t') {
		at++;
	}
	while (*at != 0 && *at != ' ' && *at != '\t' && !(at[0] == '=' && at[1] == '=')) {
		if (bytes + 1 < sizeof left) {
			left[bytes++] = *at;
		}
		at++;
	}
	left[bytes] = 0;
	while (*at == ' ' || *at == '\t') {
		at++;
	}
	*good = at[0] == '=' && at[1] == '=';
	at = text_word(*good ? at + 2 : at, false, right, sizeof right);
	*true_now = text_length(left) == text_length(right);
	for (uint32_t i = 0; *true_now && left[i] != 0; i++) {
		*true_now = left[i] == right[i];
	}
	return at;
}

static bool exists(const char *pattern)
{
	struct dos_found found;
	char path[DOS_PATH_BYTES];

	(void)text_copy(path, pattern, sizeof path);
	if (dos_find_first(path, DOS_HIDDEN | DOS_SYSTEM, &found) >= 0) {
		return true;
	}
	/* A device is found nowhere: NUL tells whether a directory is there. */
	return dos_attributes(path) >= 0 && !files_is_directory(path);
}

static const char *test(const char *at, bool *true_now, bool *good)
{
	char word[DOS_PATH_BYTES];
	const char *behind = text_word(at, false, word, sizeof word);
	const char *end = NULL;

	*good = true;
	if (text_is(word, "EXIST")) {
		behind = text_word(behind, false, word, sizeof word);
		*true_now = exists(word);
	} else if (text_is(word, "ERRORLEVEL")) {
		behind = text_word(behind, false, word, sizeof word);
		*true_now = shell_errorlevel >= text_number(word, &end);
		*good = word[0] != 0 && *end == 0;
	} else {
		behind = compare(at, true_now, good);
	}
	return behind;
}

void command_if(const char *tail)
{
	char word[DOS_PATH_BYTES];
	const char *behind = text_word(tail, false, word, sizeof word);
	bool wanted = true, true_now = false, good = false;

	if (text_is(word, "NOT")) {
		wanted = false;
		tail = behind;
	}
	tail = text_skip(test(tail, &true_now, &good));
	if (!good || *tail == 0) {
		say_error("Syntax error");
	} else if (true_now == wanted) {
		line_command(tail);
	}
}

/* ------------------------------------------------------------------------------------------ FOR */

static void for_one(const char *command, char name, const char *value)
{
	char line[TEXT_LINE_BYTES];

	text_put_variable(command, name, value, line);
	if (shell_echo && batch_depth > 0) {
		say("%s\r\n", line);
	}
	line_execute(line);
}

struct for_files {
	const char *command;
	char name;
};

static bool for_file(const char *path, const struct dos_found *found, void *argument)
{
	const struct for_files *wanted = argument;

	(void)found;
	for_one(wanted->command, wanted->name, path);
	return !batch_stopped && !shell_ends;
}

/* "%x IN (words) DO command"; each step is where the next begins, or null. */
static const char *take_in(const char *at, char *name)
{
	char word[8];

	at = text_skip(at);
	if (at[0] != '%' || at[1] == 0) {
		return NULL;
	}
	*name = at[1];
	at = text_word(at + 2, false, word, sizeof word);
	at = text_skip(at);
	return text_is(word, "IN") && *at == '(' ? at + 1 : NULL;
}

void command_for(const char *tail)
{
	char name = 0, word[DOS_PATH_BYTES], set[TEXT_LINE_BYTES], copy[TEXT_LINE_BYTES];
	const char *at = NULL, *command = NULL;
	uint32_t bytes = 0;

	(void)text_copy(copy, tail, sizeof copy);
	at = take_in(copy, &name);
	while (at != NULL && *at != 0 && *at != ')') {
		set[bytes++] = *at++;
	}
	set[bytes] = 0;
	command = at != NULL && *at == ')' ? text_word(at + 1, false, word, sizeof word) : NULL;
	if (command == NULL || !text_is(word, "DO")) {
		say_error("Syntax error");
		return;
	}
	command = text_skip(command);
	for_depth++;
	for (at = text_word(set, false, word, sizeof word);
	     word[0] != 0 && !batch_stopped && !shell_ends;
	     at = text_word(at, false, word, sizeof word)) {
		if (text_has_wildcards(word)) {
			struct for_files wanted = {command, name};

			(void)files_for_each(word, 0, for_file, &wanted);
		} else {
			for_one(command, name, word);
		}
	}
	for_depth--;
}

void flow_give_up(void)
{
	for_depth = 0;
}
