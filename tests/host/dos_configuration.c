/* The DOS personality's /etc/dos.
   LINK: personalities/dos/configuration_core.c
 */
#include <stdlib.h>
#include <string.h>

#include "../../personalities/dos/configuration_core.h"
#include "tap.h"

static struct configuration configuration;

static uint32_t parse(const char *text)
{
	configuration_reset(&configuration);
	return configuration_parse(&configuration, text, (uint32_t)strlen(text));
}

static void check_lines(void)
{
	CHECK(parse("") == 0 && strcmp(configuration.drives[2], "/") == 0 &&
		      configuration.drives[3][0] == 0,
	      "without a file there is C:, the root");
	CHECK(parse("# words\n\n drive D /tmp/ \ndrive e: /\r\nset lib=C:\\L ib\nshell X.COM /E "
		    "a") == 0,
	      "all these lines mean something");
	CHECK(strcmp(configuration.drives[3], "/tmp") == 0, "a drive, without its last '/'");
	CHECK(strcmp(configuration.drives[4], "/") == 0, "the root keeps it; a letter with ':'");
	CHECK(configuration.variables_bytes == sizeof "LIB=C:\\L ib" &&
		      strcmp(configuration.variables, "LIB=C:\\L ib") == 0,
	      "a variable, its name in upper case");
	CHECK(strcmp(configuration.shell, "X.COM") == 0 &&
		      strcmp(configuration.shell_words, " /E a") == 0,
	      "the shell and its words");
	CHECK(configuration.xms_kb == CONFIGURATION_XMS_KB && parse("xms 64512") == 0 &&
		      configuration.xms_kb == CONFIGURATION_XMS_KB_MAX && parse("xms 0") == 0 &&
		      configuration.xms_kb == 0,
	      "extended memory");
}

static void check_refused(void)
{
	static const char *const wrong[] = {
		"drive", "drive 1 /", "drive DD /x", "drive D tmp", "set", "set =x",    "set x",
		"shell", "drive D",   "drives D /",  "device x",    "xms", "xms 64513", "xms 9x"};
	char line[4 * CONFIGURATION_VARIABLE_BYTES];

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		(void)snprintf(line, sizeof line, "set A=1\n%s\n", wrong[i]);
		CHECK(parse(line) == 2 && configuration.variables_bytes == 4, "refused: %s",
		      wrong[i]);
	}
	memset(line, 'x', sizeof line);
	memcpy(line, "set A=", 6);
	line[CONFIGURATION_VARIABLE_BYTES + 8] = 0;
	CHECK(parse(line) == 1, "a variable that has no room");
	memcpy(line, "drive D /", 9);
	line[CONFIGURATION_PATH_BYTES + 9] = 0;
	CHECK(parse(line) == 1, "a path that has no room");
}

static void check_nonsense(void)
{
	static const char alphabet[] = "drive set shell:/D=\n\r\t# x";
	char text[512];

	srand(5);
	for (int round = 0; round < 20000; round++) {
		uint32_t bytes = (uint32_t)rand() % sizeof text;

		for (uint32_t i = 0; i < bytes; i++) {
			text[i] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
		}
		configuration_reset(&configuration);
		(void)configuration_parse(&configuration, text, bytes);
		if (configuration.variables_bytes > CONFIGURATION_VARIABLE_BYTES) {
			break;
		}
	}
	CHECK(configuration.variables_bytes <= CONFIGURATION_VARIABLE_BYTES,
	      "nonsense stays inside");
}

int main(void)
{
	check_lines();
	check_refused();
	check_nonsense();
	return tap_done();
}
