/* The CMOS clock. */
#pragma once

/* Reads it once; machine_boot_seconds (kern/machine.h) tells what it said. */
void rtc_read_boot_seconds(void);
