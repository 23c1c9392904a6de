/*
 * Every node sends its messages to the others and checks theirs at the same time: one thread sends,
 * one receives messages and uses their rights, one (rights.c) receives the uses.  So nobody waits
 * for one who waits for him.
 */
#include "mesh.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static uint32_t seed, messages, calls;
static volatile uint32_t doomed;
static uint32_t next[NODES_MAX]; /* the number of each one's next message, to whomever */

/* --- messages that come */

/* The content of the next one that this sender has for us; its number. */
static uint32_t expect(struct random *random, uint32_t sender)
{
	while (message_begin(random, seed, sender, next[sender]) != mesh_self) {
		next[sender]++;
	}
	return next[sender]++;
}

static void take(struct msg *msg)
{
	uint32_t sender = msg_int(msg), number = msg_int(msg);
	struct random random;

	if (msg->head.msgh_id != MESSAGE || sender >= mesh_nodes || sender == mesh_self) {
		mesh_error("a message %d of %u", msg->head.msgh_id, sender);
		return;
	}
	uint32_t expected = expect(&random, sender);
	if (number != expected) {
		mesh_error("message %u of node%u, not %u", number, sender + 1, expected);
		return;
	}
	message_check(msg, &random, sender, doomed);
	mesh_state.received[sender]++;
}

static void *receive(void *argument)
{
	static struct msg msg;

	(void)argument;
	for (;;) {
		need(mach_msg(&msg.head, MACH_RCV_MSG, 0, sizeof msg.head + sizeof msg.body,
			      mesh_inbox, 0, MACH_PORT_NULL),
		     "receive");
		msg.read = sizeof msg.head;
		take(&msg);
	}
	return NULL;
}

/* --- messages that go */

static void send_all(void)
{
	static struct msg msg;

	for (uint32_t number = 0; number < messages; number++) {
		struct random random;
		uint32_t to = message_begin(&random, seed, mesh_self, number);

		message_send(&msg, &random, to, number);
	}
}

static void call_all(void)
{
	static struct msg msg;
	mach_port_t reply = port_make();

	for (uint32_t i = 0; i < calls * mesh_nodes; i++) {
		uint32_t to = i % mesh_nodes;

		if (to == mesh_self) {
			continue;
		}
		msg_begin(&msg, mesh_services[to], MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0,
			  ASK_NULL);
		msg_add_int(&msg, i);
		if (msg_call(&msg, reply) == ASK_NULL + ANSWER && msg_int(&msg) == i) {
			mesh_state.calls++;
		} else {
			mesh_state.failed_calls++;
		}
	}
	port_destroy(reply);
}

static void *work(void *argument)
{
	(void)argument;
	for (;;) {
		(void)pthread_mutex_lock(&lock);
		while (mesh_state.running == 0) {
			(void)pthread_cond_wait(&wanted, &lock);
		}
		(void)pthread_mutex_unlock(&lock);
		send_all();
		call_all();
		mesh_state.running = 0;
	}
	return NULL;
}

static void run(uint32_t new_messages, uint32_t new_calls)
{
	(void)pthread_mutex_lock(&lock);
	messages = new_messages;
	calls = new_calls;
	mesh_state.running = 1;
	(void)pthread_cond_signal(&wanted);
	(void)pthread_mutex_unlock(&lock);
}

void generate_run(uint32_t count)
{
	run(count, 0);
}

void generate_call(uint32_t count)
{
	run(0, count);
}

void generate_reset(uint32_t new_seed, uint32_t new_doomed)
{
	memset(next, 0, sizeof next);
	memset(&mesh_state, 0, sizeof mesh_state);
	seed = new_seed;
	doomed = new_doomed;
}

void generate_start(void)
{
	pthread_t thread;

	(void)pthread_create(&thread, NULL, receive, NULL);
	(void)pthread_create(&thread, NULL, work, NULL);
}
