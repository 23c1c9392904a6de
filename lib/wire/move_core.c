/* Receive rights: a port goes to another node, and its messages follow.  See ports_core.h. */
#include "ports_parts_core.h"

/* MOVED: what became of the receive right to the peer's export; WIRE_EXPORT_NONE: nothing. */
static void say_moved(struct wire_ports *ports, const struct wire_pickup *pickup,
		      uint32_t export_id, uint32_t generation)
{
	struct wire_ports_effect *effect =
		wire_ports_say(ports, pickup->peer, WIRE_EXPORT_GNS, 0, WIRE_KIND_MOVED);
	struct wire_writer writer = wire_writer(effect->body, sizeof effect->body);
	wire_write_u32(&writer, pickup->export_id);
	wire_write_u32(&writer, pickup->generation);
	wire_write_u32(&writer, export_id);
	wire_write_u32(&writer, generation);
	effect->bytes = 16;
}

/* MOVE on a port's stream: what was sent before is all there is; so many references go back. */
static void say_move(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		     uint32_t generation, uint32_t count)
{
	struct wire_ports_effect *effect =
		wire_ports_say(ports, peer, export_id, generation, WIRE_KIND_MOVE);
	struct wire_writer writer = wire_writer(effect->body, sizeof effect->body);
	wire_write_u32(&writer, count);
	effect->bytes = 4;
}

/* --- the old home */

enum wire_given wire_ports_give_receive(struct wire_ports *ports, uint32_t peer, uint32_t port,
					const struct wire_port_state *state,
					struct wire_descriptor *descriptor)
{
	*descriptor =
		(struct wire_descriptor){.where = WIRE_WHERE_NOWHERE, .right = WIRE_RIGHT_RECEIVE};
	if (!ports->peers[peer].up) {
		return WIRE_GIVEN_REFUSED;
	}
	bool kept;
	uint32_t export_id = wire_ports_export(ports, peer, port, WIRE_RIGHT_SEND, &kept);
	if (export_id == WIRE_EXPORT_NONE) {
		return WIRE_GIVEN_REFUSED;
	}
	struct wire_export *export = &ports->peers[peer].exports[export_id];
	if (kept) {
		wire_ports_add(ports, WIRE_PORTS_MAKE)->port = port;
	}
	export->offered = true;
	export->flushed = false;
	export->made = kept;
	export->senders = state->senders;
	export->onces = state->once_rights;
	descriptor->where = WIRE_WHERE_MINE;
	descriptor->export_id = export_id;
	descriptor->generation = export->generation;
	descriptor->state = *state;
	return WIRE_GIVEN_KEPT;
}

/* Nobody takes the receive right: the port dies, as with a message that is destroyed. */
void wire_ports_withdraw(struct wire_ports *ports, struct wire_export *export)
{
	export->offered = false;
	wire_ports_add(ports, WIRE_PORTS_DESTROY)->port = export->port;
}

/* The port is a proxy of the peer's export now. */
void wire_ports_accepted(struct wire_ports *ports, uint32_t peer, uint32_t old_id,
			 uint32_t old_generation, uint32_t export_id, uint32_t generation)
{
	struct wire_ports_peer *p = &ports->peers[peer];
	struct wire_export *export = wire_ports_find_export(ports, peer, old_id, old_generation);
	if (export == NULL || !export->offered) {
		return; /* it was accepted by an earlier word */
	}
	bool dead = export->state != WIRE_EXPORT_LIVE;
	struct wire_proxy *proxy = export_id < p->count ? &p->proxies[export_id] : NULL;
	if (proxy == NULL || dead || proxy->state == WIRE_PROXY_LIVE ||
	    (proxy->state == WIRE_PROXY_DEAD && proxy->generation == generation)) {
		ports->violations += export_id != WIRE_EXPORT_NONE && !dead &&
				     (proxy == NULL || proxy->state == WIRE_PROXY_LIVE);
		if (export_id != WIRE_EXPORT_NONE) {
			wire_ports_say_release(ports, peer, export_id, generation, 1);
		}
		wire_ports_withdraw(ports, export);
	} else {
		/* It may have been ours for a while only, and not all of that is settled. */
		bool back = proxy->state == WIRE_PROXY_HOME && proxy->generation == generation;
		uint32_t received = back ? proxy->received + 1 : 1;
		uint32_t carried = back ? proxy->carried : 0;
		if (proxy->state == WIRE_PROXY_HOME) {
			wire_ports_drop(ports, proxy->port, WIRE_RIGHT_SEND);
		}
		export->offered = false;
		wire_ports_note_proxy(p, export_id);
		*proxy = (struct wire_proxy){.state = WIRE_PROXY_LIVE,
					     .right = WIRE_RIGHT_SEND,
					     .generation = generation,
					     .port = export->port,
					     .received = received,
					     .carried = carried,
					     .made = export->made,
					     .leaving = true,
					     .senderless = !export->senders,
					     .onces = export->onces};
		wire_ports_add(ports, WIRE_PORTS_SERVE)->port = export->port;
		if (export->flushed) {
			wire_ports_add(ports, WIRE_PORTS_MARK)->port = export->port;
		}
	}
	wire_ports_settle(ports, peer, old_id);
}

void wire_ports_marked(struct wire_ports *ports, uint32_t port)
{
	uint32_t export_id, generation;
	uint32_t peer = wire_ports_find_proxy(ports, port, &export_id, &generation);
	struct wire_proxy *proxy =
		peer == WIRE_EXPORT_NONE ? NULL : &ports->peers[peer].proxies[export_id];
	if (proxy == NULL || !proxy->leaving) {
		return; /* its new home is gone */
	}
	bool unneeded = proxy->senderless && proxy->onces == 0 && proxy->pickup == 0;
	proxy->leaving = false;
	say_move(ports, peer, export_id, generation, unneeded ? proxy->received : 0);
	if (unneeded) {
		wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_GHOST);
	}
}

/* --- the new home */

static void end_pickup(struct wire_ports *ports, struct wire_pickup *pickup)
{
	pickup->resolved = true;
	ports->looking = true;
}

/* The peer offers what we cannot have. */
static enum wire_taken_right decline(struct wire_ports *ports, const struct wire_pickup *pickup)
{
	say_moved(ports, pickup, WIRE_EXPORT_NONE, 0);
	wire_ports_say_release(ports, pickup->peer, pickup->export_id, pickup->generation, 1);
	return WIRE_TAKEN_DEAD;
}

enum wire_taken_right wire_ports_take_moved(struct wire_ports *ports, uint32_t peer,
					    const struct wire_descriptor *descriptor,
					    uint32_t *port, uint32_t *pickup)
{
	struct wire_ports_peer *p = &ports->peers[peer];
	struct wire_pickup offer = {.used = true,
				    .moves = true,
				    .asked = true,
				    .from = peer,
				    .owner = p->name,
				    .right = WIRE_RIGHT_RECEIVE,
				    .peer = peer,
				    .export_id = descriptor->export_id,
				    .generation = descriptor->generation,
				    .state = descriptor->state};
	struct wire_pickup *place = wire_ports_new_pickup(ports, peer, &p->name);
	if (descriptor->export_id >= p->count || place == NULL) {
		return decline(ports, &offer);
	}
	struct wire_proxy *proxy = &p->proxies[descriptor->export_id];
	bool same = proxy->generation == descriptor->generation;
	if (!same && proxy->state == WIRE_PROXY_HOME && proxy->port != 0) {
		wire_ports_home_freed(ports, proxy); /* FREED is on its way */
	}
	bool live = proxy->state == WIRE_PROXY_LIVE;
	if (proxy->pickup != 0 || (live && (!same || proxy->right != WIRE_RIGHT_SEND))) {
		ports->violations++; /* a port has one receive right */
		return decline(ports, &offer);
	}
	if (same && proxy->state == WIRE_PROXY_DEAD) {
		return decline(ports, &offer);
	}
	if (live) {
		proxy->received++;
	} else {
		*proxy = (struct wire_proxy){.state = WIRE_PROXY_HOME,
					     .right = WIRE_RIGHT_SEND,
					     .generation = descriptor->generation,
					     .received = 1};
	}
	*pickup = (uint32_t)(place - ports->pickups);
	proxy->pickup = *pickup + 1;
	*port = offer.port = proxy->port;
	*place = offer;
	return WIRE_TAKEN_MOVING;
}

void wire_ports_release_home(struct wire_ports *ports, uint32_t peer, uint32_t export_id)
{
	struct wire_proxy *proxy = &ports->peers[peer].proxies[export_id];
	if (proxy->carried == 0 && proxy->received > 0 &&
	    !wire_ports_is_given(ports, peer, export_id)) {
		wire_ports_say_release(ports, peer, export_id, proxy->generation, proxy->received);
		proxy->received = 0;
	}
}

void wire_ports_stopped(struct wire_ports *ports, uint32_t number, uint32_t port)
{
	struct wire_pickup *pickup = &ports->pickups[number];
	if (!pickup->used || !pickup->moves || pickup->stopped || pickup->resolved) {
		return; /* the old home died meanwhile */
	}
	struct wire_proxy *proxy = &ports->peers[pickup->peer].proxies[pickup->export_id];
	bool kept;
	uint32_t export_id = wire_ports_export(ports, pickup->peer, port, WIRE_RIGHT_SEND, &kept);
	uint32_t received = proxy->received;
	proxy->port = pickup->port = port;
	if (export_id == WIRE_EXPORT_NONE) {
		say_moved(ports, pickup, WIRE_EXPORT_NONE, 0);
		wire_ports_say_release(ports, pickup->peer, pickup->export_id, pickup->generation,
				       received);
		proxy->pickup = 0;
		wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_GHOST);
		pickup->export_id = WIRE_EXPORT_NONE;
		end_pickup(ports, pickup);
		return;
	}
	pickup->stopped = true;
	pickup->forward = export_id;
	/* Both directions of a cycle of messages that wait for each other would wait for ever. */
	pickup->expires_us = ports->now_us + 2 * ports->death_us;
	if (kept) {
		wire_ports_add(ports, WIRE_PORTS_MAKE)->port = port;
	}
	wire_ports_add(ports, WIRE_PORTS_MAKE)->port = port;
	proxy->state = WIRE_PROXY_HOME;
	say_moved(ports, pickup, export_id,
		  ports->peers[pickup->peer].exports[export_id].generation);
	say_move(ports, pickup->peer, pickup->export_id, pickup->generation, 0);
	wire_ports_release_home(ports, pickup->peer, pickup->export_id);
}

void wire_ports_arrived(struct wire_ports *ports, uint32_t peer,
			const struct wire_descriptor *descriptor)
{
	struct wire_proxy *proxy = &ports->peers[peer].proxies[descriptor->export_id];
	if (proxy->generation == descriptor->generation && proxy->carried > 0) {
		proxy->carried--;
		if (ports->peers[peer].up && proxy->state == WIRE_PROXY_HOME) {
			wire_ports_release_home(ports, peer, descriptor->export_id);
		}
	}
}

bool wire_ports_waits(const struct wire_ports *ports, uint32_t port, uint32_t peer,
		      uint32_t export_id)
{
	for (uint32_t i = 0; i < ports->token_count; i++) {
		const struct wire_pickup *pickup = &ports->pickups[i];
		if (pickup->used && pickup->stopped && pickup->port == port) {
			return pickup->peer != peer || pickup->forward != export_id;
		}
	}
	return false;
}

const struct wire_port_state *wire_ports_moved_state(const struct wire_ports *ports,
						     uint32_t pickup)
{
	return &ports->pickups[pickup].state;
}

/* Everything is here: the message with the right may go on. */
static void look_at(struct wire_ports *ports, struct wire_pickup *pickup)
{
	if (pickup->ended && pickup->freed && !pickup->resolved) {
		end_pickup(ports, pickup);
	}
}

void wire_ports_home_freed(struct wire_ports *ports, struct wire_proxy *proxy)
{
	wire_ports_drop(ports, proxy->port, WIRE_RIGHT_SEND);
	if (proxy->pickup != 0) {
		struct wire_pickup *pickup = &ports->pickups[proxy->pickup - 1];
		pickup->freed = true;
		look_at(ports, pickup);
	}
	*proxy = (struct wire_proxy){.generation = proxy->generation};
}

/* The peer's association ended, and a port was coming from it: the port is ours. */
void wire_ports_moving_down(struct wire_ports *ports, struct wire_proxy *proxy)
{
	if (proxy->state == WIRE_PROXY_HOME && proxy->port != 0) {
		wire_ports_drop(ports, proxy->port, WIRE_RIGHT_SEND);
	}
	if (proxy->pickup != 0) {
		end_pickup(ports, &ports->pickups[proxy->pickup - 1]);
	}
	*proxy = (struct wire_proxy){.generation = proxy->generation};
}

void wire_ports_move_late(struct wire_ports *ports, struct wire_pickup *pickup)
{
	ports->peers[pickup->peer].proxies[pickup->export_id].pickup = 0;
	end_pickup(ports, pickup);
}

/* Which of our ports that came from the peer has this export. */
static struct wire_pickup *find_arrival(struct wire_ports *ports, uint32_t peer, uint32_t export_id)
{
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_pickup *pickup = &ports->pickups[i];
		if (pickup->used && pickup->stopped && !pickup->resolved && pickup->peer == peer &&
		    pickup->forward == export_id) {
			return pickup;
		}
	}
	return NULL;
}

void wire_ports_mark_moved(struct wire_ports *ports, uint32_t peer,
			   struct wire_descriptor *descriptor)
{
	const struct wire_pickup *pickup = find_arrival(ports, peer, descriptor->export_id);
	if (pickup != NULL && !pickup->ended) {
		descriptor->where = WIRE_WHERE_MOVED;
		descriptor->old_id = pickup->export_id;
		descriptor->old_generation = pickup->generation;
	}
}

/* --- both */

static bool take_move(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		      uint32_t generation, uint32_t count)
{
	struct wire_export *export = wire_ports_find_export(ports, peer, export_id, generation);
	struct wire_pickup *pickup = find_arrival(ports, peer, export_id);
	if (export == NULL) {
		return false;
	}
	if (pickup != NULL && !pickup->ended) {
		if (count > 0 && !wire_ports_release(ports, peer, export_id, export, count)) {
			return false;
		}
		pickup->ended = true;
		look_at(ports, pickup);
		return true;
	}
	if (count > 0) {
		/* It has been handed out already. */
		return wire_ports_release(ports, peer, export_id, export, count);
	}
	if (export->offered) {
		export->flushed = true; /* MOVED is on its way */
		return true;
	}
	uint32_t id, of;
	uint32_t owner = wire_ports_find_proxy(ports, export->port, &id, &of);
	if (owner == peer && ports->peers[peer].proxies[id].leaving) {
		wire_ports_add(ports, WIRE_PORTS_MARK)->port = export->port;
	}
	return true; /* or its time was over */
}

bool wire_ports_move_item(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			  uint32_t generation, uint8_t kind, const uint8_t *body, uint32_t bytes)
{
	struct wire_reader reader = wire_reader(body, bytes);
	if (kind == WIRE_KIND_MOVE) {
		uint32_t count = wire_read_u32(&reader);
		return !reader.failed && reader.left == 0 &&
		       take_move(ports, peer, export_id, generation, count);
	}
	uint32_t old_id = wire_read_u32(&reader), old_generation = wire_read_u32(&reader);
	uint32_t new_id = wire_read_u32(&reader), new_generation = wire_read_u32(&reader);
	if (reader.failed || reader.left != 0 || export_id != WIRE_EXPORT_GNS) {
		return false;
	}
	wire_ports_accepted(ports, peer, old_id, old_generation, new_id, new_generation);
	return true;
}
