/* TEST: oracle=yes */
/* No-senders and port-destroyed notifications, make-send counts, and who gets them. */
#include "lib/msg.h"

#define SELF mach_task_self()

static kern_return_t request(mach_port_t name, int kind, int sync, mach_port_t notify,
			     mach_port_t *previous)
{
	*previous = 0xdeadbeef;
	return mach_port_request_notification(SELF, name, kind, sync, notify,
					      notify == MACH_PORT_NULL
						      ? MACH_MSG_TYPE_MOVE_SEND_ONCE
						      : MACH_MSG_TYPE_MAKE_SEND_ONCE,
					      previous);
}

/* The make-send count that a no-senders notification tells; all ones: none came. */
static uint32_t no_senders_count(mach_port_t notify)
{
	struct msg msg;

	if (msg_receive(&msg, notify, 0) != MACH_MSG_SUCCESS ||
	    msg.head.msgh_id != MACH_NOTIFY_NO_SENDERS || msg.head.msgh_size != 32 ||
	    msg.head.msgh_bits != MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE)) {
		return 0xffffffff;
	}
	return msg_item_int(&msg);
}

static void check_no_senders(void)
{
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(previous, MACH_PORT_NULL);
	CHECK_EQ(no_senders_count(notify), 0xffffffff);
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_EQ(no_senders_count(notify), 0xffffffff);
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_EQ(no_senders_count(notify), 2);
	/* Used up: the next time nobody is told. */
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_EQ(no_senders_count(notify), 0xffffffff);
	/* The count is 3 now: a sync of 3 is reached (told at once), one of 4 is not. */
	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 3, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(no_senders_count(notify), 3);
	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 4, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(no_senders_count(notify), 0xffffffff);
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_EQ(no_senders_count(notify), 4);
	CHECK_KR(mach_port_set_mscount(SELF, port, 77), KERN_SUCCESS);
	CHECK_EQ(port_status(port).mps_mscount, 77);
	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(no_senders_count(notify), 77);
	port_destroy(port);
	port_destroy(notify);
}

static void check_replace(void)
{
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t other = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 0, other, &previous), KERN_SUCCESS);
	CHECK_EQ(port_type(previous), MACH_PORT_TYPE_SEND_ONCE);
	port_destroy(previous);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 0, MACH_PORT_NULL, &previous), KERN_SUCCESS);
	CHECK_EQ(port_type(previous), MACH_PORT_TYPE_SEND_ONCE);
	port_destroy(previous);
	CHECK_EQ(msg_receive_id(other, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(mach_port_deallocate(SELF, port), KERN_SUCCESS);
	CHECK_EQ(msg_receive_id(other, 0), -1);
	/* A port that dies with the request uses the send-once right up. */
	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 9, notify, &previous), KERN_SUCCESS);
	port_destroy(port);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_EQ(msg_receive_id(notify, 0), -1);
	port_destroy(notify);
	port_destroy(other);
}

static void check_bad(void)
{
	mach_port_t port = port_new();
	mach_port_t notify = port_new();
	mach_port_t once = port_make_send_once(port);
	mach_port_t dead = port_new_dead();
	mach_port_t set = set_new();
	mach_port_t previous = MACH_PORT_NULL;

	test_group_begin("no-senders and port-destroyed want a receive right");
	for (int kind = MACH_NOTIFY_PORT_DESTROYED; kind <= MACH_NOTIFY_NO_SENDERS; kind++) {
		CHECK_KR(request(once, kind, 0, notify, &previous), KERN_INVALID_RIGHT);
		CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
		CHECK_KR(request(dead, kind, 0, notify, &previous), KERN_INVALID_RIGHT);
		CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
		CHECK_KR(request(set, kind, 0, notify, &previous), KERN_INVALID_RIGHT);
		CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
		CHECK_KR(request(4999, kind, 0, notify, &previous), KERN_INVALID_NAME);
		CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	}
	test_group_end();
	CHECK_KR(request(port, MACH_NOTIFY_PORT_DESTROYED, 1, notify, &previous),
		 KERN_INVALID_VALUE);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	port_destroy(once);
	port_destroy(dead);
	port_destroy(set);
	port_destroy(port);
	port_destroy(notify);
}

/*
 * Instead of dying the port comes by message, with what is queued in it.  The name that had the
 * receive right is dead all the same; rights under other names are not.
 */
static void check_port_destroyed(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t other = port_new();
	mach_port_t once = port_make_send_once(port);
	mach_port_t previous = MACH_PORT_NULL;
	mach_port_t name = MACH_PORT_NULL;

	CHECK_KR(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify, &previous), KERN_SUCCESS);
	CHECK_EQ(previous, MACH_PORT_NULL);
	CHECK_KR(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, other, &previous), KERN_SUCCESS);
	CHECK_EQ(port_type(previous), MACH_PORT_TYPE_SEND_ONCE);
	port_destroy(previous);
	CHECK_EQ(msg_receive_id(notify, 0), MACH_NOTIFY_SEND_ONCE);
	CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1234), MACH_MSG_SUCCESS);
	CHECK_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_KR(msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1235), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, other, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, MACH_NOTIFY_PORT_DESTROYED);
	CHECK_EQ(msg.head.msgh_bits,
		 MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE));
	name = msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_RECEIVE);
	CHECK_EQ(port_status(name).mps_mscount, 0);
	CHECK_EQ(port_status(name).mps_msgcount, 2);
	CHECK_EQ(msg_receive_id(name, 0), 1234);
	CHECK_EQ(msg_receive_id(name, 0), 1235);
	/* The request is used up: now the port dies. */
	CHECK_KR(mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(name), 0);
	port_destroy(port);
	port_destroy(notify);
	port_destroy(other);
}

/* The port is gone already when its notification cannot be delivered: it dies then. */
static void check_port_destroyed_nobody(void)
{
	mach_port_t port = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify, &previous), KERN_SUCCESS);
	port_destroy(notify);
	CHECK_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_DEAD_NAME);
	port_destroy(port);
}

/* A message that carries the last send right keeps the port's senders alive. */
static void check_in_transit(void)
{
	struct msg msg;
	mach_port_t port = port_new_send();
	mach_port_t carrier = port_new_send();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	CHECK_KR(request(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous), KERN_SUCCESS);
	msg_begin(&msg, carrier, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MOVE_SEND);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_RECEIVE);
	CHECK_EQ(no_senders_count(notify), 0xffffffff);
	port_destroy(carrier);
	CHECK_EQ(no_senders_count(notify), 1);
	port_destroy(port);
	port_destroy(notify);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "notify");
	check_no_senders();
	check_replace();
	check_bad();
	check_port_destroyed();
	check_port_destroyed_nobody();
	check_in_transit();
	test_end();
}
