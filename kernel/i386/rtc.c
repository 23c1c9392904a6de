/* The CMOS clock (MC146818A data sheet). It is taken to run in UTC. */
#include <i386/port_io.h>
#include <kern/machine.h>
#include <kern/string.h>

#define CMOS_INDEX      0x70
#define CMOS_DATA       0x71
#define REG_A           0x0a
#define REG_B           0x0b
#define REG_CENTURY     0x32 /* where the PC keeps it, in BCD */
#define A_UPDATING      0x80
#define B_BINARY        0x04
#define B_24_HOURS      0x02
#define HOUR_PM         0x80
#define ATTEMPTS_MAX    100000u
#define SECONDS_PER_DAY 86400u

struct rtc_time {
	uint8_t second, minute, hour, day, month, year, century;
};

static uint8_t cmos_read(uint8_t reg)
{
	port_write8(CMOS_INDEX, reg);
	return port_read8(CMOS_DATA);
}

static uint8_t from_bcd(uint8_t value)
{
	return (uint8_t)((value >> 4) * 10 + (value & 15));
}

static struct rtc_time rtc_read_raw(void)
{
	for (uint32_t i = 0; i < ATTEMPTS_MAX && (cmos_read(REG_A) & A_UPDATING) != 0; i++) {
	}
	return (struct rtc_time){
		.second = cmos_read(0),
		.minute = cmos_read(2),
		.hour = cmos_read(4),
		.day = cmos_read(7),
		.month = cmos_read(8),
		.year = cmos_read(9),
		.century = cmos_read(REG_CENTURY),
	};
}

static struct rtc_time rtc_decode(struct rtc_time time, uint8_t mode)
{
	bool pm = (mode & B_24_HOURS) == 0 && (time.hour & HOUR_PM) != 0;
	time.hour &= (uint8_t)~HOUR_PM;
	if ((mode & B_BINARY) == 0) {
		time.second = from_bcd(time.second);
		time.minute = from_bcd(time.minute);
		time.hour = from_bcd(time.hour);
		time.day = from_bcd(time.day);
		time.month = from_bcd(time.month);
		time.year = from_bcd(time.year);
	}
	time.century = from_bcd(time.century);
	if ((mode & B_24_HOURS) == 0) {
		time.hour = (uint8_t)(time.hour % 12 + (pm ? 12 : 0));
	}
	return time;
}

static uint32_t leap_years_before(uint32_t year)
{
	year--;
	return year / 4 - year / 100 + year / 400;
}

static uint32_t seconds_since_1970(const struct rtc_time *time)
{
	static const uint16_t days_before_month[] = {0,   31,  59,  90,  120, 151,
						     181, 212, 243, 273, 304, 334};
	uint32_t century = time->century >= 19 && time->century <= 21 ? time->century : 20;
	uint32_t year = century * 100 + time->year;
	if (year < 1970 || time->month < 1 || time->month > 12 || time->day < 1 || time->day > 31 ||
	    time->hour > 23 || time->minute > 59 || time->second > 60) {
		return 0; /* a clock that was never set */
	}
	uint32_t days = (year - 1970) * 365 + leap_years_before(year) - leap_years_before(1970);
	days += days_before_month[time->month - 1] + time->day - 1u;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (leap && time->month > 2) {
		days++;
	}
	return days * SECONDS_PER_DAY + time->hour * 3600u + time->minute * 60u + time->second;
}

static uint32_t rtc_read(void)
{
	/* Two equal readings: no update came in between. */
	struct rtc_time time = rtc_read_raw();
	for (uint32_t attempt = 0; attempt < 10; attempt++) {
		struct rtc_time again = rtc_read_raw();
		if (memcmp(&again, &time, sizeof time) == 0) {
			break;
		}
		time = again;
	}
	time = rtc_decode(time, cmos_read(REG_B));
	return seconds_since_1970(&time);
}

/* Read once, by clock_init; from then on wall time goes by the uptime. */
uint32_t machine_boot_seconds(void)
{
	static bool known;
	static uint32_t boot_seconds;
	if (!known) {
		boot_seconds = rtc_read();
		known = true;
	}
	return boot_seconds;
}
