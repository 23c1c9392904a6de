/*
 * What a machine stands on: the servers of the generic layer, if it is a native program, or the
 * Unix server alone, if it is a Unix process (README.md).  All that the rest of the monitor knows
 * of either is this table; memory, time and the processor are the kernel's in both cases.
 *
 * Paths are of the tree, from its root, and end with 0.  An open file is a number that is not 0.
 * Codes are the file server's (masix/file.h), which are Linux's errors too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <mach/kern_return.h>
#include <masix/console.h>
#include <masix/file.h>

#define HOST_STREAMS 3
#define HOST_FOREVER 0xffffffffu /* microseconds */

/* A program of another kind than DOS's: with the words, each ended by a 0, and the environment. */
struct host_program {
	const char *path, *directory;
	const char *words, *environment;
	uint32_t words_bytes, environment_bytes;
	uint32_t streams[HOST_STREAMS]; /* open files; 0: the machine's own stream */
};

struct host {
	/* ---- files */
	kern_return_t (*get_attributes)(const char *path, file_attributes_t *attributes);
	/* Entries (struct file_entry) from a cookie on; none: the end. */
	kern_return_t (*read_directory)(const char *path, int64_t cookie, char *entries,
					uint32_t *bytes);
	/* FILE_* flags; "mode" for what is made. */
	kern_return_t (*open)(const char *path, uint32_t flags, uint32_t mode, uint32_t *file,
			      file_attributes_t *attributes);
	void (*close)(uint32_t file);
	/* FILE_DATA_MAX bytes at most, at the place where the file stands, which moves. */
	kern_return_t (*read)(uint32_t file, uint8_t *bytes, uint32_t count, uint32_t *got);
	kern_return_t (*write)(uint32_t file, const uint8_t *bytes, uint32_t count,
			       uint32_t *written);
	kern_return_t (*seek)(uint32_t file, int64_t offset, uint32_t whence, int64_t *position);
	kern_return_t (*get_file_attributes)(uint32_t file, file_attributes_t *attributes);
	kern_return_t (*set_size)(uint32_t file, int64_t size);
	kern_return_t (*set_modified)(uint32_t file, int64_t modify_ns);
	bool (*has_input)(uint32_t file);
	kern_return_t (*make_directory)(const char *path);
	kern_return_t (*remove)(const char *path, bool directory);
	kern_return_t (*rename)(const char *from, const char *to); /* replaces nothing */
	kern_return_t (*set_mode)(const char *path, uint32_t mode);
	kern_return_t (*get_space)(uint64_t *bytes_total, uint64_t *bytes_free);
	/* The directory in which the machine was started. */
	void (*get_directory)(char *path, uint32_t bytes_max);

	/* ---- streams and terminal */
	/* Finds out what the streams are; is one of them a terminal?  To be called once. */
	bool (*start_terminal)(void);
	void (*end_terminal)(void);
	/* Standard input, output, error if it is no terminal: an open file, or 0. */
	uint32_t (*stream)(uint32_t number);
	void (*write_terminal)(const char *bytes, uint32_t count); /* UTF-8 */
	/* What was typed.  "wanted": the program asks for a key; else only if that costs nobody
	   anything. */
	uint32_t (*read_terminal)(uint8_t *bytes, uint32_t bytes_max, bool wanted);
	/* The program draws 80x25 cells from now on (and pictures, if that becomes true), which are
	   seen after show_screen; NULL: it cannot. */
	struct console_screen *(*take_screen)(bool *pictures);
	void (*show_screen)(void);
	void (*release_screen)(void);
	/* Scan codes while the screen is taken; NULL: what is typed comes as before. */
	uint32_t (*read_keys)(uint8_t *codes, uint32_t codes_max);

	/* ---- the process */
	/* Waits, or less; "keys": until something was typed. */
	void (*wait)(uint32_t microseconds, bool keys);
	/* What others want of the process is done; true: it is to be interrupted (^C). */
	bool (*take_break)(void);
	/* Runs a program that is not DOS's to its end: a code, or -1: that cannot be. */
	int (*execute)(const struct host_program *program);
	void (*exit)(uint32_t code, bool by_break) __attribute__((noreturn));
};

extern const struct host *host;
extern const struct host host_native, host_unix;

/* The one that this program has. */
void host_start(void);
