/* What the tests of the Unix server share. */
#pragma once

#include "server.h"
#include <gen/unix_client.h>
#include <masix/unix.h>

extern mach_port_t unix_public;        /* starts programs as an ordinary user */
extern mach_port_t unix_administrator; /* ... as root */

/*
 * Finds the servers whose tasks the boot script gave as "file=..." and "unix=...", when they serve;
 * unix_end checks that the Unix server has nothing left, and ends both.
 */
void unix_begin(void);
void unix_end(void);

/* The contents of a file, at most "room" bytes; how many. */
uint32_t unix_read_file(const char *path, char *data, uint32_t room);

/* Starts a program as root in "/tmp"; arguments and environment are strings, each with its 0. */
mach_port_t unix_start(const char *path, const char *arguments, uint32_t arguments_bytes);

/* Reads all its output, of both streams, and waits for its end: how many bytes, and its status. */
uint32_t unix_collect(mach_port_t run, char *output, uint32_t room, natural_t *status);

/* Runs /tests/NAME and compares it with /tests/NAME.out: one check. */
void unix_check_program(const char *name);
