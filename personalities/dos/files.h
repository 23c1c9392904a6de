/*
 * The tree as DOS drives, as /etc/dos says (configuration_core.h): C: is its root if that says
 * nothing else.  Names are found by their 8.3 form whatever their case; what programs make gets
 * lower-case names.  Errors are DOS's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <mach/mach_types.h>
#include <masix/file.h>
#include "configuration_core.h"
#include "name_core.h"

#define FILES_PATH_BYTES 1024

#define ATTRIBUTE_READ_ONLY 0x01
#define ATTRIBUTE_HIDDEN    0x02
#define ATTRIBUTE_SYSTEM    0x04
#define ATTRIBUTE_LABEL     0x08
#define ATTRIBUTE_DIRECTORY 0x10
#define ATTRIBUTE_ARCHIVE   0x20

/* A place in the tree: its path there, and what it is if it is there. */
struct files_place {
	char path[FILES_PATH_BYTES];
	file_attributes_t attributes;
};

struct critical_error;

void files_start(void);

/* Has a drive not answered since it was forgotten, or an open file of one?  Said once. */
void files_forget_trouble(void);
bool files_take_trouble(struct critical_error *error);
/* Is the drive's directory there?  If not, that is trouble. */
bool files_is_ready(uint32_t drive);

bool files_has_drive(uint32_t drive);
const struct configuration *files_configuration(void);

/*
 * Finds a path.  0; 2 (no file): all but the last component is there, and "path" is what it would
 * be called; 3 (no path).
 */
int files_find(const struct dos_path *path, struct files_place *place);

/* The same of a path of the tree: what DOS calls it.  For the first program and its directory. */
int files_name(const char *path, struct dos_path *named);
/* The directory in which we were started, as a path of the tree. */
void files_directory(char *path, uint32_t bytes_max);

/* Opens (access 0 to 2, FILE_* flags beside it) or makes a file; a port that is the caller's. */
int files_open(const char *path, uint8_t access, natural_t flags, mach_port_t *file,
	       file_attributes_t *attributes);
void files_close(mach_port_t file);
int files_read(mach_port_t file, uint8_t *bytes, uint32_t count, uint32_t *got);
int files_write(mach_port_t file, const uint8_t *bytes, uint32_t count, uint32_t *written);
int files_seek(mach_port_t file, int64_t offset, uint32_t whence, int64_t *position);
int files_set_size(mach_port_t file, int64_t size);
int files_set_time(mach_port_t file, uint16_t date, uint16_t time);
int files_get_attributes(mach_port_t file, file_attributes_t *attributes);
bool files_has_input(mach_port_t file);

int files_make_directory(const char *path);
int files_remove(const char *path, bool directory);
int files_rename(const char *from, const char *to);
int files_set_attributes(const char *path, uint8_t attributes);
int files_free_space(uint64_t *bytes_total, uint64_t *bytes_free);

/* What DOS says of a file. */
uint8_t files_attributes(const file_attributes_t *attributes);
void files_time(const file_attributes_t *attributes, uint16_t *date, uint16_t *time);

/*
 * Goes through a directory from *cookie on (0: the beginning): the next entry that is a file or a
 * directory, by its 8.3 name; "place" has its path and attributes.  18 (no more) at the end.
 */
int files_next(const char *directory, int64_t *cookie, uint8_t packed[NAME_BYTES],
	       struct files_place *place);
