/*
 * Handles: the job file table of a program (bytes in its memory) names entries of the table of open
 * files, which count who names them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define HANDLE_FILES  128
#define HANDLE_CLOSED 0xff

#define HANDLE_TOO_MANY 4 /* DOS errors */
#define HANDLE_INVALID  6

struct open_file {
	uint16_t references; /* 0: free */
	uint8_t device;      /* DEVICE_* of name_core.h; DEVICE_NONE: a file */
	uint8_t access;      /* 0 read, 1 write, 2 both */
	uint8_t raw;         /* a device that takes bytes as they are */
	uint8_t drive;
	uint8_t no_inherit;  /* children do not get it */
	uint32_t object;     /* the file's port */
	uint16_t fcb_serial; /* not 0: opened by an FCB, which has this number */
	uint16_t owner;      /* opened by the program with this PSP */
	uint32_t used;       /* an FCB's: when it was used last */
	uint8_t name[11];    /* of the file or device, as in a directory */
};

struct handle_table {
	struct open_file files[HANDLE_FILES];
};

/* A program's own table, in its memory. */
struct handle_names {
	uint8_t *bytes;
	uint32_t count;
};

/* A free place, references 1 and all else 0; NULL: there is none. */
struct open_file *handle_new(struct handle_table *table);

/* The lowest free handle gets this file: the handle, or -1 (too many). */
int handle_bind(const struct handle_table *table, struct handle_names names,
		const struct open_file *file);

/* What a handle names; NULL: nothing. */
struct open_file *handle_find(struct handle_table *table, struct handle_names names,
			      uint32_t handle);

/* Takes the handle away; true: nobody names the file any more, and its object is to be released. */
bool handle_close(struct handle_table *table, struct handle_names names, uint32_t handle,
		  struct open_file *last);

/* A second handle for the same file: the lowest free one, or -1. */
int handle_duplicate(struct handle_table *table, struct handle_names names, struct open_file *file);
