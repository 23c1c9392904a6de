/* All processes: their records, their ends. */
#include <stdlib.h>
#include <string.h>
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include "ids_core.h"
#include "server.h"

#define SELF mach_task_self()

struct family family;
static struct ids ids;

void table_start(uint32_t node)
{
	ids_init(&ids, node);
}

/* Personalities' names are their programs' own. */
void process_set_name(struct process *process, const char *name)
{
	memset(process->name, 0, sizeof process->name);
	(void)strncpy(process->name, name, PROCESS_NAME_BYTES - 1);
	log_make_plain(process->name, strlen(process->name));
}

/* Locked: the id that a personality wants, if it may have it, or a fresh one. */
static uint32_t take_id(uint32_t wanted)
{
	if (wanted == IDS_NONE) {
		return ids_take(&ids);
	}
	return ids_is_personality(&ids, wanted) && process_of_id(wanted) == NULL ? wanted : IDS_NONE;
}

struct process *process_create(struct process *parent, bool privileged, uint32_t wanted,
			       const char *name, kern_return_t *error)
{
	struct process *process = calloc(1, sizeof *process);

	*error = KERN_RESOURCE_SHORTAGE;
	if (process == NULL) {
		return NULL;
	}
	ipc_lock(&state_lock);
	if (family_has_room(&family, parent != NULL ? &parent->family : NULL, privileged)) {
		process->family.id = take_id(wanted);
	}
	ipc_unlock(&state_lock);
	if (process->family.id == IDS_NONE) {
		free(process);
		*error = PROCESS_TOO_MANY;
		return NULL;
	}
	process->references = 1;
	process_set_name(process, name);
	*error = KERN_SUCCESS;
	return process;
}

/* What a record that nobody knows any more has of rights.  Not locked. */
static void process_free(struct process *process)
{
	for (uint32_t i = 0; i < STANDARD_PORTS; i++) {
		if (MACH_PORT_VALID(process->ports[i])) {
			(void)mach_port_deallocate(SELF, process->ports[i]);
		}
	}
	if (MACH_PORT_VALID(process->image)) {
		(void)mach_port_deallocate(SELF, process->image);
	}
	free(process);
}

void process_discard(struct process *process)
{
	ipc_lock(&state_lock);
	ids_give(&ids, process->family.id);
	ipc_unlock(&state_lock);
	process_release(process);
}

void process_enter(struct process *process, struct process *parent)
{
	bool good = parent != NULL && !parent->family.ended;

	family_add(&family, &process->family, good ? &parent->family : NULL);
	process->references++;
}

void process_reference(struct process *process)
{
	process->references++;
}

void process_release_locked(struct process *process)
{
	if (--process->references == 0) {
		process_free(process); /* deallocating rights waits for nobody */
	}
}

void process_release(struct process *process)
{
	ipc_lock(&state_lock);
	process_release_locked(process);
	ipc_unlock(&state_lock);
}

struct process *process_of_id(uint32_t id)
{
	return (struct process *)family_find(&family, id);
}

struct process *process_of_task(mach_port_t task)
{
	for (uint32_t i = 0; i < FAMILY_BUCKETS; i++) {
		for (struct family_member *member = family.buckets[i]; member != NULL;
		     member = member->next_of_bucket) {
			struct process *process = (struct process *)member;

			if (process->task == task) {
				return process;
			}
		}
	}
	return NULL;
}

void process_reap(struct process *process)
{
	ids_give(&ids, process->family.id);
	family_remove(&family, &process->family);
	process_release_locked(process);
}

/* Its children are the process server's from now on; those that ended interest nobody. */
static void orphan_children(struct process *process)
{
	struct family_member *child = NULL;

	while ((child = family_orphan(&process->family)) != NULL) {
		if (child->ended && (((struct process *)child)->flags & IS_ADOPTED) == 0) {
			process_reap((struct process *)child);
		}
	}
}

/* What is asked of a task for the last time; locked. */
static void take_figures(struct process *process)
{
	task_basic_info_data_t info;
	mach_msg_type_number_t count = TASK_BASIC_INFO_COUNT;
	int64_t number = 0;
	masix_digest_t digest;
	natural_t limit = 0;

	if (task_info(process->task, TASK_BASIC_INFO, (task_info_t)&info, &count) == KERN_SUCCESS) {
		process->milliseconds = (uint32_t)(info.user_time.seconds * 1000 +
						   info.user_time.microseconds / 1000 +
						   info.system_time.seconds * 1000 +
						   info.system_time.microseconds / 1000);
	}
	(void)masix_task_get_info(host_privileged, process->task, &number, digest,
				  &process->pages_used, &limit);
}

/* Ends the task; locked.  What its name owes: events_watch's request goes first. */
static void end_task(struct process *process)
{
	mach_port_t task = process->task, thread = process->thread;

	take_figures(process);
	events_unwatch(task);
	(void)task_terminate(task);
	process->task = MACH_PORT_NULL;
	process->thread = MACH_PORT_NULL;
	(void)mach_port_deallocate(SELF, task);
	if (thread != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, thread);
	}
}

/* What is given up when the lock is free again. */
static void end_objects(struct ipc_object *object, struct ipc_object *log,
			struct ipc_notifier *notifier)
{
	ipc_notifier_destroy(notifier);
	if (object != NULL) {
		ipc_object_destroy(object);
		ipc_object_release(object);
	}
	if (log != NULL) {
		ipc_object_destroy(log);
		ipc_object_release(log);
	}
}

void process_end(struct process *process, uint32_t status)
{
	struct ipc_object *object = NULL, *log = NULL;
	struct ipc_notifier *notifier = NULL;
	bool personality = false;

	ipc_lock(&state_lock);
	if (process->task == MACH_PORT_NULL) {
		ipc_unlock(&state_lock);
		return;
	}
	process->references++;
	counter_add(COUNTER_ENDED);
	end_task(process);
	process->family.ended = true;
	process->status = status;
	object = process->object;
	log = process->log;
	notifier = process->notifier;
	process->object = NULL;
	process->log = NULL;
	process->notifier = NULL;
	orphan_children(process);
	personality = process->server != NULL;
	if (process->server != NULL) {
		servers_ended(process->server, status);
	}
	if ((process->flags & IS_ADOPTED) == 0 &&
	    (process->family.parent == NULL || wait_deliver(process))) {
		process_reap(process);
	} else if ((process->flags & IS_FORGOTTEN) != 0) {
		process_reap(process);
	}
	ipc_unlock(&state_lock);
	end_objects(object, log, notifier);
	if (personality) {
		process_end_adopted(process);
	}
	process_release(process);
}

/* One that this personality adopted and that is still in the table; locked. */
static struct process *find_adopted(const struct process *personality)
{
	for (uint32_t i = 0; i < FAMILY_BUCKETS; i++) {
		for (struct family_member *member = family.buckets[i]; member != NULL;
		     member = member->next_of_bucket) {
			if (((struct process *)member)->personality == personality) {
				return (struct process *)member;
			}
		}
	}
	return NULL;
}

void process_end_adopted(struct process *personality)
{
	struct process *process = NULL;

	ipc_lock(&state_lock);
	while ((process = find_adopted(personality)) != NULL) {
		process->references++;
		process->personality = NULL;
		process->flags |= IS_FORGOTTEN;
		if (process->family.ended) {
			process_reap(process);
		}
		ipc_unlock(&state_lock);
		process_end(process, PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
		ipc_lock(&state_lock);
		process_release_locked(process);
	}
	ipc_unlock(&state_lock);
}
