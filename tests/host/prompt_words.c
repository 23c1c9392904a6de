/* The prompt's lines as words: each rule, and random lines, whose words must lie in the line.
   LINK: programs/prompt/words_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../programs/prompt/words_core.h"
#include "tap.h"

#define RANDOM_LINES 200000
#define LINE_BYTES   40

/* The words of a line, joined by |, behind them > or >> and the output, < and the input; or !. */
static const char *split(const char *line)
{
	static char copy[512], joined[1024];
	struct words words;
	const char *wrong = NULL;

	strcpy(copy, line);
	wrong = words_split(copy, &words);
	if (wrong != NULL) {
		return "!";
	}
	joined[0] = 0;
	for (unsigned i = 0; i < words.count; i++) {
		strcat(joined, i > 0 ? "|" : "");
		strcat(joined, words.word[i]);
	}
	if (words.output != NULL) {
		strcat(joined, words.append ? ">>" : ">");
		strcat(joined, words.output);
	}
	if (words.input != NULL) {
		strcat(joined, "<");
		strcat(joined, words.input);
	}
	return joined;
}

static void check_rules(void)
{
	static const struct {
		const char *line;
		const char *words;
	} rules[] = {
		{"", ""},
		{" \t ", ""},
		{"ls", "ls"},
		{"  ls  -l\t/etc ", "ls|-l|/etc"},
		{"echo 'a  b' c", "echo|a  b|c"},
		{"echo \"a 'b'\"c", "echo|a 'b'c"},
		{"echo a\\ b \\\\ \"\\\"\"", "echo|a b|\\|\""},
		{"echo '\\'", "echo|\\"},
		{"echo '' \"\"", "echo||"},
		{"echo a >f", "echo|a>f"},
		{"echo a > f b", "echo|a|b>f"},
		{"echo >>f", "echo>>f"},
		{"echo '>f' a>b", "echo|>f|a>b"},
		{"cat <f", "cat<f"},
		{"cat < f >>g a", "cat|a>>g<f"},
		{"cat '<f' a<b", "cat|<f|a<b"},
		{"echo 'a", "!"},
		{"echo a\\", "!"},
		{"echo >", "!"},
		{"echo > >f", "!"},
		{"echo >a >b", "!"},
		{"cat <", "!"},
		{"cat <<f", "!"},
		{"cat <>f", "!"},
		{"cat <a <b", "!"},
	};

	for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		const char *got = split(rules[i].line);

		CHECK(strcmp(got, rules[i].words) == 0, "[%s] is [%s]", rules[i].line,
		      rules[i].words);
		if (strcmp(got, rules[i].words) != 0) {
			printf("# got [%s]\n", got);
		}
	}
}

static void check_many_words(void)
{
	char line[2 * WORDS_MAX + 8] = "";

	for (unsigned i = 0; i < WORDS_MAX; i++) {
		strcat(line, "a ");
	}
	CHECK(strcmp(split(line), "!") != 0, "%u words are taken", WORDS_MAX);
	strcat(line, "b");
	CHECK(strcmp(split(line), "!") == 0, "one more is refused");
}

/* In memory of its own, so that the sanitizer sees a step too far. */
static bool random_line_is_sound(uint64_t *state)
{
	static const char letters[] = "ab'\"\\ \t><";
	size_t length = tap_random(state) % LINE_BYTES;
	char *line = malloc(length + 1);
	struct words words;
	bool sound = true;

	for (size_t i = 0; i < length; i++) {
		line[i] = letters[tap_random(state) % (sizeof letters - 1)];
	}
	line[length] = 0;
	if (words_split(line, &words) == NULL) {
		for (unsigned i = 0; i < words.count; i++) {
			sound = sound && words.word[i] >= line &&
				words.word[i] + strlen(words.word[i]) <= line + length;
		}
		sound = sound && words.count <= WORDS_MAX &&
			(words.output == NULL ||
			 (words.output > line && words.output <= line + length)) &&
			(words.input == NULL ||
			 (words.input > line && words.input <= line + length));
	}
	free(line);
	return sound;
}

int main(void)
{
	uint64_t state = 20260303;
	unsigned bad = 0;

	check_rules();
	check_many_words();
	for (unsigned i = 0; i < RANDOM_LINES; i++) {
		bad += !random_line_is_sound(&state);
	}
	CHECK(bad == 0, "the words of %u random lines lie in the line", RANDOM_LINES);
	return tap_done();
}
