/* The C side of mach_debug/mach_debug_types.defs. */
#pragma once

#include <mach_debug/hash_info.h>
#include <mach_debug/slab_info.h>
#include <mach_debug/vm_info.h>

typedef char symtab_name_t[32];
typedef const char *const_symtab_name_t;

/* Names that task_set_name and thread_set_name keep, with the final zero. */
#define KERNEL_DEBUG_NAME_MAX (64)
typedef char kernel_debug_name_t[KERNEL_DEBUG_NAME_MAX];
typedef const char *const_kernel_debug_name_t;
