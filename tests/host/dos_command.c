/* COMMAND.COM's text side.
   LINK: personalities/dos/command/text_core.c
 */
#include <stdlib.h>
#include <string.h>

#include "../../personalities/dos/command/text_core.h"
#include "tap.h"

static const char *argument(uint32_t number)
{
	static const char *const words[] = {"prog", "one", "two"};

	return number < 3 ? words[number] : "";
}

static const char *variable(const char *name)
{
	return text_is(name, "LONG") ? "a value" : NULL;
}

static const char *expand(const char *line)
{
	static char result[TEXT_LINE_BYTES];

	text_expand(line, result, argument, variable);
	return result;
}

static const char *typed(const char *line)
{
	static char result[TEXT_LINE_BYTES];

	text_expand_known(line, result, variable);
	return result;
}

static void check_expand(void)
{
	CHECK(strcmp(expand("%0 %1%2 %9."), "prog onetwo .") == 0, "arguments");
	CHECK(strcmp(expand("100%% %long%%none%x"), "100% a valuex") == 0, "variables");
	CHECK(strcmp(expand("a % b"), "a  b") == 0, "a '%%' that begins nothing");
	CHECK(strcmp(typed("for %a in (%long%) do x %a"), "for %a in (a value) do x %a") == 0,
	      "a typed line keeps its '%%'");
	CHECK(strcmp(typed("%none% 100%"), "%none% 100%") == 0, "and what is no variable");
}

static void check_redirections(void)
{
	struct text_redirections redirections;
	char line[80] = "sort <in>> out /r \"a > b\"";
	char wrong[20] = "dir >";

	CHECK(text_redirections(line, &redirections) && redirections.append &&
		      strcmp(redirections.input, "in") == 0 &&
		      strcmp(redirections.output, "out") == 0 &&
		      strcmp(line, "sort  /r \"a > b\"") == 0,
	      "redirections are cut out, quoted ones stay");
	CHECK(!text_redirections(wrong, &redirections), "one without a name");
	(void)strcpy(line, "a \"b|c\" | d");
	CHECK(text_find_pipe(line) == line + 8, "a pipe that is not in quotes");
}

static void check_names(void)
{
	static const char *const rows[][3] = {
		{"*.BAK", "letter.txt", "LETTER.BAK"},
		{"a*.*", "xyz.c", "AYZ.C"},
		{"?b?.c", "xyz.txt", "XBZ.C"},
		{"new", "old.txt", "NEW"},
		{"*.*", "name", "NAME"},
		{"*", "name.c", "NAME"},
	};
	char result[13];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text_apply(rows[i][0], rows[i][1], result);
		CHECK(strcmp(result, rows[i][2]) == 0, "%s of %s is %s", rows[i][0], rows[i][1],
		      result);
	}
	CHECK(strcmp(text_base("C:\\A\\B.C"), "B.C") == 0 && strcmp(text_base("c:x"), "x") == 0,
	      "the last part of a path");
}

/* No input makes it write beyond its buffers (the sanitizer sees to that). */
static void check_nonsense(void)
{
	static const char alphabet[] = "%%%1aLONG<>>|\"*?.\\:/= ";
	char line[TEXT_LINE_BYTES], copy[TEXT_LINE_BYTES], result[TEXT_LINE_BYTES], name[13];
	struct text_redirections redirections;
	uint64_t state = 11;

	for (int round = 0; round < 20000; round++) {
		uint32_t bytes = (uint32_t)(tap_random(&state) % (sizeof line - 1));

		for (uint32_t i = 0; i < bytes; i++) {
			line[i] = alphabet[tap_random(&state) % (sizeof alphabet - 1)];
		}
		line[bytes] = 0;
		(void)strcpy(copy, line);
		text_expand(line, result, argument, variable);
		text_expand_known(line, result, variable);
		text_put_variable(line, 'a', "value", result);
		text_apply(line, copy, name);
		(void)text_word(line, true, result, 20);
		(void)text_redirections(copy, &redirections);
	}
	CHECK(1, "nonsense stays inside");
}

int main(void)
{
	check_expand();
	check_redirections();
	check_names();
	check_nonsense();
	return tap_done();
}
