/* Messages of items of every kind, by chance but from a seed: each comes back as it went. */
#include "pair.h"

#include "../node/lib/node.h"
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 8
#define BYTES_MAX 20000
#define NAMES_MAX 40

/* What an item was made of. */
struct made {
	uint32_t name, number, bytes;
	bool in_line;
	uint8_t data[BYTES_MAX];
	mach_port_t names[NAMES_MAX];
};

static struct made made[ITEMS_MAX];
static uint32_t made_count;
static struct msg msg;
static mach_port_t own, partner;
static uint64_t state;

static uint32_t below(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 20) % limit);
}

static void add_data(struct made *item)
{
	bool deallocate = below(2) == 0;
	vm_address_t memory = 0;

	item->name = MACH_MSG_TYPE_BYTE;
	item->in_line = below(2) == 0;
	item->number = item->bytes = below(4) == 0 ? 0 : below(item->in_line ? 3000 : BYTES_MAX);
	for (uint32_t i = 0; i < item->bytes; i++) {
		item->data[i] = (uint8_t)below(256);
	}
	if (item->in_line) {
		msg_add(&msg, item->name, 8, item->number, item->data);
		return;
	}
	if (!deallocate || item->bytes == 0) {
		msg_add_out(&msg, item->name, 8, item->number, item->data, false);
		return;
	}
	need(vm_allocate(SELF, &memory, item->bytes, TRUE), "vm_allocate");
	memcpy((void *)memory, item->data, item->bytes);
	msg_add_out(&msg, item->name, 8, item->number, (void *)memory, true);
}

static void add_rights(struct made *item)
{
	uint32_t disposition = MACH_MSG_TYPE_COPY_SEND;

	item->name = MACH_MSG_TYPE_PORT_SEND;
	item->in_line = below(2) == 0;
	item->number = below(NAMES_MAX);
	item->bytes = item->number * 4;
	if (below(4) == 0) {
		item->name = MACH_MSG_TYPE_PORT_SEND_ONCE;
		disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	}
	for (uint32_t i = 0; i < item->number; i++) {
		uint32_t which = below(5);

		item->names[i] = which == 0   ? MACH_PORT_NULL
				 : which == 1 ? MACH_PORT_DEAD
				 : which == 2 && disposition == MACH_MSG_TYPE_COPY_SEND ? partner
											: own;
	}
	if (item->in_line) {
		msg_add(&msg, disposition, 32, item->number, item->names);
	} else {
		msg_add_out(&msg, disposition, 32, item->number, item->names, false);
	}
}

static void make_message(void)
{
	msg_begin(&msg, partner, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, PAIR_ECHO);
	made_count = below(ITEMS_MAX);
	for (uint32_t i = 0; i < made_count; i++) {
		made[i] = (struct made){.name = 0};
		if (below(2) == 0) {
			add_data(&made[i]);
		} else {
			add_rights(&made[i]);
		}
	}
}

/* A send-once right that comes home is one of a new name, which leads to the same port. */
static bool same_right(mach_port_t got, mach_port_t expected, uint32_t name)
{
	if (!MACH_PORT_VALID(expected) || name == MACH_MSG_TYPE_PORT_SEND) {
		return got == expected;
	}
	return MACH_PORT_VALID(got) && port_refs(got, MACH_PORT_RIGHT_SEND_ONCE) == 1;
}

static bool same_item(const struct msg_item *got, const struct made *expected)
{
	if (got->name != expected->name || got->number != expected->number ||
	    got->in_line != expected->in_line) {
		return false;
	}
	if (expected->name == MACH_MSG_TYPE_BYTE) {
		return memcmp(got->data, expected->data, expected->bytes) == 0;
	}
	for (uint32_t i = 0; i < expected->number; i++) {
		mach_port_t name = ((mach_port_t *)got->data)[i];

		if (!same_right(name, expected->names[i], expected->name)) {
			return false;
		}
	}
	return true;
}

static bool same_message(void)
{
	struct msg_item got;

	for (uint32_t i = 0; i < made_count; i++) {
		if (!msg_next(&msg, &got) || !same_item(&got, &made[i])) {
			return false;
		}
	}
	return !msg_next(&msg, &got);
}

void pair_random(mach_port_t to, uint32_t count)
{
	mach_port_t reply = port_make();
	uint32_t good = 0, notified = 0;

	partner = to;
	own = port_make_send();
	int refs = port_refs(partner, MACH_PORT_RIGHT_SEND);
	state = 20260101;
	for (uint32_t i = 0; i < count; i++) {
		make_message();
		bool same = msg_call(&msg, reply) == PAIR_ECHO + PAIR_ANSWER && same_message();

		good += same;
		if (!same) {
			node_note("message %u is another", i);
		}
		msg_drop(&msg);
		/* The send-once rights were given up unused. */
		while (port_next_id(own, 0) == MACH_NOTIFY_SEND_ONCE) {
			notified++;
		}
	}
	check(good == count && notified > 0, "random messages come back as they went", (int)good);
	check(port_refs(partner, MACH_PORT_RIGHT_SEND) == refs &&
		      port_refs(own, MACH_PORT_RIGHT_SEND) == 1,
	      "... and leave no right behind", port_refs(own, MACH_PORT_RIGHT_SEND));
	port_destroy(own);
	port_destroy(reply);
}
