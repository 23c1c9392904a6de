/* Advisory record locks of one file as fcntl(2) has them: each owner holds ranges for reading or
   for writing; ranges of one owner merge, split and change kind; those of different owners must not
   conflict. Pure: ranges are memory of the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LOCK_TO_END                                                                                \
	UINT64_MAX /* the range reaches to the end of the file, however far that goes              \
		    */
/* What one lock_set may need beyond what it frees. */
#define LOCK_RANGES_NEEDED 2u

enum lock_kind {
	LOCK_NONE,
	LOCK_READ,
	LOCK_WRITE,
};

struct lock_range {
	struct lock_range *
		next; /* by start; ranges of one owner neither overlap nor, if of one kind, touch */
	uint64_t start, end; /* [start, end), or to LOCK_TO_END */
	uint64_t owner;
	enum lock_kind kind;
};

struct lock_list {
	struct lock_range *first;
};

/* The first range of another owner that stands against this one, or NULL. */
const struct lock_range *lock_conflict(const struct lock_list *list, uint64_t owner, uint64_t start,
				       uint64_t end, enum lock_kind kind);

/* Sets what the owner holds in [start, end) (start < end) to `kind`; LOCK_NONE unlocks. The caller
   has looked for conflicts. fresh[] are LOCK_RANGES_NEEDED unused ranges; those not used, and
   ranges that are not needed any more, come back chained by `next` in *unused. */
void lock_set(struct lock_list *list, uint64_t owner, uint64_t start, uint64_t end,
	      enum lock_kind kind, struct lock_range *fresh[LOCK_RANGES_NEEDED],
	      struct lock_range **unused);
