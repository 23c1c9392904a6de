/* TEST: oracle=yes */
/* mach_port_insert_right and mach_port_extract_right: every disposition, here and in a child. */
#include "lib/msg.h"

#define SELF                      mach_task_self()
#define INSERT(name, right, type) mach_port_insert_right(SELF, name, right, MACH_MSG_TYPE_##type)

static void check_insert(void)
{
	mach_port_t port = port_new();
	mach_port_t name = port_unused_name();

	CHECK_KR(INSERT(name, port, MAKE_SEND), KERN_RIGHT_EXISTS);
	/* A right that we have not is already refused when the request is sent. */
	CHECK_KR(INSERT(port, port, COPY_SEND), MACH_SEND_INVALID_RIGHT);
	CHECK_KR(INSERT(port, port, MOVE_SEND), MACH_SEND_INVALID_RIGHT);
	CHECK_KR(INSERT(port, port, MAKE_SEND), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE);
	/* The refused request made a right too. */
	CHECK_EQ(port_status(port).mps_mscount, 2);
	CHECK_KR(INSERT(port, port, MAKE_SEND), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 2);
	CHECK_EQ(port_status(port).mps_mscount, 3);
	CHECK_KR(INSERT(port, port, COPY_SEND), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 3);
	CHECK_EQ(port_status(port).mps_mscount, 3);
	CHECK_KR(INSERT(port, port, MOVE_SEND), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 3);
	CHECK_KR(INSERT(name, port, COPY_SEND), KERN_RIGHT_EXISTS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 3);
	CHECK_KR(INSERT(port, port, MAKE_SEND_ONCE), KERN_NAME_EXISTS);
	CHECK_KR(INSERT(name, port, MAKE_SEND_ONCE), KERN_SUCCESS);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_KR(INSERT(name + 1, name, MOVE_SEND_ONCE), KERN_SUCCESS);
	CHECK_EQ(port_type(name), 0);
	CHECK_EQ(port_type(name + 1), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_KR(INSERT(name, name + 1, MOVE_SEND), MACH_SEND_INVALID_RIGHT);
	CHECK_KR(INSERT(name, port, MOVE_SEND_ONCE), MACH_SEND_INVALID_RIGHT);
	port_destroy(name + 1);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(mach_port_insert_right(SELF, name, port, 0), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_insert_right(SELF, name, port, 15), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_insert_right(SELF, name, port, 22), KERN_INVALID_VALUE);
	CHECK_KR(INSERT(MACH_PORT_NULL, port, MAKE_SEND), KERN_INVALID_VALUE);
	CHECK_KR(INSERT(MACH_PORT_DEAD, port, MAKE_SEND), KERN_INVALID_VALUE);
	CHECK_KR(INSERT(name, MACH_PORT_NULL, MOVE_SEND), KERN_INVALID_CAPABILITY);
	CHECK_KR(INSERT(name, MACH_PORT_DEAD, COPY_SEND), KERN_INVALID_CAPABILITY);
	port_destroy(port);
}

static void check_insert_other_name(void)
{
	mach_port_t port = port_new_send();
	mach_port_t other = port_new_send();

	CHECK_KR(INSERT(other, port, COPY_SEND), KERN_RIGHT_EXISTS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	CHECK_EQ(port_refs(other, MACH_PORT_RIGHT_SEND), 1);
	CHECK_KR(INSERT(other, port, MAKE_SEND_ONCE), KERN_NAME_EXISTS);
	port_destroy(port);
	port_destroy(other);
}

static void check_insert_receive(void)
{
	mach_port_t port = port_new();
	mach_port_t name = port_unused_name();

	CHECK_KR(INSERT(name, port, MOVE_RECEIVE), KERN_SUCCESS);
	CHECK_EQ(port_type(port), 0);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(INSERT(name, name, MOVE_RECEIVE), KERN_SUCCESS);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_RECEIVE);
	NEED_KR(INSERT(name, name, MAKE_SEND));
	CHECK_KR(INSERT(port, name, MOVE_RECEIVE), KERN_RIGHT_EXISTS);
	port_destroy(name);
}

static void check_extract(void)
{
	mach_port_t port = port_new_send();
	mach_port_t right = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;

#define EXTRACT(name, disposition)                                                                 \
	mach_port_extract_right(SELF, name, MACH_MSG_TYPE_##disposition, &right, &type)
	CHECK_KR(EXTRACT(port, COPY_SEND), KERN_SUCCESS);
	CHECK_EQ(right, port);
	CHECK_EQ(type, MACH_MSG_TYPE_PORT_SEND);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 2);
	CHECK_KR(EXTRACT(port, MAKE_SEND), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 3);
	CHECK_KR(EXTRACT(port, MOVE_SEND), KERN_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 3);
	CHECK_KR(EXTRACT(port, MAKE_SEND_ONCE), KERN_SUCCESS);
	CHECK_EQ(type, MACH_MSG_TYPE_PORT_SEND_ONCE);
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_KR(EXTRACT(right, MOVE_SEND_ONCE), KERN_SUCCESS);
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_KR(EXTRACT(right, COPY_SEND), KERN_INVALID_RIGHT);
	port_destroy(right);
	CHECK_EQ(msg_receive_id(port, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(EXTRACT(port, MOVE_RECEIVE), KERN_SUCCESS);
	CHECK_EQ(right, port);
	CHECK_EQ(type, MACH_MSG_TYPE_PORT_RECEIVE);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE);
	CHECK_KR(EXTRACT(port_unused_name(), COPY_SEND), KERN_INVALID_NAME);
	CHECK_KR(EXTRACT(MACH_PORT_NULL, COPY_SEND), KERN_INVALID_NAME);
	CHECK_KR(EXTRACT(port, MOVE_SEND_ONCE), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_extract_right(SELF, port, 3, &right, &type), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_extract_right(SELF, port, 22, &right, &type), KERN_INVALID_VALUE);
	port_destroy(port);
}

static int child_idle(void *argument)
{
	(void)argument;
	return 0;
}

/* Rights moved into and out of another task. */
static void check_child(void)
{
	struct test_task child;
	mach_port_t port = port_new();
	mach_port_t right = MACH_PORT_NULL;
	mach_port_t childs = MACH_PORT_NULL;
	mach_msg_type_name_t msg_type = 0;
	mach_port_type_t type = 0;

	test_task_create(&child, child_idle, NULL);
	CHECK_KR(mach_port_insert_right(child.task, 0x2000, port, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_SUCCESS);
	CHECK_KR(mach_port_insert_right(child.task, 0x2001, port, MACH_MSG_TYPE_MAKE_SEND),
		 KERN_RIGHT_EXISTS);
	CHECK_KR(mach_port_insert_right(child.task, 0x2001, port, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		 KERN_SUCCESS);
	CHECK_KR(mach_port_type(child.task, 0x2000, &type), KERN_SUCCESS);
	CHECK_EQ(type, MACH_PORT_TYPE_SEND);
	CHECK_EQ(port_status(port).mps_mscount, 2);
	CHECK_EQ(port_status(port).mps_sorights, 1);
	CHECK_KR(mach_port_extract_right(child.task, 0x2000, MACH_MSG_TYPE_MOVE_SEND, &right,
					 &msg_type),
		 KERN_SUCCESS);
	CHECK_EQ(right, port);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE);
	CHECK_KR(mach_port_type(child.task, 0x2000, &type), KERN_INVALID_NAME);
	NEED_KR(mach_port_allocate(child.task, MACH_PORT_RIGHT_RECEIVE, &childs));
	CHECK_KR(mach_port_extract_right(child.task, childs, MACH_MSG_TYPE_MAKE_SEND, &right,
					 &msg_type),
		 KERN_SUCCESS);
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_SEND);
	/* The task's end kills its receive right and uses its send-once right up. */
	test_task_kill(&child);
	CHECK(TEST_WAIT_UNTIL(port_type(right) == MACH_PORT_TYPE_DEAD_NAME));
	CHECK_EQ(msg_receive_id(port, 5000), MACH_NOTIFY_SEND_ONCE);
	port_destroy(right);
	port_destroy(port);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "rights");
	check_insert();
	check_insert_other_name();
	check_insert_receive();
	check_extract();
	check_child();
	test_end();
}
