/* Environments: from the Unix process that we may be to the first program, and back. */
#include <stdio.h>
#include <string.h>
#include "dos.h"
#include "files.h"
#include "machine.h"

#define VALUE_BYTES 256

extern char **environ;

struct variables {
	char *text;
	uint32_t bytes, bytes_max;
};

/* How many bytes of "NAME=VALUE" are the name. */
static uint32_t name_bytes(const char *variable)
{
	return (uint32_t)strcspn(variable, "=");
}

static void remove_variable(struct variables *variables, const char *variable)
{
	uint32_t wanted = name_bytes(variable);

	for (uint32_t at = 0; at < variables->bytes;) {
		char *one = variables->text + at;
		uint32_t bytes = (uint32_t)strlen(one) + 1;

		if (name_bytes(one) == wanted && strncmp(one, variable, wanted) == 0) {
			memmove(one, one + bytes, variables->bytes - at - bytes);
			variables->bytes -= bytes;
		} else {
			at += bytes;
		}
	}
}

/* In the place of one of that name; what has no room is left out. */
static void set_variable(struct variables *variables, const char *variable)
{
	uint32_t bytes = (uint32_t)strlen(variable) + 1;

	remove_variable(variables, variable);
	if (variables->bytes + bytes + 1 <= variables->bytes_max) {
		memcpy(variables->text + variables->bytes, variable, bytes);
		variables->bytes += bytes;
	}
}

/* Is it something that DOS programs can make sense of, and that is not the shell's own? */
static bool is_for_dos(const char *variable)
{
	static const char *const shells[] = {"PATH", "PWD", "OLDPWD", "SHLVL",  "SHELL",
					     "PS1",  "PS2", "LINES",  "COLUMNS"};
	uint32_t bytes = name_bytes(variable);

	for (uint32_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
		if (strlen(shells[i]) == bytes && strncmp(variable, shells[i], bytes) == 0) {
			return false;
		}
	}
	for (uint32_t i = 0; i < bytes; i++) {
		bool letter = (variable[i] >= 'A' && variable[i] <= 'Z') ||
			      (variable[i] >= '0' && variable[i] <= '9') ||
			      (variable[i] == '_' && bytes > 1);

		if (!letter) {
			return false;
		}
	}
	return bytes > 0 && variable[bytes] == '=' && strlen(variable) < VALUE_BYTES &&
	       strpbrk(variable, "\n\033") == NULL;
}

/* DOSPATH is the DOS programs' PATH; temporary directories are translated. */
static void add_from_unix(struct variables *variables, const char *variable)
{
	char text[VALUE_BYTES + 8];
	struct dos_path named;
	uint32_t bytes = name_bytes(variable);

	if (strncmp(variable, "DOSPATH=", 8) == 0) {
		set_variable(variables, variable + 3);
		return;
	}
	if (!is_for_dos(variable)) {
		return;
	}
	if ((strncmp(variable, "TMP=/", 5) == 0 || strncmp(variable, "TEMP=/", 6) == 0) &&
	    files_name(variable + bytes + 1, &named) == 0) {
		(void)snprintf(text, sizeof text, "%.*s=%c:\\%s", (int)bytes, variable,
			       'A' + named.drive, named.text);
		set_variable(variables, text);
		return;
	}
	set_variable(variables, variable);
}

uint32_t environment_make(char *text, uint32_t bytes_max)
{
	const struct configuration *configuration = files_configuration();
	struct variables variables = {text, 0, bytes_max};
	char comspec[CONFIGURATION_PATH_BYTES + 8];

	(void)snprintf(comspec, sizeof comspec, "COMSPEC=%s", configuration->shell);
	set_variable(&variables, comspec);
	set_variable(&variables, "PATH=C:\\BIN;C:\\DOS");
	set_variable(&variables, "PROMPT=$P$G");
	set_variable(&variables, "TEMP=C:\\TMP");
	for (uint32_t at = 0; at < configuration->variables_bytes;
	     at += (uint32_t)strlen(configuration->variables + at) + 1) {
		set_variable(&variables, configuration->variables + at);
	}
	for (char **one = environ; one != NULL && *one != NULL; one++) {
		add_from_unix(&variables, *one);
	}
	text[variables.bytes] = 0;
	return variables.bytes + 1;
}

static const char *unix_path(void)
{
	for (char **one = environ; one != NULL && *one != NULL; one++) {
		if (strncmp(*one, "PATH=", 5) == 0) {
			return *one;
		}
	}
	return "PATH=/bin:/usr/bin";
}

uint32_t environment_for_unix(uint16_t segment, char *text, uint32_t bytes_max)
{
	struct variables variables = {text, 0, bytes_max};
	char one[VALUE_BYTES];

	for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
		set_variable(&variables, *variable);
	}
	/* What DOS programs have set since wins, but for what only they understand. */
	for (uint32_t at = 0; at < 0x8000 && peek8(segment, at) != 0;
	     at += (uint32_t)strlen(one) + 1) {
		static const char *const own[] = {"COMSPEC=", "PATH=", "PROMPT=", "TEMP=", "TMP="};
		bool is_own = false;

		machine_get_text(segment, at, one, sizeof one);
		for (uint32_t i = 0; i < sizeof own / sizeof own[0]; i++) {
			is_own = is_own || strncmp(one, own[i], strlen(own[i])) == 0;
		}
		if (!is_own && strchr(one, '=') != NULL) {
			set_variable(&variables, one);
		}
	}
	set_variable(&variables, unix_path());
	text[variables.bytes] = 0;
	return variables.bytes;
}
