/* Threads on the processor: run queues, blocking, waking, time slices, handoff.

   The kernel does not preempt itself. A thread leaves the processor only in thread_block and its
   relatives (in the kernel, at a named point) or at the user boundary (thread_boundary). */
#pragma once

#include <kern/list.h>
#include <kern/types.h>

struct thread;

enum wait_result {
	WAIT_AWAKENED, /* somebody called thread_wake or wait_queue_wake: the thing has happened */
	WAIT_TIMED_OUT,
	WAIT_INTERRUPTED, /* thread_abort, or the thread is being terminated */
};

/* A queue of blocked threads, first come first served. */
struct wait_queue {
	struct list threads; /* struct thread.wait_link */
};

static inline void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->threads);
}

#define NO_DEADLINE UINT64_MAX

extern struct thread *current; /* the running thread; set by machine_switch's caller only */

/* Puts the current thread at the tail of `queue` (NULL: on none) and runs others until it is woken.
   deadline_ns in machine_uptime_ns time, or NO_DEADLINE. A thread being terminated does not wait:
   it gets WAIT_INTERRUPTED at once. Every wait is interruptible. Returns why it ended; the thread
   is then on no queue. Everything the caller held may have changed meanwhile. */
enum wait_result thread_wait(struct wait_queue *queue, uint64_t deadline_ns);

/* As thread_wait without a deadline, and the processor goes straight to `next`, which waits and is
   woken with WAIT_AWAKENED by this. The RPC path. */
enum wait_result thread_wait_handoff(struct wait_queue *queue, struct thread *next);

/* Ends the thread's wait: removes it from its queue and timer and makes it runnable. No effect on a
   thread that does not wait. */
void thread_wake(struct thread *thread, enum wait_result result);
/* Wakes the first thread of the queue; returns it, or NULL if there was none. */
struct thread *wait_queue_wake_one(struct wait_queue *queue, enum wait_result result);
void wait_queue_wake_all(struct wait_queue *queue, enum wait_result result);

/* Gives the processor to others of the same or higher priority (swtch), or of any (depress).
   Returns true if another thread was runnable. Called on behalf of a user thread at a trap. */
bool thread_yield(void);
/* swtch_pri and thread_switch(DEPRESS): lowest priority for ms (0: until it runs again). */
bool thread_yield_depressed(uint32_t ms);
void thread_depress_end(struct thread *thread);
/* Runs `target` now if it is runnable (thread_switch's hint). */
void thread_yield_to(struct thread *target);

/* Work to be done before the current thread returns to user mode. Not zero makes the return path
   call thread_boundary. */
#define AST_RESCHEDULE 1u /* a time slice ended or a thread of higher priority woke */
#define AST_STOP       2u /* the thread is suspended, or its task is */
#define AST_TERMINATE  4u
#define AST_SIGNAL     8u /* the machine layer's: look what waits for 16-bit code (i386/v86.h) */
#define AST_THREAD                                                                                 \
	0xffu /* those that go with their thread; the machine's others tell of the processor's     \
		 state */
extern uint32_t ast_pending; /* of the current thread; thread->ast of the others */

/* Called by the return-to-user path, interrupts off, when ast_pending is not zero: stops,
   reschedules or ends the current thread. The user frame is complete (result register stored). */
void thread_boundary(void);

/* A new thread's first moment on the processor, before it enters user mode (or its entry). */
void thread_start_finish(void);

/* The current thread is DEAD and everything but its stack has been dealt with: the next thread to
   run calls thread_reap for it. */
void sched_exit(void) __attribute__((noreturn));

/* The timer interrupt: called once per PIT tick, from user mode or idle; posts only. */
void sched_tick(void);

/* Ready to run: a thread that is WAITING (and on no wait queue any more) or STOPPED. */
void sched_make_runnable(struct thread *thread);
void sched_remove(struct thread *thread); /* from its run queue, if on one */
void sched_set_priority(struct thread *thread, int priority);
/* The idle loop; the boot thread becomes it. */
void sched_idle(void) __attribute__((noreturn));
void sched_init(void);
