/*
 * Memory objects (manual, "External Memory Management").  A pager holds the receive right of the
 * object itself; the kernel holds those of control and name.
 */
#pragma once

#include <mach/port.h>

#ifdef KERNEL
struct ipc_port;
typedef struct ipc_port *memory_object_t;	/* never interpreted, only passed on */
#else
typedef mach_port_t memory_object_t;
#endif
typedef memory_object_t *memory_object_array_t;

typedef mach_port_t memory_object_control_t;	/* what the pager uses to direct the kernel */
typedef mach_port_t memory_object_name_t;	/* tells mappings of one object, no more */

/* How the kernel may copy the object's memory. */
typedef int memory_object_copy_strategy_t;

#define MEMORY_OBJECT_COPY_NONE 0	/* copy at once */
#define MEMORY_OBJECT_COPY_CALL 1	/* ask the pager */
#define MEMORY_OBJECT_COPY_DELAY 2	/* copy on write: only the kernel changes the data */
#define MEMORY_OBJECT_COPY_TEMPORARY 3	/* the same, and the data need not outlive the object */

/* What memory_object_lock_request sends back to the pager. */
typedef int memory_object_return_t;

#define MEMORY_OBJECT_RETURN_NONE 0
#define MEMORY_OBJECT_RETURN_DIRTY 1
#define MEMORY_OBJECT_RETURN_ALL 2

#define MEMORY_OBJECT_NULL MACH_PORT_NULL
