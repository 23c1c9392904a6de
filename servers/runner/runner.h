/* What the files of this server share. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <libmach.h>

/* ---- main.c */

/* Tells the host why nothing more will come; for good. */
void runner_fail(const char *what, const char *why) __attribute__((noreturn));

/* The ports of other servers, proved to be theirs. */
extern mach_port_t unix_port; /* starts programs as the administrator: unix_client.defs */
extern mach_port_t root_port; /* the unrestricted root: file.defs */

/* ---- run.c */

/* Bytes that came over the line; does not send. */
void run_take(const uint8_t *bytes, size_t count);

/* The thread that does what the host orders: starts the program, sends what it says, then files. */
void *run_serve(void *argument);

/* The thread that gives the program its standard input. */
void *run_feed(void *argument);

/* ---- get.c */

/* Sends a file's content, and how that ended. */
void get_file(const char *path, uint32_t bytes);
