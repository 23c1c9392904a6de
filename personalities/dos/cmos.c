/* See cmos.h. */
#include "cmos.h"
#include <string.h>
#include "tick.h"
#include "time_core.h"

#define REGISTERS_MAX 128u
#define TIME_END      0x0au
#define STATUS_A      0x0au
#define STATUS_D      0x0du
#define CENTURY       0x32u
#define BINARY        0x04u /* of status B: not BCD */
#define HOURS_24      0x02u
#define UPDATED       0x10u /* of B and C, besides those of cmos.h */
#define ASKS          0x80u /* of C: one of the three that are wanted */
#define ANY           0xc0u /* of an alarm's register: whatever the time */
#define BACKLOG_MAX   64u

static uint8_t registers[REGISTERS_MAX], at;
static uint64_t periods_seen; /* periodic interrupts that were given, since they were set */
static uint64_t periodic_since;
static int64_t second_seen;

void cmos_reset(void)
{
	memset(registers, 0, sizeof registers);
	registers[STATUS_A] = 0x26;
	registers[CMOS_STATUS_B] = HOURS_24;
	registers[STATUS_D] = 0x80;
	registers[0x14] = 0x22; /* a display of 80 columns, a coprocessor */
	registers[0x15] = 0x80; /* 640 KB */
	registers[0x16] = 0x02;
}

static uint8_t coded(uint32_t value)
{
	if ((registers[CMOS_STATUS_B] & BINARY) != 0) {
		return (uint8_t)value;
	}
	return (uint8_t)(value / 10 << 4 | value % 10);
}

static uint8_t time_field(uint32_t index)
{
	struct dos_time now;
	uint8_t hundredth = 0;

	time_split(&now, clock_seconds(&hundredth), hundredth);
	switch (index) {
	case 0x00:
		return coded(now.second);
	case 0x02:
		return coded(now.minute);
	case 0x04:
		return coded(now.hour);
	case 0x06:
		return (uint8_t)(now.weekday + 1);
	case 0x07:
		return coded(now.day);
	case 0x08:
		return coded(now.month);
	case 0x09:
		return coded(now.year % 100u);
	case CENTURY:
		return (uint8_t)(now.year / 1000u << 4 | now.year / 100u % 10);
	default:
		return registers[index];
	}
}

uint8_t cmos_get(uint32_t index)
{
	uint8_t value = time_field(index);

	if (index == CMOS_STATUS_C) {
		registers[CMOS_STATUS_C] = 0;
	}
	return value;
}

/* The clock itself is set by the BIOS and DOS alone: what is written there is lost. */
void cmos_set(uint32_t index, uint8_t value)
{
	if (index == CMOS_STATUS_C || index == STATUS_D) {
		return;
	}
	if (index == STATUS_A ||
	    (index == CMOS_STATUS_B && ((registers[CMOS_STATUS_B] ^ value) & CMOS_PERIODIC) != 0)) {
		periodic_since = clock_microseconds();
		periods_seen = 0;
	}
	registers[index] = value;
}

uint8_t cmos_in(uint32_t port)
{
	return (port & 1) == 0 ? at : cmos_get(at);
}

void cmos_out(uint32_t port, uint8_t value)
{
	if ((port & 1) == 0) {
		at = value % REGISTERS_MAX;
	} else {
		cmos_set(at, value);
	}
}

uint32_t cmos_period_us(void)
{
	uint32_t rate = registers[STATUS_A] & 15;

	if ((registers[CMOS_STATUS_B] & CMOS_PERIODIC) == 0 || rate == 0) {
		return 0;
	}
	rate += rate < 3 ? 7 : 0; /* as the chip has it with a crystal of 32768 Hz */
	return 1000000u / (32768u >> (rate - 1));
}

static void look_at_period(void)
{
	uint32_t rate = registers[STATUS_A] & 15;
	uint64_t due = 0;

	rate += rate < 3 ? 7 : 0;
	due = (clock_microseconds() - periodic_since) * (32768u >> (rate - 1)) / 1000000;
	if (due > periods_seen) {
		periods_seen = due - periods_seen > BACKLOG_MAX ? due - BACKLOG_MAX : periods_seen;
		periods_seen++;
		registers[CMOS_STATUS_C] |= CMOS_PERIODIC;
	}
}

static bool alarm_is(uint32_t alarm, uint32_t field)
{
	return (registers[alarm] & ANY) == ANY || registers[alarm] == time_field(field);
}

static void look_at_seconds(void)
{
	uint8_t hundredth = 0;
	int64_t now = clock_seconds(&hundredth);

	if (now == second_seen) {
		return;
	}
	second_seen = now;
	registers[CMOS_STATUS_C] |= UPDATED;
	if (alarm_is(CMOS_ALARM_SECOND, 0x00) && alarm_is(CMOS_ALARM_MINUTE, 0x02) &&
	    alarm_is(CMOS_ALARM_HOUR, 0x04)) {
		registers[CMOS_STATUS_C] |= CMOS_ALARM;
	}
}

bool cmos_look(void)
{
	uint8_t wanted = registers[CMOS_STATUS_B] & (CMOS_PERIODIC | CMOS_ALARM | UPDATED);
	bool asked = (registers[CMOS_STATUS_C] & ASKS) != 0;

	if (cmos_period_us() != 0 && !asked) {
		look_at_period();
	}
	look_at_seconds();
	if (!asked && (registers[CMOS_STATUS_C] & wanted) != 0) {
		registers[CMOS_STATUS_C] |= ASKS;
		return true;
	}
	return false;
}
