/* Processes: who they are, whose children, how they end. */
#include <gen/mach_port.h>
#include "adopt.h"
#include "process.h"
#include "descriptors.h"
#include "quota.h"
#include "run.h"

#define PID_OF_SERVER  1u /* the parent of orphans; no process has it */

/*
 * pid = node << 16 | serial (design, 5.3); of the serials those that the process server leaves to
 * personalities.  Threads but a process's first have numbers of their own behind them.
 */
#define PID_SERIALS 0x4000u
#define PID_FIRST   0x4000u
#define TID_FIRST   0x8000u

struct process *processes;
uint32_t process_ends;
static uint32_t node_number = 1;

void process_set_node(uint32_t number)
{
	node_number = number;
}

struct process *process_find(uint32_t pid)
{
	struct process *process = processes;

	while (process != NULL && process->pid != pid) {
		process = process->next;
	}
	return process;
}

struct thread *thread_find(uint32_t tid)
{
	for (struct process *process = processes; process != NULL; process = process->next) {
		for (struct thread *thread = process->threads; thread != NULL;
		     thread = thread->next) {
			if (thread->tid == tid) {
				return thread;
			}
		}
	}
	return NULL;
}

/* Is that number a process's, a group's, a session's or a thread's? */
static bool number_in_use(uint32_t number)
{
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->pid == number || process->pgid == number || process->sid == number) {
			return true;
		}
	}
	return thread_find(number) != NULL;
}

/* The next one behind "last" that is free: what was in use comes last. */
static uint32_t next_number(uint32_t first, uint32_t *last)
{
	for (uint32_t tries = 0; tries < PID_SERIALS; tries++) {
		uint32_t number = 0;

		*last = (*last + 1) % PID_SERIALS;
		number = node_number << 16 | (first + *last);
		if (!number_in_use(number)) {
			return number;
		}
	}
	return 0;
}

static uint32_t new_pid(void)
{
	static uint32_t last;

	return next_number(PID_FIRST, &last);
}

uint32_t process_new_tid(void)
{
	static uint32_t last;

	return next_number(TID_FIRST, &last);
}

/* What a child gets of its parent (fork). */
static void inherit(struct process *process, struct process *parent)
{
	process->parent = parent;
	process->quota = parent->quota;
	quota_reference(process->quota);
	process->pgid = parent->pgid;
	process->sid = parent->sid;
	process->terminal = parent->terminal;
	process->identity = parent->identity;
	process->umask = parent->umask;
	process->root = parent->root;
	process->directory = parent->directory;
	process->proc_node = parent->proc_node;
	process->proc_pid = parent->proc_pid;
	process->program = parent->program;
	memcpy(process->limits, parent->limits, sizeof(process->limits));
	memcpy(process->name, parent->name, sizeof(process->name));
}

static void default_limits(struct process *process)
{
	for (unsigned int i = 0; i < 16; i++) {
		process->limits[i][0] = process->limits[i][1] = 0xffffffff;
	}
	process->limits[3][0] = UNIX_STACK_LIMIT; /* RLIMIT_STACK */
	process->limits[4][0] = 0;		  /* RLIMIT_CORE: there are none */
	process->limits[6][0] = process->limits[6][1] = /* RLIMIT_NPROC */
		quota_share(&quota_pool, QUOTA_PROCESSES);
	process->limits[7][0] = 1024;				/* RLIMIT_NOFILE */
	process->limits[7][1] = 4096;
}

static void reference_port(mach_port_t port)
{
	if (port != MACH_PORT_NULL) {
		(void)mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, 1);
	}
}

static void release_port(mach_port_t *port)
{
	if (*port != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), *port);
		*port = MACH_PORT_NULL;
	}
}

/* Its number and its place; false: there is none. */
static bool enter(struct process *process, const struct process *parent)
{
	static const struct quota nothing;

	process->quota = NULL;
	if (!quota_has_room(&quota_pool, parent != NULL ? parent->quota : &nothing,
			    QUOTA_PROCESSES)) {
		return false;
	}
	process->pid = new_pid();
	if (process->pid != 0 && parent == NULL) {
		process->quota = quota_create();
	}
	return process->pid != 0 && (parent != NULL || process->quota != NULL);
}

struct process *process_create(struct process *parent)
{
	struct process *process = calloc(1, sizeof(*process));

	if (process == NULL) {
		return NULL;
	}
	if (!enter(process, parent)) {
		free(process);
		return NULL;
	}
	process->started = server_now();
	process->exit_signal = SIGCHLD;
	if (parent != NULL) {
		inherit(process, parent);
		if (parent->command != NULL) {
			process->command = malloc(parent->command_bytes);
			if (process->command != NULL) {
				memcpy(process->command, parent->command, parent->command_bytes);
				process->command_bytes = parent->command_bytes;
			}
		}
		process->next_sibling = parent->children;
		parent->children = process;
	} else {
		process->pgid = process->sid = process->pid;
		process->umask = 022;
		default_limits(process);
	}
	quota_take(&quota_pool, process->quota, QUOTA_PROCESSES);
	reference_port(process->root);
	reference_port(process->directory);
	reference_port(process->program);
	process->next = processes;
	processes = process;
	adopt_changed();
	return process;
}

static void unlink_child(struct process *process)
{
	struct process **place = NULL;

	if (process->parent == NULL) {
		return;
	}
	place = &process->parent->children;
	while (*place != process) {
		place = &(*place)->next_sibling;
	}
	*place = process->next_sibling;
	process->parent = NULL;
}

static void release_parts(struct process *process)
{
	if (process->descriptors != NULL) {
		descriptors_release(process->descriptors);
		process->descriptors = NULL;
	}
	release_port(&process->root);
	release_port(&process->directory);
	release_port(&process->program);
	free(process->command);
	process->command = NULL;
	process->command_bytes = 0; /* /proc has none of a zombie */
}

/*
 * Who goes through the list may stand at a process that goes, and at one whose "next" goes: until
 * it has ended all stay, and lead back into the list.
 */
static unsigned int walks;
static struct process *graves;

static void bury(struct process *process)
{
	adopt_forget(process);
	quota_give(&quota_pool, process->quota, QUOTA_PROCESSES);
	quota_release(process->quota);
	if (walks == 0) {
		free(process);
	} else {
		process->next_grave = graves;
		graves = process;
	}
}

void processes_walk_begin(void)
{
	walks++;
}

void processes_walk_end(void)
{
	walks--;
	while (walks == 0 && graves != NULL) {
		struct process *next = graves->next_grave;

		free(graves);
		graves = next;
	}
}

void process_hold(struct process *process)
{
	process->held++;
}

void process_let_go(struct process *process)
{
	if (--process->held != 0) {
		return;
	}
	task_free_pages(process);
	if (process->state == PROCESS_ZOMBIE) {
		release_parts(process);
	}
	if (process->discarded) {
		bury(process);
	}
}

void process_discard(struct process *process)
{
	struct process **place = &processes;

	signals_release(&process->signals);
	if (process->held == 0) {
		release_parts(process);
	}
	unlink_child(process);
	while (*place != process) {
		place = &(*place)->next;
	}
	*place = process->next;
	if (process->held == 0) {
		bury(process);
	} else {
		process->discarded = true;
	}
}

void process_reap(struct process *process)
{
	process_discard(process);
}

bool process_group_in_session(uint32_t pgid, uint32_t sid)
{
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->pgid == pgid && process->sid == sid) {
			return true;
		}
	}
	return false;
}

bool process_group_exists(uint32_t pgid)
{
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->pgid == pgid) {
			return true;
		}
	}
	return false;
}

/* POSIX: every member's parent is a member too, or in another session. */
bool process_group_is_orphaned(uint32_t pgid)
{
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->pgid == pgid && process->state != PROCESS_ZOMBIE &&
		    process->parent != NULL && process->parent->pgid != pgid &&
		    process->parent->sid == process->sid) {
			return false;
		}
	}
	return true;
}

static bool group_has_stopped(uint32_t pgid)
{
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->pgid == pgid && process->state == PROCESS_STOPPED_) {
			return true;
		}
	}
	return false;
}

/* A stopped group that has just lost the last who could continue it gets SIGHUP and SIGCONT. */
static void rescue_group(uint32_t pgid)
{
	static const struct signal_info info = { .code = SI_KERNEL };

	if (process_group_is_orphaned(pgid) && group_has_stopped(pgid)) {
		signal_group(pgid, SIGHUP, &info);
		signal_group(pgid, SIGCONT, &info);
	}
}

void process_group_each(uint32_t pgid, bool (*function)(struct process *process, void *argument),
			void *argument)
{
	processes_walk_begin();
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->pgid == pgid && process_is_alive(process) &&
		    !function(process, argument)) {
			break;
		}
	}
	processes_walk_end();
}

/*
 * Nobody waits for its children any more: their parent is the server, as process 1.  A group of
 * theirs may have lost its last tie to the session with it.
 */
static void orphan_children(struct process *process)
{
	while (process->children != NULL) {
		struct process *child = process->children;
		uint32_t pgid = child->pgid;
		bool tied = pgid != process->pgid && child->sid == process->sid;

		process->children = child->next_sibling;
		child->parent = NULL;
		child->next_sibling = NULL;
		if (child->state == PROCESS_ZOMBIE) {
			process_reap(child);
		} else if (child->page != NULL) {
			child->page->ppid = PID_OF_SERVER;
		}
		if (tied) {
			rescue_group(pgid);
		}
	}
}

#define SA_NOCLDWAIT 2u

/* Tells the parent by SIGCHLD and wakes its waits. */
void process_tell_parent(struct process *process, uint32_t code, uint32_t status)
{
	struct process *parent = process->parent;
	struct signal_info info = { .code = code,
				    .field = { process->pid, process->identity.uid, status } };

	if (parent == NULL) {
		return;
	}
	if (process->exit_signal != 0) {
		signal_process(parent, process->exit_signal, &info);
	}
	wait_queue_wake(&parent->child_waiters);
}

static bool parent_does_not_care(const struct process *process)
{
	const struct process *parent = process->parent;
	const struct unix_action *action = NULL;

	if (parent == NULL || parent->state == PROCESS_ZOMBIE) {
		return true;
	}
	if (parent->page == NULL || process->exit_signal != SIGCHLD) {
		return false;
	}
	action = &parent->page->actions[SIGCHLD - 1];
	return action->handler == 1 || (action->flags & SA_NOCLDWAIT) != 0;
}

static void end_one(struct process *process)
{
	uint32_t status = process->status;
	uint32_t pgid = process->pgid;
	uint32_t signal = status & 0x7f;
	bool tied = process->parent != NULL && process->parent->pgid != pgid;

	process_leave_locks(process);
	task_end(process);
	while (process->threads != NULL) {
		thread_end(process->threads);
	}
	process->state = PROCESS_ZOMBIE;
	process->status_is_news = true;
	process->alarm_at = 0;
	if (process->vfork != NULL) {
		process_vfork_done(process);
	}
	if (process->vfork_child != NULL) {
		process->vfork_child->vfork = NULL;
		process->vfork_child = NULL;
	}
	if (process->sid == process->pid && process->terminal != NULL) {
		terminal_session_ends(process);
	}
	orphan_children(process);
	if (process->run != NULL) {
		run_ended(process->run, status);
	}
	process_tell_parent(process, signal == 0 ? 1 : 2, signal == 0 ? status >> 8 : signal);
	if (!process->discarded && parent_does_not_care(process)) {
		process_reap(process);
	}
	if (tied) {
		rescue_group(pgid);
	}
}

/*
 * What a process's end says to others may end them, and so on: they wait in a list, as the stack
 * has an end.
 */
void process_end(struct process *process, uint32_t status)
{
	static struct process *first, **last = &first;
	static bool busy;

	if (process->state == PROCESS_ZOMBIE || process->ending) {
		return;
	}
	process->ending = true;
	process->status = status;
	process->next_ending = NULL;
	process_hold(process);
	*last = process;
	last = &process->next_ending;
	if (busy) {
		return;
	}
	busy = true;
	while (first != NULL) {
		struct process *ends = first;

		first = ends->next_ending;
		last = first == NULL ? &first : last;
		end_one(ends);
		process_ends++;
		process_let_go(ends); /* and with that its descriptors, its directories */
	}
	busy = false;
}

void process_show(struct process *process)
{
	struct unix_process_page *page = process->page;
	const struct identity *identity = &process->identity;

	if (page == NULL) {
		return;
	}
	page->version = UNIX_PAGES_VERSION;
	page->pid = process->pid;
	page->ppid = process->parent != NULL ? process->parent->pid : PID_OF_SERVER;
	page->pgid = process->pgid;
	page->sid = process->sid;
	page->uid = identity->uid;
	page->euid = identity->euid;
	page->suid = identity->suid;
	page->gid = identity->gid;
	page->egid = identity->egid;
	page->sgid = identity->sgid;
	page->umask = process->umask;
	memcpy(page->limits, process->limits, sizeof(page->limits));
	descriptors_show(process);
}

bool process_may_signal(const struct process *from, const struct process *to)
{
	const struct identity *a = &from->identity;
	const struct identity *b = &to->identity;

	return a->euid == 0 || a->euid == b->uid || a->euid == b->suid || a->uid == b->uid ||
	       a->uid == b->suid;
}
