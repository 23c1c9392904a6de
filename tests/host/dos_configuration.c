/* The DOS personality's /etc/dos.
   LINK: personalities/dos/configuration_core.c personalities/dos/version_core.c
 */
#include <stdlib.h>
#include <string.h>

#include "../../personalities/dos/configuration_core.h"
#include "../../personalities/dos/version_core.h"
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
	static const char *const wrong[] = {"drive",
					    "drive 1 /",
					    "drive DD /x",
					    "drive D tmp",
					    "set",
					    "set =x",
					    "set x",
					    "shell",
					    "drive D",
					    "drives D /",
					    "device x",
					    "xms",
					    "xms 64513",
					    "xms 9x",
					    "version",
					    "version 1.25",
					    "version 4.x",
					    "version A.EXE",
					    "version A.EXE 3.3.1",
					    "version LONGERNAME.EXE 3.3"};
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

static void check_versions(void)
{
	char text[64 * CONFIGURATION_VERSIONS] = "";

	CHECK(parse("version 3.3\nversion link.exe 4.01\nversion MEM.EXE 2\n") == 0,
	      "versions are told");
	CHECK(configuration_version(&configuration, "X.COM") == VERSION(3, 30), "3.3 is 3.30");
	CHECK(configuration_version(&configuration, "LINK.EXE") == VERSION(4, 1) &&
		      configuration_version(&configuration, "MEM.EXE") == VERSION(2, 0),
	      "programs have their own");
	(void)parse("");
	CHECK(configuration_version(&configuration, "LINK.EXE") == 0, "or nothing is said");
	for (int i = 0; i <= CONFIGURATION_VERSIONS; i++) {
		(void)strcat(text, "version P.COM 3.0\n");
	}
	CHECK(parse(text) == CONFIGURATION_VERSIONS + 1, "no more than there is room for");
}

static void check_demand(const char *name, const char *code, size_t bytes, uint16_t expected)
{
	uint16_t version = 0;
	uint8_t image[64] = {0x90, 0xb4, 0x30, 0xcd, 0x21};

	if (!version_after_call((const uint8_t *)code, (uint32_t)bytes, &version)) {
		version = 0;
	}
	CHECK(version == expected, "%s: %04x", name, version);
	memcpy(image + 5, code, bytes);
	version = 0;
	CHECK(version_in_image(image, (uint32_t)(5 + bytes), &version) == (expected != 0),
	      "%s: in an image", name);
}

static void check_demands(void)
{
	uint16_t version = 0;

#define DEMAND(name, code, expected) check_demand(name, code, sizeof(code) - 1, expected)
	DEMAND("CMP AX, 4.00; JNE", "\x3d\x04\x00\x75\x10", VERSION(4, 0));
	DEMAND("the short form; JE", "\x83\xf8\x04\x74\x10", VERSION(4, 0));
	DEMAND("CMP AX, 3.30; JE", "\x3d\x03\x1e\x74\x10", VERSION(3, 30));
	DEMAND("XCHG; from 1.54 to 2.11", "\x86\xe0\x3d\x36\x01\x72\x05\x3d\x0b\x02\x76\x03",
	       VERSION(2, 11));
	DEMAND("XCHG; one version", "\x86\xc4\x3d\x1e\x03\x75\x05", VERSION(3, 30));
	DEMAND("XCHG; from 2.00", "\x86\xc4\x3d\x00\x02\x73\x05", 0);
	DEMAND("from 2.00 to 10.00", "\x86\xc4\x3d\x00\x02\x72\x05\x3d\x00\x0a\x76\x03", 0);
	DEMAND("CMP AL, 2; JAE", "\x3c\x02\x73\x05", 0);
	DEMAND("our own", "\x3d\x05\x00\x75\x10", 0);
	DEMAND("a nought", "\x3d\x00\x00\x74\x10", 0);
	DEMAND("OS/2's", "\x3d\x0a\x00\x74\x10", 0);
	DEMAND("cut", "\x3d\x04", 0);
	DEMAND("cut behind", "\x3d\x04\x00", 0);
	CHECK(!version_in_image((const uint8_t *)"\xb4\x30\xcd", 3, &version),
	      "an image that is cut");
}

static void check_nonsense(void)
{
	static const char alphabet[] = "drive set shell:/D=\n\r\t# xo1.2";
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
	check_versions();
	check_demands();
	check_nonsense();
	return tap_done();
}
