/* Page quotas. Every slot of a memory object that holds a page is charged to the object's quota:
   a page that two objects share by copy-on-write is charged to both, so that breaking the sharing
   can never fail for the quota's sake. */
#pragma once

#include <kern/types.h>

struct page_quota {
	uint32_t used;
	uint32_t limit; /* UINT32_MAX = bounded by the machine alone */
	bool reserve;   /* may use the last pages of the machine: booted by the kernel, or essential
			 */
};
