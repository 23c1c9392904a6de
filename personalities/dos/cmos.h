/*
 * The clock chip of an AT (Motorola MC146818) and its memory, at ports 70 and 71: time and date as
 * the program sees them, its periodic interrupt, its alarm, and its interrupt once a second.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CMOS_STATUS_B     0x0bu
#define CMOS_STATUS_C     0x0cu
#define CMOS_ALARM_SECOND 0x01u
#define CMOS_ALARM_MINUTE 0x03u
#define CMOS_ALARM_HOUR   0x05u
#define CMOS_PERIODIC     0x40u /* of status B and C */
#define CMOS_ALARM        0x20u

void cmos_reset(void);
uint8_t cmos_in(uint32_t port);
void cmos_out(uint32_t port, uint8_t value);

/* The registers by number, for the BIOS. */
uint8_t cmos_get(uint32_t index);
void cmos_set(uint32_t index, uint8_t value);

/* Does it ask for its interrupt?  What has happened since the last call counts. */
bool cmos_look(void);

/* Microseconds between its periodic interrupts; 0: they are off. */
uint32_t cmos_period_us(void);
