/* What a default pager tells about itself (mach/default_pager.defs). */
#pragma once

#include <mach/machine/vm_types.h>

typedef struct default_pager_info {
	vm_size_t dpi_total_space;	/* bytes of backing store */
	vm_size_t dpi_free_space;	/* of these free */
	vm_size_t dpi_page_size;	/* unit of paging */
} default_pager_info_t;

typedef struct default_pager_object {
	vm_offset_t dpo_object;		/* identifies the object, and nothing else */
	vm_size_t dpo_size;		/* bytes of backing store it uses */
} default_pager_object_t;
typedef default_pager_object_t *default_pager_object_array_t;

typedef struct default_pager_page {
	vm_offset_t dpp_offset;		/* of the page in its object */
} default_pager_page_t;
typedef default_pager_page_t *default_pager_page_array_t;

typedef char default_pager_filename_t[256];
typedef const char *const_default_pager_filename_t;
