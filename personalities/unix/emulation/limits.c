/* Resource limits: read from the process's page.  The server sets and enforces them. */
#include "library.h"

#define LIMITS       16u
#define OLD_INFINITY 0x7fffffffu

static int get(struct unix_thread_page *page, uint32_t infinity)
{
	uint32_t which = argument(page, 0);
	uint32_t limit[2];

	if (which >= LIMITS) {
		return -EINVAL;
	}
	for (int i = 0; i < 2; i++) {
		limit[i] = process->limits[which][i];
		limit[i] = limit[i] > infinity ? infinity : limit[i];
	}
	return PUT(argument(page, 1), limit);
}

DO(ugetrlimit)
{
	return get(page, 0xffffffff);
}

DO(getrlimit)
{
	return get(page, OLD_INFINITY);
}
