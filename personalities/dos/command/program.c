/* Programs and batch files: found by PATH, run by EXEC. */
#include "command.h"

#define TAIL_MAX 126

static const char *const extensions[] = {".COM", ".EXE", ".BAT", ""};

/* The parameter block of 4B00h. */
struct start {
	uint16_t environment;
	uint16_t tail, tail_segment;
	uint16_t fcb1, fcb1_segment;
	uint16_t fcb2, fcb2_segment;
} __attribute__((packed));

static void make_fcbs(const char *tail, uint8_t fcb1[37], uint8_t fcb2[37])
{
	uint8_t *const fcbs[2] = {fcb1, fcb2};

	for (int i = 0; i < 2; i++) {
		struct dos_registers registers = {.ax = 0x2901,
						  .si = (uint16_t)(uintptr_t)tail,
						  .di = (uint16_t)(uintptr_t)fcbs[i]};

		for (int k = 0; k < 37; k++) {
			fcbs[i][k] = k >= 1 && k <= 11 ? ' ' : 0;
		}
		(void)dos_call(&registers);
		tail = (const char *)(uintptr_t)registers.si;
		while (*tail != 0 && !text_is_separator(*tail) && *tail != '/') {
			tail++;
		}
	}
}

/* How the last one ended: its code; after ^C the batch file may end too. */
static void take_code(void)
{
	int ended = dos_simple(0x4d00, 0, 0, NULL);

	shell_errorlevel = (uint8_t)ended;
	if (ended >> 8 == 1 && batch_depth > 0 && say_question("\r\nTerminate batch job (Y/N)? ")) {
		batch_stopped = true;
	}
}

int program_execute(const char *path, const char *tail)
{
	static char text[TAIL_MAX + 3];
	static uint8_t fcb1[37], fcb2[37];
	uint16_t own = dos_segment();
	struct start start = {.environment = variables_segment(),
			      .tail = (uint16_t)(uintptr_t)text,
			      .tail_segment = own,
			      .fcb1 = (uint16_t)(uintptr_t)fcb1,
			      .fcb1_segment = own,
			      .fcb2 = (uint16_t)(uintptr_t)fcb2,
			      .fcb2_segment = own};
	uint32_t bytes = text_copy(text + 1, tail, TAIL_MAX + 1);
	int result = 0;

	make_fcbs(text + 1, fcb1, fcb2);
	text[0] = (char)bytes;
	text[1 + bytes] = '\r';
	result = dos_simple(0x4b00, (uint16_t)(uintptr_t)&start, 0, path);
	if (result >= 0) {
		take_code();
	}
	return result;
}

static bool is_file(const char *path)
{
	int attributes = dos_attributes(path);

	return attributes >= 0 && (attributes & (DOS_DIRECTORY | DOS_LABEL)) == 0;
}

/* "path" with one of the extensions, if it has none; true: there is such a file. */
static bool find_with_extension(char *path)
{
	uint32_t bytes = text_length(path);
	const char *base = text_base(path);

	while (*base != 0 && *base != '.') {
		base++;
	}
	if (*base == '.') {
		return is_file(path);
	}
	for (uint32_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
		path[bytes] = 0;
		(void)text_append(path, extensions[i], DOS_PATH_BYTES);
		if (is_file(path)) {
			return true;
		}
	}
	return false;
}

/* The next directory of PATH into "path", with '\\' at its end; what is behind it. */
static const char *next_directory(const char *at, char *path)
{
	uint32_t bytes = 0;

	while (*at == ';' || *at == ' ') {
		at++;
	}
	while (*at != 0 && *at != ';') {
		if (bytes + 2 < DOS_PATH_BYTES) {
			path[bytes++] = *at;
		}
		at++;
	}
	if (bytes > 0 && path[bytes - 1] != '\\' && path[bytes - 1] != ':') {
		path[bytes++] = '\\';
	}
	path[bytes] = 0;
	return at;
}

static bool find(const char *name, char *path)
{
	char directories[TEXT_LINE_BYTES] = "";
	const char *variable = NULL;

	if (text_has_wildcards(name)) {
		return false;
	}
	(void)text_copy(path, name, DOS_PATH_BYTES);
	if (find_with_extension(path)) {
		return true;
	}
	if (text_base(name) != name) {
		return false;
	}
	variable = variables_get("PATH");
	(void)text_copy(directories, variable != NULL ? variable : "", sizeof directories);
	for (const char *at = directories; *at != 0;) {
		at = next_directory(at, path);
		if (path[0] != 0) {
			(void)text_append(path, name, DOS_PATH_BYTES);
			if (find_with_extension(path)) {
				return true;
			}
		}
	}
	return false;
}

/* A path that stays what it is when the current directory changes. */
static void make_full(char *path)
{
	char full[DOS_PATH_BYTES];
	struct dos_registers registers = {
		.ax = 0x6000, .si = (uint16_t)(uintptr_t)path, .di = (uint16_t)(uintptr_t)full};

	if (dos_call(&registers) >= 0) {
		(void)text_copy(path, full, DOS_PATH_BYTES);
	}
}

bool program_run(const char *name, const char *tail, bool called)
{
	static char path[DOS_PATH_BYTES];
	char words[TEXT_LINE_BYTES];
	uint32_t bytes = 0;
	int result = 0;

	if (!find(name, path)) {
		return false;
	}
	make_full(path);
	bytes = text_length(path);
	if (bytes > 4 && text_is(path + bytes - 4, ".BAT")) {
		(void)text_copy(words, name, sizeof words);
		(void)text_append(words, " ", sizeof words);
		(void)text_append(words, tail, sizeof words);
		batch_begin(path, words, called);
		return true;
	}
	result = program_execute(path, tail);
	if (result == -8) {
		say_error("Program too big to fit in memory");
	} else if (result == -11) {
		say_error("Error in EXE file");
	} else if (result < 0) {
		say_code(result);
	}
	return true;
}
