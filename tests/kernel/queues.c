/* TEST: oracle=yes */
/* Queue limits: full queues, blocked senders, send notifications, sequence numbers. */
#include "lib/msg.h"

#define SELF mach_task_self()

static mach_msg_return_t send_options(mach_port_t port, mach_msg_option_t option,
				      mach_msg_timeout_t time_ms, mach_port_t notify)
{
	mach_msg_header_t head = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.msgh_remote_port = port,
		.msgh_id = 31,
	};

	return mach_msg(&head, MACH_SEND_MSG | MACH_SEND_INTERRUPT | option, sizeof head, 0,
			MACH_PORT_NULL, time_ms, notify);
}

static void fill(mach_port_t port)
{
	test_group_begin("the queue takes messages to its limit");
	for (mach_port_msgcount_t i = port_status(port).mps_msgcount;
	     i < port_status(port).mps_qlimit; i++) {
		CHECK_KR(send_options(port, MACH_SEND_TIMEOUT, 0, MACH_PORT_NULL),
			 MACH_MSG_SUCCESS);
	}
	test_group_end();
}

static void check_limits(void)
{
	mach_port_t port = port_new_send();
	mach_port_t once = port_make_send_once(port);

	CHECK_EQ(port_status(port).mps_qlimit, MACH_PORT_QLIMIT_DEFAULT);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	fill(port);
	CHECK_EQ(port_status(port).mps_msgcount, 5);
	CHECK_KR(send_options(port, MACH_SEND_TIMEOUT, 0, MACH_PORT_NULL), MACH_SEND_TIMED_OUT);
	CHECK_KR(send_options(port, MACH_SEND_TIMEOUT, 30, MACH_PORT_NULL), MACH_SEND_TIMED_OUT);
	/* A message that was not sent comes back with its rights: a reference each time. */
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 3);
	CHECK_KR(mach_port_set_qlimit(SELF, port, MACH_PORT_QLIMIT_MAX), KERN_SUCCESS);
	CHECK_KR(mach_port_set_qlimit(SELF, port, MACH_PORT_QLIMIT_MAX + 1), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_set_qlimit(SELF, port, 0xffffffff), KERN_INVALID_VALUE);
	CHECK_EQ(port_status(port).mps_qlimit, MACH_PORT_QLIMIT_MAX);
	fill(port);
	CHECK_EQ(port_status(port).mps_msgcount, 16);
	CHECK_KR(send_options(port, MACH_SEND_TIMEOUT, 0, MACH_PORT_NULL), MACH_SEND_TIMED_OUT);
	/* A send-once right always gets through. */
	CHECK_KR(msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 5), MACH_MSG_SUCCESS);
	CHECK_EQ(port_status(port).mps_msgcount, 17);
	CHECK_KR(mach_port_set_qlimit(SELF, port, 2), KERN_SUCCESS);
	test_group_begin("sixteen messages and one by send-once come out");
	for (int i = 0; i < 17; i++) {
		CHECK_EQ(msg_receive_id(port, 0), i < 16 ? 31 : 5);
	}
	test_group_end();
	fill(port);
	CHECK_EQ(port_status(port).mps_msgcount, 2);
	CHECK_KR(mach_port_set_qlimit(SELF, port, 0), KERN_SUCCESS);
	CHECK_KR(mach_port_set_qlimit(SELF, port_unused_name(), 1), KERN_INVALID_NAME);
	CHECK_KR(mach_port_set_qlimit(SELF, SELF, 1), KERN_INVALID_RIGHT);
	port_destroy(port);
}

struct sender {
	struct test_thread thread;
	mach_port_t port;
	mach_msg_return_t result;
};

static void sender_main(void *argument)
{
	struct sender *sender = argument;

	sender->result = send_options(sender->port, MACH_MSG_OPTION_NONE, 0, MACH_PORT_NULL);
}

static void sender_start(struct sender *sender, mach_port_t port)
{
	sender->port = port;
	sender->result = 0x7fffffff;
	test_thread_start(&sender->thread, sender_main, sender);
	test_wait_blocked(sender->thread.port);
}

static void check_blocked_senders(void)
{
	struct sender one;
	struct sender two;
	mach_port_t port = port_new_send();

	fill(port);
	sender_start(&one, port);
	sender_start(&two, port);
	CHECK_EQ(one.result, 0x7fffffff);
	CHECK_EQ(two.result, 0x7fffffff);
	CHECK_EQ(port_status(port).mps_msgcount, 5);
	CHECK_EQ(msg_receive_id(port, 0), 31);
	/* Which one goes on is not said: GNU Mach 1.8 wakes the newest first. */
	CHECK(TEST_WAIT_UNTIL(one.result == MACH_MSG_SUCCESS || two.result == MACH_MSG_SUCCESS));
	test_sleep_ms(20);
	CHECK_EQ((one.result == MACH_MSG_SUCCESS) + (two.result == MACH_MSG_SUCCESS), 1);
	CHECK_EQ(port_status(port).mps_msgcount, 5);
	CHECK_KR(mach_port_set_qlimit(SELF, port, 6), KERN_SUCCESS);
	CHECK(test_thread_join(&one.thread, 0));
	CHECK(test_thread_join(&two.thread, 0));
	CHECK_KR(one.result, MACH_MSG_SUCCESS);
	CHECK_KR(two.result, MACH_MSG_SUCCESS);
	CHECK_EQ(port_status(port).mps_msgcount, 6);

	sender_start(&one, port);
	CHECK_KR(thread_abort(one.thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&one.thread, 0));
	CHECK_KR(one.result, MACH_SEND_INTERRUPTED);

	/* The port's death frees a sender, whose message is lost as the queued ones are. */
	sender_start(&one, port);
	port_destroy(port);
	CHECK(test_thread_join(&one.thread, 0));
	CHECK_KR(one.result, MACH_MSG_SUCCESS);
}

/* A sender that ends while it waits leaves nothing behind. */
static void check_sender_ends(void)
{
	struct sender one;
	mach_port_t port = port_new_send();

	fill(port);
	sender_start(&one, port);
	test_thread_kill(&one.thread);
	test_group_begin("five messages, not six");
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(msg_receive_id(port, 0), 31);
	}
	CHECK_EQ(msg_receive_id(port, 0), -1);
	test_group_end();
	port_destroy(port);
}

/* A message over the limit is queued all the same; its receipt is told to the notify port. */
static void check_send_notify(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	const mach_msg_option_t option = MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY;

	CHECK_KR(send_options(port, option, 0, notify), MACH_MSG_SUCCESS);
	fill(port);
	CHECK_KR(send_options(port, option, 0, port_unused_name()), MACH_SEND_INVALID_NOTIFY);
	CHECK_KR(send_options(port, option, 0, MACH_PORT_NULL), MACH_SEND_INVALID_NOTIFY);
	CHECK_EQ(port_status(port).mps_msgcount, 5);
	CHECK_KR(send_options(port, option, 0, notify), MACH_SEND_WILL_NOTIFY);
	CHECK_EQ(port_status(port).mps_msgcount, 6);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_MAREQUEST);
	CHECK_KR(send_options(port, option, 0, notify), MACH_SEND_NOTIFY_IN_PROGRESS);
	CHECK_EQ(port_status(port).mps_msgcount, 6);
	test_group_begin("nobody is told before the message itself is received");
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(msg_receive_id(port, 0), 31);
		CHECK_EQ(msg_receive_id(notify, 0), -1);
	}
	test_group_end();
	CHECK_EQ(msg_receive_id(port, 0), 31);
	CHECK_KR(msg_receive(&msg, notify, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, MACH_NOTIFY_MSG_ACCEPTED);
	CHECK_EQ(msg.head.msgh_size, 32);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_NAME), port);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE);
	/* A port that dies with such a message in it: the message counts as accepted. */
	fill(port);
	CHECK_KR(send_options(port, option, 0, notify), MACH_SEND_WILL_NOTIFY);
	NEED_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_MSG_ACCEPTED);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_DEAD_NAME);
	port_destroy(port);
	port_destroy(notify);
}

/* SEND_CANCEL: a dead-name request for the destination goes with the right, and nobody is told. */
static void check_send_cancel(void)
{
	mach_port_t port = port_new();
	mach_port_t notify = port_new();
	mach_port_t once = port_make_send_once(port);
	mach_port_t previous = MACH_PORT_NULL;
	mach_msg_header_t head = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
		.msgh_remote_port = once,
		.msgh_id = 32,
	};

	NEED_KR(mach_port_request_notification(SELF, once, MACH_NOTIFY_DEAD_NAME, 0, notify,
					       MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	CHECK_KR(mach_msg(&head, MACH_SEND_MSG | MACH_SEND_CANCEL, sizeof head, 0, MACH_PORT_NULL,
			  0, MACH_PORT_NULL),
		 MACH_SEND_INVALID_NOTIFY);
	CHECK_KR(mach_msg(&head, MACH_SEND_MSG | MACH_SEND_CANCEL, sizeof head, 0, MACH_PORT_NULL,
			  0, port_unused_name()),
		 MACH_SEND_INVALID_NOTIFY);
	CHECK_KR(mach_msg(&head, MACH_SEND_MSG | MACH_SEND_CANCEL, sizeof head, 0, MACH_PORT_NULL,
			  0, notify),
		 MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(once), 0);
	CHECK_EQ(msg_receive_id(port, 0), 32);
	CHECK_EQ(msg_receive_id(notify, 0), -1);
	CHECK_EQ(port_status(notify).mps_sorights, 0);
	port_destroy(port);
	port_destroy(notify);
}

static void check_seqno(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();
	mach_port_t set = set_new();

	test_group_begin("each message received has the next sequence number");
	for (unsigned int i = 0; i < 3; i++) {
		CHECK_EQ(port_status(port).mps_seqno, i);
		CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1), MACH_MSG_SUCCESS);
		CHECK_EQ(port_status(port).mps_seqno, i);
		CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
		CHECK_EQ(msg.head.msgh_seqno, i);
	}
	test_group_end();
	CHECK_KR(mach_port_set_seqno(SELF, port, 0xfffffffe), KERN_SUCCESS);
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_seqno, 0xfffffffe);
	NEED_KR(mach_port_move_member(SELF, port, set));
	CHECK_EQ(port_status(port).mps_seqno, 0xffffffff);
	CHECK_KR(msg_receive(&msg, set, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_seqno, 0xffffffff);
	CHECK_KR(mach_port_set_seqno(SELF, port, 8), KERN_SUCCESS);
	CHECK_KR(msg_receive(&msg, set, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_seqno, 8);
	CHECK_KR(mach_port_set_seqno(SELF, set, 8), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_set_seqno(SELF, port_unused_name(), 8), KERN_INVALID_NAME);
	CHECK_KR(mach_port_set_mscount(SELF, set, 8), KERN_INVALID_RIGHT);
	port_destroy(port);
	port_destroy(set);
}

static mach_port_t crowded;

static void send_one(void *argument)
{
	(void)argument;
	NEED_KR(msg_send_id(crowded, MACH_MSG_TYPE_COPY_SEND, 1));
}

/* A receiver that waits takes messages that were never in the queue: nobody stays behind for that.
 */
static void check_crowd(void)
{
	enum { SENDERS = 30 };
	static struct test_thread threads[SENDERS];

	crowded = port_new_send();
	test_group_begin("30 blocked senders all come to their turn");
	for (int i = 0; i < SENDERS; i++) {
		test_thread_start(&threads[i], send_one, NULL);
		if (i >= (int)MACH_PORT_QLIMIT_DEFAULT) {
			CHECK(test_wait_blocked(threads[i].port));
		}
	}
	for (int i = 0; i < SENDERS; i++) {
		CHECK_EQ(msg_receive_id(crowded, 1000), 1);
	}
	for (int i = 0; i < SENDERS; i++) {
		CHECK(test_thread_join(&threads[i], 0));
	}
	test_group_end();
	port_destroy(crowded);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "queues");
	check_limits();
	check_blocked_senders();
	check_sender_ends();
	check_send_notify();
	check_send_cancel();
	check_seqno();
	check_crowd();
	test_end();
}
