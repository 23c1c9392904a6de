/* Time from the PIT, the TSC and the CMOS clock. machine_uptime_ns and machine_boot_seconds are in
   kern/machine.h. */
#pragma once

#include <stdint.h>

/* Starts the PIT at HZ, measures the TSC against it (2 ms) and unmasks line 0. Uptime counts
   from here. Interrupts are off; after pic_init. */
void time_init(void);
/* The handler of line 0: accounts the ticks that have passed, those lost while interrupts were off
   included, and calls sched_tick once for each (at most 100 times). */
void time_interrupt(void);
