/* Dates and times: the days of the calendar, and DOS's two words for them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct dos_time {
	uint16_t year;               /* 1980 to 2107 in files, to 2099 on the clock */
	uint8_t month, day, weekday; /* 0: Sunday */
	uint8_t hour, minute, second, hundredth;
};

/* From seconds since 1970 (and hundredths), and back; before 1980 is the first moment of 1980. */
void time_split(struct dos_time *time, int64_t seconds, uint8_t hundredth);
int64_t time_join(const struct dos_time *time);

/* May a person set the clock to this date (time)? */
bool time_is_date(uint32_t year, uint32_t month, uint32_t day);
bool time_is_time(uint32_t hour, uint32_t minute, uint32_t second, uint32_t hundredth);

/* A file's words, and back. */
void time_pack(const struct dos_time *time, uint16_t *date_word, uint16_t *time_word);
void time_unpack(struct dos_time *time, uint16_t date_word, uint16_t time_word);
