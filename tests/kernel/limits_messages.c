/* TEST: oracle=no mem=128 timeout=60 */
/* The kernel has no message left: sends are refused, and a call that got one through is answered by an
   error, not by silence. */
#include "lib/msg.h"

#define SELF mach_task_self()
#define PORT_TYPE 3201

/* Send-once rights are not counted against a queue's limit. */
static uint32_t fill(mach_port_t port)
{
	struct msg msg;
	uint32_t sent = 0;
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	while (result == MACH_MSG_SUCCESS) {
		msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_PORT_NULL, 0, 1);
		result = msg_send(&msg);
		sent += result == MACH_MSG_SUCCESS;
	}
	CHECK_KR(result, MACH_SEND_NO_BUFFER);
	return sent;
}

int main(int argc, char **argv)
{
	struct msg msg;
	mach_port_t port = MACH_PORT_NULL;
	mach_port_t reply = MACH_PORT_NULL;
	uint32_t name = 0;
	uint32_t left = 0;

	test_begin(argc, argv, "limits_messages");
	port = port_new();
	reply = port_new();
	name = port;
	left = fill(port);
	test_note("%u messages", left);
	CHECK(left > 1000);
	/* One is free for a request, and then none for its answer. */
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, &name);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 500), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, PORT_TYPE + 100);
	CHECK_KR((kern_return_t)msg_item_int(&msg), KERN_RESOURCE_SHORTAGE);
	/* The same with something to give back. */
	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  PORT_TYPE);
	msg_add_port(&msg, reply, MACH_MSG_TYPE_MAKE_SEND);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 500), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), KERN_RESOURCE_SHORTAGE);
	while (msg_receive(&msg, port, 0) == MACH_MSG_SUCCESS) {
		left--;
	}
	CHECK_EQ(left, 1);
	CHECK(!port_status(reply).mps_srights);
	port_destroy(port);
	port_destroy(reply);
	test_end();
}
