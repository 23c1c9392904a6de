/* Signals: who gets them, what they do by default, how a thread is brought to take one. */
#include <mach/i386/thread_status.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
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
		state->ds = state->es = 0x7b;
	}
	if (change) {
		(void)thread_set_state(thread->port, i386_THREAD_STATE, (thread_state_t)state,
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
	if (thread_get_state(thread->port, i386_THREAD_STATE, (thread_state_t)&state, &count) ==
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

static void add(struct signals *signals, uint32_t signal, const struct signal_info *info)
{
	if ((signals->waiting & BIT(signal)) == 0) {
		signals->info[signal - 1] = *info;
		signals->waiting |= BIT(signal);
	}
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

void signal_process(struct process *process, uint32_t signal, const struct signal_info *info)
{
	struct thread *taker = NULL;
	bool all_block = true;

	if (process->state == PROCESS_ZOMBIE || process->state == PROCESS_NEW || signal == 0 ||
	    signal > UNIX_SIGNALS || !act_at_once(process, signal)) {
		return;
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
		return;
	}
	if (taker != NULL && act_by_default(process, signal)) {
		return;
	}
	add(&process->signals, signal, info);
	show_waiting(process);
	wait_queue_wake(&process->signal_waiters);
	if (taker != NULL) {
		bring_to_exit(taker);
	}
}

void signal_thread(struct thread *thread, uint32_t signal, const struct signal_info *info)
{
	struct process *process = thread->process;

	if (process->state == PROCESS_ZOMBIE || signal == 0 || signal > UNIX_SIGNALS ||
	    !act_at_once(process, signal)) {
		return;
	}
	if ((blocked_by(thread) & BIT(signal)) == 0) {
		if (is_ignored(process, signal) || act_by_default(process, signal)) {
			return;
		}
	}
	add(&thread->signals, signal, info);
	show_waiting(process);
	wait_queue_wake(&process->signal_waiters);
	if ((blocked_by(thread) & BIT(signal)) == 0) {
		bring_to_exit(thread);
	}
}

struct group_signal {
	uint32_t signal;
	const struct signal_info *info;
};

static bool signal_member(struct process *process, void *argument)
{
	const struct group_signal *what = argument;

	signal_process(process, what->signal, what->info);
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
		*info = from->info[signal - 1];
		from->waiting &= ~BIT(signal);
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
			if (process->state == PROCESS_ZOMBIE) {
				server_unlock();
				return KERN_INVALID_ARGUMENT;
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
	struct process *next = NULL;
	uint64_t nearest = 0;

	for (struct process *process = processes; process != NULL; process = next) {
		next = process->next;
		if (process->alarm_at != 0 && process->alarm_at <= now) {
			process->alarm_at =
				process->alarm_interval == 0 ? 0 : now + process->alarm_interval;
			signal_process(process, SIGALRM, &info);
		}
	}
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
	(void)thread_set_state(thread->port, i386_THREAD_STATE, (thread_state_t)state,
			       i386_THREAD_STATE_COUNT);
	return true;
}

/* From Mach's exception to a signal (Linux's arch/x86 traps: numbers and si_code). */
static uint32_t signal_of(int exception, int code, int subcode, struct signal_info *info,
			  uint32_t *trap)
{
	switch (exception) {
	case EXC_BAD_ACCESS:
		*trap = 14;
		info->field[0] = (uint32_t)subcode;
		info->code = code == KERN_PROTECTION_FAILURE ? 2 : 1; /* SEGV_ACCERR, SEGV_MAPERR */
		if (code == KERN_MEMORY_ERROR || code == KERN_MEMORY_FAILURE) {
			info->code = 2; /* BUS_ADRERR: behind the end of a file */
			return SIGBUS;
		}
		return SIGSEGV;
	case EXC_ARITHMETIC:
		*trap = 0;
		info->code = 1; /* FPE_INTDIV */
		return SIGFPE;
	case EXC_BREAKPOINT:
		*trap = 3;
		info->code = SI_KERNEL;
		return SIGTRAP;
	case EXC_BAD_INSTRUCTION:
		if (code == EXC_I386_INVOP) {
			*trap = 6;
			info->code = 2; /* ILL_ILLOPN */
			return SIGILL;
		}
		/* fall through */
	default:
		*trap = 13;
		info->code = SI_KERNEL; /* a general protection fault */
		return SIGSEGV;
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
	struct signal_info info = { 0 };
	struct unix_thread_page *page = NULL;
	uint32_t trap = 0;
	uint32_t signal = signal_of(exception, code, subcode, &info, &trap);

	(void)mach_port_deallocate(mach_task_self(), mach_thread);
	(void)mach_port_deallocate(mach_task_self(), mach_task);
	server_lock();
	if (thread->process == NULL ||
	    thread_get_state(thread->port, i386_THREAD_STATE, (thread_state_t)&state, &count) !=
		    KERN_SUCCESS) {
		server_unlock();
		return KERN_FAILURE;
	}
	page = thread->page;
	if (mend_copy(thread, &state)) {
		server_unlock();
		return KERN_SUCCESS;
	}
	if (exception == EXC_BREAKPOINT && code == EXC_I386_SGL) {
		info.code = 2; /* TRAP_TRACE */
	}
	page->registers.trapno = trap;
	page->registers.error = trap == 14 ? 4u : 0u;
	page->registers.cr2 = trap == 14 ? (uint32_t)subcode : 0;
	if (library_has(state.eip) || (blocked_by(thread) & BIT(signal)) != 0 ||
	    handler_of(thread->process, signal) <= 1) {
		server_log("unix: %s[%u]: fault %u at eip %08x, address %08x, esp %08x%s",
			   thread->process->name, (unsigned)thread->process->pid, (unsigned)trap,
			   (unsigned)state.eip, (unsigned)subcode, (unsigned)state.uesp,
			   library_has(state.eip) ? ", in the emulation library" : "");
		process_end(thread->process, STATUS_SIGNAL(signal)); /* a fault cannot be put off */
	} else {
		add(&thread->signals, signal, &info);
		show_waiting(thread->process);
		page->pending = 1;
		redirect(thread, &state);
	}
	server_unlock();
	return KERN_SUCCESS;
}
