/* TEST: oracle=yes */
/* Receive rights that travel: with queued messages, in circles, into ports that die. */
#include "lib/msg.h"

#define SELF mach_task_self()

static struct msg msg;

static mach_msg_return_t send_receive_right(mach_port_t to, mach_port_t moved)
{
	msg_begin(&msg, to, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 600);
	msg_add_port(&msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	return msg_send(&msg);
}

static void check_queue_travels(void)
{
	mach_port_t carrier = port_new();
	mach_port_t port = port_new_send();
	mach_port_t name = MACH_PORT_NULL;

	test_group_begin("three messages are queued before the port travels");
	for (int i = 0; i < 3; i++) {
		CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 10 + i), MACH_MSG_SUCCESS);
	}
	test_group_end();
	CHECK_KR(mach_port_set_qlimit(SELF, port, 7), KERN_SUCCESS);
	CHECK_KR(send_receive_right(carrier, port), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND);
	CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 13), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, carrier, 0), MACH_MSG_SUCCESS);
	name = msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE);
	CHECK_EQ(name, port);
	CHECK_EQ(port_status(port).mps_msgcount, 4);
	CHECK_EQ(port_status(port).mps_qlimit, 7);
	test_group_begin("all four arrive, in order");
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(msg_receive_id(port, 0), 10 + i);
	}
	test_group_end();
	port_destroy(port);
	port_destroy(carrier);
}

static void check_leaves_set(void)
{
	mach_port_t carrier = port_new();
	mach_port_t port = port_new();
	mach_port_t set = set_new();
	mach_port_t name = MACH_PORT_NULL;

	NEED_KR(mach_port_move_member(SELF, port, set));
	CHECK_KR(mach_port_set_seqno(SELF, port, 40), KERN_SUCCESS);
	NEED_KR(mach_port_set_mscount(SELF, port, 50));
	CHECK_KR(send_receive_right(carrier, port), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), 0);
	CHECK_KR(msg_receive(&msg, carrier, 0), MACH_MSG_SUCCESS);
	name = msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE);
	CHECK_EQ(port_status(name).mps_pset, MACH_PORT_NULL);
	/* A receive right that travelled begins to count anew. */
	CHECK_EQ(port_status(name).mps_seqno, 0);
	CHECK_EQ(port_status(name).mps_mscount, 0);
	port_destroy(name);
	port_destroy(set);
	port_destroy(carrier);
}

struct waiter {
	mach_port_t port;
	mach_msg_return_t result;
	struct msg msg;
};

static void wait_main(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = msg_receive(&waiter->msg, waiter->port, 10000);
}

/* Someone who waits for messages of a port that is sent away is told that it is gone. */
static void check_waiter(void)
{
	static struct waiter waiter;
	struct test_thread thread;
	mach_port_t carrier = port_new();

	waiter.port = port_new();
	test_thread_start(&thread, wait_main, &waiter);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(send_receive_right(carrier, waiter.port), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(waiter.result, MACH_RCV_PORT_DIED);
	port_destroy(carrier);
}

/* A port sent to itself can never be received again: it dies at once. */
static void check_circle_of_one(void)
{
	mach_port_t port = port_new();
	mach_port_t once = port_make_send_once(port);

	CHECK_KR(send_receive_right(port, port), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), 0);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_DEAD_NAME);
	port_destroy(once);
}

static void check_circle_of_two(void)
{
	mach_port_t a = port_new_send();
	mach_port_t b = port_new_send();

	CHECK_KR(send_receive_right(a, b), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(b), MACH_PORT_TYPE_SEND);
	msg_begin(&msg, b, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 601);
	msg_add_port(&msg, a, MACH_MSG_TYPE_MOVE_RECEIVE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(a), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_EQ(port_type(b), MACH_PORT_TYPE_DEAD_NAME);
	port_destroy(a);
	port_destroy(b);
}

/* A chain of ports, each in the queue of the next; the last one's death kills all of them. */
static void check_chain(void)
{
	enum { LENGTH = 200 };
	static mach_port_t ports[LENGTH];
	int length = test_argument("chain") != NULL ? (int)strtoul(test_argument("chain"), NULL, 10)
						    : LENGTH;
	int dead = 0;

	for (int i = 0; i < length; i++) {
		ports[i] = port_new_send();
	}
	test_group_begin("two hundred ports, each in the queue of the next, die together");
	for (int i = 0; i < length - 1; i++) {
		CHECK_KR(send_receive_right(ports[i + 1], ports[i]), MACH_MSG_SUCCESS);
	}
	CHECK_KR(mach_port_mod_refs(SELF, ports[length - 1], MACH_PORT_RIGHT_RECEIVE, -1),
		 KERN_SUCCESS);
	for (int i = 0; i < length; i++) {
		dead += TEST_WAIT_UNTIL(port_type(ports[i]) == MACH_PORT_TYPE_DEAD_NAME);
		port_destroy(ports[i]);
	}
	CHECK_EQ(dead, length);
	test_group_end();
}

/* A reply port's receive right may travel in the body while the header makes a right to it. */
static void check_own_reply_port(void)
{
	mach_port_t carrier = port_new_send();
	mach_port_t port = port_new();
	mach_port_t name = MACH_PORT_NULL;

	msg_begin(&msg, carrier, MACH_MSG_TYPE_COPY_SEND, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 602);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), 0);
	CHECK_KR(msg_receive(&msg, carrier, 0), MACH_MSG_SUCCESS);
	name = msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_RECEIVE);
	CHECK_EQ(port_type(msg.head.msgh_remote_port), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_KR(msg_send_id(msg.head.msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE, 8),
		 MACH_MSG_SUCCESS);
	CHECK_EQ(msg_receive_id(name, 0), 8);
	port_destroy(name);
	port_destroy(carrier);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "transit");
	check_queue_travels();
	check_leaves_set();
	check_waiter();
	check_circle_of_one();
	check_circle_of_two();
	check_chain();
	check_own_reply_port();
	test_end();
}
