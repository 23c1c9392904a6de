/* Words on the console, and the end of the machine. */
#pragma once

#include <stdarg.h>

#include <kern/types.h>

/* Prints to the kernel console (VGA and COM1 until the console server opens the device; always to
   the kmsg ring). %d %i %u %x %X %p %s %c %lu %llu %llx with width, precision for %s, '0' and '-'
   flags. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list arguments);
/* As vsnprintf: at most size bytes with the 0; returns the length it would have had. */
int ksnprintf(char *buffer, uint32_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int kvsnprintf(char *buffer, uint32_t size, const char *format, va_list arguments);

/* Raw text, as the console device's. */
void console_write(const char *text, uint32_t bytes);
/* A program's text, which is made harmless (print_harmless) where it lies. */
void console_write_foreign(char *text, uint32_t bytes);
/* The console server has these parts of the console (MACHINE_CONSOLE_*): output goes to the kmsg
   ring and to the others. A panic takes the hardware back by itself. */
void console_set_captured(uint32_t parts);

/* The kmsg ring: the last 16 KB written. Copies up to `bytes` from position *position (a count of
   all bytes ever written; moved forward to the oldest one kept) and advances it. Returns how many.
 */
uint32_t kmsg_read(uint64_t *position, char *buffer, uint32_t bytes);

/* What a panic ends with: a restart (true) or machine_halt (false). Set from the kernel command
   line. */
extern bool panic_reboots;

/* The name of the kernel function that holds `address` and the offset into it; NULL if none. */
const char *ksym_lookup(uint32_t address, uint32_t *offset);
/* The same for a boot module's program (task->symbols). */
struct symbols;
const char *symbols_lookup(const struct symbols *symbols, uint32_t address, uint32_t *offset);

/* One sentence, a backtrace and trace events about a user thread's unhandled fault. */
struct thread;
void report_user_fault(struct thread *thread, int exception, int code, uint32_t subcode);
