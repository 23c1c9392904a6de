/*
 * What happens without a request: ports die, time passes.  One thread, on a port of which nobody
 * else has a right, so every message there is the kernel's or this server's own.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmach.h>
#include <gen/acs_reply.h>
#include <gen/mach_port.h>
#include <ipc/platform.h>
#include <mach/notify.h>
#include "state.h"

#define SELF         mach_task_self()
#define REFUSALS_MAX 64 /* lines in a row; a line more for each LOG_MS */
#define LOG_MS       1000

static mach_port_t watch_port;
static uint64_t sleeps_until_ms; /* the thread; under the lock of the state */

uint64_t acs_now_ms(void)
{
	struct timespec now = {.tv_sec = 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void acs_log_refusal(const char *what, const char *name, kern_return_t code)
{
	static struct ipc_lock lock;
	static uint64_t since_ms;
	static unsigned int lines, lost;
	uint64_t now_ms = acs_now_ms();
	uint64_t passed = 0;

	ipc_lock(&lock);
	passed = (now_ms - since_ms) / LOG_MS;
	since_ms += passed * LOG_MS;
	lines = passed < lines ? lines - (unsigned int)passed : 0;
	if (lines < REFUSALS_MAX) {
		lines++;
		if (lost != 0) {
			mach_printf("acs: %u refusals were not logged\n", lost);
			lost = 0;
		}
		mach_printf("acs: refused %s %s: %s\n", what, name, mach_error_string(code));
	} else {
		lost++;
	}
	ipc_unlock(&lock);
}

kern_return_t acs_watch_port(mach_port_t port)
{
	mach_port_t previous = MACH_PORT_NULL;

	if (mach_port_request_notification(SELF, port, MACH_NOTIFY_DEAD_NAME, 0, watch_port,
					   MACH_MSG_TYPE_MAKE_SEND_ONCE,
					   &previous) != KERN_SUCCESS) {
		return KERN_INVALID_RIGHT;
	}
	if (previous != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, previous); /* watched since an earlier try */
	}
	return KERN_SUCCESS;
}

static uint64_t next_deadline(void)
{
	uint64_t waiters_ms = registry_next_deadline(&acs.registry);
	uint64_t names_ms = acs_names_deadline();

	return waiters_ms < names_ms ? waiters_ms : names_ms;
}

void acs_watch_deadline(void)
{
	mach_msg_header_t message = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0),
		.msgh_remote_port = watch_port,
	};

	uint64_t deadline_ms = next_deadline();

	/* Only who must wake the thread sends, so a client that waits and gives up piles up
	 * nothing. */
	if (deadline_ms < sleeps_until_ms) {
		sleeps_until_ms = deadline_ms;
		(void)mach_msg(&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
			       MACH_PORT_NULL);
	}
}

void acs_answer_waiters(void)
{
	struct registry_answer answer;

	while (registry_next_answer(&acs.registry, acs_now_ms(), &answer)) {
		mach_port_t reply = ipc_answer_take(acs.bucket, answer.answer);

		if (reply != MACH_PORT_NULL) {
			ipc_answer_sent(reply,
					acs_look_up_reply(reply, answer.result, answer.port));
		}
	}
}

/* The name stays ours, with the notification's reference, until both are given up. */
static void port_died(mach_port_t port)
{
	struct registry_ports ports = {0, 0};
	struct registry_server *server = NULL;

	if (port == acs.boot) {
		acs_fail("the process server is gone");
	}
	ipc_lock(&acs.lock);
	if (port == acs.names) {
		acs_names_close();
	}
	(void)acs_names_drop(port);
	server = registry_port_died(&acs.registry, port, &ports);
	if (server != NULL) {
		acs_make_void(server, ports);
		mach_printf("acs: %s is gone\n", server->name);
	}
	ipc_unlock(&acs.lock);
	(void)mach_port_deallocate(SELF, port);
}

static mach_msg_timeout_t time_left(void)
{
	uint64_t deadline_ms = 0, now_ms = acs_now_ms();

	ipc_lock(&acs.lock);
	deadline_ms = next_deadline();
	sleeps_until_ms = deadline_ms;
	ipc_unlock(&acs.lock);
	if (deadline_ms <= now_ms) {
		return 0;
	}
	return deadline_ms - now_ms < ACS_WAIT_MAX_MS ? (mach_msg_timeout_t)(deadline_ms - now_ms)
						      : ACS_WAIT_MAX_MS;
}

static void watch(void *argument)
{
	union {
		mach_msg_header_t head;
		mach_dead_name_notification_t dead;
		uint8_t bytes[256];
	} message;

	(void)argument;
	for (;;) {
		mach_msg_return_t result =
			mach_msg(&message.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message,
				 watch_port, time_left(), MACH_PORT_NULL);

		if (result == MACH_MSG_SUCCESS && message.head.msgh_id == MACH_NOTIFY_DEAD_NAME) {
			port_died(message.dead.not_port);
		}
		ipc_lock(&acs.lock);
		acs_names_expire(acs_now_ms());
		acs_answer_waiters();
		ipc_unlock(&acs.lock);
	}
}

void acs_watch_start(void)
{
	kern_return_t result = mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &watch_port);

	result = result ?: acs_watch_port(acs.boot);
	result = result ?: ipc_thread_start(watch, NULL);
	if (result != KERN_SUCCESS) {
		acs_fail("it cannot watch for deaths: %s", mach_error_string(result));
	}
}
