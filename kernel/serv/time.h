/* Times of the kernel in the shapes of the interface. */
#pragma once

#include <kern/clock.h>
#include <mach/time_value.h>

static inline time_value_t time_value_of_ns(uint64_t ns)
{
	return (time_value_t){.seconds = (long_integer_t)(ns / 1000000000u),
			      .microseconds = (integer_t)(ns % 1000000000u / 1000u)};
}

static inline time_value_t time_value_of(struct clock_time time)
{
	return (time_value_t){.seconds = (long_integer_t)time.seconds,
			      .microseconds = (integer_t)((uint32_t)time.nanoseconds / 1000u)};
}
