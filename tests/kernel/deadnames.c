/* TEST: oracle=yes */
/* Dead names, and requests to be told of them. */
#include "lib/msg.h"

#define SELF mach_task_self()

static kern_return_t request(mach_port_t name, int kind, int sync, mach_port_t notify,
			     mach_port_t *previous)
{
	*previous = 0xdeadbeef;
	return mach_port_request_notification(SELF, name, kind, sync, notify,
					      MACH_MSG_TYPE_MAKE_SEND_ONCE, previous);
}

static kern_return_t cancel(mach_port_t name, int kind, mach_port_t *previous)
{
	*previous = 0xdeadbeef;
	return mach_port_request_notification(SELF, name, kind, 0, MACH_PORT_NULL,
					      MACH_MSG_TYPE_MOVE_SEND_ONCE, previous);
}

#define DEAD_NAME MACH_NOTIFY_DEAD_NAME

static void check_notified(mach_port_t notify, mach_port_t name)
{
	struct msg msg;

	CHECK_KR(msg_receive(&msg, notify, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, DEAD_NAME);
	CHECK_EQ(msg.head.msgh_bits, MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE));
	CHECK_EQ(msg.head.msgh_size, 32);
	CHECK_EQ(msg.head.msgh_remote_port, MACH_PORT_NULL);
	CHECK_EQ(msg.head.msgh_local_port, notify);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_NAME), name);
}

static void check_request(void)
{
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(previous, MACH_PORT_NULL);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST);
	CHECK_EQ(port_status(notify).mps_sorights, 1);
	CHECK_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	check_notified(notify, port);
	/* The notification carries a user reference of the dead name. */
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_DEAD_NAME), 2);
	port_destroy(port);
	port_destroy(notify);
}

static void check_replace_and_cancel(void)
{
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t other = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	CHECK_KR(request(port, DEAD_NAME, 0, other, &previous), KERN_SUCCESS);
	CHECK_EQ(port_type(previous), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_EQ(port_status(notify).mps_sorights, 1);
	port_destroy(previous);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(cancel(port, DEAD_NAME, &previous), KERN_SUCCESS);
	CHECK_EQ(port_type(previous), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE);
	port_destroy(previous);
	CHECK_EQ(msg_receive_id(other, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(cancel(port, DEAD_NAME, &previous), KERN_SUCCESS);
	CHECK_EQ(previous, MACH_PORT_NULL);
	port_destroy(port);
	CHECK_EQ(msg_receive_id(other, 0), -1);
	port_destroy(notify);
	port_destroy(other);
}

static void check_already_dead(void)
{
	mach_port_t dead = port_new_dead();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(dead, DEAD_NAME, 0, notify, &previous), KERN_INVALID_ARGUMENT);
	CHECK_EQ(port_status(notify).mps_sorights, 1);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(request(dead, DEAD_NAME, 1, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(previous, MACH_PORT_NULL);
	check_notified(notify, dead);
	CHECK_EQ(port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 2);
	CHECK_KR(cancel(dead, DEAD_NAME, &previous), KERN_INVALID_ARGUMENT);
	port_destroy(dead);
	port_destroy(notify);
}

static void check_bad(void)
{
	mach_port_t port = port_new_send();
	mach_port_t set = set_new();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(set, DEAD_NAME, 0, notify, &previous), KERN_INVALID_RIGHT);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(request(port_unused_name(), DEAD_NAME, 0, notify, &previous), KERN_INVALID_NAME);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(request(MACH_PORT_NULL, DEAD_NAME, 0, notify, &previous), KERN_INVALID_NAME);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(request(port, MACH_NOTIFY_SEND_ONCE, 0, notify, &previous), KERN_INVALID_VALUE);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(request(port, 0, 0, notify, &previous), KERN_INVALID_VALUE);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(mach_port_request_notification(SELF, port, DEAD_NAME, 0, MACH_PORT_DEAD,
						MACH_MSG_TYPE_MOVE_SEND_ONCE, &previous),
		 KERN_INVALID_CAPABILITY);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_SEND_RECEIVE);
	port_destroy(port);
	port_destroy(set);
	port_destroy(notify);
}

/* The request belongs to the name: dropping the name's last right deletes the request. */
static void check_port_deleted(void)
{
	struct test_task child;
	struct msg msg;
	mach_port_t notify = port_new();
	mach_port_t right = MACH_PORT_NULL;
	mach_port_t previous = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;

	test_task_create(&child, NULL, NULL);
	NEED_KR(mach_port_allocate_name(child.task, MACH_PORT_RIGHT_RECEIVE, 0x3000));
	NEED_KR(mach_port_extract_right(child.task, 0x3000, MACH_MSG_TYPE_MAKE_SEND, &right,
					&type));
	CHECK_KR(request(right, DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	CHECK_KR(mach_port_deallocate(SELF, right), KERN_SUCCESS);
	CHECK_KR(msg_receive(&msg, notify, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, MACH_NOTIFY_PORT_DELETED);
	CHECK_EQ(msg.head.msgh_size, 32);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_NAME), right);
	CHECK_EQ(port_type(right), 0);
	test_task_kill(&child);
	port_destroy(notify);
}

/* A send-once right's request: used up by sending, the name is deleted. */
static void check_send_once(void)
{
	mach_port_t port = port_new();
	mach_port_t notify = port_new();
	mach_port_t once = port_make_send_once(port);
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(once, DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE | MACH_PORT_TYPE_DNREQUEST);
	CHECK_KR(msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 9), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(once), 0);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_PORT_DELETED);
	CHECK_EQ(msg_receive_id(port, 0), 9);
	once = port_make_send_once(port);
	CHECK_KR(request(once, DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	port_destroy(port);
	check_notified(notify, once);
	CHECK_EQ(port_refs(once, MACH_PORT_RIGHT_DEAD_NAME), 2);
	port_destroy(once);
	port_destroy(notify);
}

/* Renaming keeps the request, which then tells the new name. */
static void check_rename(void)
{
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t name = port_unused_name();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	CHECK_KR(mach_port_rename(SELF, port, name), KERN_SUCCESS);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST);
	CHECK_KR(mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	check_notified(notify, name);
	port_destroy(name);
	port_destroy(notify);
}

/* The notify port may die before the port: then nobody is told. */
static void check_notify_dies(void)
{
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	port_destroy(notify);
	CHECK_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_DEAD_NAME);
	port_destroy(port);
}

/* Many requests on one port, from one task: the table grows. */
static void check_many(void)
{
	enum { COUNT = 40 };
	mach_port_t port = port_new();
	mach_port_t notify = port_new();
	mach_port_t once[COUNT];
	mach_port_t previous = MACH_PORT_NULL;

	test_group_begin("forty send-once rights of one port, each with a request");
	for (int i = 0; i < COUNT; i++) {
		once[i] = port_make_send_once(port);
		CHECK_KR(request(once[i], DEAD_NAME, 0, notify, &previous), KERN_SUCCESS);
	}
	port_destroy(port);
	for (int i = 0; i < COUNT; i++) {
		CHECK_EQ(msg_receive_id(notify, 0), DEAD_NAME);
		CHECK_EQ(port_refs(once[i], MACH_PORT_RIGHT_DEAD_NAME), 2);
		port_destroy(once[i]);
	}
	CHECK_EQ(msg_receive_id(notify, 0), -1);
	test_group_end();
	port_destroy(notify);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "deadnames");
	check_request();
	check_replace_and_cancel();
	check_already_dead();
	check_bad();
	check_port_deleted();
	check_send_once();
	check_rename();
	check_notify_dies();
	check_many();
	test_end();
}
