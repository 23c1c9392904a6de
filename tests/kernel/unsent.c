/* TEST: oracle=yes */
/* A message that could not be queued comes back to its sender, with its rights and its memory. */
#include "lib/msg.h"

#define SELF mach_task_self()

static mach_port_t full; /* its queue is full */
static struct msg msg;

static mach_msg_return_t send_now(void)
{
	return mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, msg.size, 0, MACH_PORT_NULL,
			0, MACH_PORT_NULL);
}

static void check_header(void)
{
	mach_port_t reply = port_new();
	mach_port_t once = MACH_PORT_NULL;

	msg_begin(&msg, full, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, 12);
	CHECK_KR(send_now(), MACH_SEND_TIMED_OUT);
	/* The rights are made and now ours: the header says so, and can be sent as it is. */
	once = msg.head.msgh_local_port;
	CHECK_EQ(msg.head.msgh_bits,
		 MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	CHECK_EQ(msg.head.msgh_remote_port, full);
	CHECK_EQ(msg.head.msgh_size, 24);
	CHECK_EQ(msg.head.msgh_id, 12);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_EQ(port_refs(full, MACH_PORT_RIGHT_SEND), 2);
	CHECK_KR(send_now(), MACH_SEND_TIMED_OUT);
	CHECK_EQ(port_refs(full, MACH_PORT_RIGHT_SEND), 2);
	CHECK_EQ(port_type(msg.head.msgh_local_port), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_EQ(port_status(reply).mps_sorights, 1);
	port_destroy(msg.head.msgh_local_port);
	CHECK_EQ(msg_receive_id(reply, 0), MACH_NOTIFY_SEND_ONCE);
	NEED_KR(mach_port_deallocate(SELF, full));
	port_destroy(reply);
}

static void check_body_rights(void)
{
	mach_port_t right = port_new_send();
	mach_port_t moved = port_new();
	mach_port_t name = MACH_PORT_NULL;

	msg_begin(&msg, full, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 13);
	msg_add_port(&msg, right, MACH_MSG_TYPE_MOVE_SEND);
	msg_add_port(&msg, right, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg_add_port(&msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	msg_add_int(&msg, 99);
	CHECK_KR(send_now(), MACH_SEND_TIMED_OUT);
	msg.read = sizeof msg.head;
	CHECK_EQ(msg.head.msgh_bits,
		 MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, 0));
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_MOVE_SEND), right);
	name = msg_item_port(&msg, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_SEND_ONCE);
	moved = msg_item_port(&msg, MACH_MSG_TYPE_MOVE_RECEIVE);
	CHECK_EQ(port_type(moved), MACH_PORT_TYPE_RECEIVE);
	CHECK_EQ(msg_item_int(&msg), 99);
	CHECK_EQ(port_refs(right, MACH_PORT_RIGHT_SEND), 1);
	port_destroy(right);
	port_destroy(name);
	port_destroy(moved);
	NEED_KR(mach_port_deallocate(SELF, full));
}

/* Memory comes back as well, maybe at another address. */
static void check_memory(void)
{
	vm_address_t data = 0;
	struct msg_item item;

	NEED_KR(vm_allocate(SELF, &data, 8192, TRUE));
	((uint8_t *)data)[5000] = 42;
	msg_begin(&msg, full, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 14);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 8192, (void *)data, TRUE);
	CHECK_KR(send_now(), MACH_SEND_TIMED_OUT);
	msg.read = sizeof msg.head;
	CHECK(msg_item(&msg, &item));
	CHECK_EQ(item.number, 8192);
	CHECK_EQ(item.deallocate, TRUE);
	CHECK_EQ(((const uint8_t *)item.data)[5000], 42);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)item.data, 8192));
	NEED_KR(mach_port_deallocate(SELF, full));
}

static struct test_thread sender;
static volatile mach_msg_return_t sender_result;

static void sender_main(void *argument)
{
	(void)argument;
	sender_result = mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_INTERRUPT, msg.size, 0,
				 MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

/* The same after an interruption; and without the option the library sends again, by itself. */
static void check_interrupted(void)
{
	mach_port_t right = port_new_send();

	msg_begin(&msg, full, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 15);
	msg_add_port(&msg, right, MACH_MSG_TYPE_MOVE_SEND);
	test_thread_start(&sender, sender_main, NULL);
	CHECK(test_wait_blocked(sender.port));
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(thread_abort(sender.port), KERN_SUCCESS);
	CHECK(test_thread_join(&sender, 0));
	CHECK_KR(sender_result, MACH_SEND_INTERRUPTED);
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_SEND_RECEIVE);
	msg.read = sizeof msg.head;
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_MOVE_SEND), right);
	NEED_KR(mach_port_deallocate(SELF, full));
	port_destroy(right);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "unsent");
	full = port_new_send();
	NEED_KR(mach_port_set_qlimit(SELF, full, 1));
	NEED_KR(msg_send_id(full, MACH_MSG_TYPE_COPY_SEND, 1));
	check_header();
	check_body_rights();
	check_memory();
	check_interrupted();
	port_destroy(full);
	test_end();
}
