/* end_after.h. The event happens in the middle of a send or a receive, where no task can be ended.
   So a thread of the kernel's own does it, of the highest priority: it runs when the task's thread
   next blocks or comes to its boundary, before anybody else. */
#include <kern/end_after.h>

#include <kern/machine.h>
#include <kern/sched.h>
#include <kern/thread.h>

struct task *end_after_task; /* with a reference */
static uint32_t events_left;
static bool due;
static struct wait_queue waiting;

void end_after_set(struct task *task, uint32_t events)
{
	struct task *old = end_after_task;
	if (task != NULL) {
		task_reference(task);
	}
	end_after_task = task;
	events_left = events;
	due = false;
	if (old != NULL) {
		task_release(old);
	}
}

void end_after_count(void)
{
	if (current->task == end_after_task && !due && --events_left == 0) {
		due = true;
		wait_queue_wake_all(&waiting, WAIT_AWAKENED);
	}
}

static void end_tasks(void *argument)
{
	(void)argument;
	for (;;) {
		while (!due) {
			(void)thread_wait(&waiting, NO_DEADLINE);
		}
		struct task *task = end_after_task;
		end_after_task = NULL;
		due = false;
		(void)task_terminate(task);
		task_release(task);
	}
}

void end_after_init(void)
{
	wait_queue_init(&waiting);
	(void)thread_create_kernel("end_after", end_tasks, NULL, 0);
}
