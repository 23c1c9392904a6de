/* See lock_core.h. */
#include <stddef.h>

#include "lock_core.h"

const struct lock_range *lock_conflict(const struct lock_list *list, uint64_t owner, uint64_t start,
				       uint64_t end, enum lock_kind kind)
{
	for (const struct lock_range *range = list->first; range != NULL && kind != LOCK_NONE;
	     range = range->next) {
		bool overlaps = range->start < end && start < range->end;
		if (overlaps && range->owner != owner &&
		    (kind == LOCK_WRITE || range->kind == LOCK_WRITE)) {
			return range;
		}
	}
	return NULL;
}

static void give_back(struct lock_range *range, struct lock_range **unused)
{
	range->next = *unused;
	*unused = range;
}

static void insert(struct lock_list *list, struct lock_range *range)
{
	struct lock_range **at = &list->first;
	while (*at != NULL && (*at)->start < range->start) {
		at = &(*at)->next;
	}
	range->next = *at;
	*at = range;
}

/* Cuts [start, end) out of what the owner holds. `spare` is used up when a range is cut in two,
   which can happen once. */
static void cut(struct lock_list *list, uint64_t owner, uint64_t start, uint64_t end,
		struct lock_range **spare, struct lock_range **unused)
{
	struct lock_range **at = &list->first;
	struct lock_range *tail = NULL;
	while (*at != NULL) {
		struct lock_range *range = *at;
		if (range->owner != owner || range->end <= start || end <= range->start) {
			at = &range->next;
		} else if (range->start >= start && range->end <= end) {
			*at = range->next;
			give_back(range, unused);
		} else if (range->start < start) {
			if (range->end > end) {
				tail = *spare;
				*spare = NULL;
				*tail = (struct lock_range){.start = end,
							    .end = range->end,
							    .owner = owner,
							    .kind = range->kind};
			}
			range->end = start;
			at = &range->next;
		} else { /* its head goes: the list's order may change with its start */
			*at = range->next;
			range->start = end;
			range->next = NULL;
			tail = range;
		}
	}
	if (tail != NULL) {
		insert(list, tail);
	}
}

/* Joins the range with the owner's neighbours of its kind. */
static void merge(struct lock_list *list, struct lock_range *range, struct lock_range **unused)
{
	struct lock_range **at = &list->first;
	while (*at != NULL) {
		struct lock_range *other = *at;
		bool touches = other->end == range->start || range->end == other->start;
		if (other == range || other->owner != range->owner || other->kind != range->kind ||
		    !touches) {
			at = &other->next;
			continue;
		}
		*at = other->next;
		range->start = other->start < range->start ? other->start : range->start;
		range->end = other->end > range->end ? other->end : range->end;
		give_back(other, unused);
	}
	/* Its start may lie before others' now. */
	at = &list->first;
	while (*at != range) {
		at = &(*at)->next;
	}
	*at = range->next;
	insert(list, range);
}

void lock_set(struct lock_list *list, uint64_t owner, uint64_t start, uint64_t end,
	      enum lock_kind kind, struct lock_range *fresh[LOCK_RANGES_NEEDED],
	      struct lock_range **unused)
{
	struct lock_range *spare = fresh[0], *range = fresh[1];
	*unused = NULL;
	cut(list, owner, start, end, &spare, unused);
	if (spare != NULL) {
		give_back(spare, unused);
	}
	if (kind == LOCK_NONE) {
		give_back(range, unused);
		return;
	}
	*range = (struct lock_range){.start = start, .end = end, .owner = owner, .kind = kind};
	insert(list, range);
	merge(list, range, unused);
}
