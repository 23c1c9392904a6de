/* Threads. */
#pragma once

#include <kern/clock.h>
#include <kern/list.h>
#include <kern/machine.h>
#include <kern/sched.h>
#include <kern/task.h>
#include <kern/types.h>

struct ipc_kmsg;
struct ipc_port;

#define THREAD_MAGIC       0x74687264u /* "thrd" */
#define THREAD_NAME_BYTES  32u
#define KERNEL_STACK_BYTES 8192u
#define STACK_MAGIC        0x7374616bu /* "stak": lowest word of a kernel stack, checked at each switch \
					*/

/* A thread is in one of:
   RUNNING   it is `current`
   RUNNABLE  on a run queue (run_link)
   WAITING   blocked in thread_wait, perhaps on a wait queue (wait_link), perhaps with a timer
   STOPPED   at the user boundary and suspended, or new and never resumed: on no queue
   DEAD      has left the processor for the last time; memory goes with its last reference
   A thread whose kernel stack holds nothing but its user frame is `at_boundary` (RUNNABLE or
   STOPPED only): it can be ended, and its user state read and written, without running it. */
enum thread_state {
	THREAD_RUNNING,
	THREAD_RUNNABLE,
	THREAD_WAITING,
	THREAD_STOPPED,
	THREAD_DEAD,
};

/* What a thread that waits in mach_msg to receive wants, and what it was given. Written by the
   thread before it blocks and by the sender that picks it (ipc/mach_msg.c). */
struct thread_receive {
	struct ipc_kmsg
		*kmsg;      /* the message it was given, else NULL; NULL while not in a receive */
	uint32_t max_bytes; /* its buffer */
	uint32_t option;
	uint32_t large_bytes; /* size of a message too large for it */
	kern_return_t result; /* why it was woken without one: MACH_RCV_PORT_DIED ... */
};

struct thread {
	uint32_t magic; /* [I] */
	uint32_t refs;  /* [k] */
	/* What every switch touches comes first. */
	struct machine_thread machine; /* user state, kernel stack pointer, FPU area (i386) */
	struct task *task;             /* [I] a reference */
	enum thread_state state;       /* [k] */
	uint32_t ast;     /* [k] when not current; ast_pending holds the current thread's */
	bool at_boundary; /* [k] */
	bool terminating; /* [k] set once by thread_terminate */
	bool active;      /* [k] false once terminated (ports disabled) */
	bool idle;        /* [I] the idle thread */
	bool depressed;   /* [k] runs at the lowest priority until depress_timer or it runs again */
	uint8_t *stack;   /* [I] base of the kernel stack; its first word is STACK_MAGIC */
	struct list run_link; /* [k] */
	int priority;         /* [k] 0 highest, PRIORITIES - 1 lowest: what it runs at */
	int base_priority, max_priority;
	uint32_t slice_ticks; /* [k] left of its time slice */

	struct list wait_link;              /* [k] on a wait_queue */
	enum wait_result wait_result;       /* [k] */
	struct timer wait_timer;            /* [k] */
	struct timer depress_timer;         /* [k] */
	struct wait_queue boundary_waiters; /* [k] threads that wait for this one to reach its
					       boundary or die */

	uint32_t suspend_count; /* [k] user stops; task->suspend_count counts besides */
	struct list task_link;  /* [k] on task->threads */

	struct thread_receive receive; /* [k] */
	struct ipc_port *self_port;    /* [k] kernel holds the receive right; NULL when disabled */
	struct ipc_port *exception_port; /* [k] naked send right or NULL */
	struct ipc_port
		*self_send; /* [k] what mach_thread_self gives when set otherwise, or NULL */
	struct ipc_port
		*exception_reply; /* [k] where this thread waits for exception_raise's answer */

	uint64_t user_ns, system_ns; /* [k] */
	uint64_t created_ns;
	char name[THREAD_NAME_BYTES];
	bool wired, privileged; /* thread_wire / vm reserve */
};

#define PRIORITIES      64
#define PRIORITY_USER   25
#define PRIORITY_LOWEST (PRIORITIES - 1)
#define SLICE_TICKS     10u /* 100 ms, as GNU Mach's default quantum */

/* Makes a suspended thread (suspend_count 1) in a task, STOPPED, with one reference for the caller
   and one for itself. KERN_FAILURE: the task is being terminated. KERN_RESOURCE_SHORTAGE. */
kern_return_t thread_create(struct task *task, struct thread **result) MUST_CHECK;
/* A thread of the kernel's own, in kernel_task, made runnable. Panics if it cannot (boot only). */
struct thread *thread_create_kernel(const char *name, void (*entry)(void *), void *argument,
				    int priority);

/* Makes the boot thread, which runs already on `stack`, a thread of kernel_task: the idle thread.
   Boot only. */
struct thread *thread_create_boot(uint8_t *stack);

/* Marks it for its end, disables its ports, wakes it. One at its boundary is ended at once;
   another ends when it reaches the boundary. KERN_FAILURE: already ending. */
kern_return_t thread_terminate(struct thread *thread);
kern_return_t thread_suspend(struct thread *thread);
kern_return_t thread_resume(struct thread *thread); /* KERN_FAILURE: was not suspended */
/* Ends a wait with WAIT_INTERRUPTED. If the thread is suspended, waits until it has reached its
   boundary, so that the state the caller sets next is not overwritten. KERN_FAILURE if it is
   terminated. */
kern_return_t thread_abort(struct thread *thread);
/* Recomputes AST_STOP and the run queue after a change of either suspend count. */
void thread_update_stop(struct thread *thread);
/* Waits until a suspended thread is at its boundary. KERN_ABORTED when the caller was
   interrupted or the thread died. */
kern_return_t thread_wait_boundary(struct thread *thread) MUST_CHECK;

/* As thread_wait_boundary, but content with a thread that is blocked in the kernel: its user state
   can be read (and is kept, but for the result register, if written). What thread_get_state needs:
   a thread that waits in mach_msg for ever can be looked at. Call it right before, since nothing
   holds the thread there. */
kern_return_t thread_wait_stopped(struct thread *thread) MUST_CHECK;

/* The current thread, at its boundary with AST_TERMINATE: leaves its task, and ends the task if it
   is the last of a terminated one (may send notifications; does not block). */
void thread_exit_self(void) __attribute__((noreturn));
/* Called by thread_switch_finish on another stack: frees what a DEAD thread held (stack, FPU area,
   ports, its own reference). */
void thread_reap(struct thread *thread);

void thread_reference(struct thread *thread);
void thread_release(struct thread *thread);
void thread_init(void);
