/* See wait_core.h. */
#include <stddef.h>

#include "wait_core.h"

void wait_add(struct lock_waits *waits, struct lock_wait *wait)
{
	wait->next = NULL;
	wait->previous = waits->last;
	*(waits->last != NULL ? &waits->last->next : &waits->first) = wait;
	waits->last = wait;
}

void wait_remove(struct lock_waits *waits, struct lock_wait *wait)
{
	*(wait->previous != NULL ? &wait->previous->next : &waits->first) = wait->next;
	*(wait->next != NULL ? &wait->next->previous : &waits->last) = wait->previous;
}

enum { UNKNOWN, REACHED, LOOKED_AT };

/* Does the owner hold something that stands against what `wait` wants? */
static bool stands_against(uint64_t owner, const struct lock_wait *wait, uint32_t *steps)
{
	for (const struct lock_range *range = wait->list->first; range != NULL;
	     range = range->next) {
		++*steps;
		if (range->owner == owner && owner != wait->owner && range->start < wait->end &&
		    wait->start < range->end &&
		    (range->kind == LOCK_WRITE || wait->kind == LOCK_WRITE)) {
			return true;
		}
	}
	return false;
}

/* Marks those that `wait` waits for; true: there are new ones. */
static bool reach_from(const struct lock_waits *waits, const struct lock_wait *wait,
		       uint32_t *steps)
{
	bool grew = false;
	for (struct lock_wait *other = waits->first; other != NULL && *steps < WAIT_STEPS_MAX;
	     other = other->next) {
		++*steps;
		if (other->reached == UNKNOWN && stands_against(other->owner, wait, steps)) {
			other->reached = REACHED;
			grew = true;
		}
	}
	return grew;
}

bool wait_would_deadlock(const struct lock_waits *waits, const struct lock_wait *wait)
{
	uint32_t steps = 0;
	for (struct lock_wait *other = waits->first; other != NULL; other = other->next) {
		other->reached = UNKNOWN;
	}
	bool grew = reach_from(waits, wait, &steps);
	while (grew) {
		grew = false;
		for (struct lock_wait *other = waits->first; other != NULL; other = other->next) {
			if (other->reached != REACHED) {
				continue;
			}
			other->reached = LOOKED_AT;
			if (steps >= WAIT_STEPS_MAX || stands_against(wait->owner, other, &steps)) {
				return true;
			}
			grew |= reach_from(waits, other, &steps);
		}
	}
	return steps >= WAIT_STEPS_MAX;
}
