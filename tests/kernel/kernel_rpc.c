/* TEST: oracle=yes */
/* Requests to the kernel made by hand: unknown ids, wrong types and sizes, replies to nobody. */
#include "lib/msg.h"
#include <mach/mig_support.h>

#define SELF            mach_task_self()
#define ID_PORT_TYPE    3201
#define ID_TASK_SUSPEND 2056

static struct msg msg;

static void begin(mach_port_t to, mach_msg_id_t id)
{
	msg_begin(&msg, to, MACH_MSG_TYPE_COPY_SEND, mig_get_reply_port(),
		  MACH_MSG_TYPE_MAKE_SEND_ONCE, id);
}

/* Sends the request and receives the reply: its code, or all ones when it is not a reply. */
static kern_return_t call(void)
{
	mach_msg_id_t id = msg.head.msgh_id;
	mach_port_t reply = msg.head.msgh_local_port;
	mach_msg_return_t result =
		mach_msg(&msg.head, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, msg.size,
			 sizeof msg.head + sizeof msg.body, reply, 2000, MACH_PORT_NULL);

	msg.size = msg.head.msgh_size;
	msg.read = sizeof msg.head;
	if (result != MACH_MSG_SUCCESS) {
		return result;
	}
	if (msg.head.msgh_id != id + 100 || msg.head.msgh_remote_port != MACH_PORT_NULL ||
	    MACH_MSGH_BITS_LOCAL(msg.head.msgh_bits) != MACH_MSG_TYPE_PORT_SEND_ONCE) {
		return -1;
	}
	return (kern_return_t)msg_item_int(&msg);
}

static void check_good(mach_port_t port)
{
	begin(SELF, ID_PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, &port);
	CHECK_KR(call(), KERN_SUCCESS);
	CHECK_EQ(msg.head.msgh_size, 40);
	CHECK_EQ(msg_item_int(&msg), MACH_PORT_TYPE_SEND_RECEIVE);
}

static void check_error_reply(void)
{
	mach_port_t unused = port_unused_name();

	begin(SELF, ID_PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, &unused);
	CHECK_KR(call(), KERN_INVALID_NAME);
	CHECK_EQ(msg.head.msgh_size, 32);
	CHECK_EQ(msg.head.msgh_bits & MACH_MSGH_BITS_COMPLEX, 0);
}

static void check_unknown(void)
{
	static const mach_msg_id_t ids[] = {0,    1,    -1,   999,        1999,
					    2000, 2001, 2100, 2199,       2399,
					    3100, 3299, 9999, 0x7fffffff, -0x7fffffff - 1};

	test_group_begin("unknown ids are answered with MIG_BAD_ID");
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		begin(SELF, ids[i]);
		msg_add_int(&msg, 1);
		if (!CHECK_KR(call(), MIG_BAD_ID)) {
			test_note("  id %d", ids[i]);
		}
		CHECK_EQ(msg.head.msgh_size, 32);
	}
	test_group_end();
}

static void check_bad_arguments(mach_port_t port)
{
	uint32_t words[3] = {port, port, port};

	begin(SELF, ID_PORT_TYPE);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	begin(SELF, ID_PORT_TYPE);
	msg_add_int(&msg, port);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	begin(SELF, ID_PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 2, words);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	begin(SELF, ID_PORT_TYPE);
	msg_add_long(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, words);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	begin(SELF, ID_PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 16, 2, words);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	begin(SELF, ID_PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, words);
	msg_add_int(&msg, 1);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	begin(SELF, ID_PORT_TYPE);
	msg_add_port(&msg, port, MACH_MSG_TYPE_COPY_SEND);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	begin(SELF, ID_TASK_SUSPEND);
	msg_add_int(&msg, 1);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
	begin(SELF, ID_PORT_TYPE);
	msg_add_ool(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, words, FALSE);
	CHECK_KR(call(), MIG_BAD_ARGUMENTS);
}

/* A routine of one kind of object sent to another. */
static void check_wrong_object(void)
{
	mach_port_t thread = mach_thread_self();
	mach_port_t unused = port_unused_name();

	begin(thread, ID_PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, &unused);
	CHECK_KR(call(), KERN_INVALID_TASK);
	begin(thread, ID_TASK_SUSPEND);
	CHECK_KR(call(), KERN_INVALID_ARGUMENT);
	begin(SELF, 2016); /* thread_terminate */
	CHECK_KR(call(), KERN_INVALID_ARGUMENT);
	begin(SELF, 2635); /* host_reboot */
	msg_add_int(&msg, 0);
	CHECK_KR(call(), KERN_INVALID_HOST);
	begin(mach_host_self(), 2635); /* the host's name is no authority */
	msg_add_int(&msg, 0);
	CHECK_KR(call(), KERN_INVALID_HOST);
	NEED_KR(mach_port_deallocate(SELF, thread));
}

/* Requests that want no answer get none; a bad request without a reply port does no harm. */
static void check_no_reply(void)
{
	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, ID_PORT_TYPE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 12345);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_DEAD, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  ID_PORT_TYPE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
}

/* The reply may go to a send right, and to a full queue: the kernel does not wait. */
static void check_reply_to_send_right(void)
{
	mach_port_t port = port_new_send();

	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, port, MACH_MSG_TYPE_COPY_SEND, 12345);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, 12445);
	CHECK_EQ(MACH_MSGH_BITS_LOCAL(msg.head.msgh_bits), MACH_MSG_TYPE_PORT_SEND);
	CHECK_EQ((kern_return_t)msg_item_int(&msg), MIG_BAD_ID);
	test_group_begin("replies to a full queue: the request is done all the same");
	for (int i = 0; i < 8; i++) {
		msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, port, MACH_MSG_TYPE_COPY_SEND,
			  12345);
		CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	}
	CHECK(port_status(port).mps_msgcount >= 5);
	test_group_end();
	port_destroy(port);
}

int main(int argc, char **argv)
{
	mach_port_t port = MACH_PORT_NULL;

	test_begin(argc, argv, "kernel_rpc");
	port = port_new_send();
	check_good(port);
	check_error_reply();
	check_unknown();
	check_bad_arguments(port);
	check_wrong_object();
	check_no_reply();
	check_reply_to_send_right();
	port_destroy(port);
	test_end();
}
