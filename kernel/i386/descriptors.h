/* GDT, LDT, IDT and TSS (Intel SDM vol. 3, chapters 3, 6 and 7). */
#pragma once

#include <kern/types.h>
#include <i386/layout.h>
#include <i386/machine_thread.h>

struct thread;
struct task;

#define IO_BITMAP_BYTES 8192u

/* Loads all tables and the SYSENTER registers. */
void descriptors_init(void);
/* Fills the per-thread GDT slots from the thread's descriptors. */
void descriptors_load_thread(const struct machine_thread *machine);
/* True if a user may have this descriptor: a present data or code segment of ring 3, or all zero.
 */
bool descriptor_is_harmless(struct segment_descriptor descriptor);
/* Makes `bitmap` (IO_BITMAP_BYTES, a set bit refuses) the TSS's, NULL: no port at all. */
void descriptors_load_io_bitmap(const void *bitmap);
/* The bitmap's contents changed, or it is about to be freed: forget what was loaded. */
void descriptors_forget_io_bitmap(const void *bitmap);
/* The processor has SYSENTER (and the registers are set). */
extern bool machine_has_sysenter;

extern uint32_t tss_esp0;
/* Where the processor was when it switched to the double-fault task. */
void descriptors_interrupted(uint32_t *eip, uint32_t *esp);
/* Loads the debug registers with what the thread set (switch.c). */
void debug_load(const struct machine_thread *machine);
