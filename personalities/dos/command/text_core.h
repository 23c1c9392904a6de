/*
 * The text side of COMMAND.COM: words, variables, redirections, names.  Strings end with 0; what
 * has no room is cut.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TEXT_LINE_BYTES 256 /* of a command line with its variables in place */

uint32_t text_length(const char *text);
/* Returns how much was copied. */
uint32_t text_copy(char *to, const char *from, uint32_t bytes_max);
uint32_t text_append(char *to, const char *from, uint32_t bytes_max);
char text_upper(char character);
void text_make_upper(char *text);
/* Without regard to case. */
bool text_is(const char *a, const char *b);

/* Blank, tab, comma, semicolon, '=': what separates words. */
bool text_is_separator(char character);
const char *text_skip(const char *text);
/* The next word, whose end is where it returns; "" if there is none.  With "slash" a '/' that is
   not its first character ends it too. */
const char *text_word(const char *text, bool slash, char *word, uint32_t bytes_max);

/*
 * Variables and arguments of a line of a batch file: "%%" "%1" "%NAME%".  argument(n) and
 * variable(name) return a string, or null.
 */
typedef const char *(*text_argument_t)(uint32_t number);
typedef const char *(*text_variable_t)(const char *name);
void text_expand(const char *line, char *result, text_argument_t argument,
		 text_variable_t variable);

/* Of a line that was typed: "%NAME%" of variables that there are, and nothing else. */
void text_expand_known(const char *line, char *result, text_variable_t variable);

/* "%x" (of FOR) by a value. */
void text_put_variable(const char *line, char name, const char *value, char *result);

/* Where the first '|' stands that is not in quotes; null: nowhere. */
char *text_find_pipe(char *line);

/* The redirections of a command, which are cut out of the line. */
struct text_redirections {
	char input[80], output[80]; /* "": none */
	bool append;
};
/* false: a '<' or '>' without a name. */
bool text_redirections(char *line, struct text_redirections *redirections);

/* The name that a pattern ("*.BAK") makes of a name, both without directories. */
void text_apply(const char *pattern, const char *name, char result[13]);

/* What is behind the last '\\', '/' or ':'. */
const char *text_base(const char *path);
bool text_has_wildcards(const char *path);
/* '/' as '\\', as the rest of the shell has it. */
void text_backslashes(char *path);

/* A number; *end is behind it, and the same as text if there is none. */
uint32_t text_number(const char *text, const char **end);
