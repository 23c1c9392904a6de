/*
 * Nice values and scheduling policies.  Programs run below all servers; a nice value is a priority,
 * and so whoever is nicer runs when the others do not.
 */
#include <gen/mach_host.h>
#include "process.h"

#define NICE_LEAST    (-20)
#define NICE_MOST     19
#define PRIORITY_ZERO 29 /* of nice 0; servers have 25, and a greater number is less */

#define BY_PROCESS 0u
#define BY_GROUP   1u
#define BY_USER    2u

/* The three levels above 0 are what is left below the servers. */
static int priority_of(int nice)
{
	return nice < 0 ? PRIORITY_ZERO - (6 - nice) / 7 : PRIORITY_ZERO + nice;
}

void process_schedule(struct process *process)
{
	if (process->task != MACH_PORT_NULL) {
		(void)task_priority(process->task, priority_of(process->nice), TRUE);
	}
}

static int set_nice(const struct process *self, struct process *process, int nice)
{
	uint32_t euid = self->identity.euid;

	nice = nice < NICE_LEAST ? NICE_LEAST : nice > NICE_MOST ? NICE_MOST : nice;
	if (euid != 0 && euid != process->identity.euid && euid != process->identity.uid) {
		return -EPERM;
	}
	if (nice < process->nice && euid != 0) {
		return -EACCES;
	}
	process->nice = nice;
	process_schedule(process);
	return 0;
}

/* Is it one of those that the first two arguments name? */
static bool is_meant(const struct request *request, const struct process *process)
{
	const struct process *self = request->thread->process;
	uint32_t who = request->arguments[1];

	if (!process_is_alive(process)) {
		return false;
	}
	switch (request->arguments[0]) {
	case BY_PROCESS:
		return process->pid == (who != 0 ? who : self->pid);
	case BY_GROUP:
		return process->pgid == (who != 0 ? who : self->pgid);
	default:
		return process->identity.uid == (who != 0 ? who : self->identity.uid);
	}
}

CALL_HANDLER(getpriority)
{
	int least = NICE_MOST + 1;

	if (request->arguments[0] > BY_USER) {
		return -EINVAL;
	}
	for (const struct process *process = processes; process != NULL; process = process->next) {
		if (is_meant(request, process) && process->nice < least) {
			least = process->nice;
		}
	}
	return least > NICE_MOST ? -ESRCH : 20 - least; /* as the call itself says it */
}

CALL_HANDLER(setpriority)
{
	int result = -ESRCH;

	if (request->arguments[0] > BY_USER) {
		return -EINVAL;
	}
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (is_meant(request, process)) {
			int one = set_nice(request->thread->process, process,
					   (int32_t)request->arguments[2]);

			result = result == -ESRCH || one < 0 ? one : result;
		}
	}
	return result;
}

CALL_HANDLER(nice)
{
	struct process *process = request->thread->process;
	int32_t more = (int32_t)request->arguments[0];

	more = more < 2 * NICE_LEAST ? 2 * NICE_LEAST : more > 40 ? 40 : more;
	return set_nice(process, process, process->nice + more) < 0 ? -EPERM : 0;
}

/* -------------------------------------------------------------------------------------- policies
 */

#define SCHED_OTHER_ 0u
#define SCHED_FIFO_  1u
#define SCHED_RR_    2u
#define SCHED_BATCH_ 3u
#define SCHED_IDLE_  5u

static struct process *process_of(const struct request *request)
{
	uint32_t pid = request->arguments[0];
	struct thread *thread = pid == 0 ? request->thread : thread_find(pid);

	return thread != NULL ? thread->process : NULL;
}

CALL_HANDLER(sched_setparam)
{
	const uint32_t *priority = request_in(request, 1);

	if ((int32_t)request->arguments[0] < 0 || priority == NULL) {
		return -EINVAL;
	}
	if (process_of(request) == NULL) {
		return -ESRCH;
	}
	return *priority != 0 ? -EINVAL : 0;
}

CALL_HANDLER(sched_getparam)
{
	uint32_t priority = 0;

	if ((int32_t)request->arguments[0] < 0) {
		return -EINVAL;
	}
	if (process_of(request) == NULL) {
		return -ESRCH;
	}
	request_put(request, 1, &priority, sizeof(priority));
	return 0;
}

/* Real time there is none: nobody may have it. */
CALL_HANDLER(sched_setscheduler)
{
	uint32_t policy = request->arguments[1] & ~0x40000000u; /* SCHED_RESET_ON_FORK */
	const uint32_t *priority = request_in(request, 2);
	struct process *process = process_of(request);
	bool real_time = policy == SCHED_FIFO_ || policy == SCHED_RR_;

	if ((int32_t)request->arguments[0] < 0 || priority == NULL) {
		return -EINVAL;
	}
	if (process == NULL) {
		return -ESRCH;
	}
	if ((policy > SCHED_BATCH_ && policy != SCHED_IDLE_) ||
	    (real_time ? *priority < 1 || *priority > 99 : *priority != 0)) {
		return -EINVAL;
	}
	if (real_time) {
		return -EPERM;
	}
	process->policy = policy;
	return 0;
}

CALL_HANDLER(sched_getscheduler)
{
	const struct process *process = process_of(request);

	if ((int32_t)request->arguments[0] < 0) {
		return -EINVAL;
	}
	return process == NULL ? -ESRCH : (int)process->policy;
}
