#include "ports_parts_core.h"

void wire_ports_start(struct wire_ports *ports, const struct wire_node_name *self,
		      struct wire_ports_peer *peers, uint32_t peer_count, struct wire_token *tokens,
		      struct wire_gift *gifts, struct wire_pickup *pickups, uint32_t token_count,
		      uint64_t death_us)
{
	*ports = (struct wire_ports){.self = *self,
				     .peers = peers,
				     .peer_count = peer_count,
				     .tokens = tokens,
				     .gifts = gifts,
				     .pickups = pickups,
				     .token_count = token_count,
				     .death_us = death_us,
				     .ending = WIRE_EXPORT_NONE};
	for (uint32_t i = 0; i < token_count; i++) {
		tokens[i] = (struct wire_token){0};
		gifts[i] = (struct wire_gift){0};
		pickups[i] = (struct wire_pickup){0};
	}
	for (uint32_t peer = 0; peer < peer_count; peer++) {
		peers[peer].up = false;
		peers[peer].proxies_end = 0;
		for (uint32_t i = 0; i < peers[peer].count; i++) {
			peers[peer].exports[i] = (struct wire_export){0};
			peers[peer].proxies[i] = (struct wire_proxy){0};
		}
	}
}

/* --- effects */

struct wire_ports_effect *wire_ports_add(struct wire_ports *ports, enum wire_ports_effect_kind kind)
{
	/* An event has less than half of these, and they were all fetched before it. */
	uint32_t at = (ports->effect_first + ports->effect_count) % WIRE_PORTS_EFFECTS;
	if (ports->effect_count < WIRE_PORTS_EFFECTS) {
		ports->effect_count++;
	}
	ports->effects[at] = (struct wire_ports_effect){.kind = kind};
	return &ports->effects[at];
}

struct wire_ports_effect *wire_ports_say(struct wire_ports *ports, uint32_t peer,
					 uint32_t export_id, uint32_t generation, uint8_t kind)
{
	struct wire_ports_effect *effect = wire_ports_add(ports, WIRE_PORTS_SEND);
	effect->peer = peer;
	effect->export_id = export_id;
	effect->generation = generation;
	effect->item = kind;
	return effect;
}

/* DEAD and FREED go to the peer's server itself. */
static void say_export(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		       uint32_t generation, uint8_t kind)
{
	struct wire_ports_effect *effect = wire_ports_say(ports, peer, WIRE_EXPORT_GNS, 0, kind);
	struct wire_writer writer = wire_writer(effect->body, sizeof effect->body);
	wire_write_u32(&writer, export_id);
	wire_write_u32(&writer, generation);
	effect->bytes = 8;
}

/* RELEASE goes behind the last message to the export. */
void wire_ports_say_release(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			    uint32_t generation, uint32_t count)
{
	struct wire_ports_effect *effect =
		wire_ports_say(ports, peer, export_id, generation, WIRE_KIND_RELEASE);
	struct wire_writer writer = wire_writer(effect->body, sizeof effect->body);
	wire_write_u32(&writer, count);
	effect->bytes = 4;
}

void wire_ports_drop(struct wire_ports *ports, uint32_t port, uint8_t right)
{
	struct wire_ports_effect *effect = wire_ports_add(ports, WIRE_PORTS_DROP);
	effect->port = port;
	effect->right = right;
}

void wire_ports_destroy_proxy(struct wire_ports *ports, struct wire_proxy *proxy,
			      enum wire_proxy_state state)
{
	wire_ports_add(ports, WIRE_PORTS_DESTROY)->port = proxy->port;
	proxy->state = state;
	proxy->port = 0;
	proxy->received = proxy->made = 0;
}

/* --- exports */

struct wire_export *wire_ports_find_export(struct wire_ports *ports, uint32_t peer,
					   uint32_t export_id, uint32_t generation)
{
	struct wire_ports_peer *p = &ports->peers[peer];
	if (export_id >= p->count || p->exports[export_id].state == WIRE_EXPORT_FREE ||
	    p->exports[export_id].generation != generation) {
		return NULL;
	}
	return &p->exports[export_id];
}

uint32_t wire_ports_export(struct wire_ports *ports, uint32_t peer, uint32_t port, uint8_t right,
			   bool *kept)
{
	struct wire_ports_peer *p = &ports->peers[peer];
	uint32_t slot = WIRE_EXPORT_NONE;
	*kept = false;
	for (uint32_t i = WIRE_EXPORT_FIRST; i < p->count; i++) {
		struct wire_export *each = &p->exports[i];
		if (right != WIRE_RIGHT_SEND && slot != WIRE_EXPORT_NONE) {
			break; /* each is an export of its own */
		}
		if (each->state == WIRE_EXPORT_LIVE && right == WIRE_RIGHT_SEND &&
		    each->right == WIRE_RIGHT_SEND && each->port == port) {
			each->count++;
			return i;
		}
		if (each->state == WIRE_EXPORT_FREE && slot == WIRE_EXPORT_NONE) {
			slot = i;
		}
	}
	if (slot != WIRE_EXPORT_NONE) {
		struct wire_export *export = &p->exports[slot];
		export->state = WIRE_EXPORT_LIVE;
		export->right = right;
		export->generation++;
		export->port = port;
		export->count = 1;
		export->offered = export->flushed = false;
		*kept = true;
		struct wire_ports_effect *effect = wire_ports_add(ports, WIRE_PORTS_OPEN);
		effect->peer = peer;
		effect->export_id = slot;
		effect->generation = export->generation;
	}
	ports->refused += slot == WIRE_EXPORT_NONE;
	return slot;
}

void wire_ports_free_export(struct wire_ports *ports, uint32_t peer, uint32_t export_id)
{
	struct wire_export *export = &ports->peers[peer].exports[export_id];
	if (export->right == WIRE_RIGHT_SEND || export->state == WIRE_EXPORT_DEAD) {
		/* A send-once right that was used, or died, needs no word but if DEAD crossed it.
		 */
		say_export(ports, peer, export_id, export->generation, WIRE_KIND_FREED);
	}
	struct wire_ports_effect *effect = wire_ports_add(ports, WIRE_PORTS_CLOSE);
	effect->peer = peer;
	effect->export_id = export_id;
	export->state = WIRE_EXPORT_FREE;
}

void wire_ports_settle(struct wire_ports *ports, uint32_t peer, uint32_t export_id)
{
	struct wire_export *export = &ports->peers[peer].exports[export_id];
	if (export->count > 0 || export->offered) {
		return;
	}
	if (export->state == WIRE_EXPORT_LIVE) {
		wire_ports_drop(ports, export->port, export->right);
	}
	wire_ports_free_export(ports, peer, export_id);
}

bool wire_ports_release(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			struct wire_export *export, uint32_t count)
{
	if (count == 0 || count > export->count) {
		return false;
	}
	export->count -= count;
	wire_ports_settle(ports, peer, export_id);
	return true;
}

/* --- giving */

uint32_t wire_ports_find_proxy(const struct wire_ports *ports, uint32_t port, uint32_t *export_id,
			       uint32_t *generation)
{
	for (uint32_t peer = 0; peer < ports->peer_count; peer++) {
		const struct wire_ports_peer *p = &ports->peers[peer];
		for (uint32_t i = 0; p->up && i < p->proxies_end; i++) {
			if (p->proxies[i].state == WIRE_PROXY_LIVE && p->proxies[i].port == port) {
				*export_id = i;
				*generation = p->proxies[i].generation;
				return peer;
			}
		}
	}
	return WIRE_EXPORT_NONE;
}

enum wire_given wire_ports_give(struct wire_ports *ports, uint32_t peer, uint32_t port,
				uint8_t right, const uint8_t token[WIRE_TOKEN_BYTES],
				struct wire_descriptor *descriptor)
{
	uint32_t export_id, generation;
	bool kept;
	*descriptor = (struct wire_descriptor){.where = WIRE_WHERE_NOWHERE, .right = right};
	if (!ports->peers[peer].up) {
		return WIRE_GIVEN_REFUSED;
	}
	uint32_t owner = wire_ports_find_proxy(ports, port, &export_id, &generation);
	if (owner != WIRE_EXPORT_NONE && owner != peer) {
		return wire_ports_hand_over(ports, peer, owner, export_id,
					    &ports->peers[owner].proxies[export_id], token,
					    descriptor);
	}
	if (owner == peer) {
		/* Home again. */
		descriptor->where = WIRE_WHERE_YOURS;
		descriptor->export_id = export_id;
		descriptor->generation = generation;
		if (right == WIRE_RIGHT_SEND) {
			ports->peers[owner].proxies[export_id].carried++;
			return WIRE_GIVEN_CARRIED;
		}
		wire_ports_destroy_proxy(ports, &ports->peers[owner].proxies[export_id],
					 WIRE_PROXY_NONE);
		return WIRE_GIVEN_KEPT;
	}
	export_id = wire_ports_export(ports, peer, port, right, &kept);
	if (export_id == WIRE_EXPORT_NONE) {
		return WIRE_GIVEN_REFUSED;
	}
	descriptor->where = WIRE_WHERE_MINE;
	descriptor->export_id = export_id;
	descriptor->generation = ports->peers[peer].exports[export_id].generation;
	if (right == WIRE_RIGHT_SEND) {
		wire_ports_mark_moved(ports, peer, descriptor);
	}
	return kept ? WIRE_GIVEN_KEPT : WIRE_GIVEN_SPARE;
}

void wire_ports_take_back(struct wire_ports *ports, uint32_t peer,
			  const struct wire_descriptor *descriptor)
{
	struct wire_export *export;
	switch (descriptor->where) {
	case WIRE_WHERE_MINE:
	case WIRE_WHERE_MOVED:
		export = wire_ports_find_export(ports, peer, descriptor->export_id,
						descriptor->generation);
		if (export != NULL && descriptor->right == WIRE_RIGHT_RECEIVE && export->offered) {
			wire_ports_withdraw(ports, export);
		}
		if (export != NULL) {
			(void)wire_ports_release(ports, peer, descriptor->export_id, export, 1);
		}
		break;
	case WIRE_WHERE_YOURS:
		if (descriptor->right == WIRE_RIGHT_SEND_ONCE && ports->peers[peer].up) {
			wire_ports_say_release(ports, peer, descriptor->export_id,
					       descriptor->generation, 1);
		}
		break;
	case WIRE_WHERE_THIRD:
		wire_ports_cancel(ports, descriptor->token);
		break;
	}
}

/* --- taking */

enum wire_taken_right wire_ports_take_mine(struct wire_ports *ports, uint32_t peer,
					   uint32_t export_id, uint32_t generation, uint8_t right,
					   uint32_t *port)
{
	struct wire_ports_peer *p = &ports->peers[peer];
	if (export_id >= p->count) {
		wire_ports_say_release(ports, peer, export_id, generation, 1);
		return WIRE_TAKEN_DEAD;
	}
	struct wire_proxy *proxy = &p->proxies[export_id];
	bool same = proxy->generation == generation && proxy->state != WIRE_PROXY_NONE;
	if (!same && proxy->state == WIRE_PROXY_HOME) {
		wire_ports_home_freed(ports, proxy); /* FREED is on its way */
	}
	if (!same && proxy->state == WIRE_PROXY_LIVE) {
		ports->violations++; /* it cannot have freed what we hold */
		return WIRE_TAKEN_DEAD;
	}
	if (same && proxy->state == WIRE_PROXY_HOME && right != WIRE_RIGHT_SEND) {
		ports->violations++; /* a port that moved has an export of a send right */
		return WIRE_TAKEN_DEAD;
	}
	if (same && proxy->state == WIRE_PROXY_DEAD) {
		wire_ports_say_release(ports, peer, export_id, generation, 1);
		return WIRE_TAKEN_DEAD;
	}
	if (same && proxy->state == WIRE_PROXY_HOME) {
		/* It was sent before the peer heard that the port is ours. */
		wire_ports_say_release(ports, peer, export_id, generation, 1);
		*port = proxy->port;
		return WIRE_TAKEN_LOCAL;
	}
	if (same && proxy->state == WIRE_PROXY_LIVE &&
	    (proxy->right != right || right == WIRE_RIGHT_SEND_ONCE)) {
		ports->violations++; /* a send-once right is an export of its own, and given once */
		return WIRE_TAKEN_DEAD;
	}
	if (same && proxy->state == WIRE_PROXY_LIVE) {
		proxy->received++;
		proxy->made++;
		if (proxy->senderless && !proxy->leaving) {
			wire_ports_add(ports, WIRE_PORTS_WATCH)->port = proxy->port;
		}
		proxy->senderless = false;
		*port = proxy->port;
		return WIRE_TAKEN_PROXY;
	}
	wire_ports_note_proxy(p, export_id);
	*proxy = (struct wire_proxy){.state = WIRE_PROXY_LIVE,
				     .right = right,
				     .generation = generation,
				     .received = 1,
				     .made = 1};
	return WIRE_TAKEN_NEW_PROXY;
}

/* The port behind an export, as a message or a right that comes home uses it: a send-once right is
   used up by that, also if its port is dead.  "wanted": that right alone, 0: any. */
static bool use_export(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		       uint32_t generation, uint8_t wanted, uint32_t *port, uint8_t *right)
{
	struct wire_export *export = wire_ports_find_export(ports, peer, export_id, generation);
	if (export == NULL) {
		return false;
	}
	if (wanted != 0 && export->right != wanted) {
		ports->violations++;
		return false;
	}
	bool live = export->state == WIRE_EXPORT_LIVE;
	*port = export->port;
	*right = export->right;
	if (export->right == WIRE_RIGHT_SEND_ONCE) {
		wire_ports_free_export(ports, peer, export_id);
	}
	return live;
}

enum wire_taken_right wire_ports_take(struct wire_ports *ports, uint32_t peer,
				      const struct wire_descriptor *descriptor, uint32_t *port,
				      uint32_t *owner, uint32_t *export_id, uint32_t *pickup)
{
	if (!ports->peers[peer].up) {
		return WIRE_TAKEN_DEAD;
	}
	uint8_t right;
	*owner = peer;
	*export_id = descriptor->export_id;
	switch (descriptor->where) {
	case WIRE_WHERE_YOURS:
		return use_export(ports, peer, descriptor->export_id, descriptor->generation,
				  descriptor->right, port, &right)
			       ? WIRE_TAKEN_LOCAL
			       : WIRE_TAKEN_DEAD;
	case WIRE_WHERE_MOVED:
		wire_ports_accepted(ports, peer, descriptor->old_id, descriptor->old_generation,
				    descriptor->export_id, descriptor->generation);
		return wire_ports_take_mine(ports, peer, descriptor->export_id,
					    descriptor->generation, descriptor->right, port);
	case WIRE_WHERE_MINE:
		if (descriptor->right == WIRE_RIGHT_RECEIVE) {
			return wire_ports_take_moved(ports, peer, descriptor, port, pickup);
		}
		return wire_ports_take_mine(ports, peer, descriptor->export_id,
					    descriptor->generation, descriptor->right, port);
	case WIRE_WHERE_THIRD:
		return wire_ports_take_third(ports, peer, descriptor, pickup);
	}
	return WIRE_TAKEN_DEAD;
}

void wire_ports_set_proxy(struct wire_ports *ports, uint32_t owner, uint32_t export_id,
			  uint32_t port)
{
	ports->peers[owner].proxies[export_id].port = port;
}

/* --- the kernel's events */

bool wire_ports_no_senders(struct wire_ports *ports, uint32_t port, uint32_t made)
{
	uint32_t export_id, generation;
	uint32_t owner = wire_ports_find_proxy(ports, port, &export_id, &generation);
	if (owner == WIRE_EXPORT_NONE) {
		return true;
	}
	struct wire_proxy *proxy = &ports->peers[owner].proxies[export_id];
	if (proxy->pickup != 0) {
		return true; /* it is becoming a port of ours */
	}
	if (proxy->made != made) {
		return false;
	}
	if (proxy->leaving || proxy->onces > 0) {
		proxy->senderless = true;
		return true;
	}
	wire_ports_say_release(ports, owner, export_id, generation, proxy->received);
	wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_GHOST);
	return true;
}

void wire_ports_once_used(struct wire_ports *ports, uint32_t port, bool died)
{
	uint32_t export_id, generation;
	uint32_t owner = wire_ports_find_proxy(ports, port, &export_id, &generation);
	if (owner == WIRE_EXPORT_NONE) {
		return;
	}
	struct wire_proxy *proxy = &ports->peers[owner].proxies[export_id];
	if (proxy->right == WIRE_RIGHT_SEND) {
		proxy->onces -= proxy->onces > 0;
		bool coming = proxy->pickup != 0; /* it is becoming a port of ours */
		if (proxy->senderless && proxy->onces == 0 && !proxy->leaving && !coming) {
			wire_ports_say_release(ports, owner, export_id, generation,
					       proxy->received);
			wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_GHOST);
		}
		return;
	}
	if (died) {
		wire_ports_say_release(ports, owner, export_id, generation, 1);
	}
	wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_NONE);
}

void wire_ports_dead_name(struct wire_ports *ports, uint32_t port)
{
	ports->dying = true;
	ports->dead_port = port;
	ports->dying_peer = ports->dying_next = 0;
}

/* --- the wire's events */

bool wire_ports_deliver(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			uint32_t generation, uint32_t *port, uint8_t *right)
{
	return use_export(ports, peer, export_id, generation, 0, port, right);
}

/* The owner says that a port is dead.  The right itself may still be on its way: that is
   remembered, until FREED, so that it arrives dead. */
static void take_death(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		       uint32_t generation)
{
	struct wire_proxy *proxy = &ports->peers[peer].proxies[export_id];
	if (proxy->state == WIRE_PROXY_HOME) {
		return; /* the peer's part of a port that is ours now */
	}
	if (proxy->state != WIRE_PROXY_LIVE) {
		proxy->state = WIRE_PROXY_DEAD;
		proxy->generation = generation;
	} else if (proxy->generation == generation) {
		wire_ports_say_release(ports, peer, export_id, generation, proxy->received);
		wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_DEAD);
	}
}

/* The owner says that all references are back. */
static void take_freed(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		       uint32_t generation)
{
	struct wire_proxy *proxy = &ports->peers[peer].proxies[export_id];
	if (proxy->generation != generation) {
		return;
	}
	if (proxy->state == WIRE_PROXY_LIVE) {
		ports->violations++;
		return;
	}
	if (proxy->state == WIRE_PROXY_HOME) {
		wire_ports_home_freed(ports, proxy);
	}
	proxy->state = WIRE_PROXY_NONE;
}

bool wire_ports_item(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		     uint32_t generation, uint8_t kind, const uint8_t *body, uint32_t bytes)
{
	struct wire_reader reader = wire_reader(body, bytes);
	if (kind == WIRE_KIND_RELEASE) {
		struct wire_export *export =
			wire_ports_find_export(ports, peer, export_id, generation);
		uint32_t count = wire_read_u32(&reader);
		return !reader.failed && reader.left == 0 && export != NULL &&
		       wire_ports_release(ports, peer, export_id, export, count);
	}
	if (kind == WIRE_KIND_DEAD || kind == WIRE_KIND_FREED) {
		uint32_t id = wire_read_u32(&reader);
		uint32_t of = wire_read_u32(&reader);
		if (reader.failed || reader.left != 0 || export_id != WIRE_EXPORT_GNS) {
			return false;
		}
		if (id < ports->peers[peer].count && kind == WIRE_KIND_DEAD) {
			take_death(ports, peer, id, of);
		} else if (id < ports->peers[peer].count) {
			take_freed(ports, peer, id, of);
		}
		return true;
	}
	if (kind == WIRE_KIND_MOVE || kind == WIRE_KIND_MOVED) {
		return wire_ports_move_item(ports, peer, export_id, generation, kind, body, bytes);
	}
	return wire_ports_handover_item(ports, peer, export_id, kind, body, bytes);
}

void wire_ports_down(struct wire_ports *ports, uint32_t peer)
{
	ports->peers[peer].up = false;
	ports->ending = peer;
	ports->ending_next = 0;
}

/* --- what is found by looking: one slot a step, so that the effects never overflow */

/* True: there was a slot. */
static bool end_step(struct wire_ports *ports)
{
	uint32_t peer = ports->ending, slot = ports->ending_next++;
	struct wire_ports_peer *p = &ports->peers[peer];
	if (slot >= p->count && slot >= ports->token_count) {
		ports->ending = WIRE_EXPORT_NONE;
		return false;
	}
	if (slot < p->count) {
		struct wire_export *export = &p->exports[slot];
		struct wire_proxy *proxy = &p->proxies[slot];
		if (export->state != WIRE_EXPORT_FREE && export->offered) {
			wire_ports_withdraw(ports, export);
		}
		if (export->state == WIRE_EXPORT_LIVE) {
			wire_ports_drop(ports, export->port, export->right);
		}
		export->state = WIRE_EXPORT_FREE;
		if (proxy->pickup != 0 || proxy->state == WIRE_PROXY_HOME) {
			wire_ports_moving_down(ports, proxy);
		}
		if (proxy->state == WIRE_PROXY_LIVE) {
			wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_NONE);
		}
		proxy->state = WIRE_PROXY_NONE;
	}
	if (slot < ports->token_count) {
		wire_ports_handover_down(ports, peer, slot);
	}
	return true;
}

static bool death_step(struct wire_ports *ports)
{
	if (ports->dying_peer >= ports->peer_count) {
		ports->dying = ports->dying_next < ports->token_count;
		if (ports->dying) {
			wire_ports_handover_dead(ports, ports->dying_next++);
		}
		return ports->dying;
	}
	uint32_t peer = ports->dying_peer, slot = ports->dying_next++;
	struct wire_ports_peer *p = &ports->peers[peer];
	if (slot >= p->count) {
		ports->dying_peer++;
		ports->dying_next = 0;
		return true;
	}
	struct wire_export *export = &p->exports[slot];
	if (export->state == WIRE_EXPORT_LIVE && export->port == ports->dead_port) {
		export->state = WIRE_EXPORT_DEAD;
		wire_ports_drop(ports, export->port, export->right);
		say_export(ports, peer, slot, export->generation, WIRE_KIND_DEAD);
	}
	return true;
}

bool wire_ports_effect(struct wire_ports *ports, struct wire_ports_effect *effect)
{
	while (ports->effect_count == 0) {
		if (ports->ending != WIRE_EXPORT_NONE) {
			(void)end_step(ports);
		} else if (ports->dying) {
			(void)death_step(ports);
		} else if (ports->looking) {
			ports->looking = wire_ports_look(ports);
		} else {
			return false;
		}
	}
	*effect = ports->effects[ports->effect_first];
	ports->effect_first = (ports->effect_first + 1) % WIRE_PORTS_EFFECTS;
	ports->effect_count--;
	return true;
}
