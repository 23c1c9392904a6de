/*
 * A line as words: split at blanks, but not inside '...' or "..."; a backslash takes the next
 * character as it is (not inside '...').  A word that begins with > or >>
 * says where the output goes, one that begins with < where the input comes from.  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX 32

struct words {
	unsigned int count;
	const char *word[WORDS_MAX]; /* each ended by a 0 */
	const char *output;          /* behind > or >>; null: none */
	bool append;                 /* it was >> */
	const char *input;           /* behind <; null: none */
};

/*
 * Splits the line, in its own memory, which the words then point into.  Returns null, or what is
 * wrong with it as the end of a sentence.
 */
const char *words_split(char *line, struct words *words);
