/* The order of messages when a right is handed over. */
#include "pair.h"

#include "../node/lib/node.h"

#define SLOT     3 /* of the port there, and of the right */
#define MESSAGES 3
#define MEGABYTE 0x100000u

static struct msg msg;
static mach_port_t reply;

static void begin(mach_port_t to, mach_msg_id_t id)
{
	msg_begin(&msg, to, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, id);
	msg_add_int(&msg, SLOT);
}

static void call(void)
{
	mach_msg_id_t id = msg.head.msgh_id, answer = msg_call(&msg, reply);

	check(answer == id + PAIR_ANSWER, "a node answers", answer);
}

static void send_large(mach_port_t port, uint32_t number, uint32_t bytes)
{
	vm_address_t address = 0;

	need(vm_allocate(SELF, &address, bytes, TRUE), "vm_allocate");
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, PAIR_PROGRESS);
	msg_add_int(&msg, 0);
	msg_add_int(&msg, number);
	msg_add_out(&msg, MACH_MSG_TYPE_BYTE, 8, bytes, (void *)address, true);
	need(msg_send(&msg, WAIT_MS), "send");
}

static void collect(mach_port_t node)
{
	struct msg_item item = {0};

	begin(node, PAIR_COLLECT);
	msg_add_int(&msg, MESSAGES);
	call();
	check(msg_next(&msg, &item) && item.number == 2 * MESSAGES, "the messages come",
	      (int)item.number / 2);
	for (uint32_t i = 0; i < item.number / 2; i++) {
		uint32_t number = ((uint32_t *)item.data)[2 * i + 1];

		check(number == i, "what is sent by a right comes behind what its giver sent",
		      (int)number);
	}
}

/* While the first message is on the wire, the second waits in the proxy here; and it is so large
   that one by the right, if that came before, would overtake it. */
void pair_order(mach_port_t second, mach_port_t third)
{
	reply = port_make();
	begin(second, PAIR_NEW);
	call();
	mach_port_t port = msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
	send_large(port, 0, 2 * MEGABYTE);
	send_large(port, 1, 4 * MEGABYTE);
	begin(third, PAIR_KEEP);
	msg_add_port(&msg, port, MACH_MSG_TYPE_COPY_SEND);
	call();
	check(msg_int(&msg) == MACH_MSG_TYPE_PORT_SEND, "a right to a third node's port arrives",
	      0);
	begin(third, PAIR_SEND);
	msg_add_int(&msg, 2);
	call();
	check(msg_int(&msg) == MACH_MSG_SUCCESS, "... and is used", 0);
	collect(second);
	begin(third, PAIR_DROP);
	call();
	begin(second, PAIR_DESTROY);
	call();
	port_drop(port);
	port_destroy(reply);
}
