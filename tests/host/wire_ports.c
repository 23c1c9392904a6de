/* Rights across nodes: the port tables of several nodes over streams that keep their order and
   overtake each other, with a naive kernel of each node and the truth about every right.  At every
   step: no right names another port than it did, no port has two names on a node, no-senders never
   comes too early; in the end nothing is left that should not be.
   LINK: lib/wire/ports_core.c lib/wire/handover_core.c lib/wire/move_core.c lib/wire/frame_core.c
 */
#include "tap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ports_core.h"

#define NODES      4
#define EXPORTS    64
#define TOKENS     64
#define PORTS      20000 /* kernel ports that ever were, of all nodes */
#define ONCES      20000
#define ONCE       1000000 /* names of send-once rights begin here */
#define RIGHTS     2
#define STREAMS    4096
#define FLIGHT     8192
#define REASONABLE 64

static uint64_t state;
static const char *problem;

#define EXPECT(condition, text)                                                                    \
	do {                                                                                       \
		if (!(condition) && problem == NULL) {                                             \
			problem = text;                                                            \
		}                                                                                  \
	} while (0)

static uint32_t below(uint32_t limit)
{
	return (uint32_t)((tap_random(&state) >> 20) % limit);
}

/* --- the kernels */

/* A port: a program's own, or a proxy that the network server has. */
static struct port {
	bool used, alive, proxy, once, notified;
	uint32_t node, life;
	uint32_t real;                  /* which program's port it stands for, or itself */
	uint32_t users, server, moving; /* send rights: of programs, of the server, in messages */
	uint32_t made;
	bool event; /* no-senders is on its way */
	uint32_t event_made;
	uint32_t origin;                    /* of a proxy for a send-once right: that right */
	uint32_t queue[REASONABLE], queued; /* of a proxy: messages to be forwarded */
} ports[PORTS];
static uint32_t port_count;

enum holder { NOBODY, USER, SERVER, MOVING };

static struct once {
	enum holder holder;
	uint32_t node, port;
	uint32_t origin;   /* the program's send-once right that it stands for */
	uint32_t resolved; /* of an origin: used or notified, how often */
	bool lost;         /* of an origin: a crash may have taken it */
} onces[ONCES];
static uint32_t once_count;

struct right {
	uint8_t kind;  /* 0: dead */
	uint32_t name; /* port, or ONCE + once */
};

static struct message {
	bool used;
	uint32_t to; /* port */
	uint32_t from_node, number;
	struct right rights[RIGHTS];
} messages[FLIGHT];

static struct node {
	uint32_t life;
	bool alive;
	struct wire_ports wire;
	struct wire_ports_peer peers[NODES];
	struct wire_export exports[NODES][EXPORTS];
	struct wire_proxy proxies[NODES][EXPORTS];
	struct wire_token tokens[TOKENS];
	struct wire_gift gifts[TOKENS];
	struct wire_pickup pickups[TOKENS];
	uint32_t sent[PORTS / 8]; /* numbers of messages to each real port (first ones) */
} nodes[NODES];

static uint32_t last_number[NODES][PORTS / 8];
static bool calm; /* no node crashes: a right whose port lives arrives */
static uint32_t deliveries, handovers, no_senders, dead_names, crashes;

/* --- the wire */

struct item {
	struct item *next;
	uint8_t kind;
	uint8_t body[WIRE_PROVIDE_BYTES];
	uint32_t bytes;
	/* MESSAGE: */
	uint32_t number, from_node;
	struct wire_descriptor descriptors[RIGHTS];
	struct right carried[RIGHTS];
	uint32_t truth[RIGHTS]; /* the real port, or the origin */
};

static struct stream {
	bool used;
	uint32_t from, to, from_life, to_life, export_id, generation;
	struct item *first, *last;
	/* The head has arrived, for this port, and waits for pickups. */
	bool held, found;
	uint32_t port;
	uint8_t right;
	bool known[RIGHTS];
	struct right taken[RIGHTS];
	uint32_t pickups[RIGHTS];
} streams[STREAMS];

static struct stream *stream_of(uint32_t from, uint32_t to, uint32_t export_id, uint32_t generation)
{
	struct stream *unused = NULL;
	for (uint32_t i = 0; i < STREAMS; i++) {
		struct stream *s = &streams[i];
		if (s->used && s->from == from && s->to == to && s->export_id == export_id &&
		    s->generation == generation && s->from_life == nodes[from].life &&
		    s->to_life == nodes[to].life) {
			return s;
		}
		if (!s->used && unused == NULL) {
			unused = s;
		}
	}
	if (unused == NULL) {
		abort();
	}
	*unused = (struct stream){.used = true,
				  .from = from,
				  .to = to,
				  .from_life = nodes[from].life,
				  .to_life = nodes[to].life,
				  .export_id = export_id,
				  .generation = generation};
	return unused;
}

static struct item *add_item(uint32_t from, uint32_t to, uint32_t export_id, uint32_t generation,
			     uint8_t kind)
{
	struct stream *s = stream_of(from, to, export_id, generation);
	struct item *item = calloc(1, sizeof *item);
	item->kind = kind;
	if (s->last != NULL) {
		s->last->next = item;
	} else {
		s->first = item;
	}
	s->last = item;
	return item;
}

/* --- kernel: rights come and go */

static uint32_t new_port(uint32_t node, bool proxy, uint32_t real)
{
	uint32_t p = port_count++;
	if (p == PORTS) {
		abort();
	}
	ports[p] = (struct port){.used = true,
				 .alive = true,
				 .proxy = proxy,
				 .node = node,
				 .life = nodes[node].life,
				 .real = proxy ? real : p};
	return p;
}

static uint32_t new_once(uint32_t node, uint32_t port, uint32_t origin, enum holder holder)
{
	uint32_t o = once_count++;
	if (o == ONCES) {
		abort();
	}
	onces[o] = (struct once){holder, node, port, origin == WIRE_EXPORT_NONE ? o : origin,
				 0,      false};
	return o;
}

/* Rights of programs and messages, anywhere, that lead to a real port. */
static uint32_t truth_count(uint32_t real)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < port_count; i++) {
		if (ports[i].real == real && ports[i].alive) {
			count += ports[i].users + ports[i].moving;
		}
	}
	for (uint32_t i = 0; i < STREAMS; i++) {
		const struct stream *s = &streams[i];
		if (!s->used || !nodes[s->from].alive || !nodes[s->to].alive ||
		    s->from_life != nodes[s->from].life || s->to_life != nodes[s->to].life ||
		    !nodes[s->from].peers[s->to].up) {
			continue;
		}
		for (const struct item *item = s->first; item != NULL; item = item->next) {
			for (uint32_t r = 0; r < RIGHTS && !(s->held && item == s->first); r++) {
				count += item->descriptors[r].right == WIRE_RIGHT_SEND &&
					 item->descriptors[r].where != WIRE_WHERE_NOWHERE &&
					 item->truth[r] == real;
			}
		}
	}
	return count;
}

static void check_senders(uint32_t p)
{
	struct port *port = &ports[p];
	if (!port->alive || port->once || port->made == 0 ||
	    port->users + port->server + port->moving > 0) {
		return;
	}
	if (port->proxy) {
		port->event = true;
		port->event_made = port->made;
	} else if (!port->notified) {
		port->notified = true;
		no_senders++;
		EXPECT(truth_count(p) == 0, "no-senders although somebody has a right");
	}
}

static void drop_once(uint32_t o);

static void drop_right(struct right right, enum holder holder)
{
	if (right.kind == WIRE_RIGHT_SEND_ONCE) {
		/* Its port may have died meanwhile, and it with it. */
		if (onces[right.name - ONCE].holder != NOBODY) {
			drop_once(right.name - ONCE);
		}
	} else if (right.kind == WIRE_RIGHT_SEND) {
		struct port *port = &ports[right.name];
		uint32_t *count = holder == USER     ? &port->users
				  : holder == SERVER ? &port->server
						     : &port->moving;
		if (port->alive || holder == SERVER) {
			EXPECT(*count > 0, "a right is dropped that nobody has");
			*count -= *count > 0;
			check_senders(right.name);
		}
	}
}

static void drain(uint32_t n);

/* A send-once right dies unused: its port hears of it. */
static void drop_once(uint32_t o)
{
	struct once *once = &onces[o];
	EXPECT(once->holder != NOBODY, "a send-once right dies twice");
	once->holder = NOBODY;
	struct port *port = &ports[once->port];
	if (!port->alive || !nodes[once->node].alive || port->life != nodes[once->node].life) {
		return;
	}
	if (port->proxy) {
		wire_ports_once_used(&nodes[once->node].wire, once->port, true);
		drain(once->node);
	} else {
		onces[once->origin].resolved++;
		EXPECT(onces[once->origin].resolved == 1, "a send-once right is used up twice");
	}
}

static void kill_port(uint32_t p)
{
	struct port *port = &ports[p];
	if (!port->alive) {
		return;
	}
	port->alive = false;
	port->users = port->moving = 0;
	for (uint32_t i = 0; i < port->queued; i++) {
		struct message *m = &messages[port->queue[i]];
		for (uint32_t r = 0; r < RIGHTS; r++) {
			drop_right(m->rights[r], MOVING);
		}
		m->used = false;
	}
	port->queued = 0;
	for (uint32_t o = 0; o < once_count; o++) {
		if (onces[o].port == p && onces[o].holder != NOBODY && onces[o].holder != SERVER) {
			onces[o].holder = NOBODY;
			if (port->proxy) {
				onces[onces[o].origin].lost = true;
			}
		}
	}
}

/* --- the network server's request.c, as it would be */

static void finish_message(struct stream *s);

static void carry_out(uint32_t n, const struct wire_ports_effect *e)
{
	struct node *node = &nodes[n];
	struct item *item;
	switch (e->kind) {
	case WIRE_PORTS_SEND:
		if (node->peers[e->peer].up) {
			item = add_item(n, e->peer, e->export_id, e->generation, e->item);
			memcpy(item->body, e->body, e->bytes);
			item->bytes = e->bytes;
			handovers += e->item == WIRE_KIND_PROVIDE;
		}
		break;
	case WIRE_PORTS_COPY:
		ports[e->port].server++;
		break;
	case WIRE_PORTS_DROP:
		drop_right((struct right){e->right, e->port}, SERVER);
		break;
	case WIRE_PORTS_DESTROY:
		EXPECT(ports[e->port].node == n && ports[e->port].proxy, "not a proxy of its own");
		EXPECT(ports[e->port].once || !ports[ports[e->port].real].alive ||
			       !node->peers[ports[ports[e->port].real].node].up ||
			       ports[e->port].users + ports[e->port].moving == 0,
		       "a proxy is destroyed that somebody has a right to");
		kill_port(e->port);
		break;
	case WIRE_PORTS_RESOLVED:
		for (uint32_t i = 0; i < STREAMS; i++) {
			struct stream *s = &streams[i];
			for (uint32_t r = 0; s->used && s->held && s->to == n && r < RIGHTS; r++) {
				if (!s->known[r] && s->pickups[r] == e->pickup) {
					s->pickups[r] = WIRE_EXPORT_NONE;
					finish_message(s);
					return;
				}
			}
		}
		EXPECT(false, "nobody waits for a right");
		break;
	default:
		break;
	}
}

static void drain(uint32_t n)
{
	struct wire_ports_effect effect;
	while (problem == NULL && wire_ports_effect(&nodes[n].wire, &effect)) {
		carry_out(n, &effect);
	}
}

static uint32_t truth_of(struct right right)
{
	return right.kind == WIRE_RIGHT_SEND_ONCE ? onces[onces[right.name - ONCE].origin].origin
						  : ports[right.name].real;
}

/* A right that the server got in a message goes to a peer. */
static void give_right(uint32_t n, uint32_t to, struct item *item, uint32_t r, struct right right)
{
	uint8_t token[WIRE_TOKEN_BYTES];
	uint32_t name = right.name;
	item->descriptors[r] = (struct wire_descriptor){.right = WIRE_RIGHT_SEND};
	if (right.kind == 0 ||
	    !ports[right.kind == WIRE_RIGHT_SEND_ONCE ? onces[name - ONCE].port : name].alive) {
		if (right.kind == WIRE_RIGHT_SEND_ONCE) {
			drop_right(right, SERVER);
		}
		return;
	}
	item->truth[r] = truth_of(right);
	if (right.kind == WIRE_RIGHT_SEND) {
		ports[name].moving--;
		ports[name].server++;
	} else {
		onces[name - ONCE].holder = SERVER;
		if (ports[onces[name - ONCE].port].proxy) {
			name = onces[name - ONCE].port;
		}
	}
	for (uint32_t i = 0; i < sizeof token; i++) {
		token[i] = (uint8_t)tap_random(&state);
	}
	switch (wire_ports_give(&nodes[n].wire, to, name, right.kind, token,
				&item->descriptors[r])) {
	case WIRE_GIVEN_KEPT:
		if (right.kind == WIRE_RIGHT_SEND_ONCE && name < ONCE) {
			onces[right.name - ONCE].holder = NOBODY; /* with its proxy */
		}
		break;
	case WIRE_GIVEN_CARRIED:
		item->carried[r] = right;
		break;
	case WIRE_GIVEN_SPARE:
	case WIRE_GIVEN_REFUSED:
		drop_right(right, SERVER);
		break;
	}
}

/* The first message in a proxy's queue goes over the wire. */
static void forward(uint32_t p)
{
	struct port *port = &ports[p];
	uint32_t n = port->node, export_id, generation;
	struct message *m = &messages[port->queue[0]];
	memmove(port->queue, port->queue + 1, --port->queued * sizeof port->queue[0]);
	m->used = false;
	uint32_t to = wire_ports_find_proxy(&nodes[n].wire, p, &export_id, &generation);
	EXPECT(to != WIRE_EXPORT_NONE, "a proxy that is none");
	if (problem != NULL) {
		return;
	}
	/* Built first: what giving has to say goes before it. */
	struct item built = {
		.kind = WIRE_KIND_MESSAGE, .number = m->number, .from_node = m->from_node};
	for (uint32_t r = 0; r < RIGHTS; r++) {
		give_right(n, to, &built, r, m->rights[r]);
		drain(n);
	}
	struct item *item = add_item(n, to, export_id, generation, WIRE_KIND_MESSAGE);
	built.next = item->next;
	*item = built;
	if (port->once) {
		wire_ports_once_used(&nodes[n].wire, p, false);
		drain(n);
	}
}

/* What the tables answered becomes a right in a message. */
static struct right make_right(uint32_t n, enum wire_taken_right taken, uint32_t port,
			       uint32_t owner, uint32_t export_id, const struct wire_descriptor *d,
			       uint32_t truth)
{
	struct right right = {0, 0};
	uint32_t real = truth;
	switch (taken) {
	case WIRE_TAKEN_DEAD:
		real = d->right == WIRE_RIGHT_SEND ? truth : onces[truth].port;
		EXPECT(!calm || d->where == WIRE_WHERE_NOWHERE || !ports[real].alive,
		       "a right arrives dead, but its port lives");
		return right;
	case WIRE_TAKEN_PENDING:
	case WIRE_TAKEN_MOVING:
	case WIRE_TAKEN_RECEIVE:
		return right; /* receive rights: see tests/sim */
	case WIRE_TAKEN_LOCAL:
		right = (struct right){d->right, port};
		EXPECT(truth_of(right) == truth, "a right that came home is another");
		if (d->right == WIRE_RIGHT_SEND) {
			EXPECT(!ports[port].proxy, "home is a proxy");
			ports[port].moving += ports[port].alive;
			ports[port].made++;
		} else {
			onces[port - ONCE].holder = MOVING;
		}
		return right;
	case WIRE_TAKEN_NEW_PROXY:
		port = new_port(n, true, d->right == WIRE_RIGHT_SEND ? real : 0);
		ports[port].once = d->right == WIRE_RIGHT_SEND_ONCE;
		ports[port].origin = truth;
		if (ports[port].once) {
			ports[port].real = onces[truth].port;
		}
		for (uint32_t i = 0; i + 1 < port_count && d->right == WIRE_RIGHT_SEND; i++) {
			EXPECT(!ports[i].alive || ports[i].node != n || ports[i].once ||
				       ports[i].real != real,
			       "one port has two names on a node");
		}
		wire_ports_set_proxy(&nodes[n].wire, owner, export_id, port);
		break;
	case WIRE_TAKEN_PROXY:
		EXPECT(ports[port].alive && ports[port].node == n && ports[port].real == real,
		       "a right names another port");
		break;
	}
	if (d->right == WIRE_RIGHT_SEND_ONCE) {
		return (struct right){d->right, ONCE + new_once(n, port, truth, MOVING)};
	}
	ports[port].made++;
	ports[port].moving++;
	return (struct right){d->right, port};
}

static void free_item(struct stream *s)
{
	struct item *item = s->first;
	s->first = item->next;
	if (s->first == NULL) {
		s->last = NULL;
	}
	s->held = false;
	free(item);
}

/* The program gets its message with the rights. */
static void receive(uint32_t n, uint32_t p, uint32_t from, uint32_t number,
		    struct right rights[RIGHTS])
{
	deliveries++;
	if (p < PORTS / 8 && number != 0) {
		EXPECT(number > last_number[from][p], "messages of a sender are out of order");
		last_number[from][p] = number;
	}
	for (uint32_t r = 0; r < RIGHTS; r++) {
		if (rights[r].kind == WIRE_RIGHT_SEND && ports[rights[r].name].alive) {
			ports[rights[r].name].moving--;
			ports[rights[r].name].users++;
		} else if (rights[r].kind == WIRE_RIGHT_SEND_ONCE &&
			   onces[rights[r].name - ONCE].holder == MOVING) {
			onces[rights[r].name - ONCE].holder = USER;
		}
		EXPECT(rights[r].kind != WIRE_RIGHT_SEND || ports[rights[r].name].node == n,
		       "a right of another node");
	}
}

/* The head of a stream is delivered, when all its rights are known. */
static void finish_message(struct stream *s)
{
	struct item *item = s->first;
	uint32_t n = s->to, port = 0, owner = 0, export_id = 0;
	for (uint32_t r = 0; r < RIGHTS; r++) {
		if (s->known[r] || s->pickups[r] != WIRE_EXPORT_NONE) {
			continue;
		}
		/* RESOLVED came, for the pickup whose number is in taken. */
		enum wire_taken_right taken = wire_ports_resolve(&nodes[n].wire, s->taken[r].name,
								 &port, &owner, &export_id);
		s->taken[r] = make_right(n, taken, port, owner, export_id, &item->descriptors[r],
					 item->truth[r]);
		s->known[r] = true;
	}
	if (!s->known[0] || !s->known[1]) {
		return;
	}
	struct right rights[RIGHTS];
	memcpy(rights, s->taken, sizeof rights);
	uint32_t from = item->from_node;
	/* Nothing orders a message of a former life among those of this one. */
	uint32_t number = nodes[s->from].life == s->from_life ? item->number : 0;
	bool found = s->found, to_once = false;
	bool direct = s->export_id == WIRE_EXPORT_GNS;
	port = s->port;
	if (direct) {
		/* An introduction: the program gets it directly. */
		port = UINT32_MAX;
	} else if (found && s->right == WIRE_RIGHT_SEND_ONCE) {
		struct once *once = &onces[port - ONCE];
		to_once = true;
		once->holder = NOBODY;
		port = once->port;
		onces[once->origin].resolved++;
		EXPECT(onces[once->origin].resolved == 1, "used twice");
	} else if (found) {
		drop_right((struct right){WIRE_RIGHT_SEND, port}, SERVER);
	}
	if (!direct) {
		found = found && ports[port].alive;
		EXPECT(!found || !ports[port].proxy, "a message is relayed");
	}
	for (uint32_t r = 0; r < RIGHTS; r++) {
		if (item->carried[r].kind == WIRE_RIGHT_SEND &&
		    nodes[s->from].life == s->from_life) {
			drop_right(item->carried[r], SERVER);
		}
	}
	free_item(s);
	if (!nodes[n].peers[s->from].up || nodes[s->from].life != s->from_life) {
		s->used = false;
	}
	if (found) {
		receive(n, to_once ? PORTS : port, from, number, rights);
	} else {
		for (uint32_t r = 0; r < RIGHTS; r++) {
			drop_right(rights[r], MOVING);
		}
	}
}

static void arrive(struct stream *s)
{
	struct item *item = s->first;
	uint32_t n = s->to;
	if (item->kind != WIRE_KIND_MESSAGE) {
		bool good = wire_ports_item(&nodes[n].wire, s->from, s->export_id, s->generation,
					    item->kind, item->body, item->bytes);
		EXPECT(good, "an item is against the protocol");
		free_item(s);
		drain(n);
		return;
	}
	s->held = true;
	/* What becomes of the sender does not matter any more. */
	s->found = s->export_id == WIRE_EXPORT_GNS ||
		   wire_ports_deliver(&nodes[n].wire, s->from, s->export_id, s->generation,
				      &s->port, &s->right);
	if (s->found && s->export_id != WIRE_EXPORT_GNS && s->right == WIRE_RIGHT_SEND) {
		ports[s->port].server++;
	}
	for (uint32_t r = 0; r < RIGHTS; r++) {
		uint32_t port = 0, owner = 0, export_id = 0, pickup = 0;
		enum wire_taken_right taken =
			wire_ports_take(&nodes[n].wire, s->from, &item->descriptors[r], &port,
					&owner, &export_id, &pickup);
		s->known[r] = taken != WIRE_TAKEN_PENDING;
		s->pickups[r] = taken == WIRE_TAKEN_PENDING ? pickup : WIRE_EXPORT_NONE;
		s->taken[r] = taken == WIRE_TAKEN_PENDING
				      ? (struct right){0, pickup}
				      : make_right(n, taken, port, owner, export_id,
						   &item->descriptors[r], item->truth[r]);
	}
	bool all = s->known[0] && s->known[1];
	if (all) {
		finish_message(s);
	}
	drain(n);
}

/* --- what programs do */

static uint32_t some_port(uint32_t n, bool own, bool held)
{
	uint32_t found = UINT32_MAX, seen = 0;
	for (uint32_t i = 0; i < port_count; i++) {
		struct port *p = &ports[i];
		if (p->alive && p->node == n && (own ? !p->proxy : true) &&
		    (held ? p->users > 0 : true) && !p->once && below(++seen) == 0) {
			found = i;
		}
	}
	return found;
}

static uint32_t some_once(uint32_t n)
{
	for (uint32_t i = once_count; i-- > 0 && i + 500 > once_count;) {
		if (onces[i].holder == USER && onces[i].node == n && ports[onces[i].port].alive) {
			return i;
		}
	}
	return UINT32_MAX;
}

/* A right for a message, taken from what a program has. */
static struct right some_right(uint32_t n)
{
	uint32_t p;
	switch (below(5)) {
	case 0:
		p = some_port(n, true, false);
		if (p == UINT32_MAX) {
			break;
		}
		ports[p].made++;
		ports[p].moving++;
		return (struct right){WIRE_RIGHT_SEND, p};
	case 1:
	case 2:
		p = some_port(n, false, true);
		if (p == UINT32_MAX) {
			break;
		}
		ports[p].moving++;
		return (struct right){WIRE_RIGHT_SEND, p};
	case 3:
		p = some_port(n, true, false);
		if (p == UINT32_MAX) {
			break;
		}
		return (struct right){WIRE_RIGHT_SEND_ONCE,
				      ONCE + new_once(n, p, WIRE_EXPORT_NONE, MOVING)};
	default:
		p = some_once(n);
		if (p == UINT32_MAX) {
			break;
		}
		onces[p].holder = MOVING;
		return (struct right){WIRE_RIGHT_SEND_ONCE, ONCE + p};
	}
	return (struct right){0, 0};
}

static struct message *new_message(uint32_t to, uint32_t n)
{
	uint32_t i = 0;
	while (messages[i].used) {
		i++;
	}
	uint32_t real = ports[to].real;
	messages[i] = (struct message){.used = true, .to = to, .from_node = n};
	messages[i].number = real < PORTS / 8 ? ++nodes[n].sent[real] : 0;
	return &messages[i];
}

static void send_to(uint32_t n, uint32_t to, bool with_rights)
{
	struct message *m = new_message(to, n);
	for (uint32_t r = 0; r < RIGHTS && with_rights; r++) {
		m->rights[r] = some_right(n);
	}
	if (!ports[to].proxy) {
		m->used = false;
		receive(n, to, n, m->number, m->rights);
		return;
	}
	ports[to].queue[ports[to].queued++] = (uint32_t)(m - messages);
}

static void introduce(uint32_t n)
{
	uint32_t to = below(NODES), p = some_port(n, true, false);
	if (to == n || p == UINT32_MAX || !nodes[n].peers[to].up) {
		return;
	}
	struct item built = {.kind = WIRE_KIND_MESSAGE, .from_node = n};
	ports[p].made++;
	ports[p].moving++;
	give_right(n, to, &built, 0, (struct right){WIRE_RIGHT_SEND, p});
	built.descriptors[1] = (struct wire_descriptor){.right = WIRE_RIGHT_SEND};
	drain(n);
	*add_item(n, to, WIRE_EXPORT_GNS, 0, WIRE_KIND_MESSAGE) = built;
}

static void use_once(uint32_t n)
{
	uint32_t o = some_once(n);
	if (o == UINT32_MAX) {
		return;
	}
	struct port *port = &ports[onces[o].port];
	if (below(3) == 0) {
		drop_once(o);
		return;
	}
	onces[o].holder = NOBODY;
	if (!port->proxy) {
		onces[onces[o].origin].resolved++;
		EXPECT(onces[onces[o].origin].resolved == 1, "used twice");
		return;
	}
	struct message *m = new_message(onces[o].port, n);
	m->number = 0;
	port->queue[port->queued++] = (uint32_t)(m - messages);
}

static void die(uint32_t p)
{
	uint32_t n = ports[p].node;
	bool told = ports[p].server > 0;
	dead_names++;
	kill_port(p);
	if (told) {
		wire_ports_dead_name(&nodes[n].wire, p);
		drain(n);
	}
	for (uint32_t o = 0; o < once_count; o++) {
		if (onces[o].port == p && onces[o].holder == SERVER) {
			onces[onces[o].origin].lost = true;
			wire_ports_dead_name(&nodes[n].wire, ONCE + o);
			drain(n);
		}
	}
}

/* --- crashes */

static void start_node(uint32_t n)
{
	struct node *node = &nodes[n];
	struct wire_node_name self = {{(uint8_t)(n + 1)}, ++node->life};
	memset(node->peers, 0, sizeof node->peers);
	for (uint32_t i = 0; i < NODES; i++) {
		node->peers[i].name.id[0] = (uint8_t)(i + 1);
		node->peers[i].exports = node->exports[i];
		node->peers[i].proxies = node->proxies[i];
		node->peers[i].count = EXPORTS;
	}
	wire_ports_start(&node->wire, &self, node->peers, NODES, node->tokens, node->gifts,
			 node->pickups, TOKENS, 3500000);
	node->alive = true;
}

static void end_streams(uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < STREAMS; i++) {
		struct stream *s = &streams[i];
		if (!s->used || s->from != from || s->to != to) {
			continue;
		}
		bool keeps = s->held && nodes[to].alive;
		for (struct item *item = s->first; item != NULL; item = item->next) {
			for (uint32_t r = 0; r < RIGHTS; r++) {
				if (item->carried[r].kind == WIRE_RIGHT_SEND && nodes[from].alive) {
					drop_right(item->carried[r], SERVER);
				}
				item->carried[r].kind = 0;
				if (item->descriptors[r].right == WIRE_RIGHT_SEND_ONCE &&
				    item->descriptors[r].where != WIRE_WHERE_NOWHERE) {
					onces[item->truth[r]].lost = true;
				}
			}
		}
		while (s->first != NULL && (!keeps || s->first->next != NULL)) {
			if (!keeps) {
				free_item(s);
				continue;
			}
			/* What has arrived stays; what is behind it does not. */
			struct item *gone = s->first->next;
			s->first->next = gone->next;
			free(gone);
		}
		s->last = s->first;
		if (keeps) {
			continue;
		}
		s->used = false;
	}
}

static void crash(uint32_t n)
{
	crashes++;
	nodes[n].alive = false;
	for (uint32_t p = 0; p < port_count; p++) {
		if (ports[p].node == n) {
			ports[p].alive = ports[p].event = false;
			for (uint32_t i = 0; i < ports[p].queued; i++) {
				messages[ports[p].queue[i]].used = false;
			}
			ports[p].queued = 0;
		}
	}
	for (uint32_t o = 0; o < once_count; o++) {
		if (onces[o].node == n) {
			onces[o].holder = NOBODY;
		}
		onces[o].lost = true;
	}
	for (uint32_t peer = 0; peer < NODES; peer++) {
		end_streams(n, peer);
		end_streams(peer, n);
		if (peer != n && nodes[peer].peers[n].up) {
			wire_ports_down(&nodes[peer].wire, n);
			drain(peer);
		}
	}
	start_node(n);
}

static void connect(uint32_t a, uint32_t b)
{
	if (a != b && !nodes[a].peers[b].up) {
		wire_ports_up(&nodes[a].wire, b, nodes[b].life);
		wire_ports_up(&nodes[b].wire, a, nodes[a].life);
		drain(a);
		drain(b);
	}
}

/* --- a run */

static bool deliver_one(void)
{
	uint32_t start = below(STREAMS);
	for (uint32_t i = 0; i < STREAMS; i++) {
		struct stream *s = &streams[(start + i) % STREAMS];
		if (s->used && s->first != NULL && !s->held) {
			arrive(s);
			return true;
		}
	}
	return false;
}

static bool serve_one(void)
{
	uint32_t start = below(port_count + 1);
	for (uint32_t i = 0; i < port_count; i++) {
		uint32_t p = (start + i) % port_count;
		struct port *port = &ports[p];
		if (port->alive && port->proxy && port->queued > 0) {
			forward(p);
			return true;
		}
		if (port->alive && port->event) {
			port->event = false;
			if (!wire_ports_no_senders(&nodes[port->node].wire, p, port->event_made)) {
				check_senders(p);
			}
			drain(port->node);
			return true;
		}
	}
	return false;
}

static void act(bool crashes_too)
{
	uint32_t n = below(NODES), p;
	switch (below(16)) {
	case 0:
		if (port_count < PORTS / 8 && some_port(n, true, false) == UINT32_MAX) {
			(void)new_port(n, false, 0);
		} else if (below(4) == 0 && port_count < PORTS / 8) {
			(void)new_port(n, false, 0);
		}
		break;
	case 1:
		introduce(n);
		break;
	case 2:
	case 3:
	case 4:
		p = some_port(n, false, true);
		if (p != UINT32_MAX && ports[p].queued < REASONABLE) {
			send_to(n, p, true);
		}
		break;
	case 5:
	case 6:
	case 7:
		p = some_port(n, false, true);
		if (p != UINT32_MAX) {
			drop_right((struct right){WIRE_RIGHT_SEND, p}, USER);
		}
		break;
	case 8:
		use_once(n);
		break;
	case 9:
		p = some_port(n, true, false);
		if (p != UINT32_MAX && below(8) == 0) {
			die(p);
		}
		break;
	case 10:
		if (crashes_too && below(60) == 0) {
			crash(n);
		}
		connect(below(NODES), below(NODES));
		break;
	default:
		break;
	}
	for (uint32_t i = below(4); i > 0; i--) {
		if (below(2) == 0) {
			(void)deliver_one();
		} else {
			(void)serve_one();
		}
	}
}

static void settle(void)
{
	uint64_t now_us = nodes[0].wire.now_us;
	for (uint32_t round = 0; round < 6 && problem == NULL; round++) {
		for (uint32_t a = 0; a < NODES; a++) {
			for (uint32_t b = 0; b < NODES; b++) {
				connect(a, b);
			}
		}
		while (problem == NULL && (deliver_one() || serve_one())) {
		}
		now_us += 40000000;
		for (uint32_t n = 0; n < NODES; n++) {
			wire_ports_time(&nodes[n].wire, now_us);
			drain(n);
		}
	}
}

/* Everything is quiet, and no program has a right to a port of another node. */
static void check_empty(void)
{
	for (uint32_t n = 0; n < NODES; n++) {
		for (uint32_t peer = 0; peer < NODES; peer++) {
			for (uint32_t i = 0; i < EXPORTS; i++) {
				EXPECT(nodes[n].exports[peer][i].state == WIRE_EXPORT_FREE,
				       "an export is left");
				EXPECT(nodes[n].proxies[peer][i].state == WIRE_PROXY_NONE,
				       "a proxy is left");
			}
		}
		for (uint32_t i = 0; i < TOKENS; i++) {
			EXPECT(!nodes[n].tokens[i].used, "a token is left");
			EXPECT(!nodes[n].gifts[i].used, "a gift is left");
			EXPECT(!nodes[n].pickups[i].used, "a pickup is left");
		}
		EXPECT(nodes[n].wire.violations == 0, "somebody broke the protocol");
	}
	for (uint32_t p = 0; p < port_count; p++) {
		EXPECT(!ports[p].alive || ports[p].server == 0, "the server has a right left");
		EXPECT(!ports[p].alive || !ports[p].proxy, "a proxy port is left");
		EXPECT(!ports[p].alive || ports[p].made == 0 || ports[p].notified ||
			       ports[p].users > 0,
		       "no-senders did not come");
	}
	for (uint32_t o = 0; o < once_count; o++) {
		EXPECT(onces[o].origin != o || onces[o].lost || onces[o].resolved == 1 ||
			       !ports[onces[o].port].alive,
		       "a send-once right was lost");
	}
}

static void begin(uint64_t seed)
{
	for (uint32_t i = 0; i < STREAMS; i++) {
		while (streams[i].used && streams[i].first != NULL) {
			free_item(&streams[i]);
		}
	}
	state = seed * 0x9e3779b97f4a7c15ull + 1;
	problem = NULL;
	port_count = once_count = 0;
	memset(streams, 0, sizeof streams);
	memset(messages, 0, sizeof messages);
	memset(nodes, 0, sizeof nodes);
	memset(onces, 0, sizeof onces);
	memset(last_number, 0, sizeof last_number);
	for (uint32_t n = 0; n < NODES; n++) {
		start_node(n);
	}
	settle();
}

static void give_up(void)
{
	for (uint32_t p = 0; p < port_count; p++) {
		while (problem == NULL && ports[p].alive && ports[p].users > 0) {
			drop_right((struct right){WIRE_RIGHT_SEND, p}, USER);
		}
	}
	for (uint32_t o = 0; o < once_count; o++) {
		if (onces[o].holder == USER) {
			drop_once(o);
		}
	}
}

static void run(uint64_t seed, bool crashes_too)
{
	begin(seed);
	calm = !crashes_too;
	for (uint32_t i = 0; i < 3000 && problem == NULL; i++) {
		act(crashes_too);
	}
	settle();
	for (uint32_t p = 0; p < port_count; p++) {
		EXPECT(!ports[p].alive || !ports[p].proxy || ports[p].once ||
			       ports[ports[p].real].alive,
		       "nobody told of a port's death");
	}
	/* The programs give everything up, what comes late, too. */
	for (uint32_t round = 0; round < 3; round++) {
		give_up();
		settle();
	}
	if (problem == NULL) {
		check_empty();
	}
}

/* --- single cases: node 1 has a right to a port of node 0 and gives it to node 2 */

static uint32_t given_port; /* node 0's */

static struct stream *find_stream(uint32_t from, uint32_t to, uint8_t kind)
{
	for (uint32_t i = 0; i < STREAMS; i++) {
		struct stream *s = &streams[i];
		if (s->used && s->from == from && s->to == to && s->first != NULL && !s->held &&
		    s->first->kind == kind) {
			return s;
		}
	}
	return NULL;
}

/* Delivers the next item of this kind, which must be there. */
static void pass_on(uint32_t from, uint32_t to, uint8_t kind)
{
	struct stream *s = find_stream(from, to, kind);
	EXPECT(s != NULL, "an item is missing");
	if (s != NULL) {
		arrive(s);
	}
}

static uint32_t proxy_of(uint32_t n, uint32_t real)
{
	for (uint32_t i = 0; i < port_count; i++) {
		if (ports[i].alive && ports[i].proxy && ports[i].node == n &&
		    ports[i].real == real) {
			return i;
		}
	}
	return UINT32_MAX;
}

/* Node "n" gives "to" a right in an introduction. */
static void introduce_right(uint32_t n, uint32_t to, uint32_t p)
{
	struct item built = {.kind = WIRE_KIND_MESSAGE, .from_node = n};
	ports[p].moving++;
	give_right(n, to, &built, 0, (struct right){WIRE_RIGHT_SEND, p});
	built.descriptors[1] = (struct wire_descriptor){.right = WIRE_RIGHT_SEND};
	drain(n);
	*add_item(n, to, WIRE_EXPORT_GNS, 0, WIRE_KIND_MESSAGE) = built;
}

/* Up to the point where PROVIDE and the message are on their way. */
static void begin_handover(void)
{
	begin(77);
	calm = false;
	given_port = new_port(0, false, 0);
	ports[given_port].made++;
	introduce_right(0, 1, given_port);
	pass_on(0, 1, WIRE_KIND_MESSAGE);
	introduce_right(1, 2, proxy_of(1, given_port));
}

static void test_giver_dies(void)
{
	begin_handover();
	pass_on(1, 0, WIRE_KIND_PROVIDE);
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	crash(1);
	settle();
	CHECK(problem == NULL && proxy_of(2, given_port) != UINT32_MAX,
	      "the giver's death after PROVIDE does not stop the receiver");
	begin_handover();
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	crash(1);
	uint32_t before = deliveries;
	settle();
	CHECK(problem == NULL && proxy_of(2, given_port) == UINT32_MAX && deliveries == before + 1,
	      "before PROVIDE, the receiver gets a dead right in bounded time");
	begin_handover();
	pass_on(1, 0, WIRE_KIND_PROVIDE);
	crash(1);
	CHECK(!ports[given_port].notified, "the token is a reference");
	settle();
	CHECK(problem == NULL && ports[given_port].notified,
	      "which ends when nobody came for it in time");
}

static void test_token_is_bound(void)
{
	uint8_t body[WIRE_GIFT_BYTES];
	begin_handover();
	struct stream *s = find_stream(1, 0, WIRE_KIND_PROVIDE);
	memcpy(body, s->first->body, WIRE_TOKEN_BYTES);
	struct wire_node_name giver = nodes[0].peers[1].name;
	wire_encode_gift(body, body, &giver);
	arrive(s);
	/* Node 3 has seen the token and asks for it. */
	struct item *item = add_item(3, 0, WIRE_EXPORT_GNS, 0, WIRE_KIND_PICKUP);
	memcpy(item->body, body, sizeof body);
	item->bytes = sizeof body;
	pass_on(3, 0, WIRE_KIND_PICKUP);
	s = find_stream(0, 3, WIRE_KIND_PICKED);
	struct wire_reader reader = wire_reader(s->first->body, s->first->bytes);
	(void)wire_read_bytes(&reader, WIRE_TOKEN_BYTES);
	CHECK(wire_read_u32(&reader) == WIRE_EXPORT_NONE, "a token is for one node alone");
	free_item(s);
	settle();
	CHECK(problem == NULL && proxy_of(2, given_port) != UINT32_MAX, "which still gets it");
	/* And one that nobody provided. */
	item = add_item(3, 0, WIRE_EXPORT_GNS, 0, WIRE_KIND_PICKUP);
	memset(item->body, 0x55, sizeof body);
	item->bytes = sizeof body;
	pass_on(3, 0, WIRE_KIND_PICKUP);
	wire_ports_time(&nodes[0].wire, nodes[0].wire.now_us + 40000000);
	drain(0);
	CHECK(find_stream(0, 3, WIRE_KIND_PICKED) != NULL, "a guessed token is refused");
}

static struct wire_token *token_used(uint32_t n)
{
	for (uint32_t i = 0; i < TOKENS; i++) {
		if (nodes[n].tokens[i].used) {
			return &nodes[n].tokens[i];
		}
	}
	return NULL;
}

static void test_cancel(void)
{
	struct wire_descriptor descriptor;
	begin_handover();
	struct stream *s = find_stream(1, 2, WIRE_KIND_MESSAGE);
	descriptor = s->first->descriptors[0];
	free_item(s);
	wire_ports_take_back(&nodes[1].wire, 2, &descriptor);
	drain(1);
	drop_right((struct right){WIRE_RIGHT_SEND, proxy_of(1, given_port)}, USER);
	settle();
	CHECK(problem == NULL && ports[given_port].notified,
	      "a message that was not sent takes its token back");
	begin(78);
	given_port = new_port(0, false, 0);
	ports[given_port].made++;
	introduce_right(0, 1, given_port);
	s = find_stream(0, 1, WIRE_KIND_MESSAGE);
	descriptor = s->first->descriptors[0];
	free_item(s);
	wire_ports_take_back(&nodes[0].wire, 1, &descriptor);
	drain(0);
	settle();
	CHECK(problem == NULL && ports[given_port].notified, "and its reference");

	/* The message is said to have failed, but it arrived, and its receiver asks already. */
	begin_handover();
	descriptor = find_stream(1, 2, WIRE_KIND_MESSAGE)->first->descriptors[0];
	pass_on(1, 0, WIRE_KIND_PROVIDE);
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	pass_on(2, 0, WIRE_KIND_PICKUP);
	wire_ports_take_back(&nodes[1].wire, 2, &descriptor);
	drain(1);
	pass_on(1, 0, WIRE_KIND_CANCEL);
	CHECK(find_stream(0, 2, WIRE_KIND_PICKED) != NULL && token_used(0) == NULL,
	      "who waits for a token that is taken back hears it at once");
	pass_on(0, 2, WIRE_KIND_PICKED);
	CHECK(problem == NULL && proxy_of(2, given_port) == UINT32_MAX, "and has a dead right");
}

/* PICKUP is answered behind what the giver sent to the port before. */
static void test_order(void)
{
	begin_handover();
	pass_on(1, 0, WIRE_KIND_PROVIDE);
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	pass_on(2, 0, WIRE_KIND_PICKUP);
	CHECK(find_stream(0, 2, WIRE_KIND_PICKED) == NULL, "PICKUP waits for FLUSHED");
	pass_on(1, 0, WIRE_KIND_FLUSHED);
	CHECK(find_stream(0, 2, WIRE_KIND_PICKED) != NULL &&
		      find_stream(0, 1, WIRE_KIND_TAKEN) != NULL && token_used(0) == NULL,
	      "is answered then, and the giver hears it");
	settle();
	CHECK(problem == NULL && proxy_of(2, given_port) != UINT32_MAX, "and the right arrives");

	begin_handover();
	pass_on(1, 0, WIRE_KIND_FLUSHED);
	pass_on(1, 0, WIRE_KIND_PROVIDE);
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	pass_on(2, 0, WIRE_KIND_PICKUP);
	CHECK(find_stream(0, 2, WIRE_KIND_PICKED) != NULL, "FLUSHED may come before PROVIDE");
	settle();
	CHECK(problem == NULL && proxy_of(2, given_port) != UINT32_MAX, "and is remembered");

	/* The port is full, its stream's window closed: FLUSHED does not get through. */
	begin_handover();
	pass_on(1, 0, WIRE_KIND_PROVIDE);
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	pass_on(2, 0, WIRE_KIND_PICKUP);
	uint64_t now_us = nodes[0].wire.now_us, death_us = nodes[0].wire.death_us;
	wire_ports_time(&nodes[0].wire, now_us + 2 * death_us - 1);
	drain(0);
	CHECK(find_stream(0, 2, WIRE_KIND_PICKED) == NULL, "who waits for FLUSHED waits");
	wire_ports_time(&nodes[0].wire, now_us + 2 * death_us);
	drain(0);
	CHECK(find_stream(0, 2, WIRE_KIND_PICKED) != NULL, "two death bounds");
	pass_on(0, 2, WIRE_KIND_PICKED);
	CHECK(problem == NULL && proxy_of(2, given_port) != UINT32_MAX,
	      "and has the right all the same");
	pass_on(1, 0, WIRE_KIND_FLUSHED);
	CHECK(token_used(0) != NULL, "FLUSHED of what is over is kept for a while");
	wire_ports_time(&nodes[0].wire, now_us + 5 * death_us);
	drain(0);
	CHECK(token_used(0) == NULL, "and not for ever");
}

static uint32_t tokens_used(uint32_t n, uint32_t charged)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < TOKENS; i++) {
		count += nodes[n].tokens[i].used && nodes[n].tokens[i].charged == charged;
	}
	return count;
}

/* Node 3 fills node 0's table of tokens, in one of the ways there are. */
static void flood_tokens(uint8_t kind)
{
	uint8_t body[WIRE_PROVIDE_BYTES] = {0};
	uint32_t bytes = kind == WIRE_KIND_PROVIDE  ? WIRE_PROVIDE_BYTES
			 : kind == WIRE_KIND_PICKUP ? WIRE_GIFT_BYTES
						    : WIRE_TOKEN_BYTES;
	for (uint32_t i = 1; i < 4 * TOKENS; i++) {
		memcpy(body, &i, sizeof i);
		EXPECT(wire_ports_item(&nodes[0].wire, 3, 0, 0, kind, body, bytes),
		       "a flood is no violation");
		drain(0);
	}
}

static void test_fair(void)
{
	static const uint8_t floods[] = {WIRE_KIND_PROVIDE, WIRE_KIND_PICKUP, WIRE_KIND_FLUSHED};
	for (uint32_t i = 0; i < 3; i++) {
		begin_handover();
		flood_tokens(floods[i]);
		CHECK(tokens_used(0, 3) == TOKENS / 2, "a flood of %#x takes half of the table",
		      floods[i]);
		pass_on(1, 0, WIRE_KIND_PROVIDE);
		pass_on(1, 0, WIRE_KIND_FLUSHED);
		pass_on(1, 2, WIRE_KIND_MESSAGE);
		pass_on(2, 0, WIRE_KIND_PICKUP);
		pass_on(0, 2, WIRE_KIND_PICKED);
		CHECK(problem == NULL && proxy_of(2, given_port) != UINT32_MAX,
		      "others' hand-overs go on");
	}
	begin_handover();
	flood_tokens(WIRE_KIND_FLUSHED);
	flood_tokens(WIRE_KIND_PROVIDE);
	uint32_t provided = 0;
	for (uint32_t i = 0; i < TOKENS; i++) {
		provided += nodes[0].tokens[i].provided;
	}
	CHECK(provided == TOKENS / 2, "PROVIDE takes the place of what FLUSHED left over");
}

/* Node 3 gives node 2 rights of node 1 that nobody will provide, or its own that it never answers
   for; then node 1 hands a right of node 0 to node 2. */
static void test_fair_receiver(void)
{
	for (uint32_t part = 0; part < 2; part++) {
		begin_handover();
		struct wire_descriptor third = {.where = WIRE_WHERE_THIRD,
						.right = WIRE_RIGHT_SEND,
						.node = nodes[2].peers[part == 0 ? 1 : 3].name};
		uint32_t port, owner, export_id, pickup, pending = 0;
		for (uint32_t i = 1; i < 2 * TOKENS; i++) {
			memcpy(third.token, &i, sizeof i);
			pending +=
				wire_ports_take(&nodes[2].wire, part == 0 ? 3 : 1, &third, &port,
						&owner, &export_id, &pickup) == WIRE_TAKEN_PENDING;
			struct wire_ports_effect effect;
			while (wire_ports_effect(&nodes[2].wire, &effect)) {
			}
		}
		CHECK(pending == TOKENS / 2, "one %s has half of the pickups",
		      part == 0 ? "giver" : "owner");
	}
	begin_handover();
	for (uint32_t i = 0; i < TOKENS; i++) {
		nodes[2].pickups[i] = (struct wire_pickup){.used = true, .from = 1};
	}
	pass_on(1, 0, WIRE_KIND_PROVIDE);
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	memset(nodes[2].pickups, 0, sizeof nodes[2].pickups);
	settle();
	CHECK(problem == NULL && token_used(0) == NULL && nodes[1].wire.gifts[0].used == false &&
		      proxy_of(2, given_port) == UINT32_MAX,
	      "who has no room for a right has the giver cancel");
}

/* PICKUP came, PROVIDE never does. */
static void test_nothing_came(void)
{
	begin_handover();
	free_item(find_stream(1, 0, WIRE_KIND_PROVIDE));
	pass_on(1, 2, WIRE_KIND_MESSAGE);
	pass_on(2, 0, WIRE_KIND_PICKUP);
	wire_ports_time(&nodes[0].wire, nodes[0].wire.now_us + 9 * nodes[0].wire.death_us);
	drain(0);
	pass_on(0, 2, WIRE_KIND_PICKED);
	CHECK(find_stream(2, 1, WIRE_KIND_TAKEN) != NULL, "who gets nothing tells the giver");
	pass_on(2, 1, WIRE_KIND_TAKEN);
	CHECK(problem == NULL && find_stream(1, 0, WIRE_KIND_CANCEL) != NULL, "which cancels");
}

/* A receiver that never comes for its rights does not keep others from theirs. */
static void test_fair_giver(void)
{
	uint8_t token[WIRE_TOKEN_BYTES] = {0};
	struct wire_descriptor descriptor;
	uint32_t kept = 0;
	begin_handover();
	uint32_t p = proxy_of(1, given_port);
	for (uint32_t i = 1; i < 2 * TOKENS; i++) {
		memcpy(token, &i, sizeof i);
		ports[p].server++;
		if (wire_ports_give(&nodes[1].wire, 3, p, WIRE_RIGHT_SEND, token, &descriptor) ==
		    WIRE_GIVEN_KEPT) {
			kept++;
		} else {
			ports[p].server--;
		}
		drain(1);
	}
	CHECK(kept == TOKENS / 2 - 1 && descriptor.where == WIRE_WHERE_NOWHERE,
	      "an owner and a receiver have half of the gifts");
}

/* Many rights of an owner that cannot be reached. */
static void test_unreachable(void)
{
	begin(81);
	wire_ports_down(&nodes[2].wire, 0);
	drain(2);
	struct wire_descriptor third = {.where = WIRE_WHERE_THIRD,
					.right = WIRE_RIGHT_SEND,
					.node = nodes[2].peers[0].name};
	uint32_t port, owner, export_id, pickup, dead = 0, told = 0;
	struct wire_ports_effect effect;
	for (uint32_t i = 1; i <= TOKENS / 2; i++) {
		memcpy(third.token, &i, sizeof i);
		(void)wire_ports_take(&nodes[2].wire, 1, &third, &port, &owner, &export_id,
				      &pickup);
		while (wire_ports_effect(&nodes[2].wire, &effect)) {
		}
	}
	wire_ports_unreachable(&nodes[2].wire, 0);
	for (uint32_t i = 0; i < TOKENS; i++) {
		wire_ports_time(&nodes[2].wire, nodes[2].wire.now_us + 100);
		while (wire_ports_effect(&nodes[2].wire, &effect)) {
			dead += effect.kind == WIRE_PORTS_RESOLVED &&
				wire_ports_resolve(&nodes[2].wire, effect.pickup, &port, &owner,
						   &export_id) == WIRE_TAKEN_DEAD;
			told += effect.kind == WIRE_PORTS_SEND && effect.item == WIRE_KIND_TAKEN &&
				effect.peer == 1;
		}
	}
	CHECK(dead == TOKENS / 2 && told == dead,
	      "all of them arrive dead, and the giver hears it");
}

static void test_hostile(void)
{
	begin(79);
	given_port = new_port(0, false, 0);
	ports[given_port].made++;
	introduce_right(0, 1, given_port);
	settle();
	struct wire_ports *wire = &nodes[0].wire;
	uint8_t two[4] = {2}, none[4] = {0}, gift[WIRE_PROVIDE_BYTES] = {0};
	uint32_t id = WIRE_EXPORT_FIRST, port;
	uint8_t right;
	CHECK(!wire_ports_item(wire, 1, id, 1, WIRE_KIND_RELEASE, two, 4),
	      "more than was given cannot be released");
	CHECK(!wire_ports_item(wire, 1, id, 1, WIRE_KIND_RELEASE, none, 4), "nor nothing");
	CHECK(!wire_ports_item(wire, 2, id, 1, WIRE_KIND_RELEASE, two, 4),
	      "nor by who has not got it");
	CHECK(!wire_ports_item(wire, 1, 0, 0, WIRE_KIND_PROVIDE, gift, sizeof gift - 1) &&
		      !wire_ports_item(wire, 1, id, 1, WIRE_KIND_PROVIDE, gift, sizeof gift),
	      "nor given on by what is no PROVIDE");
	gift[WIRE_GIFT_BYTES] = (uint8_t)id;
	gift[WIRE_GIFT_BYTES + 4] = 2;
	CHECK(wire_ports_item(wire, 1, 0, 0, WIRE_KIND_PROVIDE, gift, sizeof gift) &&
		      nodes[0].tokens[TOKENS - 1].provided &&
		      nodes[0].tokens[TOKENS - 1].right == 0,
	      "and in another generation it is dead");
	CHECK(!wire_ports_item(wire, 1, 0, 0, WIRE_KIND_PROVIDE, gift, sizeof gift),
	      "a token is given once");
	CHECK(!wire_ports_deliver(wire, 2, id, 1, &port, &right) &&
		      !wire_ports_deliver(wire, 1, id, 2, &port, &right) &&
		      !wire_ports_deliver(wire, 1, EXPORTS, 1, &port, &right),
	      "an export is reached by its peer alone, with its generation");
	struct wire_descriptor yours = {.where = WIRE_WHERE_YOURS,
					.right = WIRE_RIGHT_SEND_ONCE,
					.export_id = id,
					.generation = 1};
	uint32_t owner, export_id, pickup;
	CHECK(wire_ports_take(wire, 1, &yours, &port, &owner, &export_id, &pickup) ==
		      WIRE_TAKEN_DEAD,
	      "a send right does not come home as a send-once right");
	CHECK(!wire_ports_item(wire, 1, 0, 0, WIRE_KIND_PICKED, gift, WIRE_PICKED_BYTES) &&
		      !wire_ports_item(wire, 1, 0, 0, WIRE_KIND_PICKED, gift, 3) &&
		      !wire_ports_item(wire, 1, 0, 0, WIRE_KIND_DEAD, gift, 7) &&
		      !wire_ports_item(wire, 1, 0, 0, WIRE_KIND_MOVE, gift, 7),
	      "answers that nobody asked for, and cut ones, are refused");
	uint8_t far[8] = {0xff, 0xff, 0xff, 0xff, 1};
	CHECK(wire_ports_item(wire, 1, 0, 0, WIRE_KIND_DEAD, far, 8) &&
		      wire_ports_item(wire, 1, 0, 0, WIRE_KIND_FREED, far, 8),
	      "an export outside the table is no proxy of ours");
	drain(0);
	CHECK(problem == NULL && nodes[0].exports[1][id].state == WIRE_EXPORT_LIVE &&
		      nodes[0].exports[1][id].count == 1,
	      "and the account is as it was");
}

/* What a peer says of the rights that it gives. */
static void test_hostile_giver(void)
{
	begin(80);
	struct wire_ports *wire = &nodes[0].wire;
	struct wire_descriptor mine = {.where = WIRE_WHERE_MINE,
				       .right = WIRE_RIGHT_SEND_ONCE,
				       .export_id = 29,
				       .generation = 3};
	uint32_t port = 0, owner = 0, export_id = 0, pickup = 0;
	CHECK(wire_ports_take(wire, 1, &mine, &port, &owner, &export_id, &pickup) ==
		      WIRE_TAKEN_NEW_PROXY,
	      "a send-once right is taken");
	wire_ports_set_proxy(wire, 1, 29, 77);
	for (unsigned i = 0; i < 2; i++) {
		mine.right = i == 0 ? WIRE_RIGHT_SEND_ONCE : WIRE_RIGHT_SEND;
		CHECK(wire_ports_take(wire, 1, &mine, &port, &owner, &export_id, &pickup) ==
				      WIRE_TAKEN_DEAD &&
			      wire->violations == i + 1,
		      "it is not given twice, as %s", i == 0 ? "what it is" : "a send right");
	}
	CHECK(nodes[0].proxies[1][29].received == 1, "nor counted");

	struct wire_proxy *home = &nodes[0].proxies[1][31];
	*home = (struct wire_proxy){.state = WIRE_PROXY_HOME, .generation = 3, .port = 77};
	mine.export_id = 31;
	mine.right = WIRE_RIGHT_SEND_ONCE;
	CHECK(wire_ports_take(wire, 1, &mine, &port, &owner, &export_id, &pickup) ==
			      WIRE_TAKEN_DEAD &&
		      wire->violations == 3,
	      "a port that came home is not given as a send-once right");
	*home = (struct wire_proxy){.state = WIRE_PROXY_NONE};

	struct wire_descriptor third = {.where = WIRE_WHERE_THIRD,
					.right = WIRE_RIGHT_SEND,
					.node = nodes[0].peers[2].name,
					.token = {5}};
	CHECK(wire_ports_take(wire, 1, &third, &port, &owner, &export_id, &pickup) ==
		      WIRE_TAKEN_PENDING,
	      "a right of a third node is asked for");
	uint8_t picked[WIRE_PICKED_BYTES] = {5};
	struct wire_ports_effect effect;
	bool back = false, told = false;
	picked[WIRE_TOKEN_BYTES] = 30;
	picked[WIRE_TOKEN_BYTES + 4] = 1;
	picked[WIRE_PICKED_BYTES - 1] = WIRE_RIGHT_SEND_ONCE;
	while (wire_ports_effect(wire, &effect)) {
	}
	CHECK(wire_ports_item(wire, 2, 0, 0, WIRE_KIND_PICKED, picked, sizeof picked),
	      "its owner gives another kind of right");
	while (wire_ports_effect(wire, &effect)) {
		back |= effect.kind == WIRE_PORTS_SEND && effect.item == WIRE_KIND_RELEASE &&
			effect.peer == 2 && effect.export_id == 30;
		told |= effect.kind == WIRE_PORTS_RESOLVED && effect.pickup == pickup;
	}
	CHECK(back && told &&
		      wire_ports_resolve(wire, pickup, &port, &owner, &export_id) ==
			      WIRE_TAKEN_DEAD,
	      "it arrives dead, and what was given goes back");
}

/* --- receive rights, item by item: node 0, whose kernel does nothing */

static struct {
	uint32_t moved, move, release, make, drop, serve, mark, destroy, resolved;
	uint32_t new_id, new_generation, count, released;
} saw;

static uint32_t body_word(const struct wire_ports_effect *effect, unsigned i)
{
	struct wire_reader reader = wire_reader(effect->body + 4 * i, 4);
	return wire_read_u32(&reader);
}

/* What is wanted after an event. */
static void look(void)
{
	struct wire_ports_effect e;
	memset(&saw, 0, sizeof saw);
	while (wire_ports_effect(&nodes[0].wire, &e)) {
		saw.make += e.kind == WIRE_PORTS_MAKE;
		saw.drop += e.kind == WIRE_PORTS_DROP;
		saw.serve += e.kind == WIRE_PORTS_SERVE;
		saw.mark += e.kind == WIRE_PORTS_MARK;
		saw.destroy += e.kind == WIRE_PORTS_DESTROY;
		saw.resolved += e.kind == WIRE_PORTS_RESOLVED;
		if (e.kind == WIRE_PORTS_SEND && e.item == WIRE_KIND_MOVED) {
			saw.moved++;
			saw.new_id = body_word(&e, 2);
			saw.new_generation = body_word(&e, 3);
		} else if (e.kind == WIRE_PORTS_SEND && e.item == WIRE_KIND_MOVE) {
			saw.move++;
			saw.count = body_word(&e, 0);
		} else if (e.kind == WIRE_PORTS_SEND && e.item == WIRE_KIND_RELEASE) {
			saw.release++;
			saw.released += body_word(&e, 0);
		}
	}
}

/* An item of node 1's of so many words, and then more or fewer bytes. */
static bool say(uint32_t export_id, uint32_t generation, uint8_t kind, const uint32_t *words,
		unsigned count, int more)
{
	uint8_t body[32] = {0};
	struct wire_writer writer = wire_writer(body, sizeof body);
	for (unsigned i = 0; i < count; i++) {
		wire_write_u32(&writer, words[i]);
	}
	bool good = wire_ports_item(&nodes[0].wire, 1, export_id, generation, kind, body,
				    (uint32_t)((int)(4 * count) + more));
	look();
	return good;
}

static bool say_freed(uint32_t id, uint32_t generation)
{
	return say(0, 0, WIRE_KIND_FREED, (uint32_t[]){id, generation}, 2, 0);
}

static bool say_move(uint32_t id, uint32_t generation)
{
	return say(id, generation, WIRE_KIND_MOVE, (uint32_t[]){0}, 1, 0);
}

static enum wire_taken_right take_receive(uint32_t id, uint32_t generation, uint32_t *pickup)
{
	struct wire_descriptor offer = {.where = WIRE_WHERE_MINE,
					.right = WIRE_RIGHT_RECEIVE,
					.export_id = id,
					.generation = generation,
					.state = {.queue_limit = 5}};
	uint32_t port = 0, owner = 0, export_id = 0;
	enum wire_taken_right taken =
		wire_ports_take(&nodes[0].wire, 1, &offer, &port, &owner, &export_id, pickup);
	look();
	return taken;
}

static void test_coming(void)
{
	begin(81);
	struct wire_ports *wire = &nodes[0].wire;
	uint32_t pickup = 0, other = 0, port = 0, owner = 0, export_id = 0;
	look();
	CHECK(take_receive(20, 3, &pickup) == WIRE_TAKEN_MOVING, "a receive right comes");
	CHECK(take_receive(20, 3, &other) == WIRE_TAKEN_DEAD && wire->violations == 1 &&
		      saw.moved == 1 && saw.new_id == WIRE_EXPORT_NONE && saw.released == 1,
	      "not twice: it is declined, and the reference goes back");
	wire_ports_stopped(wire, pickup, 500);
	look();
	uint32_t id = saw.new_id, generation = saw.new_generation;
	CHECK(saw.moved == 1 && id != WIRE_EXPORT_NONE && saw.move == 1 && saw.count == 0 &&
		      saw.make == 2 && saw.released == 1,
	      "the old home hears that it has moved, and gets its reference back");
	wire_ports_stopped(wire, pickup, 500);
	look();
	CHECK(saw.moved == 0 && saw.move == 0 && saw.make == 0, "... once");
	CHECK(!wire_ports_waits(wire, 500, 1, id) && wire_ports_waits(wire, 500, 1, id + 1) &&
		      wire_ports_waits(wire, 500, 2, id) && !wire_ports_waits(wire, 501, 2, id),
	      "only what comes from there does not wait");
	CHECK(!say(id, generation, WIRE_KIND_MOVE, (uint32_t[]){0}, 1, 1) &&
		      !say(id, generation, WIRE_KIND_MOVE, (uint32_t[]){0}, 1, -1) &&
		      !say_move(id, generation + 1) && !say_move(id + 1, generation),
	      "a MOVE that is cut or too long, or of no export, is refused");
	CHECK(say_freed(20, 3) && saw.drop == 1 && saw.resolved == 0,
	      "FREED alone does not hand it out");
	CHECK(say_move(id, generation) && saw.resolved == 1, "MOVE and FREED do");
	CHECK(wire_ports_resolve(wire, pickup, &port, &owner, &export_id) == WIRE_TAKEN_RECEIVE &&
		      port == 500,
	      "... as the port that it has become");
	look();

	CHECK(take_receive(21, 1, &pickup) == WIRE_TAKEN_MOVING, "another one comes");
	wire_ports_stopped(wire, pickup, 510);
	look();
	CHECK(say_move(saw.new_id, saw.new_generation) && saw.resolved == 0,
	      "MOVE alone does not hand it out");
	CHECK(say_freed(21, 1) && saw.resolved == 1, "FREED does then");
	CHECK(take_receive(EXPORTS, 1, &other) == WIRE_TAKEN_DEAD && saw.moved == 1 &&
		      saw.new_id == WIRE_EXPORT_NONE && saw.released == 1,
	      "one outside the table is declined");
	CHECK(say(0, 0, WIRE_KIND_DEAD, (uint32_t[]){22, 1}, 2, 0) &&
		      take_receive(22, 1, &other) == WIRE_TAKEN_DEAD && saw.moved == 1,
	      "so is one whose death was heard of before");
	CHECK(take_receive(22, 2, &other) == WIRE_TAKEN_MOVING, "... but not the next one there");
	wire_ports_down(wire, 1);
	look();
	wire_ports_stopped(wire, other, 520);
	look();
	CHECK(saw.moved == 0 && saw.move == 0, "without its old home nothing is said");
}

static void test_coming_to_a_proxy(void)
{
	begin(82);
	struct wire_ports *wire = &nodes[0].wire;
	struct wire_descriptor mine = {.where = WIRE_WHERE_MINE,
				       .right = WIRE_RIGHT_SEND_ONCE,
				       .export_id = 29,
				       .generation = 3};
	uint32_t port = 0, owner = 0, export_id = 0, pickup = 0;
	look();
	(void)wire_ports_take(wire, 1, &mine, &port, &owner, &export_id, &pickup);
	wire_ports_set_proxy(wire, 1, 29, 77);
	CHECK(take_receive(29, 3, &pickup) == WIRE_TAKEN_DEAD && wire->violations == 1,
	      "a send-once right's port does not move");
	mine.right = WIRE_RIGHT_SEND;
	mine.export_id = 30;
	(void)wire_ports_take(wire, 1, &mine, &port, &owner, &export_id, &pickup);
	wire_ports_set_proxy(wire, 1, 30, 78);
	CHECK(take_receive(30, 4, &pickup) == WIRE_TAKEN_DEAD && wire->violations == 2,
	      "nor one that is still another");
	CHECK(take_receive(30, 3, &pickup) == WIRE_TAKEN_MOVING, "the port of a send right does");
	wire_ports_stopped(wire, pickup, 78);
	look();
	CHECK(saw.released == 2, "all its references go back");
}

/* Node 0 gives a port's receive right to node 1. */
static struct wire_descriptor offer_port(uint32_t port, bool senders, uint32_t onces)
{
	const struct wire_port_state state = {
		.queue_limit = 5, .senders = senders, .once_rights = onces};
	struct wire_descriptor offer;
	CHECK(wire_ports_give_receive(&nodes[0].wire, 1, port, &state, &offer) == WIRE_GIVEN_KEPT,
	      "a receive right is offered");
	look();
	CHECK(saw.make == 1, "... and an export made for it");
	return offer;
}

static bool say_moved(const struct wire_descriptor *offer, uint32_t id, uint32_t generation,
		      uint32_t stream, int more)
{
	return say(stream, 0, WIRE_KIND_MOVED,
		   (uint32_t[]){offer->export_id, offer->generation, id, generation}, 4, more);
}

static void test_going(void)
{
	begin(83);
	struct wire_ports *wire = &nodes[0].wire;
	const struct wire_port_state state = {.queue_limit = 5};
	struct wire_descriptor offer;
	look();
	wire_ports_down(wire, 2);
	look();
	CHECK(wire_ports_give_receive(wire, 2, 599, &state, &offer) == WIRE_GIVEN_REFUSED,
	      "nothing goes to a node that is down");
	offer = offer_port(600, true, 0);
	CHECK(!say_moved(&offer, 25, 4, 0, 1) && !say_moved(&offer, 25, 4, 0, -1) &&
		      !say_moved(&offer, 25, 4, offer.export_id, 0),
	      "a MOVED that is cut or too long, or on a port's stream, is refused");
	CHECK(say_moved(&offer, 25, 4, 0, 0) && saw.serve == 1 && saw.mark == 0,
	      "accepted: it is a proxy");
	CHECK(say_moved(&offer, 25, 4, 0, 0) && saw.serve == 0 && saw.destroy == 0 &&
		      saw.release == 0 && wire->violations == 0,
	      "... and that again changes nothing");
	CHECK(say_move(offer.export_id, offer.generation) && saw.mark == 1,
	      "the end of its queue is marked when the peer has sent all");
	wire_ports_marked(wire, 600);
	look();
	CHECK(saw.move == 1 && saw.count == 0 && saw.destroy == 0, "then MOVE is said");
	wire_ports_marked(wire, 600);
	look();
	CHECK(saw.move == 0, "... once");
	CHECK(say_move(offer.export_id, offer.generation) && saw.mark == 0, "and not marked again");

	offer = offer_port(610, false, 1);
	CHECK(say_move(offer.export_id, offer.generation) && saw.mark == 0 &&
		      say_moved(&offer, 26, 1, 0, 0) && saw.serve == 1 && saw.mark == 1,
	      "MOVE may come before MOVED");
	wire_ports_marked(wire, 610);
	look();
	CHECK(saw.move == 1 && saw.count == 0 && saw.destroy == 0,
	      "with a send-once right it stays a proxy");

	offer = offer_port(620, false, 0);
	(void)say_move(offer.export_id, offer.generation);
	CHECK(say_moved(&offer, 27, 1, 0, 0) && saw.mark == 1, "one that nobody has a right to");
	wire_ports_marked(wire, 620);
	look();
	CHECK(saw.move == 1 && saw.count == 1 && saw.destroy == 1, "... is given back at once");

	offer = offer_port(630, true, 0);
	CHECK(say_moved(&offer, 25, 4, 0, 0) && saw.serve == 0 && saw.destroy == 1 &&
		      saw.released == 1 && wire->violations == 1,
	      "it does not become an export that is a port already");
	offer = offer_port(640, true, 0);
	CHECK(say_moved(&offer, WIRE_EXPORT_NONE, 0, 0, 0) && saw.serve == 0 && saw.destroy == 1 &&
		      saw.release == 0 && wire->violations == 1,
	      "declined: it dies");
	CHECK(say_moved(&offer, WIRE_EXPORT_NONE, 0, 0, 0) && saw.destroy == 0, "... once");
	CHECK(say(0, 0, WIRE_KIND_DEAD, (uint32_t[]){28, 1}, 2, 0), "a death comes");
	offer = offer_port(650, true, 0);
	CHECK(say_moved(&offer, 28, 1, 0, 0) && saw.serve == 0 && saw.destroy == 1 &&
		      saw.released == 1 && wire->violations == 1,
	      "what is dead where it went is dead");
	offer = offer_port(660, true, 0);
	CHECK(say_moved(&offer, 28, 2, 0, 0) && saw.serve == 1, "... but not the next one there");
}

/* A port goes, comes home, and goes again before its first way is settled. */
static void test_going_again(void)
{
	begin(84);
	struct wire_ports *wire = &nodes[0].wire;
	uint32_t pickup = 0, port = 0, owner = 0, export_id = 0;
	look();
	struct wire_descriptor offer = offer_port(700, true, 0);
	(void)say_move(offer.export_id, offer.generation);
	CHECK(say_moved(&offer, 25, 4, 0, 0) && saw.serve == 1 && saw.mark == 1, "a port goes");
	wire_ports_marked(wire, 700);
	look();
	CHECK(take_receive(25, 4, &pickup) == WIRE_TAKEN_MOVING, "... and comes home");
	wire_ports_stopped(wire, pickup, 700);
	look();
	CHECK(saw.moved == 1 && saw.new_id == offer.export_id && saw.make == 1 && saw.released == 2,
	      "... to the export that it has still");
	wire_ports_time(wire, wire->now_us + 7000001);
	look();
	CHECK(saw.resolved == 1 && wire_ports_resolve(wire, pickup, &port, &owner, &export_id) ==
					   WIRE_TAKEN_RECEIVE,
	      "it is handed out although its queue has not followed");
	look();
	const struct wire_port_state state = {.queue_limit = 5, .senders = true};
	CHECK(wire_ports_give_receive(wire, 1, 700, &state, &offer) == WIRE_GIVEN_KEPT,
	      "it goes again");
	look();
	CHECK(saw.make == 0, "... with the export's right");
	CHECK(say_moved(&offer, 25, 4, 0, 0) && saw.serve == 1 && saw.drop == 1 && saw.mark == 0,
	      "... and what was said of its first way does not count");

	offer = offer_port(710, true, 0);
	(void)say_move(offer.export_id, offer.generation);
	(void)say_moved(&offer, 26, 1, 0, 0);
	wire_ports_marked(wire, 710);
	look();
	CHECK(wire_ports_no_senders(wire, 710, 1), "the right that was made for it is counted");
	look();
	CHECK(saw.released == 1 && saw.destroy == 1, "without senders it is given back");
	offer = offer_port(720, true, 0);
	CHECK(say(offer.export_id, offer.generation, WIRE_KIND_RELEASE, (uint32_t[]){1}, 1, 0) &&
		      nodes[0].exports[1][offer.export_id].state == WIRE_EXPORT_LIVE,
	      "an export that waits to be accepted stays");
	CHECK(say_moved(&offer, WIRE_EXPORT_NONE, 0, 0, 0) && saw.destroy == 1 &&
		      nodes[0].exports[1][offer.export_id].state == WIRE_EXPORT_FREE,
	      "... until it is declined");
}

static void test_next_incarnation(void)
{
	begin(85);
	struct wire_ports *wire = &nodes[0].wire;
	struct wire_descriptor third = {.where = WIRE_WHERE_THIRD,
					.right = WIRE_RIGHT_SEND,
					.node = nodes[0].peers[2].name,
					.token = {7}};
	struct wire_ports_effect effect;
	uint32_t port = 0, owner = 0, export_id = 0, pickup = 0;
	bool asked = false, told = false;
	look();
	wire_ports_down(wire, 2);
	look();
	CHECK(wire_ports_take(wire, 1, &third, &port, &owner, &export_id, &pickup) ==
		      WIRE_TAKEN_PENDING,
	      "a right of a node that is away waits for it");
	look();
	wire_ports_up(wire, 2, third.node.incarnation + 1);
	while (wire_ports_effect(wire, &effect)) {
		asked |= effect.kind == WIRE_PORTS_SEND && effect.item == WIRE_KIND_PICKUP;
		told |= effect.kind == WIRE_PORTS_RESOLVED;
	}
	CHECK(told && !asked &&
		      wire_ports_resolve(wire, pickup, &port, &owner, &export_id) ==
			      WIRE_TAKEN_DEAD,
	      "... whose next incarnation is not asked");
}

int main(int count, char **words)
{
	uint64_t first = count > 1 ? strtoull(words[1], NULL, 0) : 1;
	uint64_t last = count > 1 ? first : 40;
	for (unsigned part = 0; part < 2; part++) {
		uint64_t failed = 0;
		deliveries = handovers = no_senders = dead_names = crashes = 0;
		for (uint64_t seed = first; seed <= last; seed++) {
			run(seed, part == 1);
			if (problem != NULL) {
				failed = failed == 0 ? seed : failed;
				printf("# seed %llu: %s\n", (unsigned long long)seed, problem);
			}
		}
		printf("# %u messages, %u hand-overs, %u no-senders, %u deaths, %u crashes\n",
		       deliveries, handovers, no_senders, dead_names, crashes);
		CHECK(failed == 0, "%s: no right is lost, doubled, forged or left over",
		      part == 0 ? "without crashes" : "with crashes");
		CHECK(handovers > 0 && no_senders > 0 && dead_names > 0 &&
			      (part == 0 || crashes > 0),
		      "and all of it happened");
	}
	test_giver_dies();
	test_token_is_bound();
	test_cancel();
	test_order();
	test_fair();
	test_fair_receiver();
	test_nothing_came();
	test_fair_giver();
	test_unreachable();
	test_hostile();
	test_hostile_giver();
	test_coming();
	test_coming_to_a_proxy();
	test_going();
	test_going_again();
	test_next_incarnation();
	begin(1);
	return tap_done();
}
