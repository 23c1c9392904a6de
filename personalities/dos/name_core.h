/*
 * DOS file names: eight and three characters of code page 437, upper case.  In the eleven-byte form
 * of FCBs and directory entries both parts are filled up with blanks.
 *
 * A file of the tree that has a name of another kind (longer, or with characters that DOS does not
 * take) is seen by an alias: its first four fitting characters, '~', and three that come from its
 * whole name.  It depends on nothing else, so it stays what it is whatever else is in the
 * directory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NAME_BYTES      11
#define NAME_TEXT_BYTES 13 /* "EIGHTCHR.EXT", 0 */
#define NAME_PATH_BYTES 128

/* Upper case in code page 437 (country 1). */
uint8_t name_upper(uint8_t character);

/* May this byte stand in a name? */
bool name_is_character(uint8_t character);

/*
 * A component as text, in the eleven-byte form; what is too long is cut, '*' becomes '?' to the end
 * of its part.  false: a character that cannot be.  "." and ".." are taken.
 */
bool name_pack(const char *text, uint32_t bytes, uint8_t packed[NAME_BYTES]);

/* The other way; returns the bytes, without the final 0. */
uint32_t name_unpack(const uint8_t packed[NAME_BYTES], char text[NAME_TEXT_BYTES]);

bool name_has_wildcards(const uint8_t packed[NAME_BYTES]);

/* Does a name fit a pattern, whose '?' fit anything? */
bool name_match(const uint8_t pattern[NAME_BYTES], const uint8_t name[NAME_BYTES]);

/* For renaming: the name that "pattern" makes of "name". */
void name_apply(const uint8_t pattern[NAME_BYTES], const uint8_t name[NAME_BYTES],
		uint8_t result[NAME_BYTES]);

/*
 * What a name or path of DOS (in the code page) is called in the tree if a DOS program makes it: in
 * lower case and UTF-8, with '/'.  Returns the bytes, without the final 0.
 */
uint32_t name_to_tree(const char *text, char *path, uint32_t bytes_max);

/* What DOS programs call a file of the tree (a name in UTF-8). */
void name_alias(const char *name, uint32_t bytes, uint8_t packed[NAME_BYTES]);

struct dos_path {
	uint8_t drive;              /* 0 is A: */
	char text[NAME_PATH_BYTES]; /* "DIR\NAME", upper case, no '\' in front; the root is "" */
};

/*
 * Makes a full path of what a program said.  "directories" has the current directory of each drive
 * (its text, as above), "drive" is the current drive.  Returns 0 or a DOS error: 3 for what cannot
 * be a path, 15 for what cannot be a drive.
 */
int name_resolve(struct dos_path *path, const char *said, uint8_t drive,
		 const char (*directories)[NAME_PATH_BYTES], uint8_t drives);

/* Splits off the last component: the length of what is in front of it. */
uint32_t name_parent(const struct dos_path *path);

/* The number of a character device of that name (with or without extension), or DEVICE_NONE. */
enum { DEVICE_NONE, DEVICE_CON, DEVICE_AUX, DEVICE_PRN, DEVICE_NUL, DEVICE_CLOCK };
int name_device(const uint8_t packed[NAME_BYTES]);
