/* adopt.h */
#include <pthread.h>
#include <mach/notify.h>
#include <gen/mach_port.h>
#include <gen/personality.h>
#include <masix/process.h>
#include "adopt.h"

#define SELF     mach_task_self()
#define GRACE_NS 100000000u

static mach_port_t personality; /* null: no process server is told */
static mach_port_t death_port;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool asleep;

/* Ids that the process server may forget. */
static struct gone {
	struct gone *next;
	uint32_t pid;
} * gone;

void adopt_changed(void)
{
	if (asleep) {
		asleep = false;
		(void)pthread_cond_signal(&changed);
	}
}

void adopt_forget(struct process *process)
{
	struct gone *entry = process->known ? malloc(sizeof(*entry)) : NULL;

	if (entry != NULL) {
		*entry = (struct gone){gone, process->pid};
		gone = entry;
		adopt_changed();
	}
}

/* ------------------------------------------------------------------------------------- deaths */

static void watch(mach_port_t task, bool on)
{
	mach_port_t previous = MACH_PORT_NULL;

	if (mach_port_request_notification(
		    SELF, task, MACH_NOTIFY_DEAD_NAME, on, on ? death_port : MACH_PORT_NULL,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous) == KERN_SUCCESS &&
	    MACH_PORT_VALID(previous)) {
		(void)mach_port_deallocate(SELF, previous);
	}
}

void adopt_task_ends(struct process *process)
{
	if (process->adopted != MACH_PORT_NULL && process->adopted == process->task) {
		watch(process->task, false);
		process->adopted = MACH_PORT_NULL;
	}
}

/* Somebody else has ended a task. */
static void task_died(mach_port_t task)
{
	server_lock();
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->task == task && process_is_alive(process)) {
			process_end(process, STATUS_SIGNAL(SIGKILL));
			break;
		}
	}
	server_unlock();
	/* The reference that came with the notification; it kept the name from being used again. */
	(void)mach_port_deallocate(SELF, task);
}

static void *hear_deaths(void *argument)
{
	union {
		mach_msg_header_t header;
		mach_dead_name_notification_t dead;
		char room[128];
	} message;

	(void)argument;
	for (;;) {
		if (mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof(message), death_port, 0,
			     MACH_PORT_NULL) == MACH_MSG_SUCCESS &&
		    message.header.msgh_id == MACH_NOTIFY_DEAD_NAME) {
			task_died(message.dead.not_port);
		}
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------- telling */

static bool is_told(const struct process *process)
{
	return process->adopted == process->task &&
	       strncmp(process->adopted_name, process->name, sizeof(process->name)) == 0;
}

/* One that the process server is to hear of now; null: none, and *next says when one may be. */
static struct process *find_due(uint64_t *next)
{
	uint64_t now = server_now();

	*next = 0;
	for (struct process *process = processes; process != NULL; process = process->next) {
		uint64_t due = process->started + GRACE_NS;

		if (!process_is_alive(process) || process->ending || is_told(process)) {
			continue;
		}
		if (due <= now) {
			return process;
		}
		*next = *next == 0 || due < *next ? due : *next;
	}
	return NULL;
}

static uint32_t known_parent(const struct process *process)
{
	return process->parent != NULL && process->parent->known ? process->parent->pid : 0;
}

/* The lock is given up meanwhile. */
static void tell(struct process *process)
{
	mach_port_t task = process->task;
	natural_t id = process->pid, parent = known_parent(process);
	bool known = process->known, new_task = process->adopted != task;
	process_name_t name = "";
	kern_return_t code = KERN_SUCCESS;

	memcpy(process->adopted_name, process->name, sizeof(process->name));
	memcpy(name, process->name, sizeof(process->name) - 1);
	process_hold(process);
	(void)mach_port_mod_refs(SELF, task, MACH_PORT_RIGHT_SEND, 1);
	server_release();
	if (!known) {
		code = process_adopt(personality, task, MACH_MSG_TYPE_COPY_SEND, parent, name,
				     PROCESS_PAGES_INHERIT, &id);
	} else if (new_task) {
		code = process_replace(personality, process->pid, task, MACH_MSG_TYPE_COPY_SEND);
	}
	if (known) {
		(void)process_rename(personality, process->pid, name);
	}
	server_lock();
	process->known = known || code == KERN_SUCCESS;
	if (process->task == task && new_task) {
		process->adopted = task; /* also if it is refused: it is not asked again */
		watch(task, true);       /* one that is dead already says so at once */
	}
	(void)mach_port_deallocate(SELF, task);
	process_let_go(process);
}

static void *tell_all(void *argument)
{
	(void)argument;
	server_lock();
	for (;;) {
		uint64_t next = 0;
		struct process *process = NULL;
		struct gone *entry = gone;

		if (entry != NULL) {
			gone = entry->next;
			server_release();
			(void)process_forget(personality, entry->pid);
			free(entry);
			server_lock();
			continue;
		}
		process = find_due(&next);
		if (process != NULL) {
			tell(process);
			continue;
		}
		asleep = next == 0;
		server_wait(&changed, next);
		asleep = false;
	}
	return NULL;
}

kern_return_t adopt_start(mach_port_t port)
{
	pthread_t thread;
	pthread_condattr_t attributes;
	kern_return_t code = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &death_port);

	if (code != KERN_SUCCESS) {
		return code;
	}
	personality = port;
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&changed, &attributes);
	return pthread_create(&thread, NULL, hear_deaths, NULL) != 0 ||
			       pthread_create(&thread, NULL, tell_all, NULL) != 0
		       ? KERN_RESOURCE_SHORTAGE
		       : KERN_SUCCESS;
}
