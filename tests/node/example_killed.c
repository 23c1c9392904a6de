/*
 * The example server is killed at every message boundary of a session: before each request, between
 * the request and its answer, after the answer.  Each time the client gets the answer or an error,
 * the server comes back and works, and nothing is left behind.
 */
#include "lib/node.h"
#include <gen/acs.h>
#include <gen/example.h>
#include <masix/subsystems.h>
#include <mach/notify.h>

#define ANSWER_MS     20000
#define PAGES_SLACK   128 /* a server that leaked would be more than that each time */
#define SERVER        "example"
#define IPC_INTERRUPT MASIX_BASE_IPC

static mach_port_t server;
static mach_port_t session;
static mach_port_t reply;
static mach_port_t events;
static unsigned int answers, deaths, refusals;

struct message {
	mach_msg_header_t head;
	uint32_t words[32];
};

/* --------------------------------------------------------------------------------- a session */

enum step { OPEN, ADD, WATCH, ADD_AGAIN, WAIT, ADD_ENOUGH, INTERRUPT, STEPS };

static const mach_msg_id_t step_ids[STEPS] = {
	[OPEN] = MASIX_BASE_EXAMPLE,      [ADD] = MASIX_BASE_EXAMPLE + 1,
	[WATCH] = MASIX_BASE_EXAMPLE + 3, [ADD_AGAIN] = MASIX_BASE_EXAMPLE + 1,
	[WAIT] = MASIX_BASE_EXAMPLE + 2,  [ADD_ENOUGH] = MASIX_BASE_EXAMPLE + 1,
	[INTERRUPT] = IPC_INTERRUPT,
};

/* An int, or a right, as the next item. */
static void add_item(struct message *message, mach_msg_type_name_t name, uint32_t value)
{
	mach_msg_type_t type = {
		.msgt_name = name, .msgt_size = 32, .msgt_number = 1, .msgt_inline = TRUE};
	uint8_t *end = (uint8_t *)message + message->head.msgh_size;

	memcpy(end, &type, sizeof type);
	memcpy(end + sizeof type, &value, sizeof value);
	message->head.msgh_size += sizeof type + sizeof value;
	if (MACH_MSG_TYPE_PORT_ANY(name)) {
		message->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	}
}

/* Sends the step's request; false: the server is dead. */
static bool send_step(enum step step)
{
	boolean_t answered = step != INTERRUPT;
	struct message message = {
		.head =
			{
				.msgh_bits =
					MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						       answered ? MACH_MSG_TYPE_MAKE_SEND_ONCE : 0),
				.msgh_size = sizeof message.head,
				.msgh_remote_port = step == OPEN ? server : session,
				.msgh_local_port = answered ? reply : MACH_PORT_NULL,
				.msgh_id = step_ids[step],
			},
	};

	if (step == WATCH) {
		add_item(&message, MACH_MSG_TYPE_MAKE_SEND, events);
		add_item(&message, MACH_MSG_TYPE_INTEGER_32, 5);
	} else if (step != OPEN && step != INTERRUPT) {
		add_item(&message, MACH_MSG_TYPE_INTEGER_32, step == WAIT ? 100 : 50);
	}
	mach_msg_return_t result =
		mach_msg(&message.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, message.head.msgh_size,
			 0, MACH_PORT_NULL, ANSWER_MS, MACH_PORT_NULL);

	refusals += result != MACH_MSG_SUCCESS;
	if (result != MACH_MSG_SUCCESS) {
		check(result == MACH_SEND_INVALID_DEST, "a dead server is an error of the send",
		      result);
	}
	return result == MACH_MSG_SUCCESS;
}

/* Takes one answer or the notice that none will come; the answer to OPEN brings the session. */
static void receive_answer(void)
{
	struct message message;
	mach_msg_return_t result = mach_msg(&message.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
					    sizeof message, reply, ANSWER_MS, MACH_PORT_NULL);

	check(result == MACH_MSG_SUCCESS, "an answer, or the server's death, is told", result);
	if (result != MACH_MSG_SUCCESS) {
		return;
	}
	if (message.head.msgh_id == MACH_NOTIFY_SEND_ONCE) {
		deaths++;
		return;
	}
	answers++;
	if (message.head.msgh_id == MASIX_BASE_EXAMPLE + 100 && message.words[1] == KERN_SUCCESS) {
		session = message.words[3];
	}
}

/* ------------------------------------------------------------------------------- the server */

static void kill_server(void)
{
	need(process_kill(standard_process_port(), node_server(SERVER).id), "process_kill");
}

/* Looks the server up; its name may still lead to the one that died. */
static void find_server(void)
{
	mach_port_t fresh = MACH_PORT_NULL;
	natural_t total = 0;
	kern_return_t result = KERN_FAILURE;

	for (int tries = 0; tries < 1000 && result != KERN_SUCCESS; tries++) {
		need(acs_look_up(standard_port(STANDARD_PORT_ACS), SERVER, ANSWER_MS, &server),
		     "acs_look_up");
		result = example_open(server, &fresh);
		if (result != KERN_SUCCESS) {
			(void)mach_port_deallocate(mach_task_self(), server);
			node_sleep_ms(10);
		}
	}
	check(result == KERN_SUCCESS && example_add(fresh, 3, &total) == KERN_SUCCESS && total == 3,
	      "the server works", result);
	(void)mach_port_deallocate(mach_task_self(), fresh);
}

/* ---------------------------------------------------------------------------------- the sweep */

/* boundary: 3 times the step, and 0 before the request, 1 before the answer, 2 behind it. */
static void run_session(unsigned int boundary)
{
	unsigned int owed = 0; /* answers, one more while WAIT is deferred */
	uint32_t id = node_server(SERVER).id;

	reply = node_port();
	events = node_port();
	session = MACH_PORT_NULL;
	for (unsigned int step = OPEN; step < STEPS; step++) {
		if (boundary == 3 * step) {
			kill_server();
		}
		if (step != OPEN && session == MACH_PORT_NULL) {
			break; /* it died before there was one */
		}
		owed += send_step(step) && step != INTERRUPT;
		if (boundary == 3 * step + 1) {
			kill_server();
		}
		for (; owed > (step == WAIT); owed--) {
			receive_answer();
		}
		if (boundary == 3 * step + 2) {
			kill_server();
		}
	}
	for (; owed > 0; owed--) {
		receive_answer();
	}
	if (session != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), session);
	}
	(void)mach_port_mod_refs(mach_task_self(), reply, MACH_PORT_RIGHT_RECEIVE, -1);
	(void)mach_port_mod_refs(mach_task_self(), events, MACH_PORT_RIGHT_RECEIVE, -1);
	(void)mach_port_deallocate(mach_task_self(), server);
	check(node_wait_server(SERVER, boundary < 3 * STEPS ? id : 0), "the server runs again", 0);
	find_server();
}

int main(void)
{
	struct node_use before, after;

	node_begin("example_killed");
	find_server();
	run_session(3 * STEPS); /* nobody is killed: all is answered */
	check(answers == 6 && deaths == 0 && refusals == 0, "a session without a death", answers);
	run_session(0); /* what a first death makes for good is there */
	before = node_measure();
	for (unsigned int boundary = 0; boundary < 3 * STEPS; boundary++) {
		run_session(boundary);
	}
	after = node_measure();
	node_note("%u answers, %u deaths told, %u sends refused", answers, deaths, refusals);
	check(deaths > 0 && refusals > 0, "deaths were seen on both ways", deaths);
	check(after.names == before.names, "as many names as before", after.names - before.names);
	check(after.processes == before.processes, "as many processes as before",
	      after.processes - before.processes);
	node_note("free pages: %d before, %d after", before.free_pages, after.free_pages);
	check(after.free_pages >= before.free_pages - PAGES_SLACK, "as much free memory as before",
	      after.free_pages - before.free_pages);
	node_end();
}
