/* TEST: oracle=yes */
/* Port sets: membership, receiving from them, errors, and what waiting threads are told. */
#include "lib/msg.h"

#define SELF              mach_task_self()
#define MOVE(member, set) mach_port_move_member(SELF, member, set)

static void check_members(void)
{
	mach_port_t a = port_new_send();
	mach_port_t b = port_new_send();
	mach_port_t set = set_new();
	mach_port_t other = set_new();

	CHECK_KR(MOVE(a, set), KERN_SUCCESS);
	CHECK_KR(MOVE(b, set), KERN_SUCCESS);
	CHECK_EQ(port_status(a).mps_pset, set);
	CHECK_KR(MOVE(a, set), KERN_SUCCESS);
	CHECK_KR(MOVE(a, other), KERN_SUCCESS);
	CHECK_EQ(port_status(a).mps_pset, other);
	CHECK_KR(MOVE(a, MACH_PORT_NULL), KERN_SUCCESS);
	CHECK_EQ(port_status(a).mps_pset, MACH_PORT_NULL);
	CHECK_KR(MOVE(a, MACH_PORT_NULL), KERN_NOT_IN_SET);
	CHECK_KR(MOVE(a, b), KERN_INVALID_RIGHT);
	CHECK_KR(MOVE(set, other), KERN_INVALID_RIGHT);
	CHECK_KR(MOVE(a, port_unused_name()), KERN_INVALID_NAME);
	CHECK_KR(MOVE(port_unused_name(), set), KERN_INVALID_NAME);
	CHECK_KR(MOVE(a, MACH_PORT_DEAD), KERN_INVALID_NAME);
	NEED_KR(mach_port_mod_refs(SELF, b, MACH_PORT_RIGHT_RECEIVE, -1));
	CHECK_KR(MOVE(b, set), KERN_INVALID_RIGHT);
	port_destroy(a);
	port_destroy(b);
	port_destroy(set);
	port_destroy(other);
}

static void check_status(void)
{
	mach_port_t ports[3];
	mach_port_t set = set_new();
	mach_port_array_t members = NULL;
	mach_msg_type_number_t count = 99;
	unsigned int found = 0;

	CHECK_KR(mach_port_get_set_status(SELF, set, &members, &count), KERN_SUCCESS);
	CHECK_EQ(count, 0);
	for (int i = 0; i < 3; i++) {
		ports[i] = port_new();
		NEED_KR(MOVE(ports[i], set));
	}
	CHECK_KR(mach_port_get_set_status(SELF, set, &members, &count), KERN_SUCCESS);
	CHECK_EQ(count, 3);
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		for (int j = 0; j < 3; j++) {
			found |= (unsigned int)(members[i] == ports[j]) << j;
		}
	}
	CHECK_EQ(found, 7);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)members, count * sizeof members[0]));
	CHECK_KR(mach_port_get_set_status(SELF, ports[0], &members, &count), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_get_set_status(SELF, port_unused_name(), &members, &count),
		 KERN_INVALID_NAME);
	for (int i = 0; i < 3; i++) {
		port_destroy(ports[i]);
	}
	CHECK_KR(mach_port_get_set_status(SELF, set, &members, &count), KERN_SUCCESS);
	CHECK_EQ(count, 0);
	port_destroy(set);
}

static void check_receive(void)
{
	struct msg msg;
	mach_port_t a = port_new_send();
	mach_port_t b = port_new_send();
	mach_port_t set = set_new();
	unsigned int seen = 0;

	CHECK_KR(msg_receive(&msg, set, 0), MACH_RCV_TIMED_OUT);
	NEED_KR(msg_send_id(a, MACH_MSG_TYPE_COPY_SEND, 1));
	NEED_KR(MOVE(a, set));
	NEED_KR(MOVE(b, set));
	CHECK_KR(msg_receive(&msg, a, 0), MACH_RCV_IN_SET);
	NEED_KR(msg_send_id(b, MACH_MSG_TYPE_COPY_SEND, 2));
	NEED_KR(msg_send_id(a, MACH_MSG_TYPE_COPY_SEND, 3));
	test_group_begin("a set delivers the messages of all members, in order for each");
	for (int i = 0; i < 3; i++) {
		CHECK_KR(msg_receive(&msg, set, 0), MACH_MSG_SUCCESS);
		CHECK_EQ(msg.head.msgh_local_port, msg.head.msgh_id == 2 ? b : a);
		CHECK(msg.head.msgh_id != 3 || (seen & (1 << 1)) != 0);
		seen |= 1u << msg.head.msgh_id;
	}
	CHECK_EQ(seen, 0xe);
	test_group_end();
	CHECK_KR(msg_receive(&msg, set, 0), MACH_RCV_TIMED_OUT);
	/* A member that leaves takes its messages along. */
	NEED_KR(msg_send_id(a, MACH_MSG_TYPE_COPY_SEND, 4));
	NEED_KR(msg_send_id(b, MACH_MSG_TYPE_COPY_SEND, 5));
	NEED_KR(MOVE(a, MACH_PORT_NULL));
	CHECK_EQ(msg_receive_id(set, 0), 5);
	CHECK_KR(msg_receive(&msg, set, 0), MACH_RCV_TIMED_OUT);
	CHECK_EQ(msg_receive_id(a, 0), 4);
	/* So does one whose set dies. */
	NEED_KR(msg_send_id(b, MACH_MSG_TYPE_COPY_SEND, 6));
	port_destroy(set);
	CHECK_EQ(port_status(b).mps_pset, MACH_PORT_NULL);
	CHECK_EQ(msg_receive_id(b, 0), 6);
	port_destroy(a);
	port_destroy(b);
}

/* One thread that waits in a receive, and what it was told. */
struct waiter {
	struct test_thread thread;
	mach_port_t name;
	mach_msg_return_t result;
	mach_msg_id_t id;
};

static void waiter_main(void *argument)
{
	struct waiter *waiter = argument;
	struct msg msg;

	waiter->result = mach_msg(&msg.head, MACH_RCV_MSG, 0, sizeof msg.head + sizeof msg.body,
				  waiter->name, 0, MACH_PORT_NULL);
	waiter->id = msg.head.msgh_id;
}

static void waiter_start(struct waiter *waiter, mach_port_t name)
{
	waiter->name = name;
	waiter->result = 0x7fffffff;
	test_thread_start(&waiter->thread, waiter_main, waiter);
	test_wait_blocked(waiter->thread.port);
}

static void check_waiting(void)
{
	struct waiter waiter;
	mach_port_t a = port_new_send();
	mach_port_t set = set_new();

	NEED_KR(MOVE(a, set));
	waiter_start(&waiter, set);
	NEED_KR(msg_send_id(a, MACH_MSG_TYPE_COPY_SEND, 21));
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK_KR(waiter.result, MACH_MSG_SUCCESS);
	CHECK_EQ(waiter.id, 21);

	/* A message queued before the port joins the set wakes the set's waiter. */
	NEED_KR(MOVE(a, MACH_PORT_NULL));
	NEED_KR(msg_send_id(a, MACH_MSG_TYPE_COPY_SEND, 22));
	waiter_start(&waiter, set);
	NEED_KR(MOVE(a, set));
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK_KR(waiter.result, MACH_MSG_SUCCESS);
	CHECK_EQ(waiter.id, 22);

	waiter_start(&waiter, set);
	port_destroy(set);
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK_KR(waiter.result, MACH_RCV_PORT_DIED);

	waiter_start(&waiter, a);
	set = set_new();
	NEED_KR(MOVE(a, set));
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK_KR(waiter.result, MACH_RCV_PORT_CHANGED);

	NEED_KR(MOVE(a, MACH_PORT_NULL));
	waiter_start(&waiter, a);
	port_destroy(a);
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK_KR(waiter.result, MACH_RCV_PORT_DIED);
	port_destroy(set);
}

static void check_several_waiters(void)
{
	struct waiter waiters[3];
	mach_port_t a = port_new_send();
	mach_port_t set = set_new();
	unsigned int ids = 0;

	NEED_KR(MOVE(a, set));
	for (int i = 0; i < 3; i++) {
		waiter_start(&waiters[i], set);
	}
	/* Which waiter gets which message is not said: GNU Mach 1.8 wakes the newest first. */
	test_group_begin("three waiters get one message each");
	for (int i = 0; i < 3; i++) {
		CHECK_KR(msg_send_id(a, MACH_MSG_TYPE_COPY_SEND, i), MACH_MSG_SUCCESS);
	}
	for (int i = 0; i < 3; i++) {
		CHECK(test_thread_join(&waiters[i].thread, 0));
		CHECK_KR(waiters[i].result, MACH_MSG_SUCCESS);
		ids |= 1u << waiters[i].id;
	}
	CHECK_EQ(ids, 7);
	test_group_end();
	port_destroy(a);
	port_destroy(set);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "portsets");
	check_members();
	check_status();
	check_receive();
	check_waiting();
	check_several_waiters();
	test_end();
}
