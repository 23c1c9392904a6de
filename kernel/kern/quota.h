/* Page quotas. Every slot of a memory object that holds a page is charged to the object's quota:
   a page that two objects share by copy-on-write is charged to both, so that breaking the sharing
   can never fail for the quota's sake. */
#pragma once

#include <kern/types.h>

/* Who may take pages when few are left: programs stop first, then servers that can be started again,
   and what the machine cannot do without (booted by the kernel, or essential) stops last. */
#define RESERVE_NONE	  0u
#define RESERVE_SERVER	  1u
#define RESERVE_ESSENTIAL 2u

struct page_quota {
	uint32_t used;
	uint32_t limit; /* UINT32_MAX = bounded by the machine alone */
	uint8_t reserve; /* RESERVE_*: how far into the last pages of the machine it may go */
};
