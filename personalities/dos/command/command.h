/* COMMAND.COM: what its files share. */
#pragma once

#include "dos_calls.h"
#include "text_core.h"

#define BATCHES_MAX 8

/* ---- main.c */
extern bool shell_ends, shell_echo, shell_stays;
extern uint8_t shell_errorlevel;
/* Lines of the batch files above "depth", until they are at their ends. */
void shell_run_batches(uint32_t depth);
/* What interrupts call (start.S). */
void command_main(void) __attribute__((noreturn));
void command_broken(void) __attribute__((noreturn));
void command_aborted(void) __attribute__((noreturn));
uint8_t command_critical(uint32_t ax, uint32_t di);
void command_interrupt_2e(uint32_t segment, uint32_t offset);

/* ---- say.c: %s %u %c; %2u fills with blanks, %02u with zeros, %-8s behind. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_error(const char *text);
/* The sentence of a DOS error. */
void say_code(int error);
/* Asks; true: the answer is Y. */
bool say_question(const char *question);

/* ---- line.c */
/* A whole command line, with pipes and redirections; changes it. */
void line_execute(char *line);
bool line_is_redirected(void);
/* After ^C: standard input and output are again what they were. */
void line_give_up(void);
/* One command; "line" has no redirections any more. */
void line_command(const char *line);

/* ---- flow.c */
/* After ^C: no FOR goes on. */
void flow_give_up(void);

/* ---- program.c */
/* Runs a program or batch file by its name; false: there is none. */
bool program_run(const char *name, const char *tail, bool called);
/* Loads and runs a program: its full path. */
int program_execute(const char *path, const char *tail);

/* ---- batch.c */
extern uint32_t batch_depth; /* 0: no batch file */
extern bool batch_stopped;   /* "Terminate batch job?" was answered by Y */
/* Begins a batch file; with "called" the one that runs now goes on behind it. */
void batch_begin(const char *path, const char *words, bool called);
bool batch_read_line(char *line);
void batch_end(void);
void batch_end_all(void);
const char *batch_argument(uint32_t number);
void batch_shift(void);
bool batch_goto(const char *label);

/* ---- variables.c */
void variables_start(uint32_t bytes_wanted);
uint16_t variables_segment(void);
const char *variables_get(const char *name);
/* false: no room.  An empty value takes the variable away. */
bool variables_set(const char *name, const char *value);
void variables_show(void);

/* ---- internal commands, by file; "tail" is what stands behind the name */
typedef void (*command_t)(const char *tail);
#define COMMANDS(COMMAND)                                                                          \
	COMMAND("BREAK", break)                                                                    \
	COMMAND("CALL", call)                                                                      \
	COMMAND("CD", chdir)                                                                       \
	COMMAND("CHCP", chcp)                                                                      \
	COMMAND("CHDIR", chdir)                                                                    \
	COMMAND("CLS", cls)                                                                        \
	COMMAND("COPY", copy)                                                                      \
	COMMAND("CTTY", ctty)                                                                      \
	COMMAND("DATE", date)                                                                      \
	COMMAND("DEL", delete)                                                                     \
	COMMAND("DIR", dir)                                                                        \
	COMMAND("ECHO", echo)                                                                      \
	COMMAND("ERASE", delete)                                                                   \
	COMMAND("EXIT", exit)                                                                      \
	COMMAND("FOR", for)                                                                        \
	COMMAND("GOTO", goto)                                                                      \
	COMMAND("IF", if)                                                                          \
	COMMAND("LH", high)                                                                        \
	COMMAND("LOADHIGH", high)                                                                  \
	COMMAND("MD", mkdir)                                                                       \
	COMMAND("MKDIR", mkdir)                                                                    \
	COMMAND("PATH", path)                                                                      \
	COMMAND("PAUSE", pause)                                                                    \
	COMMAND("PROMPT", prompt)                                                                  \
	COMMAND("RD", rmdir)                                                                       \
	COMMAND("REM", rem)                                                                        \
	COMMAND("REN", rename)                                                                     \
	COMMAND("RENAME", rename)                                                                  \
	COMMAND("RMDIR", rmdir)                                                                    \
	COMMAND("SET", set)                                                                        \
	COMMAND("SHIFT", shift)                                                                    \
	COMMAND("TIME", time)                                                                      \
	COMMAND("TRUENAME", truename)                                                              \
	COMMAND("TYPE", type)                                                                      \
	COMMAND("VER", ver)                                                                        \
	COMMAND("VERIFY", verify)                                                                  \
	COMMAND("VOL", vol)
#define COMMAND_DECLARE(name, function) void command_##function(const char *tail);
COMMANDS(COMMAND_DECLARE)

/* Reads a line of standard input; false: there are no more. */
bool shell_read_line(char *line, uint32_t bytes_max);

/* A moment, as the prompt and DATE and TIME show it. */
void clock_say_date(void);
void clock_say_time(void);

/*
 * Calls act for each file that fits a pattern, with its whole path and the search's result, until
 * it returns false.  How many there were; negative: a DOS error of the search.
 */
int files_for_each(const char *pattern, uint16_t attributes,
		   bool (*act)(const char *path, const struct dos_found *found, void *argument),
		   void *argument);
/* Ends with '\\', ':' or nothing: the directory in front of the last name. */
void files_directory_of(const char *path, char *directory);
bool files_is_directory(const char *path);
/* The one file or path that a command is about; false: it said so. */
bool files_one_word(const char *tail, char *word);
