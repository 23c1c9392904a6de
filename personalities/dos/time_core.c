/* See time_core.h. */
#include "time_core.h"

#define DAY_SECONDS 86400
#define DAYS_1980   3652 /* from 1970 */

static bool is_leap(uint32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

void time_split(struct dos_time *time, int64_t seconds, uint8_t hundredth)
{
	int64_t days = seconds / DAY_SECONDS;
	uint32_t rest = (uint32_t)(seconds % DAY_SECONDS);

	*time = (struct dos_time){.year = 1980, .month = 1, .day = 1, .weekday = 2};
	if (seconds < (int64_t)DAYS_1980 * DAY_SECONDS) {
		return;
	}
	time->weekday = (uint8_t)((days + 4) % 7); /* 1 January 1970 was a Thursday */
	days -= DAYS_1980;
	while (time->year < 2107 && days >= (is_leap(time->year) ? 366 : 365)) {
		days -= is_leap(time->year) ? 366 : 365;
		time->year++;
	}
	while (time->month < 12 && days >= month_days(time->year, time->month)) {
		days -= month_days(time->year, time->month);
		time->month++;
	}
	time->day = (uint8_t)(days < 31 ? days + 1 : 31);
	time->hour = (uint8_t)(rest / 3600);
	time->minute = (uint8_t)(rest / 60 % 60);
	time->second = (uint8_t)(rest % 60);
	time->hundredth = hundredth;
}

int64_t time_join(const struct dos_time *time)
{
	int64_t days = DAYS_1980 + time->day - 1;

	for (uint32_t year = 1980; year < time->year; year++) {
		days += is_leap(year) ? 366 : 365;
	}
	for (uint32_t month = 1; month < time->month; month++) {
		days += month_days(time->year, month);
	}
	return days * DAY_SECONDS + time->hour * 3600 + time->minute * 60 + time->second;
}

bool time_is_date(uint32_t year, uint32_t month, uint32_t day)
{
	return year >= 1980 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= month_days(year, month);
}

bool time_is_time(uint32_t hour, uint32_t minute, uint32_t second, uint32_t hundredth)
{
	return hour < 24 && minute < 60 && second < 60 && hundredth < 100;
}

void time_pack(const struct dos_time *time, uint16_t *date_word, uint16_t *time_word)
{
	*date_word = (uint16_t)((time->year - 1980) << 9 | time->month << 5 | time->day);
	*time_word = (uint16_t)(time->hour << 11 | time->minute << 5 | time->second / 2);
}

void time_unpack(struct dos_time *time, uint16_t date_word, uint16_t time_word)
{
	uint32_t month = date_word >> 5 & 15, day = date_word & 31;

	*time = (struct dos_time){
		.year = (uint16_t)(1980 + (date_word >> 9)),
		.month = (uint8_t)(month < 1    ? 1
				   : month > 12 ? 12
						: month),
		.day = (uint8_t)(day < 1 ? 1 : day),
		.hour = (uint8_t)(time_word >> 11 < 24 ? time_word >> 11 : 23),
		.minute = (uint8_t)((time_word >> 5 & 63) < 60 ? time_word >> 5 & 63 : 59),
		.second = (uint8_t)((time_word & 31) < 30 ? (time_word & 31) * 2 : 58),
	};
}
