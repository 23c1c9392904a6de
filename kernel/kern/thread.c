/* Threads: birth, suspension, abort, death. Running and blocking them is sched.c's. */
#include <kern/thread.h>

#include <kern/machine.h>
#include <kern/string.h>
#include <kern/trace.h>
#include <kern/upcall.h>
#include <kern/zone.h>

#define THREADS_MAX       8192u
#define STACKS_CACHED_MAX 16u
#define STACK_PAGES       (KERNEL_STACK_BYTES / PAGE_BYTES)

static struct zone thread_zone;
static uint8_t *cached_stacks[STACKS_CACHED_MAX];
static uint32_t cached_stack_count;

/* --- kernel stacks --- */

static uint8_t *stack_alloc(void)
{
	uint8_t *stack;
	if (cached_stack_count > 0) {
		stack = cached_stacks[--cached_stack_count];
	} else {
		stack = upcall_pages_alloc(STACK_PAGES);
		if (stack == NULL) {
			return NULL;
		}
	}
	*(uint32_t *)(void *)stack = STACK_MAGIC;
	return stack;
}

static void stack_free(uint8_t *stack)
{
	assert(*(uint32_t *)(void *)stack == STACK_MAGIC);
	if (cached_stack_count < STACKS_CACHED_MAX) {
		cached_stacks[cached_stack_count++] = stack;
	} else {
		upcall_pages_free(stack, STACK_PAGES);
	}
}

/* --- birth --- */

static void thread_wait_timed_out(struct timer *timer)
{
	thread_wake(container_of(timer, struct thread, wait_timer), WAIT_TIMED_OUT);
}

static void thread_depress_timed_out(struct timer *timer)
{
	thread_depress_end(container_of(timer, struct thread, depress_timer));
}

/* A thread with a task and a stack, STOPPED, on no list but its task's, with one reference: its
   own. */
static void thread_setup(struct thread *thread, struct task *task, uint8_t *stack)
{
	thread->magic = THREAD_MAGIC;
	thread->refs = 1;
	thread->task = task;
	task_reference(task);
	thread->state = THREAD_STOPPED;
	thread->active = true;
	thread->stack = stack;
	/* The task's limit may have come down after its priority was set. */
	int priority = task->priority < task->max_priority ? task->max_priority : task->priority;
	thread->priority = priority;
	thread->base_priority = priority;
	thread->max_priority = task->max_priority;
	thread->slice_ticks = SLICE_TICKS;
	thread->created_ns = machine_uptime_ns();
	list_init(&thread->run_link);
	list_init(&thread->wait_link);
	timer_init(&thread->wait_timer, thread_wait_timed_out);
	timer_init(&thread->depress_timer, thread_depress_timed_out);
	wait_queue_init(&thread->boundary_waiters);
	list_add_tail(&task->threads, &thread->task_link);
	task->thread_count++;
}

/* Zeroed thread and stack, or NULL and nothing held. */
static struct thread *thread_alloc(uint8_t **stack)
{
	*stack = stack_alloc();
	if (*stack == NULL) {
		return NULL;
	}
	struct thread *thread = zone_alloc_zero(&thread_zone);
	if (thread == NULL) {
		stack_free(*stack);
	}
	return thread;
}

static void thread_leave_task(struct thread *thread);

kern_return_t thread_create(struct task *task, struct thread **result)
{
	if (!task->active || task == kernel_task) {
		return KERN_FAILURE;
	}
	uint8_t *stack;
	struct thread *thread = thread_alloc(&stack);
	if (thread == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	thread_setup(thread, task, stack);
	thread->suspend_count = 1;
	thread->at_boundary = true;
	machine_thread_init(thread);
	kern_return_t error = upcall_thread_ports_create(thread);
	if (error != KERN_SUCCESS) {
		thread->terminating = true;
		thread->active = false;
		thread_leave_task(thread);
		thread_reap(thread);
		return error;
	}
	thread->refs++;
	*result = thread;
	return KERN_SUCCESS;
}

/* What the kernel's own threads share. They have ports, so that whoever lists kernel_task sees
   them, but nobody can stop or end them. */
static void kernel_thread_setup(struct thread *thread, uint8_t *stack, const char *name,
				int priority)
{
	thread_setup(thread, kernel_task, stack);
	memcpy(thread->name, name, strnlen(name, THREAD_NAME_BYTES - 1));
	thread->priority = priority;
	thread->base_priority = priority;
	thread->max_priority = priority;
	thread->privileged = true;
	if (upcall_thread_ports_create(thread) != KERN_SUCCESS) {
		panic("no memory for the ports of the kernel's thread %s", name);
	}
}

struct thread *thread_create_kernel(const char *name, void (*entry)(void *), void *argument,
				    int priority)
{
	uint8_t *stack;
	struct thread *thread = thread_alloc(&stack);
	if (thread == NULL) {
		panic("no memory for the kernel's thread %s", name);
	}
	kernel_thread_setup(thread, stack, name, priority);
	machine_kernel_thread_init(thread, entry, argument);
	sched_make_runnable(thread);
	return thread;
}

struct thread *thread_create_boot(uint8_t *stack)
{
	struct thread *thread = zone_alloc_zero(&thread_zone);
	assert(thread != NULL);
	*(uint32_t *)(void *)stack = STACK_MAGIC;
	kernel_thread_setup(thread, stack, "idle", PRIORITY_LOWEST);
	thread->idle = true;
	thread->state = THREAD_RUNNING;
	return thread;
}

/* --- death --- */

/* From here on it only goes to its end, and no message finds it. */
static void thread_disable(struct thread *thread)
{
	thread->terminating = true;
	thread->active = false;
	upcall_thread_ports_disable(thread);
}

/* The thread runs no more. The last one out of a task that is being terminated ends the task. */
static void thread_leave_task(struct thread *thread)
{
	struct task *task = thread->task;
	assert(thread->terminating && list_empty(&thread->run_link) &&
	       list_empty(&thread->wait_link));
	thread->state = THREAD_DEAD;
	timer_cancel(&thread->wait_timer);
	timer_cancel(&thread->depress_timer);
	wait_queue_wake_all(&thread->boundary_waiters, WAIT_AWAKENED);
	task->dead_threads_user_ns += thread->user_ns;
	task->dead_threads_system_ns += thread->system_ns;
	list_remove(&thread->task_link);
	task->thread_count--;
	if (task->thread_count == 0 && !task->active) {
		task_finish(task); /* thread->task keeps the structure */
	}
}

void thread_reap(struct thread *thread)
{
	assert(thread->state == THREAD_DEAD && thread != current);
	upcall_thread_ports_destroy(thread);
	machine_thread_destroy(thread);
	stack_free(thread->stack);
	thread->stack = NULL;
	thread_release(thread);
}

void thread_exit_self(void)
{
	struct thread *thread = current;
	if (!thread->terminating) {
		thread_disable(thread); /* one of the kernel's own that is done */
	}
	ast_pending &= ~AST_THREAD;
	thread_leave_task(thread);
	sched_exit();
}

kern_return_t thread_terminate(struct thread *thread)
{
	assert(thread->magic == THREAD_MAGIC);
	if (thread->terminating || thread->task == kernel_task) {
		return KERN_FAILURE;
	}
	thread_disable(thread);
	if (thread == current) {
		ast_pending |= AST_TERMINATE;
		return KERN_SUCCESS;
	}
	if (thread->at_boundary) {
		sched_remove(thread);
		thread_leave_task(thread);
		thread_reap(thread);
		return KERN_SUCCESS;
	}
	thread->ast |= AST_TERMINATE;
	/* It holds up the end of its task's ports and memory until it has unwound: let nobody keep
	   it from that. */
	thread_depress_end(thread);
	sched_set_priority(thread, 0);
	thread_wake(thread, WAIT_INTERRUPTED);
	return KERN_SUCCESS;
}

/* --- suspension --- */

static inline bool thread_must_stop(const struct thread *thread)
{
	return (thread->suspend_count | thread->task->suspend_count) != 0;
}

/* Whoever waits for a thread to stop lends it its priority, or a busy thread between the two would
   keep both from running. It is given back at the boundary, or when the thread need not stop any
   more. */
static void thread_hasten(struct thread *thread)
{
	if (thread->priority > current->priority) {
		sched_set_priority(thread, current->priority);
	}
}

void thread_update_stop(struct thread *thread)
{
	if (thread->state == THREAD_DEAD || thread->terminating) {
		return; /* it goes on to its end, suspended or not */
	}
	bool stop = thread_must_stop(thread);
	if (thread == current) {
		ast_pending = stop ? ast_pending | AST_STOP : ast_pending & ~AST_STOP;
		return;
	}
	if (stop) {
		thread->ast |= AST_STOP;
		if (thread->state == THREAD_RUNNABLE && thread->at_boundary) {
			sched_remove(thread);
			thread->state = THREAD_STOPPED;
			wait_queue_wake_all(&thread->boundary_waiters, WAIT_AWAKENED);
		}
		return;
	}
	thread->ast &= ~AST_STOP;
	if (thread->state == THREAD_STOPPED) {
		thread->task->started = true;
		sched_make_runnable(thread);
	}
	int priority = thread->depressed ? PRIORITY_LOWEST : thread->base_priority;
	if (unlikely(thread->priority != priority)) {
		sched_set_priority(thread, priority); /* it was hastened */
	}
	/* Who waits for it to stop would wait for ever. */
	wait_queue_wake_all(&thread->boundary_waiters, WAIT_AWAKENED);
}

kern_return_t thread_suspend(struct thread *thread)
{
	if (thread->terminating || thread->task == kernel_task ||
	    thread->suspend_count == UINT32_MAX) {
		return KERN_FAILURE;
	}
	if (thread->suspend_count++ == 0) {
		thread_update_stop(thread);
	}
	return KERN_SUCCESS;
}

kern_return_t thread_resume(struct thread *thread)
{
	if (thread->terminating || thread->suspend_count == 0) {
		return KERN_FAILURE;
	}
	if (--thread->suspend_count == 0) {
		thread_update_stop(thread);
	}
	return KERN_SUCCESS;
}

kern_return_t thread_wait_boundary(struct thread *thread)
{
	if (thread == current) {
		return KERN_SUCCESS; /* in a call of its own: its user frame is complete */
	}
	kern_return_t result = KERN_SUCCESS;
	thread_reference(thread);
	while (!thread->at_boundary) {
		thread_hasten(thread);
		if (thread->terminating || !thread_must_stop(thread) ||
		    thread_wait(&thread->boundary_waiters, NO_DEADLINE) == WAIT_INTERRUPTED) {
			result = KERN_ABORTED;
			break;
		}
	}
	if (thread->terminating) {
		result = KERN_ABORTED;
	}
	thread_release(thread);
	return result;
}

kern_return_t thread_wait_stopped(struct thread *thread)
{
	/* One that is blocked in the kernel runs no user instruction before it comes to its
	   boundary, where it stops; its user frame has been complete since it entered. */
	if (thread->state == THREAD_WAITING && !thread->terminating) {
		return KERN_SUCCESS;
	}
	return thread_wait_boundary(thread);
}

kern_return_t thread_abort(struct thread *thread)
{
	if (thread->terminating || thread->task == kernel_task) {
		return KERN_FAILURE;
	}
	if (thread == current) {
		return KERN_SUCCESS;
	}
	kern_return_t result = KERN_SUCCESS;
	thread_reference(thread);
	thread_depress_end(thread);
	thread_wake(thread, WAIT_INTERRUPTED);
	while (!thread->at_boundary && thread_must_stop(thread) && !thread->terminating) {
		thread_hasten(thread);
		/* Tick by tick: on its way it may block once more (a page fault of copyout), and
		   that wait has to be ended too. */
		enum wait_result wait =
			thread_wait(&thread->boundary_waiters, machine_uptime_ns() + TICK_NS);
		if (wait == WAIT_INTERRUPTED) {
			result = KERN_ABORTED;
			break;
		}
		thread_wake(thread, WAIT_INTERRUPTED);
	}
	if (thread->terminating) {
		result = KERN_FAILURE;
	}
	thread_release(thread);
	return result;
}

/* --- references --- */

void thread_reference(struct thread *thread)
{
	assert(thread->magic == THREAD_MAGIC && thread->refs > 0);
	thread->refs++;
}

void thread_release(struct thread *thread)
{
	assert(thread->magic == THREAD_MAGIC && thread->refs > 0);
	if (--thread->refs > 0) {
		return;
	}
	assert(thread->state == THREAD_DEAD && thread->stack == NULL);
	struct task *task = thread->task;
	thread->magic = 0;
	zone_free(&thread_zone, thread);
	task_release(task);
}

void thread_init(void)
{
	zone_init(&thread_zone, "threads", sizeof(struct thread), THREADS_MAX);
}
