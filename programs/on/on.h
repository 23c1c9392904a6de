/* What the files of this program share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmach.h>
#include <masix/unix.h>

#define STATUS_FAILED 255 /* it is this program that failed, or the other node */

#define SIGNAL_OF(end) ((end)&0x7f) /* of Linux's wait status */
#define CODE_OF(end)   ((end) >> 8 & 0xff)

/* ------------------------------------------------------------------------------------- main.c */

/* "on: SUBJECT: ..." to standard error. */
void complain(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ------------------------------------------------------------------------------------- unix.c */

/* As a Unix process: stands for the program on the other node. */
int on_unix(char **words);
void unix_complain(const char *line, size_t bytes);

/* ----------------------------------------------------------------------------------- native.c */

/* As a native program: has the Unix server of this node run it as a Unix process. */
int on_native(char **words);

/* ---------------------------------------------------------------------------------- streams.c */

/* Writes to a standard port, a console or an open file; false: it takes no more. */
bool stream_put(unsigned int standard, const char *data, size_t bytes);

/* What standard input has next, at most UNIX_DATA_MAX bytes; 0: its end. */
size_t stream_get(char *data);

/* If standard input and output are a console: its size, and bytes come and go as they are from now
 * on. */
bool stream_make_raw(natural_t *rows, natural_t *columns);

/* ------------------------------------------------------------------------------------ start.c */

struct order {
	mach_port_t server; /* of unix_client.defs */
	const char *directory;
	char **words;
	bool wants_terminal;
	natural_t rows, columns;
};

/* Starts the program that the words name: its run, or MACH_PORT_NULL: said why not, unless *result.
 */
mach_port_t start(const struct order *order, kern_return_t *result);

/* ------------------------------------------------------------------------------------- pump.c */

/* All that "get" has (bytes, 0 at the end), until nobody there reads it any more. */
void pump_input(mach_port_t run, size_t (*get)(char *data));

/*
 * All that the program writes, until it ends; "put" is false if there is no room for it.
 *	KERN_ABORTED	that was so
 *	others		of unix_client_read, unix_client_wait
 */
kern_return_t pump_output(mach_port_t run,
			  bool (*put)(natural_t stream, const char *data, size_t bytes),
			  natural_t *end);
