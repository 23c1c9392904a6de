/* The structures of stat, lstat, fstat and statx of Linux/i386, from a file's attributes.  Pure. */
#pragma once

#include <stdint.h>
#include <masix/file.h>

/* struct stat64 (asm/stat.h). */
struct linux_stat64 {
	uint64_t device;
	uint8_t pad0[4];
	uint32_t number32;
	uint32_t mode;
	uint32_t links;
	uint32_t uid;
	uint32_t gid;
	uint64_t of_device;
	uint8_t pad3[4];
	int64_t size;
	uint32_t block_bytes;
	uint64_t blocks;
	uint32_t access, access_ns;
	uint32_t modify, modify_ns;
	uint32_t change, change_ns;
	uint64_t number;
} __attribute__((packed));

/* struct stat. */
struct linux_stat {
	uint32_t device;
	uint32_t number;
	uint16_t mode;
	uint16_t links;
	uint16_t uid;
	uint16_t gid;
	uint32_t of_device;
	uint32_t size;
	uint32_t block_bytes;
	uint32_t blocks;
	uint32_t access, access_ns;
	uint32_t modify, modify_ns;
	uint32_t change, change_ns;
	uint32_t unused[2];
};

struct linux_statx_time {
	int64_t seconds;
	uint32_t nanoseconds;
	int32_t reserved;
};

struct linux_statx {
	uint32_t mask;
	uint32_t block_bytes;
	uint64_t flags;
	uint32_t links;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint16_t pad1;
	uint64_t number;
	uint64_t size;
	uint64_t blocks;
	uint64_t flags_mask;
	struct linux_statx_time access, birth, change, modify;
	uint32_t of_major, of_minor;
	uint32_t major, minor;
	uint64_t spare[14];
};

_Static_assert(sizeof(struct linux_stat64) == 96, "as Linux has it");
_Static_assert(sizeof(struct linux_stat) == 64, "as Linux has it");
_Static_assert(sizeof(struct linux_statx) == 256, "as Linux has it");

void stat64_fill(const struct file_attributes *from, struct linux_stat64 *to);

/* -EOVERFLOW: the size does not fit. */
int stat_fill(const struct file_attributes *from, struct linux_stat *to);

void statx_fill(const struct file_attributes *from, struct linux_statx *to);
