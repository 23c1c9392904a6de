/* Everybody's ports: who has which rights to them, and their uses. */
#include "mesh.h"

#include <gen/acs.h>
#include <gen/gns.h>
#include <masix/gns.h>
#include <masix/acs.h>
#include <pthread.h>

mach_port_t mesh_inbox;
mach_port_t mesh_services[NODES_MAX];
mach_port_t mesh_inboxes[NODES_MAX];
mach_port_t mesh_ports[NODES_MAX][PORTS];

static mach_port_t set;
static uint32_t used[NODES_MAX][PORTS]; /* by us: the number of the next use */
static uint32_t uses[NODES_MAX][PORTS]; /* of ours, by whom */
static uint32_t made[PORTS], gone[PORTS], gone_count[PORTS];
static mach_port_t notes[PORTS]; /* where each is told that it has no senders */

/* Ports that moved to us. */
static struct guest {
	mach_port_t port, notes;
	uint32_t home, index; /* whose it was, and which */
	uint32_t uses[NODES_MAX];
	bool gone;
} guests[PORTS];
static uint32_t guest_count;
static bool moved[PORTS]; /* of ours: away */
static mach_port_t gns;

/* --- our own ports */

static uint32_t port_index(mach_port_t port)
{
	uint32_t index = 0;

	while (index < PORTS && mesh_ports[mesh_self][index] != port) {
		index++;
	}
	return index;
}

static struct guest *find_guest(mach_port_t port)
{
	for (uint32_t i = 0; i < guest_count; i++) {
		if (guests[i].port == port || guests[i].notes == port) {
			return &guests[i];
		}
	}
	return NULL;
}

static void take_guest_use(struct guest *guest, struct msg *msg)
{
	uint32_t by = msg_int(msg), number = msg_int(msg);

	if (by >= mesh_nodes || number != guest->uses[by]++) {
		mesh_error("use %u of port %u of node%u by node%u, after %u", number, guest->index,
			   guest->home + 1, by + 1, guest->uses[by % NODES_MAX] - 1);
	} else {
		mesh_state.moved_uses++;
	}
}

static void take_use(struct msg *msg)
{
	uint32_t port = port_index(msg->head.msgh_local_port);
	uint32_t by = msg_int(msg), number = msg_int(msg);

	if (port >= PORTS || by >= mesh_nodes) {
		mesh_error("a use of port %u by %u", port, by);
	} else if (msg->head.msgh_id == USE_ONCE) {
		mesh_state.once_uses++;
	} else if (number != uses[by][port]++) {
		mesh_error("use %u of port %u by node%u, after %u", number, port, by + 1,
			   uses[by][port] - 1);
	} else {
		mesh_state.uses[by]++;
	}
}

static void take_no_senders(struct msg *msg)
{
	struct guest *guest = find_guest(msg->head.msgh_local_port);

	for (uint32_t i = 0; i < PORTS; i++) {
		if (notes[i] == msg->head.msgh_local_port) {
			gone_count[i] = msg_int(msg);
			gone[i]++;
		}
	}
	if (guest != NULL) {
		guest->gone = true;
	}
}

static void *take_uses(void *argument)
{
	static struct msg msg;

	(void)argument;
	for (;;) {
		need(mach_msg(&msg.head, MACH_RCV_MSG, 0, sizeof msg.head + sizeof msg.body, set, 0,
			      MACH_PORT_NULL),
		     "receive");
		msg.read = sizeof msg.head;
		struct guest *guest = find_guest(msg.head.msgh_local_port);

		if (msg.head.msgh_id == MACH_NOTIFY_NO_SENDERS) {
			take_no_senders(&msg);
		} else if (guest != NULL && msg.head.msgh_id == USE) {
			take_guest_use(guest, &msg);
		} else if (msg.head.msgh_id != MACH_NOTIFY_SEND_ONCE) {
			take_use(&msg);
		}
		msg_drop(&msg);
	}
	return NULL;
}

static void make_port(uint32_t i)
{
	mach_port_t port = port_make();

	mesh_ports[mesh_self][i] = port;
	moved[i] = false;
	(void)mach_port_set_qlimit(SELF, port, MACH_PORT_QLIMIT_MAX);
	need(mach_port_move_member(SELF, port, set), "a member");
}

void rights_start(void)
{
	pthread_t thread;

	need(mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set), "set");
	need(acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns), "gns");
	mesh_inbox = port_make();
	(void)mach_port_set_qlimit(SELF, mesh_inbox, MACH_PORT_QLIMIT_MAX);
	for (uint32_t i = 0; i < PORTS; i++) {
		make_port(i);
		notes[i] = port_make();
		need(mach_port_move_member(SELF, notes[i], set), "a member");
	}
	(void)pthread_create(&thread, NULL, take_uses, NULL);
}

void rights_made(uint32_t port, uint32_t count)
{
	__atomic_add_fetch(&made[port], count, __ATOMIC_RELAXED);
}

void rights_add_source(struct msg *out, uint32_t port)
{
	msg_add_int(out, gone[port % PORTS]);
	msg_add_int(out, gone_count[port % PORTS]);
	msg_add_int(out, made[port % PORTS]);
}

void rights_add_ports(struct msg *out, uint32_t node)
{
	uint32_t next = (mesh_self + 1) % mesh_nodes;

	msg_add_port(out, mesh_inbox, MACH_MSG_TYPE_MAKE_SEND);
	for (uint32_t i = 0; i < PORTS; i++) {
		if (i == PRIVATE && node != next) {
			msg_add_port(out, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
			continue;
		}
		msg_add_port(out, mesh_ports[mesh_self][i], MACH_MSG_TYPE_MAKE_SEND);
		rights_made(i, 1);
	}
}

/* --- those of the others */

static mach_port_t next_right(struct msg *msg)
{
	struct msg_item item;

	return msg_next(msg, &item) && item.name == MACH_MSG_TYPE_PORT_SEND && item.number == 1
		       ? *(mach_port_t *)item.data
		       : MACH_PORT_DEAD;
}

static void meet_one(uint32_t node, mach_port_t reply)
{
	static struct msg msg;

	msg_begin(&msg, mesh_services[node], MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, ASK_PORTS);
	msg_add_int(&msg, mesh_self);
	if (msg_call(&msg, reply) != ASK_PORTS + ANSWER) {
		mesh_error("node%u does not give its ports", node + 1);
		return;
	}
	mesh_inboxes[node] = next_right(&msg);
	for (uint32_t i = 0; i < PORTS; i++) {
		mesh_ports[node][i] = next_right(&msg);
	}
}

void rights_reset(void)
{
	memset(used, 0, sizeof used);
	memset(uses, 0, sizeof uses);
	for (uint32_t i = 0; i < PORTS; i++) {
		gone[i] = 0;
		need(mach_port_set_mscount(SELF, mesh_ports[mesh_self][i], 0), "a count");
		made[i] = 1;
		/* A right of our own, to give copies of. */
		need(mach_port_insert_right(SELF, mesh_ports[mesh_self][i],
					    mesh_ports[mesh_self][i], MACH_MSG_TYPE_MAKE_SEND),
		     "a send right");
		port_notify(mesh_ports[mesh_self][i], MACH_NOTIFY_NO_SENDERS, notes[i]);
	}
	need(mach_port_insert_right(SELF, mesh_inbox, mesh_inbox, MACH_MSG_TYPE_MAKE_SEND),
	     "inbox");
	mesh_inboxes[mesh_self] = mesh_inbox;
}

void rights_meet(void)
{
	mach_port_t reply = port_make();

	for (uint32_t node = 0; node < mesh_nodes; node++) {
		if (node != mesh_self) {
			meet_one(node, reply);
		}
	}
	port_destroy(reply);
}

/* --- ports that move */

void rights_move(void)
{
	static struct msg msg;
	mach_port_t reply = port_make();

	for (uint32_t i = 0; i < PRIVATE; i++) {
		msg_begin(&msg, mesh_services[(mesh_self + 1) % mesh_nodes],
			  MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, ASK_TAKE);
		msg_add_int(&msg, mesh_self);
		msg_add_int(&msg, i);
		for (uint32_t by = 0; by < NODES_MAX; by++) {
			msg_add_int(&msg, uses[by][i]);
		}
		msg_add_port(&msg, mesh_ports[mesh_self][i], MACH_MSG_TYPE_MOVE_RECEIVE);
		moved[i] = true;
		if (msg_call(&msg, reply) != ASK_TAKE + ANSWER || msg_int(&msg) != 1) {
			mesh_error("the receive right of port %u did not arrive", i);
		}
	}
	port_destroy(reply);
}

void rights_take(struct msg *in)
{
	struct guest *guest = &guests[guest_count];

	guest->gone = false;
	guest->home = msg_int(in);
	guest->index = msg_int(in);
	for (uint32_t by = 0; by < NODES_MAX; by++) {
		guest->uses[by] = msg_int(in);
	}
	guest->port = msg_port(in, MACH_MSG_TYPE_PORT_RECEIVE);
	if (!MACH_PORT_VALID(guest->port)) {
		mesh_error("no receive right of port %u of node%u", guest->index, guest->home + 1);
		return;
	}
	guest->notes = port_make();
	guest_count++;
	(void)mach_port_set_qlimit(SELF, guest->port, MACH_PORT_QLIMIT_MAX);
	port_notify(guest->port, MACH_NOTIFY_NO_SENDERS, guest->notes);
	need(mach_port_move_member(SELF, guest->notes, set), "a member");
	need(mach_port_move_member(SELF, guest->port, set), "a member");
}

void rights_use_moved(uint32_t times)
{
	for (uint32_t node = 0; node < mesh_nodes; node++) {
		for (uint32_t i = 0; i < PRIVATE; i++) {
			uint32_t before = mesh_state.used[node];

			if (!rights_use(mesh_ports[node][i], node, i, times)) {
				mesh_error("port %u of node%u is of no use when it has moved", i,
					   node + 1);
			}
			mesh_state.moved_used += mesh_state.used[node] - before;
			mesh_state.used[node] = before;
		}
	}
}

uint32_t rights_guests_gone(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < guest_count; i++) {
		count += guests[i].gone;
	}
	return count;
}

void rights_guests_end(void)
{
	for (uint32_t i = 0; i < guest_count; i++) {
		port_destroy(guests[i].port);
		port_destroy(guests[i].notes);
	}
	guest_count = 0;
	for (uint32_t i = 0; i < PORTS; i++) {
		if (moved[i]) {
			make_port(i);
		}
	}
}

/* --- the end of it */

static void drop(mach_port_t *name, bool ours)
{
	if (MACH_PORT_VALID(*name)) {
		port_drop(*name);
	}
	*name = ours ? *name : MACH_PORT_NULL;
}

void rights_drop(void)
{
	for (uint32_t node = 0; node < mesh_nodes; node++) {
		for (uint32_t i = 0; i < PORTS; i++) {
			drop(&mesh_ports[node][i], node == mesh_self);
		}
		drop(&mesh_inboxes[node], false);
	}
}

bool rights_use(mach_port_t name, uint32_t node, uint32_t port, uint32_t times)
{
	const mach_msg_type_t type = {.msgt_name = MACH_MSG_TYPE_INTEGER_32,
				      .msgt_size = 32,
				      .msgt_number = 1,
				      .msgt_inline = 1};

	for (uint32_t i = 0; i < times; i++) {
		struct {
			mach_msg_header_t head;
			mach_msg_type_t by_type;
			uint32_t by;
			mach_msg_type_t number_type;
			uint32_t number;
		} use = {.head = {.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
				  .msgh_remote_port = name,
				  .msgh_id = USE},
			 .by_type = type,
			 .by = mesh_self,
			 .number_type = type,
			 .number = used[node][port]};

		if (mach_msg(&use.head, MACH_SEND_MSG, sizeof use, 0, MACH_PORT_NULL, 0,
			     MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
			return false;
		}
		used[node][port]++;
		mesh_state.used[node]++;
	}
	return true;
}

void rights_use_once(mach_port_t name)
{
	static struct msg msg;

	msg_begin(&msg, name, MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0, USE_ONCE);
	msg_add_int(&msg, mesh_self);
	msg_add_int(&msg, 0);
	if (msg_send(&msg, WAIT_MS) == MACH_MSG_SUCCESS) {
		mesh_state.once_used++;
	} else {
		port_drop(name);
		mesh_state.refused++;
	}
}

/* --- tables */

struct tables rights_tables(void)
{
	struct tables tables = {.names = (uint32_t)node_measure().names};
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	need(gns_get_peers(gns, &list, &bytes), "gns_get_peers");
	for (uint32_t i = 0; i < bytes / sizeof(struct gns_peer); i++) {
		const struct gns_peer *peer = (const struct gns_peer *)list + i;
		uint32_t place = (peer->number - 1) % NODES_MAX;

		tables.peers[place].exports = peer->exports;
		tables.peers[place].references = peer->references;
		tables.peers[place].proxies = peer->proxies;
		tables.peers[place].streams = peer->streams;
	}
	(void)vm_deallocate(SELF, list, bytes);
	return tables;
}
