/* Counters by name, wherever they were defined (kern/counter.h). */
#pragma once

#include <stdint.h>

/* 0 if there is none of that name. */
uint64_t counter_value(const char *name);
