/* What the files of the prompt share. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmach.h>
#include <masix/acs.h>
#include <masix/console.h>
#include <masix/file.h>
#include <masix/process.h>
#include <standard_ports.h>
#include "words_core.h"

#define SCREEN_COLUMNS 80

/* ------------------------------------------------------------------------------- terminal.c */

/* Opens console "number", waiting for the console server. */
void terminal_open(natural_t number);

/* The console's port, for a program that is started. */
mach_port_t terminal_port(void);

/* As it was before a program used it: modes, colours, cursor, and who draws. */
void terminal_reset(void);

/* Output, as printf; it is shown by terminal_flush, before input, and when much has gathered. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_bytes(const char *data, size_t bytes);
void terminal_flush(void);

/*
 * Reads a line (without its end) that a person has typed; the bytes, or LINE_*.  A longer one is
 * cut.
 */
#define LINE_INTERRUPTED (-1)
#define LINE_END         (-2)
int terminal_read_line(char *line, size_t bytes_max);

/* Was the interrupt key typed since the last question (or the last line read)? */
bool terminal_interrupted(void);

/*
 * Waits for the end of a child (an event of process_watch on terminal_events with
 * EVENT_KEY_CHILDREN) or the interrupt key: true for the key.
 */
#define EVENT_KEY_CONSOLE  1
#define EVENT_KEY_CHILDREN 2
mach_port_t terminal_events(void);
bool terminal_wait_child(void);

/* ----------------------------------------------------------------------------------- here.c */

/* The working directory, once there is a file server; a call from this directory gets its error. */
mach_port_t here(void);
void here_set(mach_port_t directory);

/* Where a path begins: at this node's root, or here, which may be on another node. */
mach_port_t start_of(const char *path);

/* Prints "command: subject: why not", if it failed; whether it succeeded. */
bool succeeded(const char *command, const char *subject, kern_return_t result);

/* ------------------------------------------------------------------------------ the commands */

struct command {
	const char *name;
	const char *usage; /* the words behind the name */
	const char *help;
	unsigned int least; /* words behind the name */
	unsigned int most;
	void (*run)(const struct words *words);
};

extern const struct command commands[];
extern const unsigned int commands_count;

void command_help(const struct words *words);

/* node.c */
void command_ps(const struct words *words);
void command_servers(const struct words *words);
void command_names(const struct words *words);
void command_log(const struct words *words);
void command_counters(const struct words *words);
void command_kill(const struct words *words);
void command_start(const struct words *words);

/* nodes.c: shows this node, the one that a command's word names, or "all" of them, by their ports
   of status.defs; null: this one. */
void nodes_show(const struct words *words, void (*show)(mach_port_t status));

/* Whether it is this node, or one that the network server knows. */
bool nodes_has(const char *node);

/* Of that node; the memory is the caller's. */
kern_return_t nodes_list_processes(mach_port_t status, pointer_t *list,
				   mach_msg_type_number_t *bytes);
kern_return_t nodes_list_servers(mach_port_t status, pointer_t *list,
				 mach_msg_type_number_t *bytes);
kern_return_t nodes_list_names(mach_port_t status, pointer_t *list, mach_msg_type_number_t *bytes);

/* net.c, ping.c */
void command_net(const struct words *words);
void command_ping(const struct words *words);

/* files.c */
void command_ls(const struct words *words);
void command_cat(const struct words *words);
void command_cd(const struct words *words);
void command_pwd(const struct words *words);
void command_mkdir(const struct words *words);
void command_rmdir(const struct words *words);
void command_rm(const struct words *words);
void command_mv(const struct words *words);
void command_ln(const struct words *words);
void command_cp(const struct words *words);
void command_echo(const struct words *words);

/* run.c */
void command_run(const struct words *words);

/* Runs a program by its path, or by its name in /bin; false: there is no such program. */
bool run_program(const char *command, const char *name, const struct words *words,
		 unsigned int first);
