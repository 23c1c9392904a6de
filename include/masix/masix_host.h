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

/*
 * Virtual-8086 mode.  masix_v86_run (a trap of lib/mach) runs 16-bit code in the calling thread
 * until there is something for its monitor to do, and returns: no message, no other thread.
 *
 * The segment registers are paragraphs, addresses are those of the task (page 0: see
 * masix_task_map_page_zero).  CLI STI PUSHF POPF and IRET are the kernel's; IF, IOPL and NT of
 * registers.eflags are the program's own and mean nothing to the processor.
 *
 * An instruction that comes back to the monitor is not followed by a single step: if TF is set, the
 * monitor owes the program its interrupt 1.  The A20 line is how the monitor maps 0x100000 to
 * 0x10ffff.  thread_get_state and thread_set_state by another thread see and change the program's
 * registers; a state without VM ends the call without a return.  thread_abort does not end it:
 * masix_thread_post_v86 does.
 */
struct masix_v86_registers {
	natural_t edi, esi, ebp, ebx, edx, ecx, eax;
	natural_t eip, cs, eflags, esp, ss;
	natural_t es, ds, fs, gs;
};

struct masix_v86_block {
	/* Written by the monitor, any thread of it, at any time: not 0 asks for a return with
	   MASIX_V86_INTERRUPT as soon as the program's IF is 1.  The kernel looks when the program
	   is entered, when IF becomes 1, and at masix_thread_post_v86. */
	volatile natural_t pending;
	/* Read at each masix_v86_run. */
	natural_t flags; /* MASIX_V86_REFLECT */
	natural_t service_segment;
	struct masix_v86_registers registers; /* read and written */
	/* What follows the kernel writes; each field only for the reasons that its comment names.
	 */
	natural_t reason;
	natural_t length; /* INT HLT IN OUT: bytes of the instruction, which end at registers.eip */
	natural_t vector; /* INT; EXCEPTION: the processor's */
	natural_t port;   /* IN OUT */
	natural_t bytes;  /* IN OUT: 1, 2 or 4 */
	natural_t access; /* IN OUT: MASIX_V86_STRING ... */
	natural_t segment; /* IN OUT of strings: value of the segment register of the memory operand
			    */
	natural_t exception, code, subcode; /* EXCEPTION: what a Mach exception would say */
	natural_t instruction_bytes;        /* EXCEPTION: how many of the following could be read */
	unsigned char instruction[16];      /* EXCEPTION: what stands at cs:eip */
};

/* flags: INT n goes where the program's table at address 0 says, without a return, unless that is
   in service_segment; so do the exceptions 0, 1, 3, 4 and 5. */
#define MASIX_V86_REFLECT 0x1

/* reason */
#define MASIX_V86_INT       1 /* registers.eip is after the instruction */
#define MASIX_V86_IN        2 /* likewise; the monitor moves the data, all of it for REP */
#define MASIX_V86_OUT       3
#define MASIX_V86_HLT       4 /* likewise */
#define MASIX_V86_INTERRUPT 5 /* pending is not 0 and IF is 1 */
#define MASIX_V86_POSTED    6 /* masix_thread_post_v86 with at_once */
#define MASIX_V86_EXCEPTION                                                                        \
	7 /* registers.eip as the processor has it: at the instruction for faults */

/* access */
#define MASIX_V86_STRING     0x1 /* INS or OUTS: es:di, or segment:si */
#define MASIX_V86_REPEAT     0x2 /* cx times */
#define MASIX_V86_ADDRESS_32 0x4 /* edi, esi and ecx instead */

_Static_assert(sizeof(struct masix_counter) == 40, "counters travel");
_Static_assert(sizeof(struct masix_zone) == 48, "zones travel");
_Static_assert(sizeof(struct masix_v86_block) == 136, "the kernel copies it in parts");
_Static_assert(sizeof(struct masix_redirect_block) == 16, "assembly knows the block");
