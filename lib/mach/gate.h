/* The two ways into the kernel that a trap may take (traps.S), and which one it takes. */
#pragma once

#include <stdint.h>

/* MASIX_GATE_MAGIC on Masix, KERN_INVALID_ARGUMENT elsewhere; changes nothing. */
uint32_t masix_gate_probe(void);
#define MASIX_GATE_PROBE_TRAP (-96)
#define MASIX_GATE_MAGIC      0x4d415349u

/* The gates; the stubs jump to them, C does not call them. */
void mach_gate_lcall(void);
void mach_gate_sysenter(void);

/* The gate that every stub uses: lcall, until mach_init finds that the kernel is ours. */
extern void (*mach_gate)(void);

/*
 * Makes the trap "number" through "gate" with the further arguments; for tests.  Not reentrant:
 * only one thread may use it at a time.
 */
uint32_t mach_trap_by_number(void (*gate)(void), int32_t number, ...);
