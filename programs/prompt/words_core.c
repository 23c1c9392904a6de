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

/* The > or >> at *at; whether there was one. */
static bool read_arrow(char **at, bool *append)
{
	if (**at != '>') {
		return false;
	}
	(*at)++;
	*append = **at == '>';
	if (*append) {
		(*at)++;
	}
	while (is_blank(**at)) {
		(*at)++;
	}
	return true;
}

const char *words_split(char *line, struct words *words)
{
	char *from = line;

	*words = (struct words){.count = 0};
	for (;;) {
		bool arrow = false;
		char *start = NULL;
		char *to = NULL;

		while (is_blank(*from)) {
			from++;
		}
		if (*from == 0) {
			return NULL;
		}
		arrow = read_arrow(&from, &words->append);
		if (arrow && words->output != NULL) {
			return "the output cannot go to two files";
		}
		if (arrow && (*from == 0 || *from == '>')) {
			return "a file's name is missing behind >";
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
		if (arrow) {
			words->output = start;
		} else {
			words->word[words->count++] = start;
		}
	}
}
