/* TEST: oracle=no */
/* A port with a full queue and blocked senders enters a set on which threads wait: the messages are
   delivered then and there, so there is room again. */
#include "lib/msg.h"

#define SELF mach_task_self()

struct receiver {
	struct test_thread thread;
	mach_port_t name;
	mach_msg_return_t result;
};

static void receiver_main(void *argument)
{
	struct receiver *receiver = argument;
	struct msg msg;

	receiver->result = mach_msg(&msg.head, MACH_RCV_MSG, 0, sizeof msg.head + sizeof msg.body,
				    receiver->name, 0, MACH_PORT_NULL);
}

static mach_port_t port;
static volatile mach_msg_return_t sent;

static void sender_main(void *argument)
{
	struct msg msg;

	(void)argument;
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 7);
	sent = mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, msg.size, 0, MACH_PORT_NULL,
			3000, MACH_PORT_NULL);
}

static void receiver_start(struct receiver *receiver, mach_port_t name)
{
	receiver->name = name;
	receiver->result = 99;
	test_thread_start(&receiver->thread, receiver_main, receiver);
	test_wait_blocked(receiver->thread.port);
}

/* The sender that waits for room gets it. */
static void check_sender(void)
{
	struct receiver receiver;
	struct test_thread sender;
	struct msg msg;
	mach_port_t set = set_new();

	port = port_new_send();
	NEED_KR(mach_port_set_qlimit(SELF, port, 1));
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	receiver_start(&receiver, set);
	sent = 99;
	test_thread_start(&sender, sender_main, NULL);
	test_wait_blocked(sender.port);
	CHECK_KR(mach_port_move_member(SELF, port, set), KERN_SUCCESS);
	CHECK(test_thread_join(&receiver.thread, 0));
	CHECK_KR(receiver.result, MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&sender, 0));
	CHECK_KR(sent, MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, set, 0), MACH_MSG_SUCCESS);
	port_destroy(set);
	port_destroy(port);
}

/* A sender that asked to be told of its message's acceptance is told. */
static void check_accepted(void)
{
	struct receiver receiver;
	struct msg msg;
	mach_port_t set = set_new();
	mach_port_t notify = port_new();
	mach_port_t full = port_new_send();

	NEED_KR(mach_port_set_qlimit(SELF, full, 0));
	receiver_start(&receiver, set);
	msg_begin(&msg, full, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 8);
	CHECK_KR(mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY, msg.size,
			  0, MACH_PORT_NULL, 0, notify),
		 MACH_SEND_WILL_NOTIFY);
	CHECK_KR(msg_receive(&msg, notify, 0), MACH_RCV_TIMED_OUT);
	CHECK_KR(mach_port_move_member(SELF, full, set), KERN_SUCCESS);
	CHECK(test_thread_join(&receiver.thread, 0));
	CHECK_KR(receiver.result, MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, notify, 1000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, MACH_NOTIFY_MSG_ACCEPTED);
	CHECK_EQ(port_status(notify).mps_sorights, 0);
	port_destroy(set);
	port_destroy(full);
	port_destroy(notify);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "set_senders");
	check_sender();
	check_accepted();
	test_end();
}
