/*
 * Results of kernel calls (manual: each routine lists the ones it can give).
 * 11 and 25 belonged to calls that Mach no longer has; they stay unused.
 */
#pragma once

#include <mach/machine/kern_return.h>

#define KERN_SUCCESS 0
#define KERN_INVALID_ADDRESS 1		/* not mapped, or not a legal address */
#define KERN_PROTECTION_FAILURE 2	/* mapped, but this access is not allowed */
#define KERN_NO_SPACE 3			/* no room in the address or name space */
#define KERN_INVALID_ARGUMENT 4
#define KERN_FAILURE 5			/* could not be done; nothing more precise fits */
#define KERN_RESOURCE_SHORTAGE 6	/* memory, quota or a zone's cap ran out */
#define KERN_NOT_RECEIVER 7
#define KERN_NO_ACCESS 8
#define KERN_MEMORY_FAILURE 9		/* the memory object was destroyed */
#define KERN_MEMORY_ERROR 10		/* the pager could not supply the data */
#define KERN_NOT_IN_SET 12		/* the receive right is in no port set */
#define KERN_NAME_EXISTS 13		/* the name already denotes something */
#define KERN_ABORTED 14			/* thread_abort ended the wait */
#define KERN_INVALID_NAME 15		/* the name denotes nothing */
#define KERN_INVALID_TASK 16
#define KERN_INVALID_RIGHT 17		/* the name denotes a right of another kind */
#define KERN_INVALID_VALUE 18		/* out of range */
#define KERN_UREFS_OVERFLOW 19		/* user references would overflow */
#define KERN_INVALID_CAPABILITY 20
#define KERN_RIGHT_EXISTS 21		/* the right is already held under another name */
#define KERN_INVALID_HOST 22
#define KERN_MEMORY_PRESENT 23		/* a page was supplied twice */
#define KERN_WRITE_PROTECTION_FAILURE 24	/* kernel-internal: copy before writing */
#define KERN_TERMINATED 26		/* the object has been terminated */
#define KERN_TIMEDOUT 27
#define KERN_INTERRUPTED 28
