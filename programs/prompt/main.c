/*
 * The prompt: a person at a console looks around in a node.  main reads lines and finds who does
 * what they say.  Its word: the console's number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>
#include <gen/acs.h>
#include "prompt.h"

#define LINE_BYTES 1024

/* Of the commands here only echo writes to a file, and run passes files on to its program. */
static bool may_redirect(const struct words *words)
{
	bool runs = strcmp(words->word[0], "run") == 0;

	if (words->input != NULL && !runs) {
		say("%s: only programs read from a file\n", words->word[0]);
		return false;
	}
	if (words->output != NULL && !runs && strcmp(words->word[0], "echo") != 0) {
		say("%s: only echo and programs write to a file; copy with cp\n", words->word[0]);
		return false;
	}
	return true;
}

static void run_line(char *line)
{
	struct words words;
	const char *wrong = words_split(line, &words);

	if (wrong != NULL) {
		say("%s\n", wrong);
		return;
	}
	if (words.count == 0) {
		return;
	}
	for (unsigned int i = 0; i < commands_count; i++) {
		const struct command *command = &commands[i];

		if (strcmp(words.word[0], command->name) != 0) {
			continue;
		}
		if (words.count - 1 < command->least || words.count - 1 > command->most) {
			say("%s: usage: %s %s\n", command->name, command->name, command->usage);
			return;
		}
		if (may_redirect(&words)) {
			command->run(&words);
		}
		return;
	}
	if (!run_program(words.word[0], words.word[0], &words, 0)) {
		say("%s: no such command or program; help lists the commands\n", words.word[0]);
	}
}

/* The file of greetings, if there is one; then which node this is. */
static void greet(void)
{
	static char line[] = "cat /etc/motd";
	acs_name_t name = "";
	acs_digest_t id;
	natural_t number = 0, version = 0;

	if (here() != MACH_PORT_NULL) {
		run_line(line);
	}
	if (acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, id, &version) ==
	    KERN_SUCCESS) {
		say("This is %s.\n", name);
	}
}

int main(int argc, char **argv)
{
	static char line[LINE_BYTES];
	unsigned long number = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	terminal_open(number);
	greet();
	/* How long the node took from its reset: to the log, where tests look for it. */
	printf("ready on console %lu, %llu million cycles after reset\n", number,
	       __rdtsc() / 1000000);
	for (;;) {
		say("masix> ");
		switch (terminal_read_line(line, sizeof line)) {
		case LINE_INTERRUPTED:
			say("\n");
			break;
		case LINE_END:
			say("\n(the end of input ends no prompt; help lists the commands)\n");
			break;
		default:
			run_line(line);
			break;
		}
	}
}
