/* INT 21h for C: what COMMAND.COM needs of it.  Negative results are DOS errors. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dos_registers {
	uint16_t ax, bx, cx, dx, si, di, ds, es, flags;
};
_Static_assert(offsetof(struct dos_registers, flags) == 16, "start.S");

#define DOS_CARRY 1u

#define DOS_NO_FILE  (-2)
#define DOS_NO_PATH  (-3)
#define DOS_NO_MORE  (-18)
#define DOS_NO_ENTRY (-15) /* drive */

#define DOS_READ_ONLY 0x01
#define DOS_HIDDEN    0x02
#define DOS_SYSTEM    0x04
#define DOS_LABEL     0x08
#define DOS_DIRECTORY 0x10

#define DOS_PATH_BYTES 128

/* Registers that are not named keep what the structure has; ds and es are ours if they are 0. */
void dos_int21(struct dos_registers *registers) __attribute__((regparm(1)));

/* AX of a call, or the negative error if carry is set. */
int dos_call(struct dos_registers *registers);
/* The same with AX, BX, CX, and a pointer in DX. */
int dos_simple(uint16_t ax, uint16_t bx, uint16_t cx, const void *dx);

uint16_t dos_segment(void); /* ours: the PSP's too */

static inline uint8_t far_get(uint16_t segment, uint16_t offset)
{
	uint8_t value = 0;

	__asm__ volatile("movw %1, %%fs; movb %%fs:(%2), %0"
			 : "=q"(value)
			 : "r"(segment), "r"((uint32_t)offset));
	return value;
}

static inline void far_put(uint16_t segment, uint16_t offset, uint8_t value)
{
	__asm__ volatile("movw %0, %%fs; movb %1, %%fs:(%2)"
			 :
			 : "r"(segment), "q"(value), "r"((uint32_t)offset)
			 : "memory");
}

/* A search's result: the disk transfer area of 4Eh. */
struct dos_found {
	uint8_t own[21];
	uint8_t attributes;
	uint16_t time, date;
	uint32_t bytes;
	char name[13];
} __attribute__((packed));
_Static_assert(sizeof(struct dos_found) == 43, "as DOS has it");

/* Begins a search, or goes on with it. */
int dos_find_first(const char *pattern, uint16_t attributes, struct dos_found *found);
int dos_find_next(struct dos_found *found);

int dos_open(const char *path, uint8_t mode);
int dos_create(const char *path);
void dos_close(int handle);
int dos_read(int handle, void *bytes, uint16_t count);
int dos_write(int handle, const void *bytes, uint16_t count);
bool dos_seek(int handle, uint32_t offset, uint8_t whence, uint32_t *position);
/* 4400h: bit 7 is a device. */
uint16_t dos_information(int handle);
int dos_attributes(const char *path); /* negative: it is not there */
uint8_t dos_drive(void);              /* 0 is A: */
/* "X:\DIR" of a drive (0: the current one). */
int dos_directory(uint8_t drive, char path[DOS_PATH_BYTES]);
/* A key; echoed or not. */
uint8_t dos_key(bool echo);
