/* TEST: oracle=no */
/* Who receives from a port may send there beyond its limit (MACH_SEND_ALWAYS); nobody else. */
#include "lib/msg.h"
#include "lib/tasks.h"

#define SELF mach_task_self()

static mach_msg_return_t send(mach_port_t port, mach_msg_type_name_t type, mach_msg_id_t id,
			      mach_msg_option_t option)
{
	mach_msg_header_t head = {
		.msgh_bits = MACH_MSGH_BITS(type, 0),
		.msgh_remote_port = port,
		.msgh_id = id,
	};

	return mach_msg(&head, MACH_SEND_MSG | MACH_SEND_TIMEOUT | option, sizeof head, 0,
			MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

static mach_port_t new_port(mach_port_msgcount_t limit)
{
	mach_port_t port = port_new_send();

	NEED_KR(mach_port_set_qlimit(SELF, port, limit));
	return port;
}

static void check_own(void)
{
	mach_port_t port = new_port(0);
	struct msg msg;

	CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, 0, 0), MACH_SEND_TIMED_OUT);
	for (mach_msg_id_t i = 0; i < 20; i++) {
		CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, i, MACH_SEND_ALWAYS),
			 MACH_MSG_SUCCESS);
	}
	CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, 0, 0), MACH_SEND_TIMED_OUT);
	for (mach_msg_id_t i = 0; i < 20; i++) {
		NEED_KR(msg_receive(&msg, port, 0));
		CHECK_EQ(msg.head.msgh_id, i);
		/* It is a message like others. */
		CHECK_EQ(msg.head.msgh_bits, MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND));
	}
	CHECK_KR(msg_receive(&msg, port, 0), MACH_RCV_TIMED_OUT);
	port_destroy(port);
}

/* The receive right is another's, or in a message. */
static void check_others(void)
{
	mach_port_t task = MACH_PORT_NULL, carrier = port_new_send(), port = new_port(1);
	struct msg msg;

	NEED_KR(task_create(SELF, FALSE, &task));
	msg_begin(&msg, carrier, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	NEED_KR(msg_send(&msg));
	CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, 0, MACH_SEND_ALWAYS), MACH_MSG_SUCCESS);
	CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, 0, MACH_SEND_ALWAYS), MACH_SEND_TIMED_OUT);
	NEED_KR(msg_receive(&msg, carrier, 0));
	CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, 0, MACH_SEND_ALWAYS), MACH_MSG_SUCCESS);
	NEED_KR(mach_port_insert_right(task, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE));
	CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, 0, MACH_SEND_ALWAYS), MACH_SEND_TIMED_OUT);
	NEED_KR(task_terminate(task));
	CHECK_KR(send(port, MACH_MSG_TYPE_COPY_SEND, 0, MACH_SEND_ALWAYS), MACH_SEND_INVALID_DEST);
	port_destroy(port);
	port_destroy(carrier);
	port_destroy(task);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "masix_always");
	check_own();
	check_others();
	test_end();
}
