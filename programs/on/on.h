/* What the files of this program share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmach.h>
#include <masix/acs.h>
#include <masix/unix.h>
#include <standard_ports.h>

#define STATUS_FAILED 255 /* it is this program that failed, or the other node */

/* ---------------------------------------------------------------------------------- streams.c */

/* Writes to a standard port, a console or an open file; false: it takes no more. */
bool stream_put(unsigned int standard, const char *data, size_t bytes);

/* What standard input has next, at most UNIX_DATA_MAX bytes; 0: its end. */
size_t stream_get(char *data);

/* "on: SUBJECT: ..." to the standard error port. */
void complain(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ------------------------------------------------------------------------------------- node.c */

/* The Unix server of a node; MACH_PORT_NULL: said why not. */
mach_port_t node_find(const char *node);

/* Says why a call to it failed. */
void node_complain(const char *node, kern_return_t result);

/* ------------------------------------------------------------------------------------ start.c */

/* Starts the program that the words name: its run; MACH_PORT_NULL: said why not. */
mach_port_t start(mach_port_t server, const char *node, char **words);
