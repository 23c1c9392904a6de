/* Signals: who gets them, what they do by default, how a thread is brought to take one. */
#include <mach/i386/thread_status.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include "fault_core.h"
#include "library.h"
#include "process.h"

#define BIT(signal)   (1ull << ((signal)-1))
#define STOP_SIGNALS  (BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))
#define IGNORED	      (BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGWINCH) | BIT(SIGCONT))
#define CORE_SIGNALS                                                                               \
	(BIT(SIGQUIT) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) | BIT(SIGBUS) | BIT(SIGFPE) |    \
	 BIT(SIGSEGV) | BIT(SIGXCPU) | BIT(SIGXFSZ) | BIT(SIGSYS))

#define CLD_STOPPED   5
#define CLD_CONTINUED 6

static uint32_t handler_of(const struct process *process, uint32_t signal)
{
	if (process->page == NULL || signal == SIGKILL || signal == SIGSTOP) {
		return 0;
	}
	return process->page->actions[signal - 1].handler;
}

static bool is_ignored(const struct process *process, uint32_t signal)
{
	uint32_t handler = handler_of(process, signal);

	return handler == 1 || (handler == 0 && (BIT(signal) & IGNORED) != 0);
}

static uint64_t blocked_by(const struct thread *thread)
{
	return thread->page->blocked & ~(BIT(SIGKILL) | BIT(SIGSTOP));
}

bool signal_is_held(const struct thread *thread, uint32_t signal)
{
	return (blocked_by(thread) & BIT(signal)) != 0 || is_ignored(thread->process, signal);
}

bool signal_is_waiting(const struct thread *thread)
{
	const struct process *process = thread->process;
	uint64_t waiting = thread->signals.waiting;

	if (process == NULL) {
		return false;
	}
	waiting = (waiting | process->signals.waiting) & ~blocked_by(thread);
	for (uint32_t signal = 1; waiting != 0 && signal <= UNIX_SIGNALS; signal++) {
		if ((waiting & BIT(signal)) != 0 && !is_ignored(process, signal)) {
			return true;
		}
	}
	return false;
}

/* What the library sees of what waits. */
static void show_waiting(struct process *process)
{
	for (struct thread *thread = process->threads; thread != NULL; thread = thread->next) {
		thread->page->waiting = thread->signals.waiting | process->signals.waiting;
	}
}

/* ----------------------------------------------------------------- bringing a thread to the exit */

static void store_registers(struct unix_thread_page *page, const struct i386_thread_state *state)
{
	struct unix_registers *r = &page->registers;

	r->gs = state->gs;
	r->fs = state->fs;
	r->es = state->es;
	r->ds = state->ds;
	r->edi = state->edi;
	r->esi = state->esi;
	r->ebp = state->ebp;
	r->ebx = state->ebx;
	r->edx = state->edx;
	r->ecx = state->ecx;
	r->eax = state->eax;
	page->block.eip = state->eip;
	page->block.esp = state->uesp;
	page->block.eflags = state->efl;
	page->in_call = 0;
	page->restore_all = 1;
	page->state = UNIX_STATE_LIBRARY;
}

static bool within(uint32_t address, uint32_t start, uint32_t end)
{
	return address - start < end - start;
}

/* On its way out, where "pending" was looked at already? */
static bool is_leaving(const struct thread *thread, uint32_t eip)
{
	uint32_t page = UNIX_PAGE_OF_THREAD(thread->number);

	return within(eip, library_header->exit_checked, library_header->exit_end) ||
	       within(eip, page + offsetof(struct unix_thread_page, exit_code),
		      page + UNIX_PAGE_BYTES);
}

/* Where the thread is decides (README.md): at most its registers are changed. */
static void redirect(struct thread *thread, struct i386_thread_state *state)
{
	const struct unix_library_header *header = library_header;
	bool change = true;

	if (is_leaving(thread, state->eip)) {
		state->eip = header->exit;
		state->uesp = thread->page->block.stack_top;
	} else if (state->eip >= header->wait_checked && state->eip <= header->wait_trap &&
		   thread->page->state == UNIX_STATE_KERNEL) {
		state->eip = header->wait_return;
		state->eax = MACH_SEND_INTERRUPTED;
	} else if (library_has(state->eip)) {
		change = false;
		if (state->eip == header->wait_return && thread->page->state == UNIX_STATE_KERNEL) {
			(void)thread_abort(thread->port);
		}
	} else {
		store_registers(thread->page, state);
		state->eip = header->exit;
		state->uesp = thread->page->block.stack_top;
		state->efl = 0x202;
		state->ds = state->es = 0x7b;
	}
	if (change) {
		(void)thread_set_state(thread->port, i386_REGS_SEGS_STATE, (thread_state_t)state,
				       i386_THREAD_STATE_COUNT);
	}
}

static void bring_to_exit(struct thread *thread)
{
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	thread->page->pending = 1;
	if (thread->request != NULL) {
		(void)request_interrupt(thread);
		return;
	}
	if (thread_suspend(thread->port) != KERN_SUCCESS) {
		return;
	}
	if (thread_get_state(thread->port, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count) ==
	    KERN_SUCCESS) {
		redirect(thread, &state);
	}
	(void)thread_resume(thread->port);
}

/* -------------------------------------------------------------------------------- stop, continue */

static void stop_process(struct process *process, uint32_t signal)
{
	if (process->state != PROCESS_RUNS) {
		return;
	}
	process->state = PROCESS_STOPPED_;
	process->status = STATUS_STOPPED(signal);
	process->status_is_news = true;
	(void)task_suspend(process->task);
	if (process->parent != NULL && process->parent->page != NULL &&
	    (process->parent->page->actions[SIGCHLD - 1].flags & 1) == 0) { /* SA_NOCLDSTOP */
		process_tell_parent(process, CLD_STOPPED, signal);
	} else if (process->parent != NULL) {
		wait_queue_wake(&process->parent->child_waiters);
	}
}

static void continue_process(struct process *process)
{
	process->signals.waiting &= ~STOP_SIGNALS;
	for (struct thread *thread = process->threads; thread != NULL; thread = thread->next) {
		thread->signals.waiting &= ~STOP_SIGNALS;
	}
	if (process->state != PROCESS_STOPPED_) {
		return;
	}
	process->state = PROCESS_RUNS;
	process->status = STATUS_CONTINUED;
	process->status_is_news = true;
	(void)task_resume(process->task);
	process_tell_parent(process, CLD_CONTINUED, SIGCONT);
}

/* -------------------------------------------------------------------------------------- posting */

/* What is done at once, whatever the thread does; false: nothing is left to post. */
static bool act_at_once(struct process *process, uint32_t signal)
{
	if (signal == SIGCONT) {
		continue_process(process);
	} else if ((BIT(signal) & STOP_SIGNALS) != 0) {
		process->signals.waiting &= ~BIT(SIGCONT);
	}
	if (signal == SIGKILL) {
		process_end(process, STATUS_SIGNAL(SIGKILL));
		return false;
	}
	if (signal == SIGSTOP) {
		stop_process(process, SIGSTOP);
		return false;
	}
	return true;
}

/* One that waits already is lost, but those from SIGNAL_QUEUED on are kept in their order. */
static bool add(struct signals *signals, uint32_t signal, const struct signal_info *info)
{
	struct queued_signal **place = &signals->queue;
	struct queued_signal *queued = NULL;
	unsigned int length = 0;

	if ((signals->waiting & BIT(signal)) == 0) {
		signals->info[signal - 1] = *info;
		signals->waiting |= BIT(signal);
		return true;
	}
	if (signal < SIGNAL_QUEUED) {
		return true;
	}
	while (*place != NULL) {
		place = &(*place)->next;
		length++;
	}
	queued = length < SIGNALS_QUEUED_MAX ? malloc(sizeof(*queued)) : NULL;
	if (queued == NULL) {
		return false;
	}
	*queued = (struct queued_signal){ NULL, signal, *info };
	*place = queued;
	return true;
}

/* Takes the first of them; the next one of its number waits then. */
static struct signal_info remove_first(struct signals *signals, uint32_t signal)
{
	struct signal_info info = signals->info[signal - 1];
	struct queued_signal **place = &signals->queue;

	while (*place != NULL && (*place)->signal != signal) {
		place = &(*place)->next;
	}
	if (*place != NULL) {
		struct queued_signal *next = *place;

		*place = next->next;
		signals->info[signal - 1] = next->info;
		free(next);
	} else {
		signals->waiting &= ~BIT(signal);
	}
	return info;
}

static void discard(struct signals *signals, uint32_t signal)
{
	while ((signals->waiting & BIT(signal)) != 0) {
		(void)remove_first(signals, signal);
	}
}

void signals_release(struct signals *signals)
{
	while (signals->queue != NULL) {
		struct queued_signal *next = signals->queue->next;

		free(signals->queue);
		signals->queue = next;
	}
	signals->waiting &= BIT(SIGNAL_QUEUED) - 1;
}

void signal_discard_ignored(struct process *process, uint32_t signal)
{
	if (!is_ignored(process, signal)) {
		return;
	}
	discard(&process->signals, signal);
	for (struct thread *thread = process->threads; thread != NULL; thread = thread->next) {
		discard(&thread->signals, signal);
	}
	show_waiting(process);
}

/* By default it ends or stops the process: no thread has to run for that. */
static bool act_by_default(struct process *process, uint32_t signal)
{
	if (handler_of(process, signal) != 0 || (BIT(signal) & IGNORED) != 0) {
		return false;
	}
	if ((BIT(signal) & STOP_SIGNALS) != 0) {
		if (!process_group_is_orphaned(process->pgid)) {
			stop_process(process, signal);
		}
	} else {
		process_end(process, STATUS_SIGNAL(signal));
	}
	return true;
}

bool signal_process(struct process *process, uint32_t signal, const struct signal_info *info)
{
	struct thread *taker = NULL;
	bool all_block = true;

	if (!process_is_alive(process) || process->ending || signal == 0 ||
	    signal > UNIX_SIGNALS || !act_at_once(process, signal)) {
		return true;
	}
	for (struct thread *thread = process->threads; thread != NULL; thread = thread->next) {
		if ((blocked_by(thread) & BIT(signal)) == 0) {
			all_block = false;
			if (taker == NULL || thread->number == 1) {
				taker = thread;
			}
		}
	}
	if (!all_block && is_ignored(process, signal)) {
		return true;
	}
	if (taker != NULL && act_by_default(process, signal)) {
		return true;
	}
	if (!add(&process->signals, signal, info)) {
		return false;
	}
	show_waiting(process);
	wait_queue_wake(&process->signal_waiters);
	if (taker != NULL) {
		bring_to_exit(taker);
	}
	return true;
}

bool signal_thread(struct thread *thread, uint32_t signal, const struct signal_info *info)
{
	struct process *process = thread->process;

	if (process == NULL || !process_is_alive(process) || process->ending || signal == 0 ||
	    signal > UNIX_SIGNALS || !act_at_once(process, signal)) {
		return true;
	}
	if ((blocked_by(thread) & BIT(signal)) == 0) {
		if (is_ignored(process, signal) || act_by_default(process, signal)) {
			return true;
		}
	}
	if (!add(&thread->signals, signal, info)) {
		return false;
	}
	show_waiting(process);
	wait_queue_wake(&process->signal_waiters);
	if ((blocked_by(thread) & BIT(signal)) == 0) {
		bring_to_exit(thread);
	}
	return true;
}

struct group_signal {
	uint32_t signal;
	const struct signal_info *info;
};

static bool signal_member(struct process *process, void *argument)
{
	const struct group_signal *what = argument;

	(void)signal_process(process, what->signal, what->info);
	return true;
}

void signal_group(uint32_t pgid, uint32_t signal, const struct signal_info *info)
{
	struct group_signal what = { signal, info };

	process_group_each(pgid, signal_member, &what);
}

/* --------------------------------------------------------------------------------------- taking */

/* The lowest that waits, is not blocked and is in "wanted": out of the set; 0: none. */
uint32_t signal_take(struct thread *thread, uint64_t wanted, struct signal_info *info)
{
	struct process *process = thread->process;

	for (uint32_t signal = 1; signal <= UNIX_SIGNALS; signal++) {
		struct signals *from = NULL;

		if ((wanted & BIT(signal)) == 0) {
			continue;
		}
		if ((thread->signals.waiting & BIT(signal)) != 0) {
			from = &thread->signals;
		} else if ((process->signals.waiting & BIT(signal)) != 0) {
			from = &process->signals;
		} else {
			continue;
		}
		*info = remove_first(from, signal);
		show_waiting(process);
		return signal;
	}
	return 0;
}

kern_return_t serve_unix_take_signal(ipc_call_t call, unix_signal_t *out)
{
	struct thread *thread = *(struct thread **)ipc_call_data(call);
	struct process *process = NULL;
	struct signal_info info;

	memset(out, 0, sizeof(*out));
	server_lock();
	process = thread->process;
	if (process == NULL || process->ending) {
		server_unlock();
		return KERN_INVALID_ARGUMENT;
	}
	for (;;) {
		uint32_t signal = signal_take(thread, ~blocked_by(thread), &info);
		const struct unix_action *action = NULL;

		if (signal == 0) {
			break;
		}
		if (is_ignored(process, signal)) {
			continue;
		}
		if (act_by_default(process, signal)) {
			if (thread->process == NULL) {
				server_unlock();
				return KERN_INVALID_ARGUMENT; /* it has ended */
			}
			continue;
		}
		action = &process->page->actions[signal - 1];
		*out = (unix_signal_t){ .number = signal,
					.code = info.code,
					.handler = action->handler,
					.flags = action->flags,
					.restorer = action->restorer,
					.mask_low = action->mask_low,
					.mask_high = action->mask_high };
		memcpy(out->field, info.field, sizeof(out->field));
		break;
	}
	server_unlock();
	return KERN_SUCCESS;
}

uint64_t signal_alarms(uint64_t now)
{
	static const struct signal_info info = { .code = SI_KERNEL };
	uint64_t nearest = 0;

	processes_walk_begin();
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->alarm_at != 0 && process->alarm_at <= now) {
			process->alarm_at =
				process->alarm_interval == 0 ? 0 : now + process->alarm_interval;
			(void)signal_process(process, SIGALRM, &info);
		}
	}
	processes_walk_end();
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->alarm_at != 0 && (nearest == 0 || process->alarm_at < nearest)) {
			nearest = process->alarm_at;
		}
	}
	return nearest;
}

/* ------------------------------------------------------------------------------------ exceptions */

#include <mach/exception.h>
#include <gen/exc_server.h>

/* A fault in the library's copying routine is the call's EFAULT. */
static bool mend_copy(struct thread *thread, struct i386_thread_state *state)
{
	if (!within(state->eip, library_header->copy_start, library_header->copy_end)) {
		return false;
	}
	state->eip = library_header->copy_failed;
	(void)thread_set_state(thread->port, i386_REGS_SEGS_STATE, (thread_state_t)state,
			       i386_THREAD_STATE_COUNT);
	return true;
}

static bool is_fatal(const struct thread *thread, uint32_t signal, uint32_t eip)
{
	return library_has(eip) || (blocked_by(thread) & BIT(signal)) != 0 ||
	       handler_of(thread->process, signal) <= 1;
}

/* It cannot be put off: without a handler the process ends. */
static void end_by_fault(struct thread *thread, uint32_t signal, const struct fault *fault,
			 const struct i386_thread_state *state)
{
	struct process *process = thread->process;

	server_log("unix: %s[%u]: %s: vector %u at eip %08x%s, address %08x, esp %08x", process->name,
		   (unsigned)process->pid, signal == SIGKILL ? "no memory" : "fault",
		   (unsigned)fault->vector, (unsigned)state->eip,
		   library_has(state->eip) ? " (emulation library)" : "",
		   (unsigned)fault->subcode, (unsigned)state->uesp);
	process_end(process, STATUS_SIGNAL(signal));
}

/* The process that has most pages; null: there is none. */
static struct process *largest_process(void)
{
	struct process *largest = NULL;
	natural_t most = 0;

	for (struct process *process = processes; process != NULL; process = process->next) {
		natural_t used = 0, limit = 0;

		if (process_is_alive(process) && !process->ending &&
		    masix_task_pages(process->task, &used, &limit) == KERN_SUCCESS && used > most) {
			most = used;
			largest = process;
		}
	}
	return largest;
}

/*
 * There is no page for the thread: at its own limit its process ends, and else the largest, so that a
 * shell does not pay for what another has taken; but nobody is killed for a fault that is older than
 * the end of one who gave his pages back.  True: the thread may try again.
 */
static bool make_room(struct thread *thread)
{
	struct process *process = thread->process;
	struct process *largest = NULL;
	natural_t used = 0, limit = 0;

	if (masix_task_pages(process->task, &used, &limit) != KERN_SUCCESS || used >= limit) {
		return false;
	}
	if (thread->ends_seen != process_ends) {
		thread->ends_seen = process_ends;
		return true;
	}
	largest = largest_process();
	if (largest == NULL || largest == process) {
		return false;
	}
	server_log("unix: no memory: %s[%u] is the largest, and is killed", largest->name,
		   (unsigned)largest->pid);
	process_end(largest, STATUS_SIGNAL(SIGKILL));
	thread->ends_seen = process_ends;
	return true;
}

static void raise_fault(struct thread *thread, struct i386_thread_state *state,
			const struct fault *fault)
{
	struct fault_signal what = fault_signal_of(fault);
	struct signal_info info = { .code = what.code, .field = { what.address } };
	struct unix_thread_page *page = thread->page;

	if (what.signal == 0) {
		if (!make_room(thread)) {
			end_by_fault(thread, SIGKILL, fault, state);
		}
	} else if (is_fatal(thread, what.signal, state->eip)) {
		end_by_fault(thread, what.signal, fault, state);
	} else {
		page->registers.cr2 = fault->vector == 14 ? fault->subcode : 0;
		add(&thread->signals, what.signal, &info);
		show_waiting(thread->process);
		page->pending = 1;
		redirect(thread, state);
	}
}

kern_return_t catch_exception_raise(mach_port_t port, mach_port_t mach_thread,
				    mach_port_t mach_task, integer_t exception, integer_t code,
				    integer_t subcode)
{
	/* lib/ipc has put the call where the port's name would be; what the message says of thread
	   and task may be a lie, and is not looked at. */
	struct thread *thread = *(struct thread **)ipc_call_data((ipc_call_t)port);
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;
	struct fault fault = { .code = (uint32_t)code, .subcode = (uint32_t)subcode };

	(void)exception;
	(void)mach_port_deallocate(mach_task_self(), mach_thread);
	(void)mach_port_deallocate(mach_task_self(), mach_task);
	server_lock();
	if (thread->process == NULL ||
	    thread_get_state(thread->port, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count) !=
		    KERN_SUCCESS ||
	    masix_thread_get_fault(thread->port, &fault.vector, &thread->page->registers.error) !=
		    KERN_SUCCESS) {
		server_unlock();
		return KERN_FAILURE;
	}
	fault.eip = state.eip;
	thread->page->registers.trapno = fault.vector;
	if (fault_signal_of(&fault).signal == 0 || !mend_copy(thread, &state)) {
		raise_fault(thread, &state, &fault);
	}
	server_unlock();
	return KERN_SUCCESS;
}
