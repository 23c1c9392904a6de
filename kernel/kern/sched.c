/* See sched.h. One array of run queues, one bit a priority. */
#include <kern/clock.h>
#include <kern/sched.h>
#include <kern/thread.h>
#include <kern/trace.h>

#define WORD_BITS 32u
_Static_assert(PRIORITIES / WORD_BITS == 2, "thread_wait_handoff looks at two words");

static struct list run_queues[PRIORITIES];
static uint32_t run_bits[PRIORITIES / WORD_BITS]; /* bit p: run_queues[p] is not empty */
static struct thread *idle_thread;
static struct thread *dead_thread; /* left the processor for the last time; its stack is free once
				      we are off it */

struct thread *current;
uint32_t ast_pending;

/* The highest priority with a runnable thread, or PRIORITIES. */
static inline uint32_t best_priority(void)
{
	for (uint32_t word = 0; word < PRIORITIES / WORD_BITS; word++) {
		if (run_bits[word] != 0) {
			return word * WORD_BITS + (uint32_t)__builtin_ctz(run_bits[word]);
		}
	}
	return PRIORITIES;
}

static void run_queue_add(struct thread *thread, bool at_head)
{
	uint32_t priority = (uint32_t)thread->priority;
	if (at_head) {
		list_add_head(&run_queues[priority], &thread->run_link);
	} else {
		list_add_tail(&run_queues[priority], &thread->run_link);
	}
	run_bits[priority / WORD_BITS] |= 1u << (priority % WORD_BITS);
}

void sched_remove(struct thread *thread)
{
	uint32_t priority = (uint32_t)thread->priority;
	list_remove(&thread->run_link);
	if (list_empty(&run_queues[priority])) {
		run_bits[priority / WORD_BITS] &= ~(1u << (priority % WORD_BITS));
	}
}

void sched_make_runnable(struct thread *thread)
{
	assert(thread->state != THREAD_RUNNABLE && thread->state != THREAD_RUNNING &&
	       thread->state != THREAD_DEAD);
	thread->state = THREAD_RUNNABLE;
	run_queue_add(thread, false);
	if (thread->priority < current->priority) {
		ast_pending |= AST_RESCHEDULE;
	}
}

void sched_set_priority(struct thread *thread, int priority)
{
	if (thread->state == THREAD_RUNNABLE && !thread->idle) {
		sched_remove(thread);
		thread->priority = priority;
		run_queue_add(thread, false);
	} else {
		thread->priority = priority;
	}
	if (best_priority() < (uint32_t)current->priority) {
		ast_pending |= AST_RESCHEDULE;
	}
}

/* Takes the next thread to run off its queue. */
static struct thread *pick(void)
{
	uint32_t priority = best_priority();
	if (priority == PRIORITIES) {
		return idle_thread;
	}
	struct thread *thread = list_first(&run_queues[priority], struct thread, run_link);
	sched_remove(thread);
	return thread;
}

static inline void reap_dead(void)
{
	if (unlikely(dead_thread != NULL)) {
		struct thread *dead = dead_thread;
		dead_thread = NULL;
		thread_reap(dead);
	}
}

/* The current thread, whose state says why, gives the processor to `next`, which is on no queue. */
static inline void switch_to(struct thread *next)
{
	struct thread *old = current;
	next->state = THREAD_RUNNING;
	if (next == old) {
		return;
	}
	trace(TRACE_SWITCH, (uint32_t)old->task->number, (uint32_t)next->task->number);
	machine_switch(old, next);
	reap_dead();
}

/* A new thread's first moment. */
void thread_start_finish(void)
{
	current->at_boundary = false;
	reap_dead();
}

static void wait_timer_fire(struct timer *timer)
{
	thread_wake(container_of(timer, struct thread, wait_timer), WAIT_TIMED_OUT);
}

static void wait_begin(uint64_t deadline_ns)
{
	struct thread *thread = current;
	thread->state = THREAD_WAITING;
	if (deadline_ns != NO_DEADLINE) {
		thread->wait_timer.fire = wait_timer_fire;
		timer_set(&thread->wait_timer, deadline_ns);
	}
}

/* Whatever else, the thread does not wait any more. */
static inline void wait_end(struct thread *thread, enum wait_result result)
{
	list_remove(&thread->wait_link);
	if (!list_empty(&thread->wait_timer.link)) {
		timer_cancel(&thread->wait_timer);
	}
	thread->wait_result = result;
}

enum wait_result thread_wait(struct wait_queue *queue, uint64_t deadline_ns)
{
	struct thread *thread = current;
	if (unlikely(thread->terminating)) {
		return WAIT_INTERRUPTED;
	}
	if (queue != NULL) {
		list_add_tail(&queue->threads, &thread->wait_link);
	}
	wait_begin(deadline_ns);
	switch_to(pick());
	return thread->wait_result;
}

/* Somebody more important than `next` is ready, or the caller may not wait: the general way. */
static enum wait_result __attribute__((noinline, cold))
wait_without_handoff(struct wait_queue *queue, struct thread *next)
{
	sched_make_runnable(next);
	return thread_wait(queue, NO_DEADLINE);
}

enum wait_result thread_wait_handoff(struct wait_queue *queue, struct thread *next)
{
	struct thread *thread = current;
	wait_end(next, WAIT_AWAKENED);
	if (unlikely(thread->terminating || ((run_bits[0] | run_bits[1]) != 0 &&
					     best_priority() < (uint32_t)next->priority))) {
		return wait_without_handoff(queue, next);
	}
	list_add_tail(&queue->threads, &thread->wait_link);
	thread->state = THREAD_WAITING;
	switch_to(next);
	return thread->wait_result;
}

void thread_wake(struct thread *thread, enum wait_result result)
{
	if (thread->state != THREAD_WAITING) {
		return;
	}
	wait_end(thread, result);
	sched_make_runnable(thread);
}

struct thread *wait_queue_wake_one(struct wait_queue *queue, enum wait_result result)
{
	if (list_empty(&queue->threads)) {
		return NULL;
	}
	struct thread *thread = list_first(&queue->threads, struct thread, wait_link);
	thread_wake(thread, result);
	return thread;
}

void wait_queue_wake_all(struct wait_queue *queue, enum wait_result result)
{
	while (wait_queue_wake_one(queue, result) != NULL) {
	}
}

bool thread_yield(void)
{
	struct thread *thread = current;
	if (best_priority() > (uint32_t)thread->priority) {
		return false;
	}
	thread->state = THREAD_RUNNABLE;
	run_queue_add(thread, false);
	switch_to(pick());
	return true;
}

static void depress_timer_fire(struct timer *timer)
{
	thread_depress_end(container_of(timer, struct thread, depress_timer));
}

void thread_depress_end(struct thread *thread)
{
	if (thread->depressed) {
		thread->depressed = false;
		timer_cancel(&thread->depress_timer);
		sched_set_priority(thread, thread->base_priority);
	}
}

bool thread_yield_depressed(uint32_t ms)
{
	struct thread *thread = current;
	if (best_priority() == PRIORITIES) {
		return false; /* nobody to yield to: what follows would change nothing */
	}
	timer_cancel(&thread->depress_timer); /* it may be depressed already */
	thread->depressed = true;
	thread->priority = PRIORITY_LOWEST;
	/* swtch_pri names no time: one tick, or a spinning thread would keep this one away for
	   ever. */
	thread->depress_timer.fire = depress_timer_fire;
	timer_set(&thread->depress_timer,
		  ms == 0 ? machine_uptime_ns() + TICK_NS : clock_deadline_ms(ms));
	thread->state = THREAD_RUNNABLE;
	run_queue_add(thread, false);
	switch_to(pick());
	if (ms == 0) {
		thread_depress_end(thread);
	}
	return true;
}

void thread_yield_to(struct thread *target)
{
	struct thread *thread = current;
	/* The idle thread is runnable but on no queue, and its priority has none. */
	if (target == thread || target->state != THREAD_RUNNABLE || target->idle) {
		(void)thread_yield();
		return;
	}
	sched_remove(target);
	thread->state = THREAD_RUNNABLE;
	run_queue_add(thread, false);
	switch_to(target);
}

static bool is_stopped(const struct thread *thread)
{
	return thread->suspend_count + thread->task->suspend_count != 0;
}

/* Leaves the processor at the user boundary, where others may end this thread without running it.
 */
static void boundary_switch(enum thread_state state)
{
	struct thread *thread = current;
	thread->at_boundary = true;
	thread->state = state;
	if (state == THREAD_RUNNABLE) {
		run_queue_add(thread, false);
	} else {
		/* Those who waited for this may have lent it their priority. */
		thread->priority = thread->depressed ? PRIORITY_LOWEST : thread->base_priority;
		wait_queue_wake_all(&thread->boundary_waiters, WAIT_AWAKENED);
	}
	switch_to(pick());
	thread->at_boundary = false;
}

void thread_boundary(void)
{
	struct thread *thread = current;
	for (;;) {
		uint32_t pending = ast_pending;
		if (pending & AST_TERMINATE) {
			thread_exit_self();
		}
		if (pending & AST_STOP) {
			ast_pending &= ~AST_STOP;
			if (is_stopped(thread)) {
				boundary_switch(THREAD_STOPPED);
			}
		} else if (pending & AST_RESCHEDULE) {
			ast_pending &= ~AST_RESCHEDULE;
			if (best_priority() <= (uint32_t)thread->priority) {
				boundary_switch(THREAD_RUNNABLE);
			}
		} else {
			return;
		}
	}
}

void sched_exit(void)
{
	assert(dead_thread == NULL && current->state == THREAD_DEAD);
	dead_thread = current;
	struct thread *next = pick();
	next->state = THREAD_RUNNING;
	machine_switch(current, next);
	panic("a dead thread ran");
}

void sched_tick(void)
{
	struct thread *thread = current;
	clock_tick();
	if (thread->idle) {
		return;
	}
	thread->user_ns += TICK_NS;
	if (thread->slice_ticks > 0) {
		thread->slice_ticks--;
	}
	if (thread->slice_ticks == 0) {
		thread->slice_ticks = SLICE_TICKS;
		ast_pending |= AST_RESCHEDULE;
	}
}

void sched_idle(void)
{
	struct thread *thread = current;
	thread->idle = true;
	thread->priority = PRIORITIES; /* lower than any queue: everybody preempts it */
	idle_thread = thread;
	for (;;) {
		if (best_priority() != PRIORITIES) {
			thread->state = THREAD_RUNNABLE; /* but on no queue */
			ast_pending &= ~AST_THREAD;
			switch_to(pick());
		} else {
			machine_idle();
		}
	}
}

void sched_init(void)
{
	for (uint32_t i = 0; i < PRIORITIES; i++) {
		list_init(&run_queues[i]);
	}
}
