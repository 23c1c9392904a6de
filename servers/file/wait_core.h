/* Who waits for which record lock, and whether another wait would never end. Pure. */
#pragma once

#include "lock_core.h"

/* One that waits; on the list of all that do. */
struct lock_wait {
	struct lock_wait *next, *previous;
	const struct lock_list *list; /* of the file */
	uint64_t owner, start, end;
	enum lock_kind kind;
	uint8_t reached; /* wait_would_deadlock's own */
};

struct lock_waits {
	struct lock_wait *first, *last; /* oldest first */
};

void wait_add(struct lock_waits *waits, struct lock_wait *wait);
void wait_remove(struct lock_waits *waits, struct lock_wait *wait);

/* Would `wait`, which is not on the list, wait for one who waits, perhaps for others, for its
   owner? Also true when that cannot be told in WAIT_STEPS_MAX comparisons: so nobody keeps others
   waiting by a tangle. */
#define WAIT_STEPS_MAX 1000000u
bool wait_would_deadlock(const struct lock_waits *waits, const struct lock_wait *wait);
