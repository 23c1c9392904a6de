/* What the kernel tells of tasks: their exceptions, and that they are gone. */
#include <pthread.h>
#include <libmach.h>
#include <mach/notify.h>
#include <gen/exc_server.h>
#include <gen/mach_port.h>
#include <gen/mach.h>
#include "server.h"

#define SELF mach_task_self()

mach_port_t exception_port;
static mach_port_t death_port; /* nobody else has a right to it */

static struct ipc_class exception_class = {
	.name = "exception",
	.interfaces = (const ipc_interface_t[]){exc_server_routine, NULL},
};

/* ----------------------------------------------------------------------------------- exceptions */

/*
 * Any program can send this itself, by its own exception port: it names a task that it has the port
 * of, and could have ended it as well.  A thread is believed to be one only if the task has it.
 */
kern_return_t catch_exception_raise(mach_port_t call, mach_port_t thread, mach_port_t task,
				    integer_t exception, integer_t code, integer_t subcode)
{
	struct process *process = NULL;

	(void)call;
	ipc_lock(&state_lock);
	process = MACH_PORT_VALID(task) ? process_of_task(task) : NULL;
	if (process != NULL && (process->flags & IS_ADOPTED) == 0) {
		process_reference(process);
	} else {
		process = NULL;
	}
	ipc_unlock(&state_lock);
	if (process == NULL) {
		return KERN_FAILURE; /* the rights are given back by the framework */
	}
	crash_report(process, thread, exception, code, subcode);
	process_end(process, PROCESS_STATUS(PROCESS_REASON_FAULT, exception));
	process_release(process);
	(void)mach_port_deallocate(SELF, task);
	if (MACH_PORT_VALID(thread)) {
		(void)mach_port_deallocate(SELF, thread);
	}
	return KERN_SUCCESS;
}

/* --------------------------------------------------------------------------------------- deaths */

void events_watch(mach_port_t task)
{
	mach_port_t previous = MACH_PORT_NULL;

	if (mach_port_request_notification(SELF, task, MACH_NOTIFY_DEAD_NAME, 1, death_port,
					   MACH_MSG_TYPE_MAKE_SEND_ONCE,
					   &previous) != KERN_SUCCESS) {
		log_say("no memory to hear of the end of a task");
	} else if (MACH_PORT_VALID(previous)) {
		(void)mach_port_deallocate(SELF,
					   previous); /* a client's: events went to this task */
	}
}

void events_unwatch(mach_port_t task)
{
	mach_port_t previous = MACH_PORT_NULL;

	if (mach_port_request_notification(SELF, task, MACH_NOTIFY_DEAD_NAME, 0, MACH_PORT_NULL,
					   MACH_MSG_TYPE_MAKE_SEND_ONCE,
					   &previous) == KERN_SUCCESS &&
	    MACH_PORT_VALID(previous)) {
		(void)mach_port_deallocate(SELF, previous);
	}
}

/* A task is gone without a word. */
static void task_died(mach_port_t name)
{
	struct process *process = NULL;

	ipc_lock(&state_lock);
	process = process_of_task(name);
	if (process != NULL) {
		process_reference(process);
	}
	ipc_unlock(&state_lock);
	if (process != NULL) {
		process_end(process, PROCESS_STATUS(PROCESS_REASON_DIED, 0));
		process_release(process);
	}
	/* The reference that came with the notification; it kept the name from being used again. */
	(void)mach_port_deallocate(SELF, name);
}

static void *hear_deaths(void *unused)
{
	union {
		mach_msg_header_t header;
		mach_dead_name_notification_t dead;
		char room[128];
	} message;

	(void)unused;
	for (;;) {
		if (mach_msg(&message.header, MACH_RCV_MSG, 0, sizeof message, death_port, 0,
			     MACH_PORT_NULL) == MACH_MSG_SUCCESS &&
		    message.header.msgh_id == MACH_NOTIFY_DEAD_NAME) {
			task_died(message.dead.not_port);
		}
	}
	return NULL;
}

kern_return_t events_start(void)
{
	pthread_t thread;
	struct ipc_object *object = NULL;
	kern_return_t result = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &death_port);

	if (result == KERN_SUCCESS) {
		result = ipc_object_create_public(bucket, &exception_class, &object);
	}
	if (result == KERN_SUCCESS) {
		exception_port = object->port;
		result = mach_port_insert_right(SELF, exception_port, exception_port,
						MACH_MSG_TYPE_MAKE_SEND);
	}
	if (result == KERN_SUCCESS && pthread_create(&thread, NULL, hear_deaths, NULL) != 0) {
		result = KERN_RESOURCE_SHORTAGE;
	}
	return result;
}
