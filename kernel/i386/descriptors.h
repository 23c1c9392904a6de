/* GDT, LDT, IDT and TSS (Intel SDM vol. 3, chapters 3, 6 and 7). What other layers ask of them is
   in kern/machine.h. */
#pragma once

#include <i386/layout.h>
#include <kern/machine.h>

/* Loads all tables and the SYSENTER registers. */
void descriptors_init(void);
extern uint32_t tss_esp0;
/* Where the processor was when it switched to the double-fault task. */
void descriptors_interrupted(uint32_t *eip, uint32_t *esp);
/* Loads the debug registers with what the thread set (switch.c). */
void debug_load(const struct machine_thread *machine);
/* Where the processor finds the kernel's stack when it leaves virtual-8086 mode or another, as the
   thread's next return to the user will choose; for the current thread after that has changed. */
void descriptors_load_mode(const struct machine_thread *machine);
