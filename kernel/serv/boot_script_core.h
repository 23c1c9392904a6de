/* The boot script: what the lines of the boot modules say. Pure: text in, a list of actions out.

   A module's line is its path and then words. In a word, ${NAME} stands for the value of a variable
   and
   $(NAME) calls a function; $(X=NAME) keeps its result as variable X. Text around them stays. A
   word that comes to nothing (a function that gives no text) is not an argument. A line that begins
   with # is a comment. A single module without any $ is started the old way, by the caller. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BOOT_LINE_BYTES_MAX 1024u
#define BOOT_WORDS_MAX      64u /* arguments of one program */
#define BOOT_VARIABLES_MAX  48u
#define BOOT_NAME_BYTES_MAX 32u
#define BOOT_PIECES_MAX     96u /* pieces of one line's words */

enum boot_value_kind {
	BOOT_VALUE_NONE,
	BOOT_VALUE_TEXT,
	BOOT_VALUE_HOST, /* send rights, shown as their names in the task */
	BOOT_VALUE_DEVICE,
	BOOT_VALUE_KERNEL_TASK,
	BOOT_VALUE_TASK, /* of module `module` */
};

struct boot_variable {
	char name[BOOT_NAME_BYTES_MAX];
	enum boot_value_kind kind;
	uint32_t module;
	const char *text; /* not terminated: text_bytes */
	uint32_t text_bytes;
};

struct boot_script {
	uint32_t variable_count;
	struct boot_variable variables[BOOT_VARIABLES_MAX];
};

/* Pieces of an argument, in order. A new word begins at each piece with `begins_word`. */
struct boot_piece {
	bool begins_word;
	enum boot_value_kind kind;
	uint32_t module;
	const char *text;
	uint32_t text_bytes;
};

struct boot_command {
	bool comment;
	bool create_task, resume, prompt, ramdisk;
	uint32_t piece_count;
	struct boot_piece pieces[BOOT_PIECES_MAX];
};

/* Prepares the built-in variables and those of the kernel's line (KEY=VALUE words). */
void boot_script_init(struct boot_script *script, const char *kernel_line);
/* First pass over a module's line: notes the variables that its functions will set (so that an
   earlier line may name a later one's task). NULL, or what is wrong. */
const char *boot_script_declare(struct boot_script *script, const char *line, uint32_t module);
/* Second pass: the command. Text pieces point into `line` and the script's own texts. */
const char *boot_script_parse(const struct boot_script *script, const char *line, uint32_t module,
			      struct boot_command *command);
/* True if the line has a $ or is a comment: it is a script's, not the old kind. */
bool boot_script_line_is_script(const char *line);
