/* One of the kernel's object caches, as host_slab_info tells of it.  Sizes are in bytes. */
#pragma once

#include <mach/machine/vm_types.h>

#define CACHE_NAME_MAX_LEN 32

typedef struct cache_info {
	int flags;
	rpc_vm_size_t cpu_pool_size;
	rpc_vm_size_t obj_size;
	rpc_vm_size_t align;
	rpc_vm_size_t buf_size;			/* what an object occupies */
	rpc_vm_size_t slab_size;
	rpc_long_natural_t bufs_per_slab;
	rpc_long_natural_t nr_objs;		/* objects in use */
	rpc_long_natural_t nr_bufs;		/* objects there is memory for */
	rpc_long_natural_t nr_slabs;
	rpc_long_natural_t nr_free_slabs;
	char name[CACHE_NAME_MAX_LEN];
} cache_info_t;
typedef cache_info_t *cache_info_array_t;

_Static_assert(sizeof(cache_info_t) == 76, "eleven words and a name");
