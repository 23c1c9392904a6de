/*
 * Times: as the kernel reports them, and as it maps them (manual, "Host Time").
 *
 * The arithmetic assumes normalized values, and asserts it where the including file has assert.
 */
#pragma once

#include <mach/machine/vm_types.h>

struct rpc_time_value {
	rpc_long_integer_t seconds;
	integer_t microseconds;
};
typedef struct rpc_time_value rpc_time_value_t;

struct time_value {
	long_integer_t seconds;
	integer_t microseconds;
};
typedef struct time_value time_value_t;

/* The form that outlives 2038. */
struct time_value64 {
	int64_t seconds;
	int64_t nanoseconds;
};
typedef struct time_value64 time_value64_t;

static __inline__ rpc_time_value_t convert_time_value_to_user(time_value_t tv)
{
	return (rpc_time_value_t) { .seconds = tv.seconds, .microseconds = tv.microseconds };
}

static __inline__ time_value_t convert_time_value_from_user(rpc_time_value_t tv)
{
	return (time_value_t) { .seconds = tv.seconds, .microseconds = tv.microseconds };
}

#define TIME_MICROS_MAX (1000000)
#define TIME_NANOS_MAX (1000000000)

#define time_value_assert(val) \
	assert(0 <= (val)->microseconds && (val)->microseconds < TIME_MICROS_MAX);
#define time_value64_assert(val) \
	assert(0 <= (val)->nanoseconds && (val)->nanoseconds < TIME_NANOS_MAX);

#define time_value_add_usec(val, micros) { \
	time_value_assert(val); \
	(val)->microseconds += (micros); \
	if ((val)->microseconds >= TIME_MICROS_MAX) { \
		(val)->microseconds -= TIME_MICROS_MAX; \
		(val)->seconds++; \
	} \
	time_value_assert(val); \
}

#define time_value_sub_usec(val, micros) { \
	time_value_assert(val); \
	(val)->microseconds -= (micros); \
	if ((val)->microseconds < 0) { \
		(val)->microseconds += TIME_MICROS_MAX; \
		(val)->seconds--; \
	} \
	time_value_assert(val); \
}

#define time_value_add(result, addend) { \
	time_value_assert(addend); \
	(result)->seconds += (addend)->seconds; \
	time_value_add_usec(result, (addend)->microseconds); \
}

#define time_value_sub(result, subtrahend) { \
	time_value_assert(subtrahend); \
	(result)->seconds -= (subtrahend)->seconds; \
	time_value_sub_usec(result, (subtrahend)->microseconds); \
}

#define time_value64_init(val) { \
	(val)->seconds = 0; \
	(val)->nanoseconds = 0; \
}

#define time_value64_add_nanos(val, nanos) { \
	time_value64_assert(val); \
	(val)->nanoseconds += (nanos); \
	if ((val)->nanoseconds >= TIME_NANOS_MAX) { \
		(val)->nanoseconds -= TIME_NANOS_MAX; \
		(val)->seconds++; \
	} \
	time_value64_assert(val); \
}

#define time_value64_sub_nanos(val, nanos) { \
	time_value64_assert(val); \
	(val)->nanoseconds -= (nanos); \
	if ((val)->nanoseconds < 0) { \
		(val)->nanoseconds += TIME_NANOS_MAX; \
		(val)->seconds--; \
	} \
	time_value64_assert(val); \
}

#define time_value64_add(result, addend) { \
	time_value64_assert(addend); \
	(result)->seconds += (addend)->seconds; \
	time_value64_add_nanos(result, (addend)->nanoseconds); \
}

#define time_value64_sub(result, subtrahend) { \
	time_value64_assert(subtrahend); \
	(result)->seconds -= (subtrahend)->seconds; \
	time_value64_sub_nanos(result, (subtrahend)->nanoseconds); \
}

#define TIME_VALUE64_TO_TIME_VALUE(tv64, tv) do { \
	(tv)->seconds = (tv64)->seconds; \
	(tv)->microseconds = (tv64)->nanoseconds / 1000; \
} while (0)

#define TIME_VALUE_TO_TIME_VALUE64(tv, tv64) do { \
	(tv64)->seconds = (tv)->seconds; \
	(tv64)->nanoseconds = (tv)->microseconds * 1000; \
} while (0)

/*
 * The page of the device "time".  The kernel writes check_seconds, microseconds, seconds in this
 * order, so a reader that takes seconds, microseconds, check_seconds (with a barrier between
 * them) and finds the first and the last equal has a consistent time.  Likewise the 64-bit part,
 * which older kernels leave zero.
 */
typedef struct mapped_time_value {
	integer_t seconds;
	integer_t microseconds;
	integer_t check_seconds;
	struct time_value64 time_value;
	int64_t check_seconds64;
} mapped_time_value_t;

#define TIME_VALUE_TO_TIMESPEC(tv, ts) do { \
	(ts)->tv_sec = (tv)->seconds; \
	(ts)->tv_nsec = (tv)->microseconds * 1000; \
} while (0)

#define TIMESPEC_TO_TIME_VALUE(tv, ts) do { \
	(tv)->seconds = (ts)->tv_sec; \
	(tv)->microseconds = (ts)->tv_nsec / 1000; \
} while (0)

#define TIME_VALUE64_TO_TIMESPEC(tv, ts) do { \
	(ts)->tv_sec = (tv)->seconds; \
	(ts)->tv_nsec = (tv)->nanoseconds; \
} while (0)

#define TIMESPEC_TO_TIME_VALUE64(tv, ts) do { \
	(tv)->seconds = (ts)->tv_sec; \
	(tv)->nanoseconds = (ts)->tv_nsec; \
} while (0)

_Static_assert(sizeof(struct rpc_time_value) == 8, "two words travel");
_Static_assert(sizeof(struct time_value64) == 16, "four words travel");
