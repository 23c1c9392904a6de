/* Virtual-8086 mode: what a thread needs for it (v86.c), and what its traps do (v86_trap.c).

   A thread whose `machine.v86_mode` is set has a frame of that mode: VM in eflags, its data
   segments in the struct v86_segments above the frame, gs to ds of the frame 0. It got there by
   thread_set_state (then what the kernel does not do itself raises Mach exceptions) or by
   masix_v86_run (then that call returns to its monitor in the same thread). */
#pragma once

#include <i386/layout.h>
#include <i386/v86_core.h>
#include <kern/machine.h>

struct i386_thread_state;
struct i386_v86_assist_state;
struct masix_v86_registers;
struct thread;

struct v86 {
	uint32_t flags; /* V86_VIRTUAL of the program */
	bool running;   /* in masix_v86_run: `block` to `monitor` count */
	bool shadow;    /* STI: an interrupt waits for one instruction more, for which TF is set */
	bool posted;    /* masix_thread_post_v86, at once */
	bool changed;   /* thread_set_state came while memory was waited for: what was begun is void
			 */
	uint32_t block; /* user address */
	uint32_t run_flags;
	uint32_t service_segment;
	struct user_frame monitor;     /* where masix_v86_run returns to */
	uint32_t int_table, int_count; /* V86_ASSIST; no rows: none */
};

static inline struct v86_segments *v86_segments(struct user_frame *frame)
{
	return (struct v86_segments *)(frame + 1);
}

/* The thread's record, made if it had none. NULL: no memory. */
struct v86 *v86_of(struct thread *thread) MUST_CHECK;
void v86_free(struct thread *thread);
void v86_init(void);

/* thread_get_state, THREAD and REGS_SEGS: the part that differs in this mode. */
void v86_get_registers(const struct thread *thread, struct i386_thread_state *state);
/* thread_set_state with VM in its flags: the mode begins. Nothing in the state is refused: what a
   program may not have is cleared. KERN_INVALID_ARGUMENT: a thread of the kernel's.
   KERN_RESOURCE_SHORTAGE. Nothing changed then. */
kern_return_t v86_set_registers(struct thread *thread,
				const struct i386_thread_state *state) MUST_CHECK;
/* thread_set_state without VM of a thread in the mode, which ends, and with it masix_v86_run. */
void v86_end(struct thread *thread);
/* KERN_INVALID_ARGUMENT: a table that is no user memory, or longer than V86_INTERRUPTS_MAX. */
kern_return_t v86_set_assist(struct thread *thread,
			     const struct i386_v86_assist_state *state) MUST_CHECK;
#define V86_INTERRUPTS_MAX 256u

/* --- the current thread, in this mode --- */

/* An exception of the program: true when the kernel or the monitor in the same thread has it. */
bool v86_exception(struct user_frame *frame, int exception, int code, int subcode) MUST_CHECK;
/* Gives the program what has been waiting for its IF. */
void v86_deliver(struct user_frame *frame);
/* At the boundary: somebody asked this thread to look. */
void v86_look(struct user_frame *frame);
/* The #DB behind STI. False: it is the program's own. */
bool v86_shadow_ends(struct user_frame *frame) MUST_CHECK;
struct masix_v86_block;
/* The current thread's masix_v86_run returns, with this eip among its registers. `block` has reason
   and what goes with it, of which `words` are stored behind the registers. If they cannot be, the
   thread gets EXC_BAD_ACCESS, and is where it was. */
void v86_leave(struct v86 *v86, uint32_t eip, struct masix_v86_block *block, uint32_t words);
#define V86_WORDS_PLAIN 3u /* reason, length, vector */
#define V86_WORDS_PORT  7u /* and port, bytes, access, segment */
#define V86_WORDS_ALL   15u
