/* TEST: oracle=yes */
/* User references: mod_refs and deallocate on every kind of right, overflow and underflow. */
#include "lib/msg.h"

#define SELF                    mach_task_self()
#define MOD(name, right, delta) mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_##right, delta)
#define UREFS_MAX               0xffff

static void check_send(void)
{
	mach_port_t port = port_new_send();

	CHECK_KR(MOD(port, SEND, 4), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 5);
	CHECK_KR(MOD(port, SEND, 0), KERN_SUCCESS);
	CHECK_KR(MOD(port, SEND, -6), KERN_INVALID_VALUE);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 5);
	CHECK_KR(MOD(port, SEND, UREFS_MAX), KERN_UREFS_OVERFLOW);
	CHECK_KR(MOD(port, SEND, 0x7fffffff), KERN_UREFS_OVERFLOW);
	CHECK_KR(MOD(port, SEND, -0x7fffffff), KERN_INVALID_VALUE);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 5);
	CHECK_KR(MOD(port, SEND_ONCE, 1), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(port, PORT_SET, -1), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(port, DEAD_NAME, -1), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(port, NUMBER, 1), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 4);
	CHECK_KR(MOD(port, SEND, -4), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(MOD(port, SEND, 1), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(port, SEND, 0), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(port, SEND, -1), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_INVALID_RIGHT);
	port_destroy(port);
}

static void check_receive(void)
{
	mach_port_t port = port_new_send();

	CHECK_KR(MOD(port, RECEIVE, 1), KERN_INVALID_VALUE);
	CHECK_KR(MOD(port, RECEIVE, -2), KERN_INVALID_VALUE);
	CHECK_KR(MOD(port, RECEIVE, 0), KERN_SUCCESS);
	NEED_KR(MOD(port, SEND, 2));
	CHECK_KR(MOD(port, RECEIVE, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_DEAD_NAME), 3);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 0);
	CHECK_KR(MOD(port, SEND, -1), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(port, DEAD_NAME, 2), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_DEAD_NAME), 5);
	CHECK_KR(MOD(port, DEAD_NAME, UREFS_MAX), KERN_UREFS_OVERFLOW);
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_KR(MOD(port, DEAD_NAME, -5), KERN_INVALID_VALUE);
	CHECK_KR(MOD(port, DEAD_NAME, -4), KERN_SUCCESS);
	CHECK_EQ(port_type(port), 0);

	port = port_new();
	CHECK_KR(MOD(port, RECEIVE, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(port), 0);
}

static void check_send_once(void)
{
	mach_port_t port = port_new();
	mach_port_t once = port_make_send_once(port);

	CHECK(once != port);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_EQ(port_refs(once, MACH_PORT_RIGHT_SEND_ONCE), 1);
	CHECK_KR(MOD(once, SEND_ONCE, 1), KERN_INVALID_VALUE);
	CHECK_KR(MOD(once, SEND_ONCE, -2), KERN_INVALID_VALUE);
	CHECK_KR(MOD(once, SEND, -1), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(once, SEND_ONCE, 0), KERN_SUCCESS);
	CHECK_EQ(port_status(port).mps_sorights, 1);
	CHECK_KR(MOD(once, SEND_ONCE, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(once), 0);
	CHECK_EQ(port_status(port).mps_msgcount, 1);
	CHECK_EQ(port_status(port).mps_sorights, 1);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_EQ(port_status(port).mps_sorights, 0);
	once = port_make_send_once(port);
	CHECK_KR(mach_port_deallocate(SELF, once), KERN_SUCCESS);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	once = port_make_send_once(port);
	CHECK_KR(mach_port_destroy(SELF, once), KERN_SUCCESS);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	once = port_make_send_once(port);
	port_destroy(port);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_EQ(port_refs(once, MACH_PORT_RIGHT_DEAD_NAME), 1);
	port_destroy(once);
}

static void check_set(void)
{
	mach_port_t set = set_new();

	CHECK_KR(MOD(set, PORT_SET, 1), KERN_INVALID_VALUE);
	CHECK_KR(MOD(set, PORT_SET, -2), KERN_INVALID_VALUE);
	CHECK_KR(MOD(set, PORT_SET, 0), KERN_SUCCESS);
	CHECK_KR(MOD(set, RECEIVE, -1), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_deallocate(SELF, set), KERN_INVALID_RIGHT);
	CHECK_KR(MOD(set, PORT_SET, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(set), 0);
}

static void check_send_overflow(void)
{
	mach_port_t port = port_new_send();
	struct msg msg;

	NEED_KR(MOD(port, SEND, UREFS_MAX - 2));
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), UREFS_MAX - 1);
	CHECK_KR(MOD(port, SEND, 1), KERN_UREFS_OVERFLOW);
	CHECK_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_UREFS_OVERFLOW);
	CHECK_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_COPY_SEND),
		 KERN_UREFS_OVERFLOW);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), UREFS_MAX - 1);
	/* By message the count sticks at its limit, and the message arrives. */
	msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, port, MACH_MSG_TYPE_COPY_SEND, 5);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_remote_port, port);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), UREFS_MAX - 1);
	port_destroy(port);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "urefs");
	check_send();
	check_receive();
	check_send_once();
	check_set();
	check_send_overflow();
	test_end();
}
