/*
 * As a native program, from a prompt: the Unix server of this node runs this very file as a Unix
 * process, on a terminal of its own if standard input and output are a console, and the streams are
 * carried there.  Native programs have no user; the Unix server knows whose they are.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <gen/acs.h>
#include <gen/file.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <gen/unix_client.h>
#include <masix/process.h>
#include <masix/subsystems.h>
#include <standard_ports.h>
#include "on.h"

#define WAIT_MS      10000 /* for a node that is just starting */
#define LINUX_SIGINT 2
#define EVENT_ID     (MASIX_BASE_IPC + 2) /* masix/ipc.defs */

static char own_file[] = "/bin/on";

static mach_port_t interrupts; /* the process server's events */

/* The program; null: not started yet.  Written once. */
static mach_port_t run;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ------------------------------------------------------------------------- the interrupt key */

static void interrupt(void)
{
	mach_port_t started = MACH_PORT_NULL;

	(void)pthread_mutex_lock(&lock);
	started = run;
	(void)pthread_mutex_unlock(&lock);
	if (started == MACH_PORT_NULL) {
		exit(128 + LINUX_SIGINT);
	}
	(void)unix_client_signal(started, LINUX_SIGINT);
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

/* ------------------------------------------------------------------------------------ streams */

static void *feed_input(void *argument)
{
	(void)argument;
	pump_input(run, stream_get);
	return NULL;
}

static bool put(natural_t stream, const char *data, size_t bytes)
{
	return stream_put(stream == 1 ? STANDARD_PORT_OUTPUT : STANDARD_PORT_ERROR, data, bytes);
}

/* -------------------------------------------------------------------------------------- start */

/* This program's directory, by its path. */
static const char *find_directory(void)
{
	static unix_path_t path;
	mach_msg_type_number_t bytes = sizeof path - 1;

	if (file_get_path(standard_port(STANDARD_PORT_DIRECTORY), path, &bytes) != KERN_SUCCESS ||
	    bytes == 0 || bytes >= sizeof path) {
		return "/";
	}
	path[bytes] = 0;
	return path;
}

static void complain_server(kern_return_t result)
{
	complain("unix", "the Unix server of this node: %s", mach_error_string(result));
}

static mach_port_t start_here(char **words)
{
	struct order order = {.directory = find_directory(), .words = words};
	mach_port_t started = MACH_PORT_NULL;
	kern_return_t result =
		acs_look_up(standard_port(STANDARD_PORT_ACS), "unix", WAIT_MS, &order.server);

	if (result == KERN_SUCCESS) {
		order.wants_terminal = stream_make_raw(&order.rows, &order.columns);
		words[0] = own_file;
		started = start(&order, &result);
	}
	if (result != KERN_SUCCESS) {
		complain_server(result);
	}
	return started;
}

int on_native(char **words)
{
	mach_port_t started = MACH_PORT_NULL;
	natural_t end = 0;
	kern_return_t result = KERN_SUCCESS;

	if (!watch_interrupts()) {
		return STATUS_FAILED;
	}
	started = start_here(words);
	if (started == MACH_PORT_NULL) {
		return STATUS_FAILED;
	}
	(void)pthread_mutex_lock(&lock);
	run = started;
	(void)pthread_mutex_unlock(&lock);
	if (!start_thread(feed_input)) {
		return STATUS_FAILED;
	}
	result = pump_output(run, put, &end);
	if (result == KERN_ABORTED) {
		complain(words[1], "there is no room for its output, and it is ended");
	} else if (result != KERN_SUCCESS) {
		complain_server(result);
	}
	if (result != KERN_SUCCESS) {
		return STATUS_FAILED;
	}
	return SIGNAL_OF(end) != 0 ? 128 + (int)SIGNAL_OF(end) : (int)CODE_OF(end);
}
