/* DOS: what the files that serve INT 21h share.  Numbers of functions and errors are DOS's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <masix/file.h>
#include "handle_core.h"
#include "memory_core.h"
#include "name_core.h"

#define DOS_DRIVES  26 /* that can be named; which there are, files.h says */
#define DOS_DRIVE_C 2

#define DOS_ERROR_FUNCTION     1
#define DOS_ERROR_NO_FILE      2
#define DOS_ERROR_NO_PATH      3
#define DOS_ERROR_TOO_MANY     4
#define DOS_ERROR_ACCESS       5
#define DOS_ERROR_HANDLE       6
#define DOS_ERROR_MEMORY       8
#define DOS_ERROR_FORMAT       11
#define DOS_ERROR_ACCESS_CODE  12
#define DOS_ERROR_DATA         13
#define DOS_ERROR_DRIVE        15
#define DOS_ERROR_CURRENT      16 /* the current directory cannot be removed */
#define DOS_ERROR_OTHER_DEVICE 17
#define DOS_ERROR_NO_MORE      18
#define DOS_ERROR_EXISTS       80
#define DOS_ERROR_FAIL         83 /* "fail" was the answer to INT 24h */

/* Offsets in DOS_SEGMENT. */
#define DOS_LISTS       0x26 /* the list of lists */
#define DOS_IN_DOS      (DOS_SWAP + 1)
#define DOS_COUNTRY     0x90
#define DOS_TABLES      0x100  /* upper case and the like */
#define DOS_SWAP        0x600  /* the swappable data area */
#define DOS_DEVICES     0x640  /* the headers of devices, but NUL's */
#define DOS_CDS         0x700  /* a current directory structure for each drive */
#define DOS_SFT         0x1010 /* the system file table */
#define DOS_MEDIA       0x10   /* a byte: what kind of disk there is */
#define DOS_FCB_TABLE   0x04   /* the empty table of files that are opened by FCBs */
#define DOS_SFT_ENTRIES 40     /* of the open files those that programs see */

/* How a program has ended, in AH of INT 21h, 4Dh. */
#define DOS_END_NORMAL   0
#define DOS_END_BREAK    1
#define DOS_END_ABORT    2
#define DOS_END_RESIDENT 3

struct dos_state {
	struct dos_memory memory;
	struct handle_table handles;
	uint16_t psp;
	uint16_t dta_segment, dta_offset;
	uint8_t drive;
	char directories[DOS_DRIVES][NAME_PATH_BYTES];
	uint16_t error; /* the last one, for 59h */
	uint16_t last_end;
	bool verify, break_check;
	uint8_t switch_character;
	uint32_t calls; /* of INT 21h that go on: the InDOS flag */
};
extern struct dos_state dos;

/* ----------------------------------------------------------------------------------- dos.c */

void dos_start(void);
void dos_call(void);
void dos_other_interrupt(uint32_t vector);
uint32_t dos_last_code(void);

/* The end of a call: carry and AX. */
void dos_fail(uint32_t error);
void dos_succeed(void);
void dos_finish(int error); /* fails, or succeeds with 0 */

void dos_write_error(const char *text);

/* The path that a program gives at segment:offset; a DOS error, or 0. */
int dos_get_path(uint32_t segment, uint32_t offset, struct dos_path *path);

/* ------------------------------------------------------------------------------- dos_misc.c */

/* Writes what is told of the country. */
void dos_country_start(void);

/* ----------------------------------------------------------------------------- dos_tables.c */

/* Writes the list of lists and the devices. */
void dos_tables_start(void);
/* The tables that change, as they are now; if somebody reads them. */
void dos_tables_refresh(void);
/* Offset in DOS_SEGMENT of what is told of a drive, of an open file; 0: there is none. */
uint32_t dos_table_of_drive(uint32_t drive);
uint32_t dos_table_of_file(uint32_t index);
/* Of a device's header, of the drives' with DEVICE_NONE; in DOS_SEGMENT. */
uint32_t dos_device_header(uint8_t device);

/* -------------------------------------------------------------------------- dos_multiplex.c */

void dos_multiplex(void);

/* ---------------------------------------------------------------------------- dos_process.c */

/* Writes the registers below the program's stack pointer, in DOS's order; where they begin. */
uint16_t dos_store_registers(void);

/* Loads the first program, by its full path; a DOS error, or 0. */
int dos_first_program(const char *path, const char *tail);
void dos_terminate(uint32_t code, uint32_t kind);
void dos_stay(uint32_t paragraphs);
struct handle_names dos_names(void);

/* ------------------------------------------------------------------------ environment.c, words.c
 */

/* The environment of the first program: strings, each ended by a 0, and a 0; its bytes. */
uint32_t environment_make(char *text, uint32_t bytes_max);
/* What a Unix program gets instead of its DOS parent's at a segment; likewise. */
uint32_t environment_for_unix(uint16_t segment, char *text, uint32_t bytes_max);

/* A path or a word of the tree's kind, as DOS has it; a DOS error. */
int words_program(const char *word, char *path, uint32_t bytes_max);
/* The words from the second on, as a command line. */
void words_join(int count, char **words, char *tail, uint32_t bytes_max);
/* A DOS word that is a path, as one of the tree; else the word. */
void words_to_unix(const char *word, char *text, uint32_t bytes_max);

/* ------------------------------------------------------------------------------- foreign.c */

/* Is it the beginning of a program that is not DOS's? */
bool foreign_is(const uint8_t *bytes, uint32_t count);
/* Runs it to its end: its code; -1: that cannot be. */
int foreign_run(const char *path, uint16_t environment, const char *tail);

/* ------------------------------------------------------------------------------- dos_file.c */

/* The device word of an open file (INT 21h, 4400h). */
uint16_t dos_file_information(const struct open_file *file);
/* A write to the printer or the serial port, to which nothing is connected: INT 24h.  All counts as
   written, or nothing.  false: the program has ended. */
bool dos_write_nowhere(const struct open_file *file, uint32_t count, uint32_t *written);

/* ---------------------------------------------------------------------------- dos_console.c */

/* Writes to an open file or device; how much, with a DOS error. */
int dos_write(struct open_file *file, const uint8_t *bytes, uint32_t count, uint32_t *written);
/* ^C is the next key: INT 23h.  false: the program has ended. */
bool dos_take_break(void);
/* Reads; a cooked console gives a line.  false: the program has ended meanwhile. */
bool dos_read(struct open_file *file, uint8_t *bytes, uint32_t count, uint32_t *got, int *error);

/* ---------------------------------------------------------------------------- dos_critical.c */

#define CRITICAL_IGNORE 0
#define CRITICAL_RETRY  1
#define CRITICAL_ABORT  2
#define CRITICAL_FAIL   3

#define CRITICAL_NOT_READY 2 /* in DI */

/* What does not answer: a device, or (DEVICE_NONE) a drive. */
struct critical_error {
	uint8_t device, drive;
	uint8_t code;
	bool write;
};

/*
 * INT 24h, or the question at the terminal.  The answer is ignore (of devices alone), retry or
 * fail.  false: the program has ended.
 */
bool dos_critical_error(const struct critical_error *error, uint8_t *answer);

/* -------------------------------------------------------------------------- dos_directory.c */

/* A search of a directory, as a program keeps it between its calls. */
struct dos_search {
	uint8_t drive; /* 1: A: */
	uint8_t pattern[NAME_BYTES];
	uint8_t attributes;
	uint16_t slot, serial;
	uint32_t cookie;
};

/* What a search for a drive's label, and nothing else, finds on each drive. */
#define DOS_LABEL "MASIX      "

/* Begins one for the last component of "path" (which is cut off); a DOS error. */
int dos_search_begin(struct dos_search *search, struct dos_path *path, uint8_t attributes);
int dos_search_next(struct dos_search *search, uint8_t packed[NAME_BYTES],
		    file_attributes_t *attributes);

/* The disk transfer area: 128 bytes that lie in the memory. */
uint8_t *dos_dta(void);

/* -------------------------------------------------------------------------------- dos_fcb.c */

/* Closes what a program has opened by FCBs. */
void dos_fcb_end(uint16_t psp);
/* A place in the table of open files: a free one, or that of an FCB's file, which is closed; its
   references are 1.  NULL: all are opened by handles. */
struct open_file *dos_new_file(void);

/* -------------------------------------------------------------------- the functions, by AH */

#define DOS_FUNCTIONS(FUNCTION)                                                                    \
	FUNCTION(0x00, terminate_old)                                                              \
	FUNCTION(0x01, read_echo)                                                                  \
	FUNCTION(0x02, write_character)                                                            \
	FUNCTION(0x03, auxiliary_read)                                                             \
	FUNCTION(0x04, auxiliary_write)                                                            \
	FUNCTION(0x05, printer_write)                                                              \
	FUNCTION(0x06, direct_console)                                                             \
	FUNCTION(0x07, read_raw)                                                                   \
	FUNCTION(0x08, read_no_echo)                                                               \
	FUNCTION(0x09, write_string)                                                               \
	FUNCTION(0x0a, read_line)                                                                  \
	FUNCTION(0x0b, input_status)                                                               \
	FUNCTION(0x0c, flush_and_read)                                                             \
	FUNCTION(0x0d, disk_reset)                                                                 \
	FUNCTION(0x0e, select_drive)                                                               \
	FUNCTION(0x0f, fcb_open)                                                                   \
	FUNCTION(0x10, fcb_close)                                                                  \
	FUNCTION(0x11, fcb_find_first)                                                             \
	FUNCTION(0x12, fcb_find_next)                                                              \
	FUNCTION(0x13, fcb_delete)                                                                 \
	FUNCTION(0x14, fcb_read)                                                                   \
	FUNCTION(0x15, fcb_write)                                                                  \
	FUNCTION(0x16, fcb_create)                                                                 \
	FUNCTION(0x17, fcb_rename)                                                                 \
	FUNCTION(0x18, nothing)                                                                    \
	FUNCTION(0x19, get_drive)                                                                  \
	FUNCTION(0x1a, set_dta)                                                                    \
	FUNCTION(0x1b, current_disk_kind)                                                          \
	FUNCTION(0x1c, disk_kind)                                                                  \
	FUNCTION(0x1d, nothing)                                                                    \
	FUNCTION(0x1e, nothing)                                                                    \
	FUNCTION(0x1f, drive_parameters)                                                           \
	FUNCTION(0x20, nothing)                                                                    \
	FUNCTION(0x21, fcb_random_read)                                                            \
	FUNCTION(0x22, fcb_random_write)                                                           \
	FUNCTION(0x23, fcb_size)                                                                   \
	FUNCTION(0x24, fcb_set_random)                                                             \
	FUNCTION(0x25, set_vector)                                                                 \
	FUNCTION(0x26, create_psp)                                                                 \
	FUNCTION(0x27, fcb_block_read)                                                             \
	FUNCTION(0x28, fcb_block_write)                                                            \
	FUNCTION(0x29, parse_name)                                                                 \
	FUNCTION(0x2a, get_date)                                                                   \
	FUNCTION(0x2b, set_date)                                                                   \
	FUNCTION(0x2c, get_time)                                                                   \
	FUNCTION(0x2d, set_time)                                                                   \
	FUNCTION(0x2e, set_verify)                                                                 \
	FUNCTION(0x2f, get_dta)                                                                    \
	FUNCTION(0x30, get_version)                                                                \
	FUNCTION(0x31, stay_resident)                                                              \
	FUNCTION(0x32, drive_parameters)                                                           \
	FUNCTION(0x33, break_flag)                                                                 \
	FUNCTION(0x34, get_in_dos)                                                                 \
	FUNCTION(0x35, get_vector)                                                                 \
	FUNCTION(0x36, free_space)                                                                 \
	FUNCTION(0x37, switch_character)                                                           \
	FUNCTION(0x38, country)                                                                    \
	FUNCTION(0x39, make_directory)                                                             \
	FUNCTION(0x3a, remove_directory)                                                           \
	FUNCTION(0x3b, change_directory)                                                           \
	FUNCTION(0x3c, create)                                                                     \
	FUNCTION(0x3d, open)                                                                       \
	FUNCTION(0x3e, close)                                                                      \
	FUNCTION(0x3f, read_file)                                                                  \
	FUNCTION(0x40, write_file)                                                                 \
	FUNCTION(0x41, delete)                                                                     \
	FUNCTION(0x42, seek)                                                                       \
	FUNCTION(0x43, attributes)                                                                 \
	FUNCTION(0x44, control)                                                                    \
	FUNCTION(0x45, duplicate)                                                                  \
	FUNCTION(0x46, force_duplicate)                                                            \
	FUNCTION(0x47, get_directory)                                                              \
	FUNCTION(0x48, allocate)                                                                   \
	FUNCTION(0x49, free)                                                                       \
	FUNCTION(0x4a, resize)                                                                     \
	FUNCTION(0x4b, execute)                                                                    \
	FUNCTION(0x4c, exit)                                                                       \
	FUNCTION(0x4d, get_return_code)                                                            \
	FUNCTION(0x4e, find_first)                                                                 \
	FUNCTION(0x4f, find_next)                                                                  \
	FUNCTION(0x50, set_psp)                                                                    \
	FUNCTION(0x51, get_psp)                                                                    \
	FUNCTION(0x52, list_of_lists)                                                              \
	FUNCTION(0x54, get_verify)                                                                 \
	FUNCTION(0x55, create_child_psp)                                                           \
	FUNCTION(0x56, rename)                                                                     \
	FUNCTION(0x57, file_time)                                                                  \
	FUNCTION(0x58, strategy)                                                                   \
	FUNCTION(0x59, extended_error)                                                             \
	FUNCTION(0x5a, create_temporary)                                                           \
	FUNCTION(0x5b, create_new)                                                                 \
	FUNCTION(0x5d, server_call)                                                                \
	FUNCTION(0x5e, machine_name)                                                               \
	FUNCTION(0x5f, redirection)                                                                \
	FUNCTION(0x60, true_name)                                                                  \
	FUNCTION(0x62, get_psp)                                                                    \
	FUNCTION(0x63, lead_bytes)                                                                 \
	FUNCTION(0x65, extended_country)                                                           \
	FUNCTION(0x66, code_page)                                                                  \
	FUNCTION(0x67, set_handle_count)                                                           \
	FUNCTION(0x68, commit)                                                                     \
	FUNCTION(0x6a, commit)                                                                     \
	FUNCTION(0x6b, nothing)                                                                    \
	FUNCTION(0x6c, extended_open)

#define DOS_DECLARE(number, name) void dos_##name(void);
DOS_FUNCTIONS(DOS_DECLARE)
