/* See words_core.h. */
#include "words_core.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Reads one word at *from to *to and ends it with a 0 (there is room: a word never grows, and a
 * blank or the line's 0 follows it).  False: a quote is not closed, or the line ends with a
 * backslash.
 */
static bool read_word(char **from, char **to)
{
	char quote = 0;

	for (; **from != 0 && (quote != 0 || !is_blank(**from)); (*from)++) {
		char c = **from;

		if (quote == 0 && (c == '\'' || c == '"')) {
			quote = c;
		} else if (quote != 0 && c == quote) {
			quote = 0;
		} else if (c == '\\' && quote != '\'') {
			(*from)++;
			if (**from == 0) {
				return false;
			}
			*(*to)++ = **from;
		} else {
			*(*to)++ = c;
		}
	}
	return quote == 0;
}

/* Skips the <, > or >> at *at, and blanks behind it: its first character, or 0. */
static char read_arrow(char **at, bool *append)
{
	char arrow = **at;

	if (arrow != '>' && arrow != '<') {
		return 0;
	}
	(*at)++;
	if (arrow == '>') {
		*append = **at == '>';
		*at += *append;
	}
	while (is_blank(**at)) {
		(*at)++;
	}
	return arrow;
}

/* What is wrong with an arrow before "at", or null. */
static const char *check_arrow(char arrow, const char *at, const struct words *words)
{
	if (arrow == '>' && words->output != NULL) {
		return "the output cannot go to two files";
	}
	if (arrow == '<' && words->input != NULL) {
		return "the input cannot come from two files";
	}
	if (arrow != 0 && (*at == 0 || *at == '>' || *at == '<')) {
		return "a file's name is missing behind > or <";
	}
	return NULL;
}

const char *words_split(char *line, struct words *words)
{
	char *from = line;

	*words = (struct words){.count = 0};
	for (;;) {
		char arrow = 0;
		char *start = NULL;
		char *to = NULL;
		const char *wrong = NULL;

		while (is_blank(*from)) {
			from++;
		}
		if (*from == 0) {
			return NULL;
		}
		arrow = read_arrow(&from, &words->append);
		wrong = check_arrow(arrow, from, words);
		if (wrong != NULL) {
			return wrong;
		}
		if (words->count == WORDS_MAX) {
			return "there are too many words";
		}
		start = to = from;
		if (!read_word(&from, &to)) {
			return "a quote is not closed, or nothing follows a backslash";
		}
		from += *from != 0; /* past the blank, where the 0 may have to stand */
		*to = 0;
		if (arrow == '>') {
			words->output = start;
		} else if (arrow == '<') {
			words->input = start;
		} else {
			words->word[words->count++] = start;
		}
	}
}
