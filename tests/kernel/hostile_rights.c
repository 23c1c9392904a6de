/* TEST: oracle=no */
/* Receive rights that the kernel's own replies carry: they may not end up in their own queues,
   where nobody would ever find them again. */
#include "lib/msg.h"

#define SELF          mach_task_self()
#define EXTRACT_RIGHT 3216

/* Asks for a receive right, the answer to go to `reply`, and does not wait for it. */
static void ask_for_receive(mach_port_t name, mach_port_t reply)
{
	struct msg msg;
	uint32_t asked = name;

	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  EXTRACT_RIGHT);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, &asked);
	msg_add_int(&msg, MACH_MSG_TYPE_MOVE_RECEIVE);
	NEED_KR(msg_send(&msg));
}

/* Another name for the send right that goes with a receive right: what is left when that moves. */
static boolean_t is_dead(mach_port_t name)
{
	return (port_type(name) & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

/* The answer carries the right to the port that it goes to. */
static void check_itself(void)
{
	mach_port_t port = port_new_send();

	ask_for_receive(port, port);
	CHECK(is_dead(port));
	port_destroy(port);
}

/* The answer waits in a port, whose right is then sent to the port that the answer carries. */
static void check_two(void)
{
	struct msg msg;
	mach_port_t carried = port_new_send();
	mach_port_t queue = port_new_send();

	ask_for_receive(carried, queue);
	CHECK_EQ(port_type(carried), MACH_PORT_TYPE_SEND);
	msg_begin(&msg, carried, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_port(&msg, queue, MACH_MSG_TYPE_MOVE_RECEIVE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK(is_dead(queue));
	CHECK(is_dead(carried));
	port_destroy(queue);
	port_destroy(carried);
}

/* An ordinary answer is none the worse. */
static void check_ordinary(void)
{
	struct msg msg;
	mach_port_t carried = port_new_send();
	mach_port_t queue = port_new();

	ask_for_receive(carried, queue);
	CHECK_KR(msg_receive(&msg, queue, 1000), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), KERN_SUCCESS);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE), carried);
	CHECK_EQ(port_type(carried), MACH_PORT_TYPE_SEND_RECEIVE);
	port_destroy(carried);
	port_destroy(queue);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "hostile_rights");
	check_ordinary();
	check_itself();
	check_two();
	test_end();
}
