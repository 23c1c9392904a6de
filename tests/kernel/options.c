/* TEST: oracle=yes */
/* mach_msg's options: combined send and receive, RCV_LARGE, time-outs, interruption, notify. */
#include "lib/msg.h"
#include <gen/mach_host.h>

#define SELF mach_task_self()

static mach_msg_return_t receive(void *buffer, mach_msg_option_t option, mach_msg_size_t size,
				 mach_port_t port, mach_port_t notify)
{
	return mach_msg_trap(buffer, MACH_RCV_MSG | MACH_RCV_TIMEOUT | option, 0, size, port, 0,
			     notify);
}

static void check_none(void)
{
	struct msg msg;

	memset(&msg, 0x55, sizeof msg);
	CHECK_KR(mach_msg_trap(NULL, MACH_MSG_OPTION_NONE, 0, 0, 0, 0, 0), MACH_MSG_SUCCESS);
	CHECK_KR(mach_msg_trap(&msg.head, MACH_SEND_TIMEOUT | MACH_RCV_TIMEOUT, 24, 24, 1, 0, 0),
		 MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_bits, 0x55555555);
}

static void check_send_and_receive(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();

	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 66);
	msg_add_int(&msg, 0x1234);
	CHECK_KR(mach_msg_trap(&msg.head, MACH_SEND_MSG | MACH_RCV_MSG, msg.size,
			       sizeof msg.head + sizeof msg.body, port, 0, MACH_PORT_NULL),
		 MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, 66);
	CHECK_EQ(msg.head.msgh_size, 32);
	CHECK_EQ(msg.head.msgh_local_port, port);
	CHECK_EQ(msg.head.msgh_bits,
		 MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, MACH_MSG_TYPE_PORT_SEND));
	CHECK_EQ(port_type(msg.head.msgh_remote_port), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_EQ(msg_item_int(&msg), 0x1234);
	port_destroy(msg.head.msgh_remote_port);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	/* The send's error stops the call before the receive. */
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 67));
	msg_begin(&msg, port_unused_name(), MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 66);
	CHECK_KR(mach_msg_trap(&msg.head, MACH_SEND_MSG | MACH_RCV_MSG, 24, 100, port, 0, 0),
		 MACH_SEND_INVALID_DEST);
	CHECK_EQ(port_status(port).mps_msgcount, 1);
	/* The receive's error comes after the message was sent. */
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 68);
	CHECK_KR(mach_msg_trap(&msg.head, MACH_SEND_MSG | MACH_RCV_MSG, 24, 100, port_unused_name(),
			       0, 0),
		 MACH_RCV_INVALID_NAME);
	CHECK_EQ(port_status(port).mps_msgcount, 2);
	port_destroy(port);
}

static void check_names(void)
{
	struct msg msg;
	mach_port_t once_of = port_new();
	mach_port_t once = port_make_send_once(once_of);
	mach_port_t dead = port_new_dead();

	CHECK_KR(receive(&msg, 0, 100, MACH_PORT_NULL, 0), MACH_RCV_INVALID_NAME);
	CHECK_KR(receive(&msg, 0, 100, MACH_PORT_DEAD, 0), MACH_RCV_INVALID_NAME);
	CHECK_KR(receive(&msg, 0, 100, port_unused_name(), 0), MACH_RCV_INVALID_NAME);
	CHECK_KR(receive(&msg, 0, 100, once, 0), MACH_RCV_INVALID_NAME);
	CHECK_KR(receive(&msg, 0, 100, dead, 0), MACH_RCV_INVALID_NAME);
	CHECK_KR(receive(&msg, 0, 100, SELF, 0), MACH_RCV_INVALID_NAME);
	port_destroy(once_of);
	port_destroy(once);
	port_destroy(dead);
}

static void check_too_large(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();
	uint32_t data[16] = {1, 2, 3};

	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 70);
	msg_add(&msg, MACH_MSG_TYPE_INTEGER_32, 32, 16, data);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	/* RCV_LARGE leaves the message where it is, and tells its size. */
	memset(&msg.head, 0x77, sizeof msg.head);
	CHECK_KR(receive(&msg, MACH_RCV_LARGE, 24, port, 0), MACH_RCV_TOO_LARGE);
	CHECK_EQ(msg.head.msgh_size, 92);
	CHECK_EQ(port_status(port).mps_msgcount, 1);
	CHECK_KR(receive(&msg, MACH_RCV_LARGE, 91, port, 0), MACH_RCV_TOO_LARGE);
	CHECK_KR(receive(&msg, MACH_RCV_LARGE, 92, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, 70);
	CHECK_EQ(msg.head.msgh_seqno, 0);
	port_destroy(msg.head.msgh_remote_port);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	/* Without it the message is destroyed, rights and all; only its header tells of it. */
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 71);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(receive(&msg, 0, 24, port, 0), MACH_RCV_TOO_LARGE);
	CHECK_EQ(msg.head.msgh_id, 71);
	CHECK_EQ(msg.head.msgh_size, 32);
	CHECK_EQ(msg.head.msgh_remote_port, MACH_PORT_NULL);
	CHECK_EQ(msg.head.msgh_local_port, port);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_EQ(msg_receive_id(port, 0), -1);
	port_destroy(port);
}

/* A buffer with no room even for a header: everything the message carried is destroyed. */
static void check_tiny_buffer(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();

	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 72);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(receive(&msg, 0, 20, port, 0), MACH_RCV_TOO_LARGE);
	CHECK_EQ(port_status(port).mps_msgcount, 1);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_EQ(msg_receive_id(port, 0), -1);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	port_destroy(port);
}

static unsigned int now_ms(void)
{
	struct time_value time = {0};

	(void)host_get_time(mach_host_self(), &time);
	return (unsigned int)time.seconds * 1000 + (unsigned int)time.microseconds / 1000;
}

static void check_timeouts(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();
	unsigned int start = now_ms();
	unsigned int took = 0;

	CHECK_KR(mach_msg_trap(&msg.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 100, port, 200, 0),
		 MACH_RCV_TIMED_OUT);
	took = now_ms() - start;
	CHECK(took >= 190 && took < 2000);
	CHECK_KR(mach_msg_trap(NULL, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 0, port, 30, 0),
		 MACH_RCV_TIMED_OUT);
	CHECK_KR(mach_msg_trap(NULL, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 0, port, 0, 0),
		 MACH_RCV_TIMED_OUT);
	port_destroy(port);
}

struct sleeper {
	struct test_thread thread;
	mach_port_t port;
	mach_msg_option_t option;
	mach_msg_return_t result;
	struct msg msg;
};

static void sleeper_main(void *argument)
{
	struct sleeper *sleeper = argument;

	sleeper->result = mach_msg(&sleeper->msg.head, MACH_RCV_MSG | sleeper->option, 0, 100,
				   sleeper->port, 10000, MACH_PORT_NULL);
}

static void check_interrupt(void)
{
	static struct sleeper sleeper;

	sleeper.port = port_new_send();
	sleeper.option = MACH_RCV_INTERRUPT;
	test_thread_start(&sleeper.thread, sleeper_main, &sleeper);
	CHECK(test_wait_blocked(sleeper.thread.port));
	CHECK_KR(thread_abort(sleeper.thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&sleeper.thread, 0));
	CHECK_KR(sleeper.result, MACH_RCV_INTERRUPTED);

	/* The library makes the receive again when it was not asked to tell. */
	sleeper.option = 0;
	sleeper.result = 0x7fffffff;
	test_thread_start(&sleeper.thread, sleeper_main, &sleeper);
	CHECK(test_wait_blocked(sleeper.thread.port));
	CHECK_KR(thread_abort(sleeper.thread.port), KERN_SUCCESS);
	CHECK(test_wait_blocked(sleeper.thread.port));
	CHECK_KR(msg_send_id(sleeper.port, MACH_MSG_TYPE_COPY_SEND, 90), MACH_MSG_SUCCESS);
	CHECK(test_thread_join(&sleeper.thread, 0));
	CHECK_KR(sleeper.result, MACH_MSG_SUCCESS);
	CHECK_EQ(sleeper.msg.head.msgh_id, 90);

	/* A suspended receiver keeps its place: the message waits for its resumption. */
	test_thread_start(&sleeper.thread, sleeper_main, &sleeper);
	CHECK(test_wait_blocked(sleeper.thread.port));
	sleeper.result = 0x7fffffff;
	CHECK_KR(thread_suspend(sleeper.thread.port), KERN_SUCCESS);
	CHECK_KR(msg_send_id(sleeper.port, MACH_MSG_TYPE_COPY_SEND, 91), MACH_MSG_SUCCESS);
	test_sleep_ms(20);
	CHECK_EQ(sleeper.result, 0x7fffffff);
	CHECK_KR(thread_resume(sleeper.thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&sleeper.thread, 0));
	CHECK_KR(sleeper.result, MACH_MSG_SUCCESS);
	CHECK_EQ(sleeper.msg.head.msgh_id, 91);
	port_destroy(sleeper.port);
}

/* RCV_NOTIFY: a right that comes with a dead-name request made for it at once. */
static void check_rcv_notify(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();
	mach_port_t reply = port_new();
	mach_port_t notify = port_new();
	mach_port_t once = MACH_PORT_NULL;

	CHECK_KR(receive(&msg, MACH_RCV_NOTIFY, 100, port, notify), MACH_RCV_TIMED_OUT);
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, 80);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(receive(&msg, MACH_RCV_NOTIFY, 100, port, notify), MACH_MSG_SUCCESS);
	once = msg.head.msgh_remote_port;
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE | MACH_PORT_TYPE_DNREQUEST);
	port_destroy(reply);
	CHECK_KR(msg_receive(&msg, notify, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, MACH_NOTIFY_DEAD_NAME);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_NAME), once);
	port_destroy(once);
	/* A bad notify port: the message is lost with its rights, but the error says so. */
	reply = port_new();
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, 81);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(receive(&msg, MACH_RCV_NOTIFY, 100, port, port_unused_name()),
		 MACH_RCV_INVALID_NOTIFY);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	CHECK_EQ(msg_receive_id(reply, 0), MACH_NOTIFY_SEND_ONCE);
	port_destroy(port);
	port_destroy(reply);
	port_destroy(notify);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "options");
	check_none();
	check_send_and_receive();
	check_names();
	check_too_large();
	check_tiny_buffer();
	check_timeouts();
	check_interrupt();
	check_rcv_notify();
	test_end();
}
