/* The C side of masix/masix_host.defs: what the Masix kernel adds to Mach. */
#pragma once

#include <stdint.h>
#include <mach/machine/vm_types.h>

/* SHA-256 of the image that a task was loaded from; all zero while nobody has set it. */
#define MASIX_DIGEST_BYTES 32
typedef unsigned char masix_digest_t[MASIX_DIGEST_BYTES];

#define MASIX_NAME_BYTES 32 /* with the final zero */

struct masix_counter {
	char name[MASIX_NAME_BYTES];
	int64_t value;
};
typedef struct masix_counter masix_counter_t;
typedef masix_counter_t *masix_counter_array_t;

/* A zone is the kernel's supply of objects of one kind.  The last three count objects. */
struct masix_zone {
	char name[MASIX_NAME_BYTES];
	natural_t element_bytes;
	natural_t in_use;
	natural_t cap;        /* no more are made: KERN_RESOURCE_SHORTAGE; 0: memory is the bound */
	natural_t high_water; /* most that were ever in use at once */
};
typedef struct masix_zone masix_zone_t;
typedef masix_zone_t *masix_zone_array_t;

/* What masix_trace_control switches on. */
#define MASIX_TRACE_MESSAGES 0x1
#define MASIX_TRACE_SWITCHES 0x2 /* of threads */
#define MASIX_TRACE_FAULTS   0x4

/* The selectors of a thread's own segments: index 0, 1 and 2 of masix_thread_set_tls. */
#define MASIX_TLS_COUNT           3
#define MASIX_TLS_SELECTOR(index) (0x33 + 8 * (index))

/*
 * The int 0x80 redirect.  In a task that has a handler, int 0x80 by a thread that has a block
 * stores the first three words here, loads esp with stack_top, clears TF, DF, NT and AC, and goes
 * on at the handler; no other register changes, and the program's own stack is not touched.  The
 * library returns to eip, with eflags and esp, without the kernel's help.
 */
struct masix_redirect_block {
	natural_t eip; /* after the int 0x80 */
	natural_t eflags;
	natural_t esp;
	natural_t stack_top; /* set by the library before it registers the block */
};

_Static_assert(sizeof(struct masix_counter) == 40, "counters travel");
_Static_assert(sizeof(struct masix_zone) == 48, "zones travel");
_Static_assert(sizeof(struct masix_redirect_block) == 16, "assembly knows the block");
