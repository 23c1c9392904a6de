/* process_wait: at once, later, or never. */
#include <stdlib.h>
#include <libmach.h>
#include <gen/process_reply.h>
#include <gen/process_server.h>
#include "server.h"

/* A call that waits; in the list of its process, which it has a reference to. */
struct waiter {
	struct process *process;
	uint32_t id;
	ipc_answer_t answer;
	struct waiter *next;
};

static void unlink_waiter(struct waiter *waiter)
{
	struct waiter **link = &waiter->process->waiters;

	while (*link != NULL && *link != waiter) {
		link = &(*link)->next;
	}
	if (*link != NULL) {
		*link = waiter->next;
	}
}

static void wait_cancelled(void *argument)
{
	struct waiter *waiter = argument;

	ipc_lock(&state_lock);
	unlink_waiter(waiter);
	process_release_locked(waiter->process);
	ipc_unlock(&state_lock);
	free(waiter);
}

bool wait_deliver(struct process *child)
{
	struct process *parent = (struct process *)child->family.parent;
	struct waiter *next = NULL;

	for (struct waiter *waiter = parent->waiters; waiter != NULL; waiter = next) {
		mach_port_t reply = MACH_PORT_NULL;

		next = waiter->next;
		if (waiter->id != PROCESS_ANY && waiter->id != child->family.id) {
			continue;
		}
		reply = ipc_answer_take(bucket, waiter->answer);
		if (reply == MACH_PORT_NULL) {
			continue; /* cancelled: wait_cancelled tidies it away */
		}
		unlink_waiter(waiter);
		process_release_locked(parent); /* not the last: it lives */
		free(waiter);
		ipc_answer_sent(reply, process_wait_reply(reply, KERN_SUCCESS, child->family.id,
							  child->status));
		return true;
	}
	if (parent->notifier != NULL) {
		(void)ipc_notify(parent->notifier, PROCESS_EVENT_ENDED, parent->notify_key,
				 child->family.id);
	}
	return false;
}

/* Locked. */
static kern_return_t wait_later(ipc_call_t call, struct process *process, uint32_t id)
{
	struct waiter *waiter = calloc(1, sizeof *waiter);
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (waiter == NULL) {
		return result;
	}
	*waiter = (struct waiter){.process = process, .id = id, .next = process->waiters};
	process->waiters = waiter;
	process_reference(process);
	result = ipc_call_defer(call, wait_cancelled, waiter, &waiter->answer);
	if (result != KERN_SUCCESS) {
		unlink_waiter(waiter);
		process_release_locked(process);
		free(waiter);
		return result;
	}
	return MIG_NO_REPLY;
}

kern_return_t serve_process_wait(ipc_call_t call, natural_t id, natural_t flags, natural_t *ended,
				 natural_t *status)
{
	struct process *process = *(struct process **)ipc_call_data(call);
	struct process *child = NULL;
	kern_return_t result = KERN_SUCCESS;

	if ((flags & ~(natural_t)PROCESS_WAIT_NOW) != 0) {
		return KERN_INVALID_VALUE;
	}
	ipc_lock(&state_lock);
	child = (struct process *)family_child(&process->family, id, true);
	if (child != NULL) {
		*ended = child->family.id;
		*status = child->status;
		process_reap(child);
	} else if (family_child(&process->family, id, false) == NULL) {
		result = PROCESS_NO_CHILDREN;
	} else if ((flags & PROCESS_WAIT_NOW) != 0) {
		result = KERN_TIMEDOUT;
	} else if (process->family.ended) {
		result = KERN_INVALID_ARGUMENT;
	} else {
		result = wait_later(call, process, id);
	}
	ipc_unlock(&state_lock);
	return result;
}
