/* TEST: oracle=yes */
/* Protected payloads: a word of the receiver's choice instead of the port's name. */
#include "lib/msg.h"

#define SELF mach_task_self()

static struct msg msg;

static void receive_checked(mach_port_t from, uint32_t local, mach_msg_type_name_t type)
{
	CHECK_KR(msg_receive(&msg, from, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_local_port, local);
	CHECK_EQ(MACH_MSGH_BITS_LOCAL(msg.head.msgh_bits), type);
}

static void check_set_and_clear(void)
{
	mach_port_t port = port_new_send();
	mach_port_t set = set_new();

	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	receive_checked(port, port, MACH_MSG_TYPE_PORT_SEND);
	CHECK_KR(mach_port_set_protected_payload(SELF, port, 0xcafe0001), KERN_SUCCESS);
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	receive_checked(port, 0xcafe0001, MACH_MSG_TYPE_PROTECTED_PAYLOAD);
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 1));
	receive_checked(port, 0xcafe0001, MACH_MSG_TYPE_PROTECTED_PAYLOAD);
	/* What counts is the payload at the time of the receive. */
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	CHECK_KR(mach_port_set_protected_payload(SELF, port, 0), KERN_SUCCESS);
	receive_checked(port, 0, MACH_MSG_TYPE_PROTECTED_PAYLOAD);
	NEED_KR(mach_port_move_member(SELF, port, set));
	CHECK_KR(mach_port_set_protected_payload(SELF, port, 0xffffffff), KERN_SUCCESS);
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	receive_checked(set, 0xffffffff, MACH_MSG_TYPE_PROTECTED_PAYLOAD);
	CHECK_KR(mach_port_clear_protected_payload(SELF, port), KERN_SUCCESS);
	CHECK_KR(mach_port_clear_protected_payload(SELF, port), KERN_SUCCESS);
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	receive_checked(set, port, MACH_MSG_TYPE_PORT_SEND);
	port_destroy(port);
	port_destroy(set);
}

static void check_bad(void)
{
	mach_port_t port = port_new();
	mach_port_t once = port_make_send_once(port);

	CHECK_KR(mach_port_set_protected_payload(SELF, port_unused_name(), 1), KERN_INVALID_NAME);
	CHECK_KR(mach_port_set_protected_payload(SELF, once, 1), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_set_protected_payload(SELF, SELF, 1), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_clear_protected_payload(SELF, once), KERN_INVALID_RIGHT);
	CHECK_KR(mach_port_clear_protected_payload(SELF, port_unused_name()), KERN_INVALID_NAME);
	port_destroy(port);
	port_destroy(once);
}

/* A receive right that travels leaves its payload behind. */
static void check_travel(void)
{
	mach_port_t port = port_new();
	mach_port_t carrier = port_new();
	mach_port_t name = MACH_PORT_NULL;

	CHECK_KR(mach_port_set_protected_payload(SELF, port, 77), KERN_SUCCESS);
	msg_begin(&msg, carrier, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, carrier, 0), MACH_MSG_SUCCESS);
	name = msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_RECEIVE);
	NEED_KR(msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND, 1));
	receive_checked(name, name, MACH_MSG_TYPE_PORT_SEND);
	port_destroy(name);
	port_destroy(carrier);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "payloads");
	check_set_and_clear();
	check_bad();
	check_travel();
	test_end();
}
