/* The messages: their content is made from a seed, so that who gets one knows what it should be. */
#include "mesh.h"

#define ITEMS_MAX  5
#define BYTES_MAX  2000
#define REGION_MAX 9000
#define LARGE      50000
#define RIGHTS_MAX 3

static uint32_t below(struct random *random, uint32_t limit)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)((random->state >> 20) % limit);
}

uint32_t message_begin(struct random *random, uint32_t seed, uint32_t sender, uint32_t number)
{
	random->state = ((uint64_t)seed << 40) + ((uint64_t)sender << 32) + number + 1;
	random->state *= 0x9e3779b97f4a7c15;
	random->state |= 1;
	return (sender + 1 + below(random, mesh_nodes - 1)) % mesh_nodes;
}

/* An item as both ends make it. */
struct made {
	enum { DATA, SEND, ONCE } kind;
	bool in_line, deallocate;
	uint32_t bytes, fill;      /* of data */
	uint32_t rights;           /* the others */
	uint32_t disposition;      /* of send rights */
	uint32_t node[RIGHTS_MAX]; /* whose port; NODES_MAX: none; NODES_MAX + 1: the dead one */
	uint32_t port[RIGHTS_MAX];
};

static struct made make_data(struct random *random)
{
	struct made item = {.kind = DATA, .in_line = below(random, 2) == 0};

	item.deallocate = below(random, 2) == 0;
	item.bytes =
		below(random, 5) == 0 ? 0 : below(random, item.in_line ? BYTES_MAX : REGION_MAX);
	item.bytes = !item.in_line && below(random, 20) == 0 ? LARGE : item.bytes;
	item.fill = below(random, 251);
	return item;
}

static struct made make_rights(struct random *random, uint32_t sender)
{
	static const uint32_t dispositions[] = {MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MOVE_SEND,
						MACH_MSG_TYPE_MAKE_SEND};
	struct made item = {.kind = below(random, 4) == 0 ? ONCE : SEND};

	item.in_line = below(random, 2) == 0;
	item.deallocate = below(random, 2) == 0;
	item.disposition = dispositions[below(random, 3)];
	item.rights = below(random, RIGHTS_MAX + 1);
	for (uint32_t i = 0; i < item.rights; i++) {
		item.port[i] = below(random, PRIVATE);
		item.node[i] = below(random, mesh_nodes);
		if (item.kind == ONCE || item.disposition == MACH_MSG_TYPE_MAKE_SEND) {
			item.node[i] = sender;
		}
		if (below(random, 8) == 0) {
			item.node[i] = NODES_MAX + below(random, 2);
		}
	}
	return item;
}

static struct made make_item(struct random *random, uint32_t sender)
{
	return below(random, 3) == 0 ? make_rights(random, sender) : make_data(random);
}

static uint8_t content(const struct made *item, uint32_t at)
{
	return (uint8_t)(item->fill + at * 7 + (at >> 8) * 13);
}

/* --- sending */

static uint32_t item_bytes(const struct made *item)
{
	return item->kind == DATA ? item->bytes : item->rights * (uint32_t)sizeof(mach_port_t);
}

/* Memory that the message takes along, or a copy of which. */
static void *memory_for(uint32_t bytes)
{
	vm_address_t memory = 0;

	need(vm_allocate(SELF, &memory, bytes == 0 ? 1 : bytes, TRUE), "memory");
	return (void *)memory;
}

/* Adds "bytes" at "data", which are the message's if it takes memory along, else still ours. */
static void add(struct msg *out, const struct made *item, uint32_t type, uint32_t bits,
		uint32_t number, uint8_t *data)
{
	if (item->in_line) {
		msg_add(out, type, bits, number, data);
	} else {
		msg_add_out(out, type, bits, number, data, item->deallocate && number > 0);
	}
}

static mach_port_t name_to_send(const struct made *item, uint32_t i)
{
	if (item->node[i] >= NODES_MAX) {
		return item->node[i] == NODES_MAX ? MACH_PORT_NULL : MACH_PORT_DEAD;
	}
	mach_port_t name = mesh_ports[item->node[i]][item->port[i]];

	if (item->kind == SEND && item->disposition == MACH_MSG_TYPE_MAKE_SEND) {
		rights_made(item->port[i], 1);
	} else if (item->kind == SEND && item->disposition == MACH_MSG_TYPE_MOVE_SEND &&
		   mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_SEND, 1) != KERN_SUCCESS) {
		(void)mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_DEAD_NAME, 1);
	}
	return name;
}

/* Returns the memory that its content is made in. */
static uint8_t *add_item(struct msg *out, const struct made *item)
{
	uint8_t *memory = memory_for(item_bytes(item));

	if (item->kind == DATA) {
		for (uint32_t i = 0; i < item->bytes; i++) {
			memory[i] = content(item, i);
		}
		add(out, item, MACH_MSG_TYPE_BYTE, 8, item->bytes, memory);
		return memory;
	}
	for (uint32_t i = 0; i < item->rights; i++) {
		((mach_port_t *)memory)[i] = name_to_send(item, i);
	}
	add(out, item, item->kind == ONCE ? MACH_MSG_TYPE_MAKE_SEND_ONCE : item->disposition, 32,
	    item->rights, memory);
	return memory;
}

/* What the message did not take along; "unsent": nothing. */
static void give_up(const struct made *item, uint8_t *memory, bool unsent)
{
	uint32_t bytes = item_bytes(item);
	bool moves = item->kind == SEND && item->disposition == MACH_MSG_TYPE_MOVE_SEND;

	for (uint32_t i = 0; unsent && moves && i < item->rights; i++) {
		if (item->node[i] < NODES_MAX) {
			port_drop(mesh_ports[item->node[i]][item->port[i]]);
		}
	}
	if (unsent || item->in_line || !item->deallocate || bytes == 0) {
		(void)vm_deallocate(SELF, (vm_address_t)memory, bytes == 0 ? 1 : bytes);
	}
}

void message_send(struct msg *out, struct random *random, uint32_t to, uint32_t number)
{
	uint32_t items = below(random, ITEMS_MAX + 1);
	struct made made[ITEMS_MAX];
	uint8_t *memory[ITEMS_MAX];

	msg_begin(out, mesh_inboxes[to], MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, MESSAGE);
	msg_add_int(out, mesh_self);
	msg_add_int(out, number);
	for (uint32_t i = 0; i < items; i++) {
		made[i] = make_item(random, mesh_self);
		memory[i] = add_item(out, &made[i]);
	}
	bool sent = mach_msg(&out->head, MACH_SEND_MSG, out->size, 0, MACH_PORT_NULL, 0,
			     MACH_PORT_NULL) == MACH_MSG_SUCCESS;
	for (uint32_t i = 0; i < items; i++) {
		give_up(&made[i], memory[i], !sent);
	}
	mesh_state.sent[to] += sent;
	mesh_state.refused += !sent;
}

/* --- receiving */

/* A right to a port that we know has the name that we know it by. */
static void check_send(const struct made *item, uint32_t i, mach_port_t name, uint32_t doomed)
{
	uint32_t node = item->node[i], port = item->port[i];
	mach_port_t known = node < NODES_MAX    ? mesh_ports[node][port]
			    : node == NODES_MAX ? MACH_PORT_NULL
						: MACH_PORT_DEAD;

	if (name != known && (node != doomed || name != MACH_PORT_DEAD)) {
		mesh_error("a right to port %u of node%u is %u, not %u", port, node + 1, name,
			   known);
	}
	if (!MACH_PORT_VALID(name)) {
		return;
	}
	mesh_state.rights++;
	mesh_state.came_home += node == mesh_self;
	if (!rights_use(name, node, port, USES)) {
		mesh_state.refused++;
		if (node != doomed) {
			mesh_error("a right to port %u of node%u is of no use", port, node + 1);
		}
	}
	port_drop(name);
}

static void check_once(const struct made *item, uint32_t i, mach_port_t name, uint32_t doomed)
{
	if (!MACH_PORT_VALID(name)) {
		mach_port_t expected = item->node[i] == NODES_MAX ? MACH_PORT_NULL : MACH_PORT_DEAD;

		if (name != expected || (item->node[i] < NODES_MAX && item->node[i] != doomed)) {
			mesh_error("a send-once right of node%u is %u", item->node[i] + 1, name);
		}
		return;
	}
	mesh_state.rights++;
	rights_use_once(name);
}

static void check_data(const struct made *expected, const struct msg_item *got)
{
	const uint8_t *bytes = got->data;

	for (uint32_t i = 0; i < expected->bytes; i++) {
		if (bytes[i] != content(expected, i)) {
			mesh_error("byte %u of %u is %u, not %u", i, expected->bytes, bytes[i],
				   content(expected, i));
			return;
		}
	}
	mesh_state.bytes += expected->bytes;
}

static bool check_item(const struct made *expected, const struct msg_item *got, uint32_t doomed)
{
	uint32_t type = expected->kind == DATA   ? MACH_MSG_TYPE_BYTE
			: expected->kind == SEND ? MACH_MSG_TYPE_PORT_SEND
						 : MACH_MSG_TYPE_PORT_SEND_ONCE;
	uint32_t number = expected->kind == DATA ? expected->bytes : expected->rights;

	if (got->name != type || got->number != number || got->in_line != expected->in_line) {
		mesh_error("an item of type %u and %u elements, not %u and %u", got->name,
			   got->number, type, number);
		return false;
	}
	if (expected->kind == DATA) {
		check_data(expected, got);
	}
	for (uint32_t i = 0; expected->kind != DATA && i < number; i++) {
		mach_port_t name = ((mach_port_t *)got->data)[i];

		if (expected->kind == SEND) {
			check_send(expected, i, name, doomed);
		} else {
			check_once(expected, i, name, doomed);
		}
	}
	if (!got->in_line && got->bytes != 0) {
		mesh_state.regions++;
		need(vm_deallocate(SELF, (vm_address_t)got->data, got->bytes), "memory");
	}
	return true;
}

void message_check(struct msg *in, struct random *random, uint32_t sender, uint32_t doomed)
{
	uint32_t items = below(random, ITEMS_MAX + 1);
	struct msg_item got;

	for (uint32_t i = 0; i < items; i++) {
		struct made expected = make_item(random, sender);

		if (!msg_next(in, &got) || !check_item(&expected, &got, doomed)) {
			mesh_error("item %u of %u is not there", i, items);
			return;
		}
	}
	if (msg_next(in, &got)) {
		mesh_error("there are more than %u items", items);
	}
}
