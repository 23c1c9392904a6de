/* A simulated node's network server: see rights.h, and servers/gns for the real one. */
#include "rights.h"

#include <stdlib.h>
#include <string.h>

#define INTRODUCTIONS  1u /* an export that the protocol reserves; nothing else comes to it here */
#define BODY_BYTES_MAX 4096

struct outgoing {
	struct wire_message wire;
	struct outbox *box;
	uint32_t record; /* of a message; 0: none */
	struct wire_descriptor descriptors[K_RIGHTS];
	int carried[K_RIGHTS]; /* names of send rights that are kept until it is SENT */
	uint8_t data[];
};

static void drain(struct sim_node *node);
static void serve(struct sim_node *node, int port, bool always);
static void work(struct sim_node *node, struct inbox *box);
static void put_delayed(struct sim_node *node, int port);
static void take_resolved(struct sim_node *node, struct arrived *arrived, int i);

/* Whether messages can go there; the association may end before its DOWN is told. */
bool server_reaches(const struct sim_node *node, uint32_t peer)
{
	return node->app->links[peer].up && node->wire.peers[peer].up &&
	       !node->wire.peers[peer].ending;
}

/* --- streams */

static struct outbox *outbox_of(struct sim_node *node, uint32_t peer, uint32_t export_id,
				uint32_t generation)
{
	struct link *link = &node->app->links[peer];
	struct outbox *box = link->outboxes;
	while (box != NULL && (box->export_id != export_id || box->generation != generation)) {
		box = box->next;
	}
	if (box == NULL) {
		box = calloc(1, sizeof *box);
		box->export_id = export_id;
		box->generation = generation;
		box->next = link->outboxes;
		box->handle = wire_open_stream(&node->wire, peer, export_id, generation,
					       export_id == WIRE_EXPORT_GNS ? WIRE_LANE_CONTROL
									    : WIRE_LANE_NORMAL);
		link->outboxes = box;
		SIM_CHECK(box->handle >= 0, "node %u cannot open a stream", node->number);
	}
	return box;
}

/* Streams to what is no proxy any more are closed when their last message has arrived. */
static void close_outboxes(struct sim_node *node, uint32_t peer)
{
	struct link *link = &node->app->links[peer];
	struct outbox **place = &link->outboxes;
	while (*place != NULL) {
		struct outbox *box = *place;
		const struct wire_proxy *proxy = &link->proxies[box->export_id % R_EXPORTS];
		bool needed =
			box->export_id < WIRE_EXPORT_FIRST || box->waiting > 0 ||
			(proxy->generation == box->generation && proxy->state != WIRE_PROXY_NONE);
		if (needed) {
			place = &box->next;
			continue;
		}
		*place = box->next;
		wire_close_stream(&node->wire, peer, (uint32_t)box->handle);
		free(box);
	}
}

static void send(struct sim_node *node, uint32_t peer, struct outgoing *item)
{
	item->wire.data = item->data;
	item->wire.context = (uintptr_t)item;
	item->wire.must = true;
	item->box->waiting++;
	if (!wire_send(&node->wire, peer, (uint32_t)item->box->handle, &item->wire)) {
		sim_fail("node %u cannot send on its stream", node->number);
	}
}

static void say(struct sim_node *node, const struct wire_ports_effect *e)
{
	if (!server_reaches(node, e->peer)) {
		return;
	}
	struct outgoing *item = calloc(1, sizeof *item + e->bytes);
	item->box = outbox_of(node, e->peer, e->export_id, e->generation);
	item->wire.kind = e->item;
	item->wire.bytes = e->bytes;
	memcpy(item->data, e->body, e->bytes);
	sim_saw[SIM_SAW_PROVIDE + e->item - WIRE_KIND_PROVIDE]++;
	send(node, e->peer, item);
}

static void drop_right(struct sim_node *node, int name)
{
	struct kernel *k = node->app->k;
	int kind = k_kind(k, K_SERVER, name);
	/* Its name may be dead meanwhile. */
	k_modify(k, K_SERVER, name,
		 kind & K_IS_DEAD   ? K_IS_DEAD
		 : kind & K_IS_SEND ? K_IS_SEND
				    : K_IS_SEND_ONCE,
		 -1);
}

static void take_back(struct sim_node *node, const struct wire_effect *effect)
{
	struct outgoing *item = (void *)(uintptr_t)effect->message->context;
	bool unsent = effect->kind == WIRE_EFFECT_FAILED && !item->wire.begun;
	item->box->waiting--;
	for (int i = 0; item->record != 0 && i < K_RIGHTS; i++) {
		if (unsent) {
			wire_ports_take_back(&node->app->ports, effect->peer,
					     &item->descriptors[i]);
			drain(node);
		}
		if (item->carried[i] != 0) {
			wire_ports_arrived(&node->app->ports, effect->peer, &item->descriptors[i]);
			drain(node);
			drop_right(node, item->carried[i]);
		}
	}
	if (item->record != 0 && effect->kind == WIRE_EFFECT_FAILED) {
		truth_lost(item->record);
	}
	node->app->links[effect->peer].dirty = true;
	free(item);
}

/* --- what the tables want */

static void resolved(struct sim_node *node, uint32_t pickup)
{
	for (struct inbox *box = node->app->inboxes; box != NULL; box = box->next) {
		for (struct arrived *each = box->first; each != NULL; each = each->next) {
			for (int i = 0; each->message != NULL && i < K_RIGHTS; i++) {
				if (each->pickups[i] == pickup) {
					take_resolved(node, each, i);
					work(node, box);
					return;
				}
			}
		}
	}
	sim_fail("node %u: nobody waits for a right", node->number);
}

static void become_proxy(struct sim_node *node, int name)
{
	struct kernel *k = node->app->k;
	struct k_port *port = k_port(k, k_port_of(k, K_SERVER, name));
	port->served = true;
	port->real = false;
	k_watch_senders(k, K_SERVER, name, 0, true);
}

static void mark(struct sim_node *node, int name)
{
	struct kernel *k = node->app->k;
	struct k_port *port = k_port(k, k_port_of(k, K_SERVER, name));
	port->mark = port->queued;
	if (port->mark == 0) {
		wire_ports_marked(&node->app->ports, (uint32_t)name);
	}
}

static void carry_out(struct sim_node *node, const struct wire_ports_effect *e)
{
	struct sim_app *app = node->app;
	struct k_right right;
	int name = (int)e->port;
	switch (e->kind) {
	case WIRE_PORTS_SEND:
		say(node, e);
		break;
	case WIRE_PORTS_OPEN:
		app->links[e->peer].dirty = true;
		SIM_CHECK(!server_reaches(node, e->peer) ||
				  wire_open_export(&node->wire, e->peer, e->export_id,
						   e->generation, R_WINDOW),
			  "node %u cannot open an export", node->number);
		break;
	case WIRE_PORTS_CLOSE:
		app->links[e->peer].dirty = true;
		if (app->links[e->peer].up) {
			wire_close_export(&node->wire, e->peer, e->export_id);
		}
		break;
	case WIRE_PORTS_COPY:
		if (k_kind(app->k, K_SERVER, name) & K_IS_DEAD) {
			k_modify(app->k, K_SERVER, name, K_IS_DEAD, 1);
		} else {
			k_modify(app->k, K_SERVER, name, K_IS_SEND, 1);
		}
		break;
	case WIRE_PORTS_MAKE:
		if (k_take(app->k, K_SERVER, name, K_MAKE_SEND, &right)) {
			(void)k_put(app->k, K_SERVER, right);
		} else {
			sim_fail("node %u has not got a receive right", node->number);
		}
		k_watch_name(app->k, K_SERVER, name);
		break;
	case WIRE_PORTS_DROP:
		drop_right(node, name);
		break;
	case WIRE_PORTS_DESTROY:
		k_modify(app->k, K_SERVER, name, K_IS_RECEIVE, -1);
		break;
	case WIRE_PORTS_CONNECT:
		wire_connect(&node->wire, e->peer);
		break;
	case WIRE_PORTS_RESOLVED:
		resolved(node, e->pickup);
		break;
	case WIRE_PORTS_SERVE:
		become_proxy(node, name);
		break;
	case WIRE_PORTS_MARK:
		mark(node, name);
		break;
	case WIRE_PORTS_WATCH:
		k_watch_senders(app->k, K_SERVER, name, 0, true);
		break;
	}
}

/* Whether there is one that was not seen yet. */
static bool look_for_refusals(struct sim_node *node)
{
	struct sim_app *app = node->app;
	bool found = app->ports.refused != app->refused;
	if (found) {
		sim_saw[SIM_SAW_REFUSED] += app->ports.refused - app->refused;
		app->refused = app->ports.refused;
		truth_refused();
	}
	return found;
}

static void drain(struct sim_node *node)
{
	(void)look_for_refusals(node);
	struct wire_ports_effect effect;
	while (!sim_failed && wire_ports_effect(&node->app->ports, &effect)) {
		carry_out(node, &effect);
	}
	SIM_CHECK(node->app->ports.violations == 0, "node %u: somebody breaks the protocol",
		  node->number);
}

/* --- giving */

static void give_receive(struct sim_node *node, uint32_t peer, struct outgoing *item, int i,
			 int name)
{
	struct kernel *k = node->app->k;
	int number = k_port_of(k, K_SERVER, name);
	struct k_port *port = k_port(k, number);
	struct wire_port_state state = {.queue_limit = port->limit,
					.once_rights = k_onces(k, number),
					.senders = k_senders(k, number) > 0};
	truth_of(port->uid)->moved = true;
	put_delayed(node, number); /* they were sent before it left */
	if (wire_ports_give_receive(&node->app->ports, peer, (uint32_t)name, &state,
				    &item->descriptors[i]) == WIRE_GIVEN_REFUSED) {
		k_modify(k, K_SERVER, name, K_IS_RECEIVE, -1);
	}
}

/* What is in a proxy's queue was sent before a right to it that goes to a third node. */
static void send_before(struct sim_node *node, uint32_t peer, struct k_right right)
{
	uint32_t export_id, generation;
	int name;
	if (right.type == K_SEND && k_receiver(node->app->k, right.port, &name) == K_SERVER &&
	    wire_ports_find_proxy(&node->app->ports, (uint32_t)name, &export_id, &generation) !=
		    peer) {
		serve(node, right.port, true);
	}
}

static void give_right(struct sim_node *node, uint32_t peer, struct outgoing *item, int i,
		       struct k_right right)
{
	struct sim_app *app = node->app;
	uint8_t token[WIRE_TOKEN_BYTES];
	uint32_t export_id, generation;
	int receiver_name, name = k_put(app->k, K_SERVER, right);
	uint32_t given = (uint32_t)name;
	item->descriptors[i] = (struct wire_descriptor){.right = WIRE_RIGHT_SEND};
	if (name == 0) {
		return;
	}
	if (right.type == K_RECEIVE) {
		give_receive(node, peer, item, i, name);
		return;
	}
	if (right.type == K_SEND_ONCE &&
	    k_receiver(app->k, right.port, &receiver_name) == K_SERVER) {
		/* It is given as its proxy, if that is for a send-once right. */
		uint32_t owner = wire_ports_find_proxy(&app->ports, (uint32_t)receiver_name,
						       &export_id, &generation);
		if (owner != WIRE_EXPORT_NONE &&
		    app->links[owner].proxies[export_id].right == WIRE_RIGHT_SEND_ONCE) {
			given = (uint32_t)receiver_name;
		}
	}
	for (uint32_t b = 0; b < sizeof token; b++) {
		token[b] = (uint8_t)sim_random();
	}
	uint32_t uid = k_port(app->k, right.port)->uid;
	send_before(node, peer, right);
	switch (wire_ports_give(&app->ports, peer, given,
				right.type == K_SEND ? WIRE_RIGHT_SEND : WIRE_RIGHT_SEND_ONCE,
				token, &item->descriptors[i])) {
	case WIRE_GIVEN_KEPT:
		drain(node);
		if (given != (uint32_t)name) {
			drop_right(node, name);
		} else if ((k_kind(app->k, K_SERVER, name) & K_IS_DEAD) == 0) {
			k_watch_name(app->k, K_SERVER, name);
		}
		break;
	case WIRE_GIVEN_CARRIED:
		item->carried[i] = name;
		break;
	case WIRE_GIVEN_REFUSED:
		truth_taint(uid);
		/* fall through */
	case WIRE_GIVEN_SPARE:
		drop_right(node, name);
		break;
	}
}

/* A message with its rights, as it goes to a peer. */
static struct outgoing *build(struct sim_node *node, uint32_t peer, struct k_message *message)
{
	uint32_t padding = sim_chance(50) ? sim_below(3000) : sim_below(60);
	struct outgoing *item = calloc(1, sizeof *item + BODY_BYTES_MAX);
	item->wire.kind = WIRE_KIND_MESSAGE;
	item->record = truth_message(node, peer, message);
	for (int i = 0; i < K_RIGHTS; i++) {
		give_right(node, peer, item, i, message->rights[i]);
		drain(node);
	}
	struct wire_writer writer = wire_writer(item->data, BODY_BYTES_MAX);
	wire_write_u32(&writer, item->record);
	for (int i = 0; i < K_RIGHTS; i++) {
		wire_encode_descriptor(&writer, &item->descriptors[i]);
	}
	item->wire.bytes = (uint32_t)(BODY_BYTES_MAX - writer.left) + padding;
	free(message);
	return item;
}

bool server_may_introduce(struct sim_node *node, uint32_t peer)
{
	return server_reaches(node, peer) &&
	       outbox_of(node, peer, INTRODUCTIONS, 0)->waiting < R_WINDOW;
}

void server_introduce(struct sim_node *node, uint32_t peer, struct k_message *message)
{
	struct outgoing *item = build(node, peer, message);
	item->box = outbox_of(node, peer, INTRODUCTIONS, 0);
	send(node, peer, item);
}

/* The first message in a proxy's queue goes on; false: it stays where it is. */
static bool forward(struct sim_node *node, int number, bool always)
{
	struct sim_app *app = node->app;
	uint32_t export_id, generation;
	int name;
	if (k_receiver(app->k, number, &name) != K_SERVER) {
		return false;
	}
	uint32_t peer = wire_ports_find_proxy(&app->ports, (uint32_t)name, &export_id, &generation);
	if (peer == WIRE_EXPORT_NONE || !server_reaches(node, peer)) {
		return false;
	}
	struct k_port *port = k_port(app->k, number);
	bool once = app->links[peer].proxies[export_id].right == WIRE_RIGHT_SEND_ONCE;
	struct outbox *box = outbox_of(node, peer, export_id, generation);
	if (!always && box->waiting >= R_WINDOW) {
		return false;
	}
	if (port->sending) {
		/* A message from its queue has a right to a port with a message that has one to it:
		   which was first is not known. */
		truth_of(port->uid)->hasty = true;
		return false;
	}
	struct k_message *message = k_get(app->k, number);
	bool by_once = message->dest.type == K_SEND_ONCE;
	if (once && message->id == K_ONCE_DIED) {
		free(message);
		wire_ports_once_used(&app->ports, (uint32_t)name, true);
		drain(node);
		return true;
	}
	port->sending = true;
	struct outgoing *item = build(node, peer, message);
	port->sending = false;
	item->box = box;
	sim_saw[SIM_SAW_RELAYED] += !once && port->mark > 0;
	send(node, peer, item);
	if (port->mark > 0 && --port->mark == 0) {
		wire_ports_marked(&app->ports, (uint32_t)name);
	}
	if (by_once) {
		wire_ports_once_used(&app->ports, (uint32_t)name, false);
	}
	drain(node);
	return true;
}

static void serve(struct sim_node *node, int number, bool always)
{
	struct k_port *port = k_port(node->app->k, number);
	while (!sim_failed && port->served && port->first != NULL &&
	       forward(node, number, always)) {
	}
}

/* --- taking */

static struct inbox *inbox_of(struct sim_node *node, uint32_t peer, uint32_t export_id,
			      uint32_t generation, uint64_t serial)
{
	struct inbox *box = node->app->inboxes;
	while (box != NULL && (box->peer != peer || box->export_id != export_id ||
			       box->generation != generation || box->serial != serial)) {
		box = box->next;
	}
	if (box == NULL) {
		box = calloc(1, sizeof *box);
		*box = (struct inbox){.next = node->app->inboxes,
				      .peer = peer,
				      .export_id = export_id,
				      .generation = generation,
				      .serial = serial};
		node->app->inboxes = box;
	}
	return box;
}

/* Stops what programs put into a proxy's queue, and sends on what is there. */
static void stop(struct sim_node *node, uint32_t pickup, int name)
{
	struct sim_app *app = node->app;
	struct k_port *port = k_port(app->k, k_port_of(app->k, K_SERVER, name));
	serve(node, k_port_of(app->k, K_SERVER, name), true);
	port->served = false;
	port->coming = true;
	wire_ports_stopped(&app->ports, pickup, (uint32_t)name);
}

static void begin_move(struct sim_node *node, uint32_t pickup, int name, uint32_t uid)
{
	struct sim_app *app = node->app;
	if (name == 0) {
		name = k_allocate(app->k, K_SERVER, uid, sim_key());
		SIM_CHECK(name != 0, "node %u has no room for a port", node->number);
		k_port(app->k, k_port_of(app->k, K_SERVER, name))->limit = 0;
		stop(node, pickup, name);
		return;
	}
	struct k_port *port = k_port(app->k, k_port_of(app->k, K_SERVER, name));
	SIM_CHECK(port->uid == uid, "node %u: a port arrives as another", node->number);
	port->limit = 0;
	if (sim_chance(500)) {
		stop(node, pickup, name);
		return;
	}
	for (int i = 0; i < R_TOKENS; i++) {
		if (!app->stopping[i].used) {
			app->stopping[i] = (struct stopping){true, pickup, (uint32_t)name};
			return;
		}
	}
}

/* The port is a program's now. */
static struct k_right hand_out(struct sim_node *node, uint32_t pickup, int name, uint32_t uid)
{
	struct sim_app *app = node->app;
	struct k_right right;
	int number = k_port_of(app->k, K_SERVER, name);
	struct k_port *port = k_port(app->k, number);
	const struct wire_port_state *state = wire_ports_moved_state(&app->ports, pickup);
	sim_saw[SIM_SAW_ARRIVED_PORT]++;
	port->served = port->coming = false;
	port->limit = state->queue_limit;
	port->real = true;
	truth_of(uid)->alive = true;
	k_watch_senders(app->k, K_SERVER, name, 0, false);
	if (!k_take(app->k, K_SERVER, name, K_RECEIVE, &right)) {
		sim_fail("node %u has not got a receive right", node->number);
	}
	SIM_CHECK(port->uid == uid, "node %u: a receive right is another's", node->number);
	truth_check_owner(uid);
	return right;
}

/* A right of ours goes into a message; its port may have died without our having heard. */
static struct k_right use_right(struct sim_node *node, int name, bool once)
{
	struct k_right right;
	if (!k_take(node->app->k, K_SERVER, name, once ? K_SEND_ONCE : K_COPY_SEND, &right) &&
	    once) {
		drop_right(node, name);
	}
	return right;
}

/* What the tables answered becomes a right. */
static struct k_right make_right(struct sim_node *node, enum wire_taken_right taken, int name,
				 uint32_t owner, uint32_t export_id,
				 const struct wire_descriptor *d, uint32_t uid)
{
	struct sim_app *app = node->app;
	struct k_right right = {0, -1};
	bool once = d->right == WIRE_RIGHT_SEND_ONCE;
	switch (taken) {
	case WIRE_TAKEN_DEAD:
		if (look_for_refusals(node) ||
		    ((d->where == WIRE_WHERE_THIRD || d->right == WIRE_RIGHT_RECEIVE) &&
		     truth_may_be_late())) {
			truth_taint(uid);
		}
		SIM_CHECK(d->where == WIRE_WHERE_NOWHERE || truth_of(uid)->tainted ||
				  !truth_of(uid)->alive,
			  "node %u: a right (kind %u, where %u, export %u) arrives dead, but its "
			  "port %u lives",
			  node->number, d->right, d->where, d->export_id, uid);
		return right;
	case WIRE_TAKEN_LOCAL:
		sim_saw[SIM_SAW_HOME]++;
		right = use_right(node, name, once);
		break;
	case WIRE_TAKEN_NEW_PROXY:
		name = k_allocate(app->k, K_SERVER, uid, sim_key());
		SIM_CHECK(name != 0, "node %u has no room for a proxy", node->number);
		wire_ports_set_proxy(&app->ports, owner, export_id, (uint32_t)name);
		k_port(app->k, k_port_of(app->k, K_SERVER, name))->served = true;
		app->links[owner].dirty = true;
		for (int p = 0; p < k_ports(app->k) && !once && !truth_of(uid)->moved; p++) {
			const struct k_port *other = k_port(app->k, p);
			int at;
			SIM_CHECK(!k_alive(app->k, p) || other->uid != uid || !other->served ||
					  k_port_of(app->k, K_SERVER, name) == p ||
					  k_receiver(app->k, p, &at) != K_SERVER ||
					  !server_is_send_proxy(node, at),
				  "node %u has two names for one port", node->number);
		}
		break;
	default:
		break;
	}
	if (taken != WIRE_TAKEN_LOCAL) {
		(void)k_take(app->k, K_SERVER, name, once ? K_MAKE_SEND_ONCE : K_MAKE_SEND, &right);
		if (taken == WIRE_TAKEN_NEW_PROXY && !once) {
			k_watch_senders(app->k, K_SERVER, name, 1, true);
		}
	}
	SIM_CHECK(right.type == 0 || k_port(app->k, right.port)->uid == uid,
		  "node %u: a right is another's", node->number);
	return right;
}

static void take_right(struct sim_node *node, struct inbox *box, struct arrived *arrived, int i)
{
	struct sim_app *app = node->app;
	struct wire_descriptor *d = &arrived->descriptors[i];
	uint32_t port = 0, owner = 0, export_id = 0, pickup = WIRE_EXPORT_NONE;
	uint32_t uid = truth_message_of(arrived->record)->uids[i];
	enum wire_taken_right taken =
		wire_ports_take(&app->ports, box->peer, d, &port, &owner, &export_id, &pickup);
	if (taken == WIRE_TAKEN_PENDING || taken == WIRE_TAKEN_MOVING) {
		arrived->pickups[i] = pickup;
		if (taken == WIRE_TAKEN_MOVING) {
			begin_move(node, pickup, (int)port, uid);
		}
		return;
	}
	if (d->where == WIRE_WHERE_YOURS) {
		arrived->message->giving[i].uid = 0; /* it does not wait for the port's stream */
	}
	arrived->message->rights[i] = make_right(node, taken, (int)port, owner, export_id, d, uid);
}

static void take_resolved(struct sim_node *node, struct arrived *arrived, int i)
{
	struct sim_app *app = node->app;
	uint32_t port = 0, owner = 0, export_id = 0, pickup = arrived->pickups[i];
	uint32_t uid = truth_message_of(arrived->record)->uids[i];
	struct wire_descriptor *d = &arrived->descriptors[i];
	bool whole = app->pickups[pickup].ended;
	enum wire_taken_right taken =
		wire_ports_resolve(&app->ports, pickup, &port, &owner, &export_id);
	truth_of(uid)->hasty |= taken == WIRE_TAKEN_RECEIVE && !whole;
	arrived->pickups[i] = WIRE_EXPORT_NONE;
	for (int s = 0; s < R_TOKENS; s++) {
		app->stopping[s].used &= app->stopping[s].pickup != pickup;
	}
	arrived->message->rights[i] =
		taken == WIRE_TAKEN_RECEIVE
			? hand_out(node, pickup, (int)port, uid)
			: make_right(node, taken, (int)port, owner, export_id, d, uid);
}

/* A message's destination and rights. */
static void open_message(struct sim_node *node, struct inbox *box, struct arrived *arrived)
{
	struct sim_app *app = node->app;
	struct wire_reader reader = wire_reader(arrived->data, arrived->bytes);
	uint32_t name;
	uint8_t right;
	arrived->record = wire_read_u32(&reader);
	arrived->message = calloc(1, sizeof *arrived->message);
	arrived->message->stamp = truth_message_of(arrived->record)->stamp;
	arrived->message->id = truth_message_of(arrived->record)->id;
	arrived->message->dest.port = -1;
	arrived->direct = box->export_id == INTRODUCTIONS;
	if (!arrived->direct && wire_ports_deliver(&app->ports, box->peer, box->export_id,
						   box->generation, &name, &right)) {
		arrived->message->dest = use_right(node, (int)name, right == WIRE_RIGHT_SEND_ONCE);
		drain(node);
	}
	for (int i = 0; i < K_RIGHTS; i++) {
		SIM_CHECK(wire_decode_descriptor(&reader, &arrived->descriptors[i]),
			  "a right that cannot be read");
		arrived->message->giving[i] = truth_message_of(arrived->record)->giving[i];
		arrived->pickups[i] = WIRE_EXPORT_NONE;
	}
	arrived->opening = true;
	for (int i = 0; i < K_RIGHTS && !sim_failed; i++) {
		take_right(node, box, arrived, i);
		drain(node);
	}
	arrived->opening = false;
}

/* So many bytes and a place of the export's window are used up. */
static void used_up(struct sim_node *node, uint32_t peer, uint32_t export_id, uint32_t generation,
		    uint64_t serial, uint32_t bytes)
{
	const struct link *link = &node->app->links[peer];
	uint32_t waiting = inbox_of(node, peer, export_id, generation, serial)->count;
	if (!link->up || link->serial != serial) {
		return;
	}
	if (export_id != WIRE_EXPORT_GNS) {
		wire_consume(&node->wire, peer, bytes);
	}
	for (const struct delayed *d = node->app->delayed; d != NULL; d = d->next) {
		waiting += d->peer == peer && d->export_id == export_id &&
			   d->generation == generation && d->serial == serial;
	}
	wire_grant(&node->wire, peer, export_id,
		   export_id == WIRE_EXPORT_GNS ? 64
		   : waiting < R_WINDOW         ? R_WINDOW - waiting
						: 0);
}

static void pop(struct sim_node *node, struct inbox *box, bool used)
{
	struct arrived *head = box->first;
	box->first = head->next;
	box->last = box->first == NULL ? NULL : box->last;
	box->count--;
	if (used) {
		used_up(node, box->peer, box->export_id, box->generation, box->serial, head->bytes);
	}
	free(head);
}

static bool is_delayed(const struct sim_node *node, int port)
{
	const struct delayed *d = node->app->delayed;
	while (d != NULL && d->message->dest.port != port) {
		d = d->next;
	}
	return d != NULL;
}

/* Into the port's queue; false: it is full, or is to get earlier ones first.  A port that this
   server has takes all: what only goes on must not wait here, or nodes would wait for each other.
 */
static bool put_message(struct sim_node *node, struct k_message *message, uint32_t peer,
			uint32_t export_id)
{
	struct kernel *k = node->app->k;
	int port = message->dest.port, name;
	bool ours = message->dest.type != 0 && k_receiver(k, port, &name) == K_SERVER;
	if (ours && message->dest.type == K_SEND &&
	    wire_ports_waits(&node->app->ports, (uint32_t)name, peer, export_id)) {
		return false;
	}
	return k_send(k, message, ours) != K_FULL;
}

static bool is_ours(const struct sim_node *node, int port)
{
	int name;
	return k_receiver(node->app->k, port, &name) == K_SERVER;
}

static void delay(struct sim_node *node, const struct inbox *box, struct k_message *message,
		  uint32_t bytes)
{
	struct delayed *d = calloc(1, sizeof *d);
	*d = (struct delayed){.message = message,
			      .peer = box->peer,
			      .export_id = box->export_id,
			      .generation = box->generation,
			      .bytes = bytes,
			      .serial = box->serial};
	struct delayed **end = &node->app->delayed;
	while (*end != NULL) {
		end = &(*end)->next;
	}
	*end = d;
	sim_saw[SIM_SAW_DELAYED]++;
}

/* Messages whose port has room now, or has come into this server's hands; "port": or -1, any. */
static void put_delayed(struct sim_node *node, int port)
{
	struct delayed **place = &node->app->delayed;
	while (*place != NULL && !sim_failed) {
		struct delayed *d = *place;
		int to = d->message->dest.port;
		bool first = true;
		for (const struct delayed *e = node->app->delayed; e != d; e = e->next) {
			first &= e->message->dest.port != to;
		}
		if ((port >= 0 && to != port) || !first ||
		    !put_message(node, d->message, d->peer, d->export_id)) {
			place = &d->next;
			continue;
		}
		*place = d->next;
		used_up(node, d->peer, d->export_id, d->generation, d->serial, d->bytes);
		free(d);
	}
}

/* Gives the head to its port; false: it waits. */
static bool finish_message(struct sim_node *node, struct inbox *box)
{
	struct arrived *head = box->first;
	for (int i = 0; i < K_RIGHTS; i++) {
		if (head->opening || head->pickups[i] != WIRE_EXPORT_NONE) {
			return false;
		}
	}
	struct k_message *message = head->message;
	head->message = NULL;
	truth_message_of(head->record)->under_way = false;
	sim_saw[SIM_SAW_DELIVERY]++;
	if (head->direct) {
		program_gets(node, message);
		pop(node, box, true);
	} else {
		bool behind = message->dest.type == K_SEND && !is_ours(node, message->dest.port) &&
			      is_delayed(node, message->dest.port);
		bool sent = !behind && put_message(node, message, box->peer, box->export_id);
		if (!sent) {
			delay(node, box, message, head->bytes);
		}
		pop(node, box, sent);
	}
	return true;
}

static uint32_t uid_of(const struct sim_node *node, int name)
{
	return k_port(node->app->k, k_port_of(node->app->k, K_SERVER, name))->uid;
}

/* The owner has no room for a right that is handed over; the receiver hears it late. */
static void taint_provided(struct sim_node *node, uint32_t peer, const uint8_t *provide)
{
	struct wire_reader reader = wire_reader(provide, WIRE_PROVIDE_BYTES);
	(void)wire_read_bytes(&reader, WIRE_GIFT_BYTES);
	const struct wire_export *export = &node->app->links[peer].exports[wire_read_u32(&reader)];
	truth_taint(uid_of(node, (int)export->port));
}

static void take_item(struct sim_node *node, struct inbox *box)
{
	struct sim_app *app = node->app;
	struct arrived *head = box->first;
	if (app->links[box->peer].up && app->links[box->peer].serial == box->serial) {
		uint64_t refused = app->ports.refused;
		bool good = wire_ports_item(&app->ports, box->peer, box->export_id, box->generation,
					    head->kind, head->data, head->bytes);
		if (app->ports.refused != refused && head->kind == WIRE_KIND_PROVIDE) {
			taint_provided(node, box->peer, head->data);
		}
		SIM_CHECK(good,
			  "node %u: item %#x of node %u for export %u is against the protocol",
			  node->number, head->kind, box->peer, box->export_id);
		app->links[box->peer].dirty = true;
	}
	pop(node, box, true);
	drain(node);
}

/* Goes on with a stream as far as it can. */
static void work(struct sim_node *node, struct inbox *box)
{
	while (!sim_failed && box->first != NULL) {
		if (box->first->kind != WIRE_KIND_MESSAGE) {
			take_item(node, box);
		} else if (finish_message(node, box)) {
			drain(node);
		} else {
			return;
		}
	}
}

static void take_piece(struct sim_node *node, const struct wire_effect *effect)
{
	const struct wire_piece *piece = &effect->piece;
	struct inbox *box = inbox_of(node, effect->peer, piece->in->export_id,
				     piece->in->generation, effect->serial);
	if (piece->offset == 0) {
		free(box->partial);
		box->partial = calloc(1, sizeof *box->partial + piece->total);
		box->partial->kind = piece->kind;
	}
	memcpy(box->partial->data + piece->offset, piece->data, piece->bytes);
	box->partial->bytes = piece->offset + piece->bytes;
	if (box->partial->bytes < piece->total) {
		return;
	}
	struct arrived *arrived = box->partial;
	box->partial = NULL;
	if (box->last != NULL) {
		box->last->next = arrived;
	} else {
		box->first = arrived;
	}
	box->last = arrived;
	box->count++;
	if (arrived->kind == WIRE_KIND_MESSAGE) {
		open_message(node, box, arrived);
	}
	if (box->first == arrived) {
		work(node, box);
	}
}

/* --- associations */

static void free_inbox(struct inbox *box)
{
	while (box->first != NULL) {
		struct arrived *each = box->first;
		box->first = each->next;
		free(each->message);
		free(each);
	}
	free(box->partial);
	free(box);
}

static void take_up(struct sim_node *node, const struct wire_effect *effect)
{
	struct link *link = &node->app->links[effect->peer];
	SIM_CHECK(!link->up, "node %u: UP twice", node->number);
	sim_saw[SIM_SAW_UP]++;
	link->up = link->dirty = true;
	link->serial = effect->serial;
	SIM_CHECK(wire_open_export(&node->wire, effect->peer, WIRE_EXPORT_GNS, 0, 64) &&
			  wire_open_export(&node->wire, effect->peer, INTRODUCTIONS, 0, R_WINDOW),
		  "node %u cannot open an export", node->number);
	wire_ports_up(&node->app->ports, effect->peer, effect->incarnation);
	drain(node);
}

static void take_down(struct sim_node *node, const struct wire_effect *effect)
{
	struct link *link = &node->app->links[effect->peer];
	SIM_CHECK(effect->reason != WIRE_REASON_PROTOCOL && effect->reason != WIRE_REASON_UNKNOWN,
		  "node %u says that node %u breaks the protocol", node->number, effect->peer);
	SIM_CHECK(effect->reason == WIRE_REASON_IDLE || !sim_is_calm(),
		  "node %u loses node %u although nothing happened", node->number, effect->peer);
	sim_saw[effect->reason == WIRE_REASON_DEAD   ? SIM_SAW_DEAD
		: effect->reason == WIRE_REASON_IDLE ? SIM_SAW_IDLE
						     : SIM_SAW_REPLACED]++;
	truth_association_ended(node, effect->peer, effect->reason != WIRE_REASON_IDLE);
	link->up = false;
	while (link->outboxes != NULL) {
		struct outbox *box = link->outboxes;
		link->outboxes = box->next;
		free(box);
	}
	for (struct inbox *box = node->app->inboxes; box != NULL; box = box->next) {
		if (box->peer != effect->peer) {
			continue;
		}
		/* Messages that have arrived stay. */
		struct arrived **place = &box->first;
		box->last = NULL;
		while (*place != NULL) {
			struct arrived *each = *place;
			if (each->kind == WIRE_KIND_MESSAGE) {
				box->last = each;
				place = &each->next;
				continue;
			}
			*place = each->next;
			box->count--;
			free(each);
		}
	}
	wire_ports_down(&node->app->ports, effect->peer);
	drain(node);
}

static void tidy(struct sim_node *node)
{
	struct sim_app *app = node->app;
	bool waits = false; /* for a third node, maybe */
	for (uint32_t i = 0; i < R_TOKENS; i++) {
		const struct wire_token *token = &app->tokens[i];
		waits |= app->pickups[i].used ||
			 (token->used && (token->provided || token->to != WIRE_EXPORT_NONE));
	}
	for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
		struct link *link = &app->links[peer];
		if (!link->up || (!link->dirty && link->waits == waits)) {
			continue;
		}
		link->dirty = false;
		link->waits = waits;
		uint32_t entries = waits;
		for (uint32_t i = 0; i < R_EXPORTS; i++) {
			entries += (link->exports[i].state != WIRE_EXPORT_FREE) +
				   (link->proxies[i].state != WIRE_PROXY_NONE);
		}
		close_outboxes(node, peer);
		wire_hold(&node->wire, peer, entries);
	}
	struct inbox **place = &app->inboxes;
	while (*place != NULL) {
		struct inbox *box = *place;
		const struct link *link = &app->links[box->peer];
		bool here = link->up && link->serial == box->serial;
		bool open = here && (box->export_id < WIRE_EXPORT_FIRST ||
				     (link->exports[box->export_id].state != WIRE_EXPORT_FREE &&
				      link->exports[box->export_id].generation == box->generation));
		if (box->first == NULL && !open) {
			*place = box->next;
			free_inbox(box);
		} else {
			place = &box->next;
		}
	}
}

/* Rights of this owner that were not asked for yet are not waited for. */
static void give_up_owner(struct sim_node *node, uint32_t owner)
{
	const struct sim_app *app = node->app;
	for (const struct inbox *box = app->inboxes; box != NULL; box = box->next) {
		for (const struct arrived *each = box->first; each != NULL; each = each->next) {
			for (int i = 0; each->message != NULL && i < K_RIGHTS; i++) {
				const struct wire_descriptor *d = &each->descriptors[i];
				if (each->pickups[i] != WIRE_EXPORT_NONE &&
				    d->where == WIRE_WHERE_THIRD &&
				    memcmp(d->node.id, sim_nodes[owner].id, WIRE_SHORT_ID_BYTES) ==
					    0 &&
				    !app->pickups[each->pickups[i]].asked) {
					truth_taint(truth_message_of(each->record)->uids[i]);
				}
			}
		}
	}
	wire_ports_unreachable(&node->app->ports, owner);
}

void server_effect(struct sim_node *node, const struct wire_effect *effect)
{
	switch (effect->kind) {
	case WIRE_EFFECT_UP:
		take_up(node, effect);
		break;
	case WIRE_EFFECT_DOWN:
		take_down(node, effect);
		break;
	case WIRE_EFFECT_DELIVER:
		take_piece(node, effect);
		break;
	case WIRE_EFFECT_SENT:
	case WIRE_EFFECT_FAILED:
		take_back(node, effect);
		break;
	case WIRE_EFFECT_UNREACHABLE:
		sim_saw[SIM_SAW_UNREACHABLE]++;
		give_up_owner(node, effect->peer);
		drain(node);
		break;
	case WIRE_EFFECT_SUSPECT:
		sim_saw[SIM_SAW_SUSPECT]++;
		break;
	default:
		break;
	}
	node->app->serve_us = sim_now_us + 1 + sim_below(300);
}

/* --- the kernel's side */

bool server_is_send_proxy(const struct sim_node *node, int name)
{
	uint32_t export_id, generation;
	uint32_t peer =
		wire_ports_find_proxy(&node->app->ports, (uint32_t)name, &export_id, &generation);
	return peer != WIRE_EXPORT_NONE &&
	       node->app->links[peer].proxies[export_id].right == WIRE_RIGHT_SEND;
}

static void take_notice(struct sim_node *node, const struct k_notice *notice)
{
	struct sim_app *app = node->app;
	if (notice->id == K_DEAD_NAME) {
		wire_ports_dead_name(&app->ports, (uint32_t)notice->name);
		drain(node);
		k_modify(app->k, K_SERVER, notice->name, K_IS_DEAD, -1);
	} else if (notice->space != K_SERVER) {
		program_no_senders(node, notice->space, notice->name);
	} else if (k_kind(app->k, K_SERVER, notice->name) & K_IS_RECEIVE) {
		if (!wire_ports_no_senders(&app->ports, (uint32_t)notice->name, notice->word)) {
			k_watch_senders(app->k, K_SERVER, notice->name, 0, true);
		}
		drain(node);
	}
}

/* Rights that are given although messages may not have come that were sent before. */
static void note_hasty(struct sim_node *node)
{
	struct sim_app *app = node->app;
	for (int i = 0; i < R_TOKENS; i++) {
		const struct wire_token *token = &app->tokens[i];
		if (token->used && token->provided && token->right == WIRE_RIGHT_SEND &&
		    !token->flushed && token->expires_us != 0 &&
		    token->expires_us <= node->wire.clock.now_us) {
			sim_saw[SIM_SAW_HASTY]++;
			truth_of(uid_of(node, (int)token->port))->hasty = true;
		}
	}
}

void server_run(struct sim_node *node)
{
	struct sim_app *app = node->app;
	struct k_notice notice;
	app->serve_us = sim_now_us + 500000; /* the time of tokens passes */
	for (int i = 0; i < R_TOKENS; i++) {
		struct stopping *s = &app->stopping[i];
		if (s->used) {
			s->used = false;
			stop(node, s->pickup, (int)s->name);
			drain(node);
		}
	}
	for (int p = 0; p < k_ports(node->app->k); p++) {
		serve(node, p, false);
	}
	while (!sim_failed && k_notice(app->k, &notice)) {
		take_notice(node, &notice);
	}
	put_delayed(node, -1);
	note_hasty(node);
	wire_ports_time(&app->ports, node->wire.clock.now_us);
	drain(node);
	tidy(node);
}

bool server_is_idle(const struct sim_node *node)
{
	if (node->app->delayed != NULL) {
		return false;
	}
	for (const struct inbox *box = node->app->inboxes; box != NULL; box = box->next) {
		if (box->first != NULL) {
			return false;
		}
	}
	for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
		for (const struct outbox *box = node->app->links[peer].outboxes; box != NULL;
		     box = box->next) {
			if (box->waiting > 0) {
				return false;
			}
		}
	}
	return true;
}

void server_start(struct sim_node *node)
{
	struct sim_app *app = calloc(1, sizeof *app);
	uint32_t nodes = sim_profile.nodes;
	node->app = app;
	app->node = node;
	app->k = k_new();
	app->given = calloc(K_SPACES * K_NAMES, sizeof *app->given);
	app->peers = calloc(nodes, sizeof *app->peers);
	app->links = calloc(nodes, sizeof *app->links);
	for (uint32_t i = 0; i < nodes; i++) {
		app->links[i].exports = calloc(R_EXPORTS, sizeof *app->links[i].exports);
		app->links[i].proxies = calloc(R_EXPORTS, sizeof *app->links[i].proxies);
		memcpy(app->peers[i].name.id, sim_nodes[i].id, WIRE_SHORT_ID_BYTES);
		app->peers[i].exports = app->links[i].exports;
		app->peers[i].proxies = app->links[i].proxies;
		app->peers[i].count = R_EXPORTS;
	}
	struct wire_node_name self = {.incarnation = node->incarnation};
	memcpy(self.id, node->id, WIRE_SHORT_ID_BYTES);
	wire_ports_start(&app->ports, &self, app->peers, nodes, app->tokens, app->gifts,
			 app->pickups, R_TOKENS,
			 sim_profile.settings.life.dead_us +
				 sim_profile.settings.life.heartbeat_us);
}

void server_stop(struct sim_node *node)
{
	struct sim_app *app = node->app;
	for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
		struct wire_sender *sender = &node->wire.peers[peer].transport.sender;
		struct wire_message *each;
		while (node->wire.peers[peer].up && ((each = wire_sender_done(sender)) != NULL ||
						     (each = wire_sender_drain(sender)) != NULL)) {
			free((void *)(uintptr_t)each->context);
		}
		while (app->links[peer].outboxes != NULL) {
			struct outbox *box = app->links[peer].outboxes;
			app->links[peer].outboxes = box->next;
			free(box);
		}
		free(app->links[peer].exports);
		free(app->links[peer].proxies);
	}
	while (app->delayed != NULL) {
		struct delayed *d = app->delayed;
		app->delayed = d->next;
		free(d->message);
		free(d);
	}
	while (app->inboxes != NULL) {
		struct inbox *box = app->inboxes;
		app->inboxes = box->next;
		free_inbox(box);
	}
	k_free(app->k);
	free(app->given);
	free(app->peers);
	free(app->links);
	free(app);
	node->app = NULL;
}
