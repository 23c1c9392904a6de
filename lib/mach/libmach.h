/* The smallest library of Mach programs: all of its headers, and what has none of its own. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <mach/mach_types.h>
#include <mach/mach_traps.h>
#include <mach/message.h>
#include "gate.h"
#include "thread.h"

/*
 * Sets up the library: chooses the gate, learns the task's and the host's name and makes the
 * running thread's block.  crt0 calls it before main; the first thread of a task made with
 * inherited memory calls it again, as it has its parent's variables and a port name space of its
 * own.
 */
void mach_init(void);

/* This task and its host: names learnt by mach_init, so that no use costs a trap or a reference. */
extern mach_port_t mach_task_self_;
extern mach_port_t mach_host_self_;
#define mach_task_self() (mach_task_self_ + 0)
#define mach_host_self() (mach_host_self_ + 0)

/* Does the kernel understand what only Masix has?  Set by mach_init. */
extern boolean_t mach_kernel_is_masix;

/*
 * Runs 16-bit code in this thread, with the block's registers, until the block's reason says why
 * not (masix/masix_host.h); masix_host.defs has what goes with it.
 *	KERN_INVALID_ADDRESS	the block is not the task's memory, or not at a multiple of 4
 *	KERN_RESOURCE_SHORTAGE	no memory for what the kernel keeps
 * If the block cannot be written when the call should return, the thread gets EXC_BAD_ACCESS with
 * the block's address, still in virtual-8086 mode.
 */
struct masix_v86_block;
kern_return_t masix_v86_run(struct masix_v86_block *block);

/*
 * masix_memory_copy_to_task (masix/masix_host.defs) without a message.  MACH_SEND_INTERRUPTED: a name
 * that it cannot use; the message says what is wrong with it.
 */
kern_return_t syscall_masix_memory_copy_to_task(mach_port_t memory, vm_offset_t offset,
						mach_port_t task, vm_address_t address,
						vm_size_t bytes);

/* Ends the task; does not return. */
void mach_exit(void) __attribute__((noreturn));

/* A sentence for every error code a kernel call, a message or a MIG stub can return; never null. */
const char *mach_error_string(kern_return_t code);

/* The symbolic name of the code ("KERN_SUCCESS"), or null when it has none. */
const char *mach_error_name(kern_return_t code);

/*
 * printf to the kernel's console.  Knows d i u x X p s c %, the flags - 0, a width, a precision for
 * s, and the sizes l, ll, z.  Prints in pieces of at most 255 bytes; a line that fits is one piece,
 * so lines of several threads do not mix.
 */
int mach_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int mach_vprintf(const char *format, va_list arguments);

/* The same into "buffer", always ended by a zero; returns the length the whole would have had. */
int mach_snprintf(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int mach_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);

/* What C's <string.h> has under these names. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *string);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t size);
char *strchr(const char *string, int character);
char *strncpy(char *restrict to, const char *restrict from, size_t size);
unsigned long strtoul(const char *string, char **end, int base);
