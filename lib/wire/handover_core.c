/* Hand-over: a right to a port of one node goes from a second to a third.  See ports_core.h. */
#include "ports_parts_core.h"

static bool same_bytes(const uint8_t *left, const uint8_t *right)
{
	return __builtin_memcmp(left, right, WIRE_TOKEN_BYTES) == 0;
}

static bool same_node(const struct wire_node_name *left, const struct wire_node_name *right)
{
	return left->incarnation == right->incarnation &&
	       __builtin_memcmp(left->id, right->id, WIRE_SHORT_ID_BYTES) == 0;
}

/* The peer with this id, in whatever incarnation. */
static uint32_t find_node(const struct wire_ports *ports, const struct wire_node_name *node)
{
	for (uint32_t i = 0; i < ports->peer_count; i++) {
		if (__builtin_memcmp(ports->peers[i].name.id, node->id, WIRE_SHORT_ID_BYTES) == 0) {
			return i;
		}
	}
	return WIRE_EXPORT_NONE;
}

/* The peer that is just this incarnation, and up. */
static uint32_t find_up(const struct wire_ports *ports, const struct wire_node_name *node)
{
	uint32_t peer = find_node(ports, node);
	return peer != WIRE_EXPORT_NONE && ports->peers[peer].up &&
			       same_node(&ports->peers[peer].name, node)
		       ? peer
		       : WIRE_EXPORT_NONE;
}

static void say_gift(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		     uint32_t generation, uint8_t kind, const uint8_t *token,
		     const struct wire_node_name *node)
{
	struct wire_ports_effect *effect = wire_ports_say(ports, peer, export_id, generation, kind);
	wire_encode_gift(effect->body, token, node);
	effect->bytes = WIRE_GIFT_BYTES;
}

static void say_token(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		      uint32_t generation, uint8_t kind, const uint8_t *token)
{
	struct wire_ports_effect *effect = wire_ports_say(ports, peer, export_id, generation, kind);
	__builtin_memcpy(effect->body, token, WIRE_TOKEN_BYTES);
	effect->bytes = WIRE_TOKEN_BYTES;
}

static void say_picked(struct wire_ports *ports, uint32_t peer, const uint8_t *token,
		       uint32_t export_id, uint32_t generation, uint8_t right)
{
	struct wire_ports_effect *effect =
		wire_ports_say(ports, peer, WIRE_EXPORT_GNS, 0, WIRE_KIND_PICKED);
	struct wire_writer writer = wire_writer(effect->body, sizeof effect->body);
	wire_write_copy(&writer, token, WIRE_TOKEN_BYTES);
	wire_write_u32(&writer, export_id);
	wire_write_u32(&writer, generation);
	wire_write_u8(&writer, right);
	effect->bytes = WIRE_PICKED_BYTES;
}

/* --- tables that several peers share: see ports_core.h */

static bool is_fair(struct wire_ports *ports, uint32_t used_by_one, uint32_t used)
{
	bool fair = used_by_one < ports->token_count - used;
	ports->refused += !fair;
	return fair;
}

static struct wire_token *new_token(struct wire_ports *ports, uint32_t peer, const uint8_t *token)
{
	struct wire_token *unused = NULL, *flushed = NULL;
	uint32_t used = 0, charged = 0;
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_token *t = &ports->tokens[i];
		used += t->used;
		charged += t->used && t->charged == peer;
		unused = t->used ? unused : t;
		if (t->used && t->charged == peer && !t->provided && t->flushed) {
			flushed = t; /* PROVIDE came before it, most likely */
		}
	}
	unused = flushed != NULL && charged >= ports->token_count - used ? flushed : unused;
	if (unused == NULL || (unused != flushed && !is_fair(ports, charged, used))) {
		return NULL;
	}
	*unused = (struct wire_token){
		.used = true, .charged = peer, .giver = WIRE_EXPORT_NONE, .to = WIRE_EXPORT_NONE};
	__builtin_memcpy(unused->token, token, WIRE_TOKEN_BYTES);
	return unused;
}

static struct wire_gift *new_gift(struct wire_ports *ports, uint32_t owner, uint32_t to)
{
	struct wire_gift *unused = NULL;
	uint32_t used = 0, owners = 0, receivers = 0;
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_gift *gift = &ports->gifts[i];
		used += gift->used;
		owners += gift->used && gift->owner == owner;
		receivers += gift->used && gift->to == to;
		unused = gift->used ? unused : gift;
	}
	return is_fair(ports, owners > receivers ? owners : receivers, used) ? unused : NULL;
}

struct wire_pickup *wire_ports_new_pickup(struct wire_ports *ports, uint32_t peer,
					  const struct wire_node_name *owner)
{
	struct wire_pickup *unused = NULL;
	uint32_t used = 0, owners = 0, givers = 0;
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_pickup *pickup = &ports->pickups[i];
		used += pickup->used;
		owners += pickup->used && same_node(&pickup->owner, owner);
		givers += pickup->used && pickup->from == peer;
		unused = pickup->used ? unused : pickup;
	}
	return is_fair(ports, owners > givers ? owners : givers, used) ? unused : NULL;
}

static void resolve_dead(struct wire_ports *ports, uint32_t number)
{
	struct wire_pickup *pickup = &ports->pickups[number];
	uint32_t giver = find_up(ports, &pickup->giver);
	pickup->resolved = true;
	pickup->export_id = WIRE_EXPORT_NONE;
	ports->looking = true;
	if (giver != WIRE_EXPORT_NONE) {
		/* It has the owner forget the token. */
		say_token(ports, giver, WIRE_EXPORT_GNS, 0, WIRE_KIND_TAKEN, pickup->token);
	}
}

/* --- the giver */

static void end_gift(struct wire_ports *ports, struct wire_gift *gift)
{
	struct wire_proxy *proxy = &ports->peers[gift->owner].proxies[gift->export_id];
	gift->used = false;
	if (gift->right == WIRE_RIGHT_SEND) {
		wire_ports_drop(ports, gift->port, WIRE_RIGHT_SEND);
	}
	if (ports->peers[gift->owner].up && proxy->state == WIRE_PROXY_HOME) {
		wire_ports_release_home(ports, gift->owner, gift->export_id);
	}
}

static void say_provide(struct wire_ports *ports, const struct wire_gift *gift)
{
	struct wire_ports_effect *effect =
		wire_ports_say(ports, gift->owner, WIRE_EXPORT_GNS, 0, WIRE_KIND_PROVIDE);
	struct wire_writer writer =
		wire_writer(effect->body + WIRE_GIFT_BYTES, WIRE_PROVIDE_BYTES - WIRE_GIFT_BYTES);
	wire_encode_gift(effect->body, gift->token, &ports->peers[gift->to].name);
	wire_write_u32(&writer, gift->export_id);
	wire_write_u32(&writer, gift->generation);
	effect->bytes = WIRE_PROVIDE_BYTES;
}

enum wire_given wire_ports_hand_over(struct wire_ports *ports, uint32_t peer, uint32_t owner,
				     uint32_t export_id, struct wire_proxy *proxy,
				     const uint8_t token[WIRE_TOKEN_BYTES],
				     struct wire_descriptor *descriptor)
{
	struct wire_gift *gift = new_gift(ports, owner, peer);
	if (gift == NULL) {
		return WIRE_GIVEN_REFUSED;
	}
	*gift = (struct wire_gift){.used = true,
				   .owner = owner,
				   .to = peer,
				   .export_id = export_id,
				   .generation = proxy->generation,
				   .port = proxy->port,
				   .right = proxy->right};
	__builtin_memcpy(gift->token, token, WIRE_TOKEN_BYTES);
	descriptor->where = WIRE_WHERE_THIRD;
	__builtin_memcpy(descriptor->token, token, WIRE_TOKEN_BYTES);
	descriptor->node = ports->peers[owner].name;
	say_provide(ports, gift);
	if (proxy->right == WIRE_RIGHT_SEND_ONCE) {
		wire_ports_destroy_proxy(ports, proxy, WIRE_PROXY_NONE);
	} else {
		/* Behind our earlier messages to the port: what the third one sends comes after. */
		say_token(ports, owner, export_id, proxy->generation, WIRE_KIND_FLUSHED, token);
	}
	return WIRE_GIVEN_KEPT;
}

bool wire_ports_is_given(const struct wire_ports *ports, uint32_t owner, uint32_t export_id)
{
	for (uint32_t i = 0; i < ports->token_count; i++) {
		const struct wire_gift *gift = &ports->gifts[i];
		if (gift->used && gift->owner == owner && gift->export_id == export_id &&
		    gift->generation == ports->peers[owner].proxies[export_id].generation) {
			return true;
		}
	}
	return false;
}

static void cancel_gift(struct wire_ports *ports, struct wire_gift *gift)
{
	if (ports->peers[gift->owner].up) {
		say_token(ports, gift->owner, WIRE_EXPORT_GNS, 0, WIRE_KIND_CANCEL, gift->token);
	}
	end_gift(ports, gift);
}

void wire_ports_cancel(struct wire_ports *ports, const uint8_t token[WIRE_TOKEN_BYTES])
{
	for (uint32_t i = 0; i < ports->token_count; i++) {
		if (ports->gifts[i].used && same_bytes(ports->gifts[i].token, token)) {
			cancel_gift(ports, &ports->gifts[i]);
		}
	}
}

/* --- the owner */

#define WAIT_DEATHS  8 /* so many death bounds PICKUP waits for PROVIDE */
#define FLUSH_DEATHS 2 /* and so many PICKUP or FLUSHED for the other, once PROVIDE is there */

static struct wire_token *find_token(struct wire_ports *ports, const uint8_t *token)
{
	for (uint32_t i = 0; i < ports->token_count; i++) {
		if (ports->tokens[i].used && same_bytes(ports->tokens[i].token, token)) {
			return &ports->tokens[i];
		}
	}
	return NULL;
}

static void say_taken(struct wire_ports *ports, const struct wire_token *token)
{
	if (token->giver != WIRE_EXPORT_NONE && ports->peers[token->giver].up) {
		say_token(ports, token->giver, WIRE_EXPORT_GNS, 0, WIRE_KIND_TAKEN, token->token);
	}
}

/* The port has moved to who asks for it: it hears which export it is.  We keep the right until it
   says TAKEN, or RELEASE on the port's stream could overtake the answer. */
static bool answer_home(struct wire_ports *ports, struct wire_token *token)
{
	uint32_t export_id, generation, to = token->to;
	if (token->right != WIRE_RIGHT_SEND ||
	    wire_ports_find_proxy(ports, token->port, &export_id, &generation) != to) {
		return false;
	}
	say_picked(ports, to, token->token, export_id, generation, token->right | WIRE_RIGHT_YOURS);
	say_taken(ports, token);
	token->home = true;
	token->giver = WIRE_EXPORT_NONE;
	token->expires_us = 0;
	return true;
}

/* Who waits for the token gets an export of its own, or hears that there is nothing. */
static void answer(struct wire_ports *ports, struct wire_token *token)
{
	uint32_t export_id = WIRE_EXPORT_NONE, generation = 0, to = token->to;
	bool kept = false;
	if (answer_home(ports, token)) {
		return;
	}
	if (token->right != 0) {
		export_id = wire_ports_export(ports, to, token->port, token->right, &kept);
		if (!kept) {
			wire_ports_drop(ports, token->port, token->right);
		}
	}
	if (export_id != WIRE_EXPORT_NONE) {
		generation = ports->peers[to].exports[export_id].generation;
	}
	say_picked(ports, to, token->token, export_id, generation, token->right);
	say_taken(ports, token);
	token->used = false;
}

/* PROVIDE and PICKUP are both there. */
static void answer_in_order(struct wire_ports *ports, struct wire_token *token)
{
	if (token->flushed) {
		answer(ports, token);
	} else {
		token->expires_us = ports->now_us + FLUSH_DEATHS * ports->death_us;
	}
}

static void drop_token(struct wire_ports *ports, struct wire_token *token)
{
	if (token->provided && token->right != 0) {
		wire_ports_drop(ports, token->port, token->right);
	}
	token->used = false;
}

static void take_taken(struct wire_ports *ports, uint32_t peer, const uint8_t *token)
{
	struct wire_token *held = find_token(ports, token);
	if (held != NULL && held->home && held->to == peer) {
		drop_token(ports, held);
	}
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_gift *gift = &ports->gifts[i];
		if (gift->used && gift->owner == peer && same_bytes(gift->token, token)) {
			end_gift(ports, gift);
		} else if (gift->used && gift->to == peer && same_bytes(gift->token, token)) {
			cancel_gift(ports, gift);
		}
	}
}

/* The giver takes it back.  Who waits for FLUSHED hears so: it would hold up the message, and what
   is behind that, until its time has passed. */
static void take_cancel(struct wire_ports *ports, uint32_t peer, const uint8_t *bytes)
{
	struct wire_token *token = find_token(ports, bytes);
	if (token == NULL || !token->provided || token->giver != peer) {
		return;
	}
	if (token->to != WIRE_EXPORT_NONE) {
		say_picked(ports, token->to, bytes, WIRE_EXPORT_NONE, 0, 0);
	}
	drop_token(ports, token);
}

/* What the giver gives: its own reference to a send right stays as it is, a send-once right is the
   token's.  Its port may be dead. */
static void take_given(struct wire_ports *ports, struct wire_token *token, uint32_t peer,
		       uint32_t export_id, uint32_t generation)
{
	struct wire_export *export = wire_ports_find_export(ports, peer, export_id, generation);
	bool once = export != NULL && export->right == WIRE_RIGHT_SEND_ONCE;
	if (export != NULL && export->state == WIRE_EXPORT_LIVE) {
		token->port = export->port;
		token->right = export->right;
		if (!once) {
			wire_ports_add(ports, WIRE_PORTS_COPY)->port = export->port;
		}
	}
	if (once) {
		wire_ports_free_export(ports, peer, export_id);
	}
	token->flushed |= token->right != WIRE_RIGHT_SEND;
}

/* False: against the protocol. */
static bool take_provide(struct wire_ports *ports, uint32_t peer, const uint8_t *bytes,
			 const struct wire_node_name *to, uint32_t export_id, uint32_t generation)
{
	struct wire_token refused = {0}, *token = find_token(ports, bytes);
	if (token != NULL && token->provided) {
		return false;
	}
	if (token != NULL && token->to != WIRE_EXPORT_NONE &&
	    !same_node(&ports->peers[token->to].name, to)) {
		/* It is not meant for who asks for it. */
		say_picked(ports, token->to, bytes, WIRE_EXPORT_NONE, 0, 0);
		token->to = WIRE_EXPORT_NONE;
	}
	token = token != NULL ? token : new_token(ports, peer, bytes);
	if (token == NULL) {
		/* Who picks it up waits for its time to pass, and has the giver cancel. */
		take_given(ports, &refused, peer, export_id, generation);
		if (refused.right != 0) {
			wire_ports_drop(ports, refused.port, refused.right);
		}
		return true;
	}
	token->provided = true;
	token->charged = token->giver = peer;
	token->node = *to;
	token->expires_us = 0;
	take_given(ports, token, peer, export_id, generation);
	if (token->to != WIRE_EXPORT_NONE) {
		answer_in_order(ports, token);
	}
	return true;
}

static void take_flushed(struct wire_ports *ports, uint32_t peer, const uint8_t *bytes)
{
	struct wire_token *token = find_token(ports, bytes);
	if (token == NULL) {
		/* PROVIDE was lost and comes again; or all is over. */
		token = new_token(ports, peer, bytes);
		if (token != NULL) {
			token->giver = peer;
			token->expires_us = ports->now_us + FLUSH_DEATHS * ports->death_us;
		}
	}
	if (token != NULL && token->giver == peer) {
		token->flushed = true;
		if (token->provided && !token->home && token->to != WIRE_EXPORT_NONE) {
			answer(ports, token);
		}
	}
}

static void take_pickup(struct wire_ports *ports, uint32_t peer, const uint8_t *bytes,
			const struct wire_node_name *giver)
{
	struct wire_token *token = find_token(ports, bytes);
	if (token != NULL && token->provided && !token->home &&
	    same_node(&token->node, &ports->peers[peer].name)) {
		token->to = peer;
		answer_in_order(ports, token);
		return;
	}
	bool early = token != NULL && !token->provided && token->to == WIRE_EXPORT_NONE;
	token = token == NULL ? new_token(ports, peer, bytes) : early ? token : NULL;
	if (token == NULL) {
		say_picked(ports, peer, bytes, WIRE_EXPORT_NONE, 0, 0);
		return;
	}
	token->to = peer;
	token->node = *giver;
	token->giver = find_up(ports, giver);
	/* PROVIDE is on its way, unless the giver is gone; and no wait is for ever. */
	token->expires_us = ports->now_us +
			    ports->death_us * (token->giver != WIRE_EXPORT_NONE ? WAIT_DEATHS : 1);
}

/* Nobody came for it in time; or FLUSHED did not, or PROVIDE. */
static void expire(struct wire_ports *ports, struct wire_token *token)
{
	if (token->provided && token->to != WIRE_EXPORT_NONE) {
		answer(ports, token);
		return;
	}
	if (token->to != WIRE_EXPORT_NONE && ports->peers[token->to].up) {
		say_picked(ports, token->to, token->token, WIRE_EXPORT_NONE, 0, 0);
	}
	drop_token(ports, token);
}

void wire_ports_time(struct wire_ports *ports, uint64_t now_us)
{
	ports->now_us = now_us;
	for (uint32_t i = 0; i < ports->token_count && ports->effect_count < 8; i++) {
		struct wire_pickup *pickup = &ports->pickups[i];
		if (!pickup->used || pickup->resolved || pickup->expires_us == 0 ||
		    now_us < pickup->expires_us) {
			continue;
		}
		if (pickup->moves) {
			wire_ports_move_late(ports, pickup);
		} else {
			resolve_dead(ports, i);
		}
	}
	/* Few at a time: the rest has its turn at the next call. */
	for (uint32_t i = 0; i < ports->token_count && ports->effect_count < 8; i++) {
		struct wire_token *token = &ports->tokens[i];
		if (!token->used || token->expires_us == 0 || now_us < token->expires_us) {
			continue;
		}
		expire(ports, token);
	}
}

/* --- the receiver */

static void ask(struct wire_ports *ports, uint32_t peer, struct wire_pickup *pickup)
{
	pickup->asked = true;
	pickup->expires_us = ports->now_us + (WAIT_DEATHS + FLUSH_DEATHS) * ports->death_us;
	say_gift(ports, peer, WIRE_EXPORT_GNS, 0, WIRE_KIND_PICKUP, pickup->token, &pickup->giver);
}

enum wire_taken_right wire_ports_take_third(struct wire_ports *ports, uint32_t peer,
					    const struct wire_descriptor *descriptor,
					    uint32_t *pickup)
{
	uint32_t owner = find_node(ports, &descriptor->node);
	struct wire_pickup *p = owner == WIRE_EXPORT_NONE || owner == peer
					? NULL
					: wire_ports_new_pickup(ports, peer, &descriptor->node);
	if (p == NULL) {
		/* The giver has the owner forget the token. */
		say_token(ports, peer, WIRE_EXPORT_GNS, 0, WIRE_KIND_TAKEN, descriptor->token);
		return WIRE_TAKEN_DEAD;
	}
	*p = (struct wire_pickup){.used = true,
				  .from = peer,
				  .owner = descriptor->node,
				  .giver = ports->peers[peer].name,
				  .right = descriptor->right};
	__builtin_memcpy(p->token, descriptor->token, WIRE_TOKEN_BYTES);
	*pickup = (uint32_t)(p - ports->pickups);
	if (find_up(ports, &p->owner) == owner) {
		ask(ports, owner, p);
	} else if (ports->peers[owner].up) {
		/* Either the giver knows an older incarnation than we, or we than it. */
		p->expires_us = ports->now_us + 2 * ports->death_us;
	} else {
		wire_ports_add(ports, WIRE_PORTS_CONNECT)->peer = owner;
	}
	return WIRE_TAKEN_PENDING;
}

void wire_ports_up(struct wire_ports *ports, uint32_t peer, uint64_t incarnation)
{
	ports->peers[peer].up = true;
	ports->peers[peer].name.incarnation = incarnation;
	ports->looking = true;
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_pickup *pickup = &ports->pickups[i];
		if (pickup->used && !pickup->moves && find_node(ports, &pickup->owner) == peer) {
			pickup->expires_us = 0;
		}
	}
}

bool wire_ports_look(struct wire_ports *ports)
{
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_pickup *pickup = &ports->pickups[i];
		uint32_t owner = pickup->used ? find_node(ports, &pickup->owner) : 0;
		if (!pickup->used || pickup->told) {
			continue;
		}
		if (pickup->resolved) {
			pickup->told = true;
			wire_ports_add(ports, WIRE_PORTS_RESOLVED)->pickup = i;
			return true;
		}
		if (!pickup->asked && ports->peers[owner].up && pickup->expires_us == 0) {
			if (same_node(&ports->peers[owner].name, &pickup->owner)) {
				ask(ports, owner, pickup);
			} else {
				resolve_dead(ports, i);
			}
			return true;
		}
	}
	return false;
}

void wire_ports_unreachable(struct wire_ports *ports, uint32_t peer)
{
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_pickup *pickup = &ports->pickups[i];
		if (pickup->used && !pickup->asked && !pickup->resolved &&
		    find_node(ports, &pickup->owner) == peer) {
			pickup->expires_us = ports->now_us + 1;
		}
	}
}

/* The right is to a port that is ours meanwhile. */
static void take_picked_home(struct wire_ports *ports, struct wire_pickup *pickup)
{
	const struct wire_export *export =
		wire_ports_find_export(ports, pickup->peer, pickup->export_id, pickup->generation);
	if (export != NULL && export->state == WIRE_EXPORT_LIVE &&
	    export->right == WIRE_RIGHT_SEND) {
		pickup->home = true;
		pickup->port = export->port;
		wire_ports_add(ports, WIRE_PORTS_COPY)->port = export->port;
	} else {
		pickup->export_id = WIRE_EXPORT_NONE;
	}
	say_token(ports, pickup->peer, WIRE_EXPORT_GNS, 0, WIRE_KIND_TAKEN, pickup->token);
}

static bool take_picked(struct wire_ports *ports, uint32_t peer, const uint8_t *body,
			uint32_t bytes)
{
	struct wire_reader reader = wire_reader(body, bytes);
	const uint8_t *token = wire_read_bytes(&reader, WIRE_TOKEN_BYTES);
	uint32_t export_id = wire_read_u32(&reader);
	uint32_t generation = wire_read_u32(&reader);
	uint8_t right = wire_read_u8(&reader);
	if (reader.failed || reader.left != 0) {
		return false;
	}
	for (uint32_t i = 0; i < ports->token_count; i++) {
		struct wire_pickup *pickup = &ports->pickups[i];
		if (pickup->used && pickup->asked && !pickup->resolved && !pickup->moves &&
		    same_bytes(pickup->token, token) &&
		    same_node(&pickup->owner, &ports->peers[peer].name)) {
			if (export_id == WIRE_EXPORT_NONE) {
				resolve_dead(ports, i);
				return true;
			}
			pickup->resolved = true;
			pickup->peer = peer;
			pickup->export_id = export_id;
			pickup->generation = generation;
			ports->looking = true;
			if ((right & ~WIRE_RIGHT_YOURS) != pickup->right) {
				pickup->export_id = WIRE_EXPORT_NONE;
				break; /* the giver or the owner lies: it arrives dead, and goes
					  back */
			}
			if ((right & WIRE_RIGHT_YOURS) != 0) {
				take_picked_home(ports, pickup);
			}
			return true;
		}
	}
	/* Nobody waits any more: what was given goes back. */
	if (export_id != WIRE_EXPORT_NONE && (right & WIRE_RIGHT_YOURS) != 0) {
		say_token(ports, peer, WIRE_EXPORT_GNS, 0, WIRE_KIND_TAKEN, token);
	} else if (export_id != WIRE_EXPORT_NONE && export_id >= WIRE_EXPORT_FIRST) {
		wire_ports_say_release(ports, peer, export_id, generation, 1);
	}
	return export_id >= WIRE_EXPORT_FIRST;
}

enum wire_taken_right wire_ports_resolve(struct wire_ports *ports, uint32_t number, uint32_t *port,
					 uint32_t *owner, uint32_t *export_id)
{
	struct wire_pickup *pickup = &ports->pickups[number];
	pickup->used = false;
	if (pickup->moves) {
		*port = pickup->port;
		return pickup->export_id == WIRE_EXPORT_NONE ? WIRE_TAKEN_DEAD : WIRE_TAKEN_RECEIVE;
	}
	if (pickup->home) {
		*port = pickup->port;
		wire_ports_drop(ports, pickup->port, WIRE_RIGHT_SEND);
		return WIRE_TAKEN_LOCAL;
	}
	/* Its owner may have died since it answered. */
	if (pickup->export_id == WIRE_EXPORT_NONE ||
	    find_up(ports, &pickup->owner) != pickup->peer) {
		return WIRE_TAKEN_DEAD;
	}
	*owner = pickup->peer;
	*export_id = pickup->export_id;
	return wire_ports_take_mine(ports, pickup->peer, pickup->export_id, pickup->generation,
				    pickup->right, port);
}

/* --- both */

bool wire_ports_handover_item(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			      uint8_t kind, const uint8_t *body, uint32_t bytes)
{
	uint8_t token[WIRE_TOKEN_BYTES];
	struct wire_node_name node;
	struct wire_reader reader = wire_reader(body, bytes);
	bool plain = bytes == WIRE_TOKEN_BYTES;
	switch (kind) {
	case WIRE_KIND_PROVIDE:
		if (export_id == WIRE_EXPORT_GNS && bytes == WIRE_PROVIDE_BYTES &&
		    wire_decode_gift(body, WIRE_GIFT_BYTES, token, &node)) {
			(void)wire_read_bytes(&reader, WIRE_GIFT_BYTES);
			uint32_t id = wire_read_u32(&reader);
			return take_provide(ports, peer, token, &node, id, wire_read_u32(&reader));
		}
		return false;
	case WIRE_KIND_FLUSHED:
		if (plain) {
			take_flushed(ports, peer, body);
		}
		return plain;
	case WIRE_KIND_PICKUP:
		if (export_id == WIRE_EXPORT_GNS && wire_decode_gift(body, bytes, token, &node)) {
			take_pickup(ports, peer, token, &node);
			return true;
		}
		return false;
	case WIRE_KIND_CANCEL:
		if (plain) {
			take_cancel(ports, peer, body);
		}
		return plain;
	case WIRE_KIND_TAKEN:
		if (plain) {
			take_taken(ports, peer, body);
		}
		return plain;
	case WIRE_KIND_PICKED:
		return export_id == WIRE_EXPORT_GNS && take_picked(ports, peer, body, bytes);
	}
	return false;
}

void wire_ports_handover_dead(struct wire_ports *ports, uint32_t slot)
{
	struct wire_token *token = &ports->tokens[slot];
	if (token->used && token->provided && token->right != 0 &&
	    token->port == ports->dead_port) {
		wire_ports_drop(ports, token->port, token->right);
		token->right = 0;
	}
}

void wire_ports_handover_down(struct wire_ports *ports, uint32_t peer, uint32_t slot)
{
	struct wire_token *token = &ports->tokens[slot];
	struct wire_gift *gift = &ports->gifts[slot];
	struct wire_pickup *pickup = &ports->pickups[slot];
	if (token->used && token->giver == peer) {
		/* It has said all that it ever will. */
		token->giver = WIRE_EXPORT_NONE;
		token->flushed = true;
		token->expires_us =
			ports->now_us + (token->to != WIRE_EXPORT_NONE ? 1 : ports->death_us);
	}
	/* The one that it is for may come again, in another association.  Unless it has died: then
	   the giver cancels. */
	if (token->used && token->to == peer && (token->home || !token->provided)) {
		drop_token(ports, token);
	} else if (token->used && token->to == peer) {
		token->to = WIRE_EXPORT_NONE;
		token->expires_us =
			token->giver == WIRE_EXPORT_NONE ? ports->now_us + ports->death_us : 0;
	}
	if (gift->used && gift->owner == peer) {
		end_gift(ports, gift);
	} else if (gift->used && gift->to == peer) {
		cancel_gift(ports, gift);
	}
	if (pickup->used && !pickup->resolved && !pickup->moves &&
	    find_node(ports, &pickup->owner) == peer) {
		pickup->asked = false;
		pickup->expires_us = 0;
		wire_ports_add(ports, WIRE_PORTS_CONNECT)->peer = peer;
	}
}
