/* Calls that are answered later. Entries are the consoles' own, so their number is bounded. */
#include "server.h"

static void pending_cancelled(void *argument)
{
	struct pending *pending = argument;

	console_lock();
	pending->kind = PENDING_NONE;
	console_unlock();
}

static bool is_older(const struct pending *pending, const struct pending *than)
{
	return than == NULL || (int32_t)(pending->order - than->order) < 0;
}

struct pending *pending_oldest(struct console *console, enum pending_kind kind)
{
	struct pending *oldest = NULL;

	for (uint32_t i = 0; i < CALLS_MAX; i++) {
		struct pending *pending = &console->pending[i];

		if (pending->kind == kind && is_older(pending, oldest)) {
			oldest = pending;
		}
	}
	return oldest;
}

struct pending *pending_oldest_output(struct console *console)
{
	struct pending *write = pending_oldest(console, PENDING_WRITE);
	struct pending *modes = pending_oldest(console, PENDING_MODES);

	return modes != NULL && is_older(modes, write) ? modes : write;
}

kern_return_t pending_add(struct console *console, ipc_call_t call, enum pending_kind kind,
			  struct pending **added)
{
	static uint32_t order;
	struct pending *pending = pending_oldest(console, PENDING_NONE);
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (pending == NULL) {
		return result;
	}
	/* It may be cancelled at once: that waits for the lock. */
	result = ipc_call_defer(call, pending_cancelled, pending, &pending->answer);
	if (result != KERN_SUCCESS) {
		return result;
	}
	pending->kind = kind;
	pending->order = order++;
	pending->console = console;
	*added = pending;
	return KERN_SUCCESS;
}

mach_port_t pending_take(struct pending *pending)
{
	mach_port_t reply = MACH_PORT_NULL;

	console_hold(pending->console);
	reply = ipc_answer_take(bucket, pending->answer);
	pending->kind = reply != MACH_PORT_NULL ? PENDING_NONE : PENDING_GONE;
	return reply;
}
