/* The C side of mach/std_types.defs: types that every interface uses. */
#pragma once

#define EXPORT_BOOLEAN
#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/port.h>
#include <mach/machine/vm_types.h>

typedef vm_offset_t pointer_t;		/* out-of-line data in a message */
typedef vm_offset_t vm_address_t;
