/*
 * /etc/dos: what a DOS machine begins with.  One thing a line, '#' begins a comment:
 *
 *	drive D /tmp		D: is this directory of the tree; without any line C: is its root
 *	set NAME=VALUE		a variable of the environment
 *	xms KB			extended memory, at most 64512; without it 8192
 *	shell C:\DIR\NAME.COM WORDS	the program that "dos" without words starts
 *	version 3.30		the DOS that programs are told; without it each is told what it
 *demands version NAME.EXE 4.00	... that a program of this name is told
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CONFIGURATION_DRIVES         26
#define CONFIGURATION_PATH_BYTES     128
#define CONFIGURATION_VARIABLE_BYTES 1024
#define CONFIGURATION_XMS_KB         8192
#define CONFIGURATION_XMS_KB_MAX     64512
#define CONFIGURATION_VERSIONS       32
#define CONFIGURATION_NAME_BYTES     13

struct configuration_version {
	char name[CONFIGURATION_NAME_BYTES]; /* upper case */
	uint16_t version;                    /* as INT 21h, 30h has it in AX */
};

struct configuration {
	char drives[CONFIGURATION_DRIVES][CONFIGURATION_PATH_BYTES]; /* "": none; no '/' at the end
									but the root's */
	char shell[CONFIGURATION_PATH_BYTES];
	uint32_t xms_kb;
	char shell_words[CONFIGURATION_PATH_BYTES];   /* with a blank in front, or "" */
	char variables[CONFIGURATION_VARIABLE_BYTES]; /* each ended by a 0 */
	uint32_t variables_bytes;
	uint16_t version; /* of all other programs; 0: nothing was said */
	uint32_t versions_count;
	struct configuration_version versions[CONFIGURATION_VERSIONS];
};

/* What there is without a file. */
void configuration_reset(struct configuration *configuration);

/* The lines of a file; the number of the first that means nothing, which changes nothing; 0: all
   do. */
uint32_t configuration_parse(struct configuration *configuration, const char *text, uint32_t bytes);

/* The version for a program of this name (upper case, without a path); 0: nothing was said. */
uint16_t configuration_version(const struct configuration *configuration, const char *name);
