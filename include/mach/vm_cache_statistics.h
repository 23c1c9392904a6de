/* What vm_cache_statistics tells: pages of memory objects that are kept after their last use. */
#pragma once

#include <mach/machine/vm_types.h>

struct vm_cache_statistics {
	integer_t cache_object_count;	/* objects cached */
	integer_t cache_count;		/* pages cached */
	integer_t active_tmp_count;	/* active pages that the default pager backs */
	integer_t inactive_tmp_count;
	integer_t active_perm_count;	/* active pages that other pagers back */
	integer_t inactive_perm_count;
	integer_t dirty_count;
	integer_t laundry_count;	/* pages being cleaned */
	integer_t writeback_count;
	integer_t slab_count;		/* pages of the kernel's own objects */
	integer_t slab_reclaim_count;
};

typedef struct vm_cache_statistics *vm_cache_statistics_t;
typedef struct vm_cache_statistics vm_cache_statistics_data_t;
