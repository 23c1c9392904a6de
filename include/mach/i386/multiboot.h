/* What a boot loader and a kernel tell each other (Multiboot Specification 0.6.96, 3.1 and 3.3). */
#pragma once

#include <stdint.h>
#include <mach/machine/vm_types.h>

/* The header of the kernel's image: within the first 8 KB, on a word boundary. */
#define MULTIBOOT_SEARCH 8192
#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_MUSTKNOW 0x0000ffff
#define MULTIBOOT_PAGE_ALIGN 0x00000001
#define MULTIBOOT_MEMORY_INFO 0x00000002
#define MULTIBOOT_AOUT_KLUDGE 0x00010000

/* In eax at the kernel's entry; ebx points at the information. */
#define MULTIBOOT_VALID 0x2badb002

/* Which of its parts are there. */
#define MULTIBOOT_MEMORY 0x00000001
#define MULTIBOOT_BOOT_DEVICE 0x00000002
#define MULTIBOOT_CMDLINE 0x00000004
#define MULTIBOOT_MODS 0x00000008
#define MULTIBOOT_AOUT_SYMS 0x00000010
#define MULTIBOOT_ELF_SHDR 0x00000020
#define MULTIBOOT_MEM_MAP 0x00000040

#define MULTIBOOT_OS_MAGIC MULTIBOOT_MAGIC
#define MULTIBOOT_OS_MEMORY_INFO 0x2
#define MULTIBOOT_OS_FLAGS MULTIBOOT_OS_MEMORY_INFO
#define MULTIBOOT_LOADER_MAGIC MULTIBOOT_VALID
#define MULTIBOOT_LOADER_MEMORY 0x01
#define MULTIBOOT_LOADER_CMDLINE 0x04
#define MULTIBOOT_LOADER_MODULES 0x08
#define MULTIBOOT_LOADER_SHDR 0x20
#define MULTIBOOT_LOADER_MMAP 0x40

/* Types of ranges in the memory map: everything but 1 is to be left alone. */
#define MB_ARD_MEMORY 1

struct multiboot_module {
	vm_offset_t mod_start;
	vm_offset_t mod_end;
	vm_offset_t string;		/* its command line */
	unsigned int reserved;
};

struct multiboot_raw_module {
	uint32_t mod_start;
	uint32_t mod_end;
	uint32_t string;
	uint32_t reserved;
} __attribute__((packed));

struct multiboot_raw_mmap_entry {
	uint32_t size;			/* of the rest of the entry */
	uint64_t base_addr;
	uint64_t length;
	uint32_t type;
} __attribute__((packed));

struct multiboot_raw_info {
	uint32_t flags;			/* MULTIBOOT_* from MEMORY on */
	uint32_t mem_lower;		/* KB below 1 MB */
	uint32_t mem_upper;		/* KB from 1 MB */
	uint32_t unused0;
	uint32_t cmdline;
	uint32_t mods_count;
	uint32_t mods_addr;
	uint32_t shdr_num;
	uint32_t shdr_size;
	uint32_t shdr_addr;
	uint32_t shdr_strndx;
	uint32_t mmap_length;		/* bytes */
	uint32_t mmap_addr;
	uint32_t unused1[9];
} __attribute__((packed));

_Static_assert(sizeof(struct multiboot_raw_module) == 16, "multiboot module");
_Static_assert(sizeof(struct multiboot_raw_mmap_entry) == 24, "multiboot memory map");
_Static_assert(sizeof(struct multiboot_raw_info) == 88, "multiboot information");
