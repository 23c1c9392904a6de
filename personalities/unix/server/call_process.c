/* The calls that make, end and await processes, and those about groups and sessions. */
#include <gen/mach.h>
#include <mach/task_info.h>
#include "descriptors.h"
#include "process.h"
#include "quota.h"
#include "../shared/segment.h"

#define CSIGNAL		     0x000000ffu
#define CLONE_VM	     0x00000100u
#define CLONE_FILES	     0x00000400u
#define CLONE_VFORK	     0x00004000u
#define CLONE_PARENT	     0x00008000u
#define CLONE_THREAD	     0x00010000u
#define CLONE_SETTLS	     0x00080000u
#define CLONE_PARENT_SETTID  0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_CHILD_SETTID   0x01000000u
#define CLONE_NEW	     0x7e020000u /* namespaces */

/* ------------------------------------------------------------------------------ fork and clone */

/* What the new thread begins with: a copy of the caller's registers, 0 in eax. */
static int fill_page(const struct request *request, struct thread *thread, bool new_process)
{
	const struct unix_thread_page *from = request->thread->page;
	struct unix_thread_page *page = thread->page;
	uint32_t flags = request->number == 120 ? request->arguments[0] : SIGCHLD;
	const struct unix_segment *segment = NULL;
	uint32_t index = 0;

	page->block.eip = from->block.eip;
	page->block.eflags = from->block.eflags;
	page->block.esp = from->block.esp;
	page->registers = from->registers;
	page->registers.eax = 0;
	page->blocked = from->restore_blocked != 0 ? from->blocked_before : from->blocked;
	memcpy(page->tls, from->tls, sizeof(page->tls));
	if (new_process) {
		page->alternate_base = from->alternate_base;
		page->alternate_bytes = from->alternate_bytes;
		page->alternate_flags = from->alternate_flags;
		page->robust_list = 0;
	}
	if (request->number == 120 && request->arguments[1] != 0) {
		page->block.esp = request->arguments[1];
	}
	if ((flags & CLONE_CHILD_CLEARTID) != 0) {
		page->clear_tid = request->arguments[4];
	}
	if ((flags & CLONE_SETTLS) != 0) {
		if (request_in(request, 3) == NULL) {
			return -EFAULT;
		}
		segment = request_in(request, 3);
		index = segment->entry - UNIX_SEGMENT_FIRST;
		if (index >= MASIX_TLS_COUNT) {
			return -EINVAL;
		}
		unix_segment_encode(segment, page->tls[index]);
	}
	return 0;
}

static int set_tids(struct request *request, struct process *process, const struct thread *thread)
{
	uint32_t flags = request->number == 120 ? request->arguments[0] : 0;

	if ((flags & CLONE_PARENT_SETTID) != 0) {
		request_put(request, 2, &thread->tid, sizeof(thread->tid));
	}
	if ((flags & CLONE_CHILD_SETTID) != 0) {
		return task_write(process, request->arguments[4], &thread->tid,
				  sizeof(thread->tid));
	}
	return 0;
}

static int make_thread(struct request *request)
{
	struct process *process = request->thread->process;
	struct thread *thread = NULL;
	int result = quota_has_room(&quota_pool, process->quota, QUOTA_THREADS) ?
			     thread_make(process, &thread) :
			     -EAGAIN;

	if (result < 0) {
		return result;
	}
	result = fill_page(request, thread, false);
	result = result < 0 ? result : set_tids(request, process, thread);
	if (result < 0) {
		thread_end(thread);
		return result;
	}
	thread_start(thread);
	return (int)thread->tid;
}

static unsigned int processes_of(uint32_t uid)
{
	unsigned int count = 0;

	for (const struct process *process = processes; process != NULL; process = process->next) {
		count += process->identity.uid == uid;
	}
	return count;
}

/* The child, whole but for its thread's start. */
static int make_child(struct request *request, uint32_t flags, struct process **made)
{
	struct process *parent = request->thread->process;
	struct process *child = NULL;
	struct thread *thread = NULL;
	int result = 0;

	if (parent->identity.euid != 0 &&
	    processes_of(parent->identity.uid) >= parent->limits[6][0]) {
		return -EAGAIN;
	}
	child = process_create(parent);
	if (child == NULL) {
		return -EAGAIN;
	}
	child->exit_signal = flags & CSIGNAL;
	child->descriptors = (flags & CLONE_FILES) != 0 ? descriptors_share(parent->descriptors) :
							  descriptors_copy(parent->descriptors);
	result = child->descriptors == NULL ? -ENOMEM :
					      task_make(child, parent, (flags & CLONE_VM) != 0);
	if (result == 0) {
		memcpy(child->page->actions, parent->page->actions, sizeof(child->page->actions));
		child->page->break_start = parent->page->break_start;
		child->page->break_end = parent->page->break_end;
		child->page->break_mapped = parent->page->break_mapped;
		result = thread_make(child, &thread);
	}
	result = result < 0 ? result : fill_page(request, thread, true);
	result = result < 0 ? result : set_tids(request, child, thread);
	if (result < 0) {
		child->ending = true;
		while (child->threads != NULL) {
			thread_end(child->threads);
		}
		task_end(child);
		process_discard(child);
		return result;
	}
	process_show(child);
	child->state = PROCESS_RUNS;
	*made = child;
	return 0;
}

/* The parent of a vfork runs again when the child has ended or executes another program. */
void process_vfork_done(struct process *process)
{
	struct process *parent = process->vfork;

	process->vfork = NULL;
	parent->vfork_child = NULL;
	wait_queue_wake(&parent->child_waiters);
}

/*
 * Refused, after a while: many that try again and again for a place that is not there would leave no
 * time to others.
 */
#define REFUSAL_NS 200000000u

static int refuse_process(struct request *request)
{
	if (request->timed_out) {
		return -EAGAIN;
	}
	request->interrupted = -EAGAIN;
	return request_wait_until(request, server_now() + REFUSAL_NS);
}

static int make_process(struct request *request, uint32_t flags)
{
	struct process *parent = request->thread->process;
	struct process *child = NULL;
	int result = 0;

	if (request->memory != 0) { /* vfork, waiting: the child's number is kept here */
		if (parent->vfork_child != NULL && parent->vfork_child->pid == request->memory) {
			return request_wait(request, &parent->child_waiters);
		}
		return (int)request->memory;
	}
	result = request->timed_out ? -EAGAIN : make_child(request, flags, &child);
	if (result < 0) {
		return result == -EAGAIN ? refuse_process(request) : result;
	}
	thread_start(child->threads);
	if ((flags & CLONE_VFORK) != 0) {
		child->vfork = parent;
		parent->vfork_child = child;
		request->memory = child->pid;
		request->uninterruptible = true;
		return request_wait(request, &parent->child_waiters);
	}
	return (int)child->pid;
}

CALL_HANDLER(fork)
{
	return make_process(request, SIGCHLD);
}

CALL_HANDLER(vfork)
{
	return make_process(request, SIGCHLD | CLONE_VM | CLONE_VFORK);
}

CALL_HANDLER(clone)
{
	uint32_t flags = request->arguments[0];

	if ((flags & CLONE_NEW) != 0 || (flags & CSIGNAL) > UNIX_SIGNALS) {
		return -EINVAL;
	}
	if ((flags & CLONE_THREAD) != 0) {
		return (flags & CLONE_VM) == 0 ? -EINVAL : make_thread(request);
	}
	if ((flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM) {
		return -EINVAL; /* memory shared by two processes that both run: not here */
	}
	return make_process(request, flags);
}

/* ---------------------------------------------------------------------------------------- exit */

CALL_HANDLER(exit)
{
	struct thread *thread = request->thread;
	struct process *process = thread->process;

	if (process->thread_count == 1) {
		process_end(process, STATUS_EXIT(request->arguments[0]));
	} else {
		thread_end(thread);
	}
	return -EINTR; /* nobody hears it */
}

CALL_HANDLER(exit_group)
{
	process_end(request->thread->process, STATUS_EXIT(request->arguments[0]));
	return -EINTR;
}

/* ---------------------------------------------------------------------------------------- wait */

#define WNOHANG	   0x00000001u
#define WUNTRACED  0x00000002u
#define WEXITED	   0x00000004u
#define WCONTINUED 0x00000008u
#define WNOWAIT	   0x01000000u
#define W_ALL	   0xe0000000u

struct wanted {
	uint32_t kind; /* P_ALL, P_PID, P_PGID */
	uint32_t id;
	uint32_t options;
};

static bool is_wanted(const struct process *child, const struct wanted *wanted)
{
	return wanted->kind == 0 || (wanted->kind == 1 && child->pid == wanted->id) ||
	       (wanted->kind == 2 && child->pgid == wanted->id);
}

static bool has_news(const struct process *child, uint32_t options)
{
	switch (child->state) {
	case PROCESS_ZOMBIE:
		return (options & WEXITED) != 0;
	case PROCESS_STOPPED_:
		return (options & WUNTRACED) != 0 && child->status_is_news;
	case PROCESS_RUNS:
		return (options & WCONTINUED) != 0 && child->status_is_news;
	default:
		return false;
	}
}

static struct process *find_child(struct process *parent, const struct wanted *wanted, bool *any)
{
	struct process *found = NULL;

	*any = false;
	for (struct process *child = parent->children; child != NULL; child = child->next_sibling) {
		if (is_wanted(child, wanted)) {
			*any = true;
			if (has_news(child, wanted->options)) {
				found = child; /* the eldest is last in the list */
			}
		}
	}
	return found;
}

static void put_usage(struct request *request, unsigned int n, const struct process *process)
{
	uint32_t words[18] = { 0 };
	uint64_t user = process->user_ns + process->children_user_ns;
	uint64_t system = process->system_ns + process->children_system_ns;

	words[0] = (uint32_t)(user / 1000000000u);
	words[1] = (uint32_t)(user % 1000000000u / 1000u);
	words[2] = (uint32_t)(system / 1000000000u);
	words[3] = (uint32_t)(system % 1000000000u / 1000u);
	request_put(request, n, words, sizeof(words));
}

/* The child's news are told: a zombie is gone. */
static void consume(struct process *parent, struct process *child, uint32_t options)
{
	if ((options & WNOWAIT) != 0) {
		return;
	}
	if (child->state == PROCESS_ZOMBIE) {
		parent->children_user_ns += child->user_ns + child->children_user_ns;
		parent->children_system_ns += child->system_ns + child->children_system_ns;
		process_reap(child);
	} else {
		child->status_is_news = false;
	}
}

/* Waits; the child, or null and *result. */
static struct process *wait_child(struct request *request, const struct wanted *wanted,
				  int *result)
{
	struct process *parent = request->thread->process;
	bool any = false;
	struct process *child = find_child(parent, wanted, &any);

	if (child != NULL) {
		return child;
	}
	if (!any) {
		*result = -ECHILD;
	} else if ((wanted->options & WNOHANG) != 0) {
		*result = 0;
	} else {
		*result = signal_is_waiting(request->thread) ?
				  -UNIX_ERESTARTSYS :
				  request_wait(request, &parent->child_waiters);
	}
	return NULL;
}

static int wait_status(struct request *request, unsigned int usage)
{
	struct process *parent = request->thread->process;
	int32_t pid = (int32_t)request->arguments[0];
	uint32_t options = request->arguments[2];
	struct wanted wanted = { .kind = pid == -1 ? 0 : pid > 0 ? 1 : 2,
				 .id = pid > 0 ? (uint32_t)pid :
				       pid == 0 ? parent->pgid :
						  (uint32_t)-pid,
				 .options = options | WEXITED };
	struct process *child = NULL;
	int result = 0;

	if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | W_ALL)) != 0) {
		return -EINVAL;
	}
	child = wait_child(request, &wanted, &result);
	if (child == NULL) {
		return result;
	}
	result = (int)child->pid;
	request_put(request, 1, &child->status, sizeof(child->status));
	if (usage != 0) {
		put_usage(request, usage, child);
	}
	consume(parent, child, options);
	return result;
}

CALL_HANDLER(wait4)
{
	return wait_status(request, 3);
}

CALL_HANDLER(waitpid)
{
	return wait_status(request, 0);
}

/* siginfo of a child: signal, errno, code, pid, uid, status. */
CALL_HANDLER(waitid)
{
	struct wanted wanted = { request->arguments[0], request->arguments[1],
				 request->arguments[3] };
	uint32_t words[32] = { 0 };
	struct process *child = NULL;
	int result = 0;

	if (wanted.kind > 2 || (wanted.options & (WEXITED | WUNTRACED | WCONTINUED)) == 0 ||
	    (wanted.options & ~(WNOHANG | WUNTRACED | WEXITED | WCONTINUED | WNOWAIT | W_ALL)) !=
		    0) {
		return -EINVAL;
	}
	if (wanted.kind == 2 && wanted.id == 0) {
		wanted.id = request->thread->process->pgid;
	}
	child = wait_child(request, &wanted, &result);
	if (child != NULL) {
		uint32_t status = child->status;

		words[0] = SIGCHLD;
		words[2] = child->state == PROCESS_STOPPED_ ? 5u :
			   child->state == PROCESS_RUNS	    ? 6u :
			   (status & 0x7f) != 0		    ? 2u :
							      1u;
		words[3] = child->pid;
		words[4] = child->identity.uid;
		words[5] = words[2] == 1 ? status >> 8 :
			   words[2] == 5 ? status >> 8 :
			   words[2] == 6 ? SIGCONT :
					   status & 0x7f;
		put_usage(request, 4, child);
		consume(request->thread->process, child, wanted.options);
	} else if (result != 0) {
		return result;
	}
	request_put(request, 2, words, sizeof(words));
	return 0;
}

/* ---------------------------------------------------------------------------- groups, sessions */

CALL_HANDLER(setpgid)
{
	struct process *self = request->thread->process;
	uint32_t pid = request->arguments[0] != 0 ? request->arguments[0] : self->pid;
	uint32_t pgid = request->arguments[1] != 0 ? request->arguments[1] : pid;
	struct process *process = process_find(pid);

	if ((int32_t)pgid < 0) {
		return -EINVAL;
	}
	if (process == NULL || (process != self && process->parent != self)) {
		return -ESRCH;
	}
	if (process != self && process->executed) {
		return -EACCES;
	}
	if (process->sid != self->sid || process->sid == process->pid) {
		return -EPERM;
	}
	if (pgid != pid && !process_group_in_session(pgid, self->sid)) {
		return -EPERM;
	}
	process->pgid = pgid;
	process_show(process);
	return 0;
}

CALL_HANDLER(setsid)
{
	struct process *self = request->thread->process;

	for (const struct process *process = processes; process != NULL; process = process->next) {
		if (process->pgid == self->pid) {
			return -EPERM;
		}
	}
	self->pgid = self->sid = self->pid;
	self->terminal = NULL;
	process_show(self);
	return (int)self->pid;
}

static struct process *process_or_self(const struct request *request)
{
	uint32_t pid = request->arguments[0];

	return pid == 0 ? request->thread->process : process_find(pid);
}

CALL_HANDLER(getpgid)
{
	const struct process *process = process_or_self(request);

	return process == NULL ? -ESRCH : (int)process->pgid;
}

CALL_HANDLER(getsid)
{
	const struct process *process = process_or_self(request);

	return process == NULL ? -ESRCH : (int)process->sid;
}
