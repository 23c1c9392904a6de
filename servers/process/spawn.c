/* A process from an image: its task, its ports, its first thread. */
#include <string.h>
#include <crypto/crypto.h>
#include <libmach.h>
#include <mach/task_special_ports.h>
#include <mach/thread_status.h>
#include <gen/acs_control.h>
#include <gen/gnumach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include "server.h"

#define SELF mach_task_self()

/* The process port and the log port, one client for both. */
static kern_return_t make_objects(struct process *process)
{
	struct ipc_client *client = NULL;
	kern_return_t result = ipc_client_create(bucket, NULL, &client);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = ipc_object_create(client, &process_class, &process->object);
	if (result == KERN_SUCCESS) {
		*(struct process **)ipc_object_data(process->object) = process;
		ipc_object_reference(process->object);
		process_reference(process);
		result = ipc_object_create(client, &log_class, &process->log);
	}
	if (result == KERN_SUCCESS) {
		*(struct process **)ipc_object_data(process->log) = process;
		ipc_object_reference(process->log);
		process_reference(process);
	}
	ipc_client_release(client);
	return result;
}

/* Those of a process that does not come into being. */
static void drop_objects(struct process *process)
{
	struct ipc_object *objects[] = {process->object, process->log};

	process->object = NULL;
	process->log = NULL;
	for (int i = 0; i < 2; i++) {
		if (objects[i] != NULL) {
			ipc_object_destroy(objects[i]);
			ipc_object_release(objects[i]);
		}
	}
}

/* A send right of our own, made for whoever the object is given to. */
static kern_return_t make_send(struct ipc_object *object, mach_port_t *port)
{
	*port = ipc_object_give(object);
	return mach_port_insert_right(SELF, *port, *port, MACH_MSG_TYPE_MAKE_SEND);
}

static kern_return_t set_bootstrap(struct process *process)
{
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = make_send(process->object, &port);

	if (result == KERN_SUCCESS) {
		result = task_set_special_port(process->task, TASK_BOOTSTRAP_PORT, port);
		(void)mach_port_deallocate(SELF, port);
	}
	if (result == KERN_SUCCESS) {
		result = task_set_special_port(process->task, TASK_EXCEPTION_PORT, exception_port);
	}
	return result;
}

/* The task, before anything is in it. */
static kern_return_t make_task(struct process *process)
{
	natural_t used = 0, limit = 0;
	int64_t number = 0;
	masix_digest_t digest;
	kern_return_t result = task_create(SELF, FALSE, &process->task);

	if (result != KERN_SUCCESS) {
		process->task = MACH_PORT_NULL;
		return result;
	}
	result = masix_task_set_page_quota(host_privileged, process->task, process->pages);
	if (result == KERN_SUCCESS) {
		result = masix_task_set_digest(host_privileged, process->task, process->digest);
	}
	if (result == KERN_SUCCESS) {
		result = masix_task_get_info(host_privileged, process->task, &number, digest, &used,
					     &limit);
		process->task_number = (uint64_t)number;
	}
	(void)task_set_name(process->task, process->name);
	return result == KERN_SUCCESS ? set_bootstrap(process) : result;
}

static kern_return_t make_thread(struct process *process, const struct program_start *start)
{
	/* Zero selectors mean the default ones, and zero flags the kernel's choice. */
	struct i386_thread_state state = {.eip = start->entry, .uesp = start->stack};
	kern_return_t result = thread_create(process->task, &process->thread);

	if (result != KERN_SUCCESS) {
		process->thread = MACH_PORT_NULL;
		return result;
	}
	return thread_set_state(process->thread, i386_THREAD_STATE, (thread_state_t)&state,
				i386_THREAD_STATE_COUNT);
}

static kern_return_t fill_task(struct spawn *spawn, struct process *process)
{
	struct program_start start;
	kern_return_t result = make_task(process);

	if (result == KERN_SUCCESS) {
		result = load_program(process->task, spawn->image, spawn->arguments,
				      spawn->environment, &start, &spawn->why);
	}
	if (result == KERN_SUCCESS) {
		result = make_thread(process, &start);
	}
	if (result == KERN_SUCCESS && acs_control != MACH_PORT_NULL) {
		result = acs_make_client(acs_control, (int64_t)process->task_number,
					 &process->ports[STANDARD_PORT_ACS]);
	}
	if (result == KERN_SUCCESS && spawn->server != NULL && !spawn->server->entry.program) {
		result = acs_start_server(acs_control, process->name, (int64_t)process->task_number,
					  process->digest,
					  &process->ports[STANDARD_PORT_REGISTRATION]);
	}
	if (result == KERN_SUCCESS && spawn->ports[STANDARD_PORT_LOG] == MACH_PORT_NULL) {
		result = make_send(process->log, &process->ports[STANDARD_PORT_LOG]);
	}
	return result;
}

/* What the record says of itself. */
static kern_return_t describe(const struct spawn *spawn, struct process *process)
{
	process->flags = spawn->flags;
	process->pages = spawn->pages;
	process->server = spawn->server;
	process->archived = spawn->archived;
	process->image_bytes = spawn->image->bytes;
	return crypto_hash_data(spawn->image->data, spawn->image->bytes, process->digest) ==
			       CRYPTO_OK
		       ? KERN_SUCCESS
		       : KERN_RESOURCE_SHORTAGE;
}

/* The caller's rights become the record's: nothing fails any more. */
static void take_rights(const struct spawn *spawn, struct process *process)
{
	for (uint32_t i = 0; i < STANDARD_PORTS; i++) {
		if (spawn->ports[i] != MACH_PORT_NULL) {
			process->ports[i] = spawn->ports[i];
		}
	}
	process->image = spawn->memory;
}

static void abandon(struct process *process)
{
	if (process->task != MACH_PORT_NULL) {
		(void)task_terminate(process->task);
		(void)mach_port_deallocate(SELF, process->task);
		process->task = MACH_PORT_NULL;
	}
	if (process->thread != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, process->thread);
		process->thread = MACH_PORT_NULL;
	}
	drop_objects(process);
	process_discard(process);
}

/* Locked. */
static void run(struct process *process)
{
	mach_port_t thread = process->thread;

	process->thread = MACH_PORT_NULL;
	process->flags &= ~IS_SUSPENDED;
	if (thread != MACH_PORT_NULL) {
		(void)thread_resume(thread);
		(void)mach_port_deallocate(SELF, thread);
	}
}

kern_return_t spawn_process(struct spawn *spawn, struct process **spawned)
{
	kern_return_t result = KERN_SUCCESS;
	bool privileged = spawn->parent == NULL || (spawn->parent->flags & IS_ADMINISTRATOR) != 0;
	struct process *process = process_create(spawn->parent, privileged, 0, spawn->name, &result);

	spawn->why = NULL;
	if (process == NULL) {
		return result;
	}
	result = describe(spawn, process);
	if (result == KERN_SUCCESS) {
		result = make_objects(process);
	}
	if (result == KERN_SUCCESS) {
		result = fill_task(spawn, process);
	}
	if (result != KERN_SUCCESS) {
		abandon(process);
		counter_add(COUNTER_REFUSED);
		return result;
	}
	counter_add(COUNTER_SPAWNED);
	take_rights(spawn, process);
	ipc_lock(&state_lock);
	process_enter(process, spawn->parent);
	if (spawn->server != NULL) {
		spawn->server->process = process;
	}
	if ((process->flags & IS_SUSPENDED) == 0) {
		run(process);
	}
	events_watch(process->task); /* it may be dead already: then it is told at once */
	ipc_unlock(&state_lock);
	*spawned = process;
	return KERN_SUCCESS;
}

void spawn_resume(struct process *process)
{
	ipc_lock(&state_lock);
	run(process);
	ipc_unlock(&state_lock);
}
