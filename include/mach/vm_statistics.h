/* What vm_statistics tells (manual, "Memory Statistics"); the events count since boot. */
#pragma once

#include <mach/machine/vm_types.h>

struct vm_statistics {
	integer_t pagesize;		/* bytes */
	integer_t free_count;		/* pages free */
	integer_t active_count;		/* pages in use lately */
	integer_t inactive_count;	/* pages not in use lately */
	integer_t wire_count;		/* pages wired down */
	integer_t zero_fill_count;	/* pages filled with zero */
	integer_t reactivations;	/* inactive pages that came back into use */
	integer_t pageins;
	integer_t pageouts;
	integer_t faults;
	integer_t cow_faults;		/* faults that copied a page */
	integer_t lookups;		/* of memory objects in the cache */
	integer_t hits;			/* lookups that found one */
};

typedef struct vm_statistics *vm_statistics_t;
typedef struct vm_statistics vm_statistics_data_t;

/* Pages of one address space. */
struct pmap_statistics {
	integer_t resident_count;
	integer_t wired_count;
};

typedef struct pmap_statistics *pmap_statistics_t;
