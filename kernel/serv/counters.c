#include <serv/counters.h>

#include <kern/counter.h>

uint64_t counter_value(const char *name)
{
	for (const struct counter *counter = counters_start; counter < counters_end; counter++) {
		if (__builtin_strcmp(counter->name, name) == 0) {
			return counter->value;
		}
	}
	return 0;
}
