/* TEST: oracle=yes */
/* The header: absurd bits, sizes and pointers, destinations and reply ports of every kind. */
#include "lib/msg.h"

#define SELF mach_task_self()

static mach_msg_return_t send_raw(void *head, mach_msg_size_t size)
{
	return mach_msg_trap(head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0, MACH_PORT_NULL, 100,
			     MACH_PORT_NULL);
}

static mach_msg_return_t send_bits(mach_msg_bits_t bits, mach_port_t remote, mach_port_t local)
{
	mach_msg_header_t head = {
		.msgh_bits = bits,
		.msgh_size = 0x99999999,
		.msgh_remote_port = remote,
		.msgh_local_port = local,
		.msgh_seqno = 0x88888888,
		.msgh_id = -7,
	};

	return send_raw(&head, sizeof head);
}

#define BITS(remote, local) MACH_MSGH_BITS(MACH_MSG_TYPE_##remote, MACH_MSG_TYPE_##local)

static void check_sizes(mach_port_t port)
{
	struct msg msg;

	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	test_group_begin("fewer than 24 bytes are no message");
	for (mach_msg_size_t size = 0; size < 24; size++) {
		CHECK_KR(send_raw(&msg, size), MACH_SEND_MSG_TOO_SMALL);
	}
	test_group_end();
	test_group_begin("a size that is no multiple of 4 is too small, too");
	for (mach_msg_size_t size = 25; size < 41; size++) {
		if (size % 4 != 0) {
			CHECK_KR(send_raw(&msg, size), MACH_SEND_MSG_TOO_SMALL);
		}
	}
	test_group_end();
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	CHECK_KR(send_bits(BITS(COPY_SEND, STRING_C) & 0xff, port, MACH_PORT_NULL),
		 MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	/* The kernel writes the size and the sequence number. */
	CHECK_EQ(msg.head.msgh_size, 24);
	CHECK_EQ(msg.head.msgh_seqno, 0);
	CHECK_EQ(msg.head.msgh_id, -7);
}

static void check_pointers(mach_port_t port)
{
	vm_address_t pages = 0;
	mach_msg_header_t *head = NULL;

	NEED_KR(vm_allocate(SELF, &pages, 2 * 4096, TRUE));
	NEED_KR(vm_protect(SELF, pages + 4096, 4096, FALSE, VM_PROT_NONE));
	head = (mach_msg_header_t *)(pages + 4096 - sizeof *head);
	*head = (mach_msg_header_t){
		.msgh_bits = BITS(COPY_SEND, UNSTRUCTURED),
		.msgh_remote_port = port,
	};
	CHECK_KR(send_raw(head, 24), MACH_MSG_SUCCESS);
	CHECK_KR(send_raw(head, 28), MACH_SEND_INVALID_DATA);
	CHECK_KR(send_raw(NULL, 24), MACH_SEND_INVALID_DATA);
	CHECK_KR(send_raw((void *)0xfffffff0, 24), MACH_SEND_INVALID_DATA);
	CHECK_EQ(msg_receive_id(port, 0), 0);
	/* A message that cannot be delivered is lost, with what it carried. */
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 3));
	CHECK_KR(mach_msg_trap(NULL, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 100, port, 0, 0),
		 MACH_RCV_INVALID_DATA);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 4));
	CHECK_KR(mach_msg_trap((void *)(pages + 4096 - 12), MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 100,
			       port, 0, 0),
		 MACH_RCV_INVALID_DATA);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	NEED_KR(vm_deallocate(SELF, pages, 2 * 4096));
}

static void check_bits(mach_port_t port)
{
	struct msg msg;

	test_group_begin("bits that mean nothing do no harm");
	for (int bit = 16; bit < 31; bit++) {
		CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED) | 1u << bit, port, 0),
			 MACH_MSG_SUCCESS);
		CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
		CHECK_EQ(msg.head.msgh_bits & 0xffff, MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND));
	}
	test_group_end();
	test_group_begin("only dispositions of send rights name a destination");
	for (mach_msg_type_name_t type = 0; type < 256; type++) {
		if (type < MACH_MSG_TYPE_MOVE_SEND || type > MACH_MSG_TYPE_MAKE_SEND_ONCE) {
			CHECK_KR(send_bits(type, port, 0), MACH_SEND_INVALID_HEADER);
		}
	}
	test_group_end();
	test_group_begin("only they, or nothing, name a reply port");
	for (mach_msg_type_name_t type = 1; type < 256; type++) {
		if (type < MACH_MSG_TYPE_MOVE_SEND || type > MACH_MSG_TYPE_MAKE_SEND_ONCE) {
			CHECK_KR(send_bits(MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, type), port,
					   port),
				 MACH_SEND_INVALID_HEADER);
		}
	}
	test_group_end();
	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), port, port), MACH_SEND_INVALID_HEADER);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
}

static void check_destinations(mach_port_t port)
{
	mach_port_t receive_only = port_new();
	mach_port_t dead = port_new_dead();
	mach_port_t set = set_new();
	mach_port_t once = port_make_send_once(receive_only);

	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), MACH_PORT_NULL, 0),
		 MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), MACH_PORT_DEAD, 0),
		 MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), port_unused_name(), 0),
		 MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), dead, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MOVE_SEND, UNSTRUCTURED), dead, 0), MACH_SEND_INVALID_DEST);
	CHECK_EQ(port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 1);
	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), set, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MAKE_SEND, UNSTRUCTURED), set, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), receive_only, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MOVE_SEND, UNSTRUCTURED), receive_only, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MOVE_SEND_ONCE, UNSTRUCTURED), receive_only, 0),
		 MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MOVE_SEND_ONCE, UNSTRUCTURED), port, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(COPY_SEND, UNSTRUCTURED), once, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MAKE_SEND, UNSTRUCTURED), once, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MAKE_SEND, UNSTRUCTURED), SELF, 0), MACH_SEND_INVALID_DEST);
	CHECK_KR(send_bits(BITS(MAKE_SEND, UNSTRUCTURED), receive_only, 0), MACH_MSG_SUCCESS);
	CHECK_KR(send_bits(BITS(MAKE_SEND_ONCE, UNSTRUCTURED), receive_only, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(port_status(receive_only).mps_mscount, 1);
	CHECK_EQ(msg_receive_id(receive_only, 0), -7);
	CHECK_EQ(msg_receive_id(receive_only, 0), -7);
	port_destroy(receive_only);
	CHECK_KR(send_bits(BITS(MOVE_SEND_ONCE, UNSTRUCTURED), once, 0), MACH_SEND_INVALID_DEST);
	port_destroy(once);
	port_destroy(dead);
	port_destroy(set);
}

static void check_replies(mach_port_t port)
{
	mach_port_t receive_only = port_new();
	mach_port_t dead = port_new_dead();
	mach_port_t set = set_new();
	struct msg msg;

	CHECK_KR(send_bits(BITS(COPY_SEND, COPY_SEND), port, port_unused_name()),
		 MACH_SEND_INVALID_REPLY);
	CHECK_KR(send_bits(BITS(COPY_SEND, COPY_SEND), port, receive_only),
		 MACH_SEND_INVALID_REPLY);
	CHECK_KR(send_bits(BITS(COPY_SEND, MOVE_SEND_ONCE), port, receive_only),
		 MACH_SEND_INVALID_REPLY);
	CHECK_KR(send_bits(BITS(COPY_SEND, MAKE_SEND), port, set), MACH_SEND_INVALID_REPLY);
	CHECK_KR(send_bits(BITS(COPY_SEND, MAKE_SEND), port, SELF), MACH_SEND_INVALID_REPLY);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	/* A null or dead reply port is allowed; a dead name arrives as the dead port. */
	CHECK_KR(send_bits(BITS(COPY_SEND, COPY_SEND), port, MACH_PORT_NULL), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_remote_port, MACH_PORT_NULL);
	CHECK_EQ(MACH_MSGH_BITS_REMOTE(msg.head.msgh_bits), MACH_MSG_TYPE_PORT_SEND);
	CHECK_KR(send_bits(BITS(COPY_SEND, MAKE_SEND_ONCE), port, MACH_PORT_DEAD),
		 MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_remote_port, MACH_PORT_DEAD);
	CHECK_KR(send_bits(BITS(COPY_SEND, COPY_SEND), port, dead), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_remote_port, MACH_PORT_DEAD);
	CHECK_EQ(port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 1);
	CHECK_KR(send_bits(BITS(COPY_SEND, MOVE_SEND), port, dead), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(dead), 0);
	CHECK_EQ(msg_receive_id(port, 0), -7);
	port_destroy(receive_only);
	port_destroy(set);
}

/* One right for both places: copies and moves are counted as if one came after the other. */
static void check_same_port(void)
{
	mach_port_t port = port_new_send();
	mach_port_t once = port_make_send_once(port);
	struct msg msg;

	CHECK_KR(send_bits(BITS(MOVE_SEND, MOVE_SEND), port, port), MACH_SEND_INVALID_DEST);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	CHECK_KR(send_bits(BITS(MOVE_SEND_ONCE, MOVE_SEND_ONCE), once, once),
		 MACH_SEND_INVALID_DEST);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_KR(send_bits(BITS(COPY_SEND, MOVE_SEND), port, port), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_remote_port, port);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	CHECK_KR(send_bits(BITS(MOVE_SEND, COPY_SEND), port, port), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	NEED_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1));
	CHECK_KR(send_bits(BITS(MOVE_SEND, MOVE_SEND), port, port), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	CHECK_KR(send_bits(BITS(MAKE_SEND, MAKE_SEND_ONCE), port, port), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(msg.head.msgh_remote_port), MACH_PORT_TYPE_SEND_ONCE);
	CHECK_EQ(MACH_MSGH_BITS_LOCAL(msg.head.msgh_bits), MACH_MSG_TYPE_PORT_SEND);
	port_destroy(msg.head.msgh_remote_port);
	port_destroy(port);
	port_destroy(once);
}

int main(int argc, char **argv)
{
	mach_port_t port = MACH_PORT_NULL;

	test_begin(argc, argv, "header");
	port = port_new_send();
	check_sizes(port);
	check_pointers(port);
	check_bits(port);
	check_destinations(port);
	check_replies(port);
	check_same_port();
	port_destroy(port);
	test_end();
}
