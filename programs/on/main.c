/*
 * on NODE PROGRAM [WORD...]: runs a Unix program on another node, with this program's streams; its
 * end is this program's (README.md).
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <gen/unix_client.h>
#include <masix/subsystems.h>
#include "on.h"

#define LINUX_SIGINT   2
#define EVENT_ID       (MASIX_BASE_IPC + 2) /* masix/ipc.defs */
#define SIGNAL_OF(end) ((end)&0x7f)         /* of Linux's wait status */
#define CODE_OF(end)   ((end) >> 8 & 0xff)

static mach_port_t interrupts; /* the process server's events */

/* The program there; null: not started yet.  Written once. */
static mach_port_t run;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ------------------------------------------------------------------------- the interrupt key */

static void interrupt(void)
{
	mach_port_t there = MACH_PORT_NULL;

	(void)pthread_mutex_lock(&lock);
	there = run;
	(void)pthread_mutex_unlock(&lock);
	if (there == MACH_PORT_NULL) {
		exit(128 + LINUX_SIGINT);
	}
	(void)unix_client_signal(there, LINUX_SIGINT); /* main sees it if the node is gone */
}

static void *wait_interrupts(void *argument)
{
	struct {
		mach_msg_header_t head;
		struct {
			mach_msg_type_t type;
			natural_t value;
		} words[4]; /* kind, key, count, value */
	} event;

	(void)argument;
	while (mach_msg(&event.head, MACH_RCV_MSG, 0, sizeof event, interrupts, 0,
			MACH_PORT_NULL) == MACH_MSG_SUCCESS) {
		if (event.head.msgh_id == EVENT_ID &&
		    event.words[0].value == PROCESS_EVENT_INTERRUPT) {
			interrupt();
		}
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------ streams */

/* All of it; false: nobody reads it any more, or that was the end. */
static bool feed(const char *data, size_t bytes)
{
	size_t done = 0;

	do {
		natural_t taken = 0;

		if (unix_client_write(run, data + done, bytes - done, bytes == 0, &taken) !=
		    KERN_SUCCESS) {
			return false;
		}
		done += taken < bytes - done ? taken : bytes - done;
	} while (done < bytes);
	return bytes != 0;
}

static void *feed_input(void *argument)
{
	static unix_data_t data;
	bool goes_on = true;

	(void)argument;
	while (goes_on) {
		goes_on = feed(data, stream_get(data));
	}
	return NULL;
}

/* All that it writes until it ends; false: said what is wrong. */
static bool show_output(const char *node)
{
	static unix_data_t data;

	for (;;) {
		natural_t stream = 0;
		mach_msg_type_number_t bytes = sizeof data;
		kern_return_t result = unix_client_read(run, TRUE, &stream, data, &bytes);

		if (result != KERN_SUCCESS) {
			node_complain(node, result);
			return false;
		}
		if (stream == 0) {
			return true;
		}
		if (!stream_put(stream == 1 ? STANDARD_PORT_OUTPUT : STANDARD_PORT_ERROR, data,
				bytes)) {
			complain(node, "there is no room for its output, and it is ended");
			return false;
		}
	}
}

/* -------------------------------------------------------------------------------------- main */

static bool start_thread(void *(*function)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, NULL) != 0) {
		complain("a thread", "there is no memory for it");
		return false;
	}
	return true;
}

static bool watch_interrupts(void)
{
	return mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &interrupts) ==
		       KERN_SUCCESS &&
	       process_watch(standard_process_port(), interrupts, MACH_MSG_TYPE_MAKE_SEND, 0) ==
		       KERN_SUCCESS &&
	       start_thread(wait_interrupts);
}

/* What the program's end is as this program's. */
static int tell_end(const char *program, natural_t end)
{
	if (SIGNAL_OF(end) != 0) {
		complain(program, "ended by signal %u", (unsigned)SIGNAL_OF(end));
		return 128 + (int)SIGNAL_OF(end);
	}
	return (int)CODE_OF(end);
}

int main(int argc, char **argv)
{
	mach_port_t server = MACH_PORT_NULL, there = MACH_PORT_NULL;
	natural_t end = 0;
	kern_return_t result = KERN_SUCCESS;

	if (argc < 3) {
		complain("usage", "on NODE PROGRAM [WORD...]; net lists the nodes");
		return STATUS_FAILED;
	}
	if (!watch_interrupts()) {
		return STATUS_FAILED;
	}
	server = node_find(argv[1]);
	there = server == MACH_PORT_NULL ? MACH_PORT_NULL : start(server, argv[1], argv + 2);
	if (there == MACH_PORT_NULL) {
		return STATUS_FAILED;
	}
	(void)pthread_mutex_lock(&lock);
	run = there;
	(void)pthread_mutex_unlock(&lock);
	if (!start_thread(feed_input) || !show_output(argv[1])) {
		return STATUS_FAILED;
	}
	result = unix_client_wait(run, &end);
	if (result != KERN_SUCCESS) {
		node_complain(argv[1], result);
		return STATUS_FAILED;
	}
	return tell_end(argv[2], end);
}
