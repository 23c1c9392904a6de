/* The table of commands, and help. */
#include <string.h>
#include "prompt.h"

static void command_clear(const struct words *words)
{
	(void)words;
	say("\033[H\033[2J");
}

#define ANY (WORDS_MAX - 1)

const struct command commands[] = {
	{"help", "[COMMAND]", "this list, or one command", 0, 1, command_help},
	{"ps", "[NODE|all]", "the processes of this node, another, or all", 0, 1, command_ps},
	{"servers", "[NODE|all]", "servers, and how often they were started again", 0, 1,
	 command_servers},
	{"names", "[NODE|all]", "the names that servers have registered", 0, 1, command_names},
	{"net", "[counters|names]", "the other nodes, or what the network server has counted", 0, 1,
	 command_net},
	{"ping", "NODE", "call a server of a node, and say how long it takes", 1, 1, command_ping},
	{"log", "[LINES|all]", "the end of the node's log", 0, 1, command_log},
	{"counters", "[PREFIX]", "what kernel and process server have counted", 0, 1,
	 command_counters},
	{"kill", "ID|NAME...", "end processes; a server is started again", 1, ANY, command_kill},
	{"start", "SERVER", "start a server that was given up, or waits", 1, 1, command_start},
	{"run", "PROGRAM [WORD...]", "a program (its name does); on NODE: another's", 1, ANY,
	 command_run},
	{"ls", "[-l] [PATH...]", "what is in a directory", 0, ANY, command_ls},
	{"cat", "FILE...", "show files", 1, ANY, command_cat},
	{"cd", "[DIRECTORY]", "go to a directory; the root without one", 0, 1, command_cd},
	{"pwd", "", "the directory that one is in", 0, 0, command_pwd},
	{"mkdir", "DIRECTORY...", "make directories", 1, ANY, command_mkdir},
	{"rmdir", "DIRECTORY...", "remove empty directories", 1, ANY, command_rmdir},
	{"rm", "FILE...", "remove files", 1, ANY, command_rm},
	{"mv", "FROM TO", "give a file another name or place", 2, 2, command_mv},
	{"cp", "FROM TO", "copy a file", 2, 2, command_cp},
	{"ln", "[-s] FILE NAME", "another name; -s: a symbolic link", 2, 3, command_ln},
	{"echo", "[WORD...] [>FILE]", "words, to the screen or a file (>> adds to it)", 0, ANY,
	 command_echo},
	{"clear", "", "clear this console; Alt-F2 (^] 2) is another", 0, 0, command_clear},
};

const unsigned int commands_count = sizeof commands / sizeof commands[0];

void command_help(const struct words *words)
{
	bool found = false;

	for (unsigned int i = 0; i < commands_count; i++) {
		const struct command *command = &commands[i];

		if (words->count == 1 || strcmp(words->word[1], command->name) == 0) {
			say("  %-9s%-19s%s\n", command->name, command->usage, command->help);
			found = true;
		}
	}
	if (!found) {
		say("help: %s: no such command; help alone lists them\n", words->word[1]);
	}
}
