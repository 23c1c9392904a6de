/* The passing of time: 1193182 / 65536 ticks a second, as the PC's timer has it. */
#pragma once

#include <stdint.h>

/* A thread that asks the running program to let us in, at each tick, or oftener if the program has
   made its timer faster. */
void tick_start(void);

/* How often is to be looked at anew. */
void tick_changed(void);

/* While the program only waits, and wants no ticks, the thread stands still. */
void tick_pause(void);
void tick_resume(void);

/* Ticks since midnight (local time is the node's), and the day it is, in days since 1970. */
uint32_t tick_of_day(int64_t *day);

/* Moves tick_of_day, for this program alone. */
void tick_set(uint32_t ticks);

/* Seconds since 1970 as the program sees them, and hundredths; moved by clock_move. */
int64_t clock_seconds(uint8_t *hundredth);
void clock_move(int64_t seconds);

/* Microseconds of a clock that nobody sets. */
uint64_t clock_microseconds(void);
