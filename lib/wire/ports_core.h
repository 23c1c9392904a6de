/*
 * Rights across nodes: which local port is which export, which proxy stands for which export of a
 * peer, and who owes whom how many references.
 *
 * Accounts are pairwise.  The owner of a port has one export for each peer, and counts how often it
 * sent the right there.  The peer has one proxy for it, counts how often the right came, and when
 * nobody holds the proxy any more gives that count back (RELEASE), on the stream of the export, so
 * behind the last message.  Zero frees the export (FREED); a right that was on its way makes the
 * proxy anew.  A send-once right is an export of its own: used once, or released.
 *
 * Hand-over: a node that gives a third one a right to a peer's port tells the peer (PROVIDE, which
 * nothing holds back) and sends a token; the receiver asks the peer for it (PICKUP) and gets an
 * export of its own (PICKED); the peer tells the giver (TAKEN).  Until then the token is a
 * reference.  FLUSHED on the port's stream says that the giver's earlier messages are there: the
 * peer answers PICKUP after it, or after two death bounds without it.
 *
 * Hand-overs share tables.  Who may be slow or hostile (a giver, a receiver, an owner) has at most
 * as many entries as are free, so one peer takes half of a table, and two a third each.
 *
 * Receive rights move.  The message has the port's state; the port stays with the old home's server
 * until the new home said MOVED.  From then on it is a proxy of the new home's export and its queue
 * follows as ordinary messages.  The new home takes its own proxy of the port, if it has one, as
 * the port, so that a port that comes home is the one that left; it holds the message with the
 * right until everything that was sent to the old home before came back (MOVE, there and back).
 *
 * Kernel events and what came on the wire go in; results are answered at once, and effects are
 * fetched with wire_ports_effect until there are none.  A port is the name that this server's task
 * has for it; rights it is given are its own until an effect or a result says otherwise.
 */
#pragma once

#include "frame_core.h"

#define WIRE_PORTS_EFFECTS 32
#define WIRE_EXPORT_NONE   UINT32_MAX

enum wire_export_state {
	WIRE_EXPORT_FREE,
	WIRE_EXPORT_LIVE,
	WIRE_EXPORT_DEAD, /* the port is, references are still out */
};

struct wire_export {
	enum wire_export_state state;
	uint8_t right;
	uint32_t generation;
	uint32_t port;  /* we hold this right to it, once */
	uint32_t count; /* how often the peer was given the right, less what it gave back */
	/* The receive right is offered to the peer. */
	bool offered;
	bool flushed;  /* all that the peer sent to the port before is in its queue */
	uint32_t made; /* send rights that were made for the offer, 0 or 1 */
	bool senders;
	uint32_t onces;
};

enum wire_proxy_state {
	WIRE_PROXY_NONE,
	WIRE_PROXY_LIVE,
	WIRE_PROXY_GHOST, /* given back; the owner has not said FREED */
	WIRE_PROXY_DEAD,  /* the owner said that the port is dead */
	WIRE_PROXY_HOME,  /* the port is ours now; the owner has not said FREED */
};

struct wire_proxy {
	enum wire_proxy_state state;
	uint8_t right;
	uint32_t generation;
	uint32_t port;     /* we hold its receive right; HOME: a send right */
	uint32_t received; /* how often the right came */
	uint32_t made;     /* how often we made a send right to it since it was made */
	uint32_t carried;  /* rights to it that are on their way home */
	uint32_t pickup;   /* its receive right comes to us: which pickup, + 1; 0: it does not */
	/* Of a port that left us: */
	bool leaving;    /* its queue is still following */
	bool senderless; /* nobody has a send right, but it is needed for something else */
	uint32_t onces;  /* send-once rights to it that were made before it left */
};

/* A right that waits to be picked up, here at its owner. */
struct wire_token {
	bool used, provided; /* not provided: PICKUP came first, or FLUSHED */
	bool flushed;        /* the giver's earlier messages are here, or will never come */
	bool home;           /* "to" has the port, and has not said TAKEN */
	uint8_t token[WIRE_TOKEN_BYTES];
	uint32_t charged;           /* to this peer */
	uint32_t giver;             /* peer; WIRE_EXPORT_NONE: not known here */
	uint32_t to;                /* peer that asked; WIRE_EXPORT_NONE: nobody yet */
	struct wire_node_name node; /* who may pick it up; or, not provided, the giver */
	uint8_t right;
	uint32_t port;
	uint64_t expires_us;
};

/* One that we gave away: until the owner says TAKEN, we hold the proxy for it. */
struct wire_gift {
	bool used;
	uint8_t token[WIRE_TOKEN_BYTES];
	uint32_t owner, to; /* peers */
	uint32_t export_id, generation, port;
	uint8_t right;
};

/* One that we were given and ask its owner for. */
struct wire_pickup {
	bool used, asked, resolved, told;
	uint8_t token[WIRE_TOKEN_BYTES];
	uint32_t from; /* the peer whose message has it */
	struct wire_node_name owner, giver;
	uint8_t right;
	/* What the owner answered; WIRE_EXPORT_NONE: nothing. */
	uint32_t peer, export_id, generation;
	bool home; /* it is a port of ours, and "port" a send right to it that we keep so long */
	/* A receive right, from "peer", where it was that export. */
	bool moves, stopped, ended, freed;
	uint32_t port, forward; /* what it is here: the port, the export for the old home */
	struct wire_port_state state;
	uint64_t expires_us; /* 0: no limit, or the owner has one */
};

struct wire_ports_peer {
	bool up;
	struct wire_node_name name; /* the id always, the incarnation while it is up */
	struct wire_export *exports;
	struct wire_proxy *proxies; /* by the peer's export id */
	uint32_t count;             /* of each */
	uint32_t proxies_end;       /* from there on there never was one, so none is looked for */
};

enum wire_ports_effect_kind {
	WIRE_PORTS_SEND,     /* peer, export_id, generation: kind, body, bytes, on that stream */
	WIRE_PORTS_OPEN,     /* peer, export_id, generation: messages to it may come */
	WIRE_PORTS_CLOSE,    /* peer, export_id: nothing comes to it any more */
	WIRE_PORTS_COPY,     /* port: one send right to it more */
	WIRE_PORTS_DROP,     /* port, right: deallocate it */
	WIRE_PORTS_DESTROY,  /* port: destroy the proxy's receive right */
	WIRE_PORTS_CONNECT,  /* peer: an association is wanted */
	WIRE_PORTS_RESOLVED, /* pickup: wire_ports_resolve says what came of it */
	/* Of receive rights. */
	WIRE_PORTS_MAKE,  /* port: make a send right to it from its receive right, which we hold */
	WIRE_PORTS_SERVE, /* port: it is a proxy from now on, with what is in its queue */
	WIRE_PORTS_MARK, /* port: wire_ports_marked when all that is in its queue now was sent on */
	WIRE_PORTS_WATCH, /* port: ask for no-senders again */
};

struct wire_ports_effect {
	enum wire_ports_effect_kind kind;
	uint32_t peer, export_id, generation;
	uint8_t item; /* kind of a stream */
	uint8_t body[WIRE_PROVIDE_BYTES];
	uint32_t bytes;
	uint32_t port;
	uint8_t right;
	uint32_t pickup;
};

struct wire_ports {
	struct wire_node_name self;
	struct wire_ports_peer *peers;
	uint32_t peer_count;
	struct wire_token *tokens;
	struct wire_gift *gifts;
	struct wire_pickup *pickups;
	uint32_t token_count; /* of each of the three */
	uint64_t death_us;    /* how long a token outlives its giver */
	uint64_t now_us;
	struct wire_ports_effect effects[WIRE_PORTS_EFFECTS];
	uint32_t effect_first, effect_count;
	/* What is left to be told, found by looking: after a peer's or a port's death. */
	uint32_t ending; /* the peer whose association ended, WIRE_EXPORT_NONE: none */
	uint32_t ending_next;
	bool looking; /* pickups to be asked for, or told of */
	bool dying;
	uint32_t dead_port, dying_peer, dying_next;
	uint64_t violations; /* what an honest peer does not send */
	uint64_t refused;    /* rights for which a table had no room */
};

/* Memory: peers with their tables set, and "token_count" of each of tokens, gifts and pickups. */
void wire_ports_start(struct wire_ports *ports, const struct wire_node_name *self,
		      struct wire_ports_peer *peers, uint32_t peer_count, struct wire_token *tokens,
		      struct wire_gift *gifts, struct wire_pickup *pickups, uint32_t token_count,
		      uint64_t death_us);

/* --- giving */

enum wire_given {
	WIRE_GIVEN_KEPT,    /* the right is the tables' now */
	WIRE_GIVEN_SPARE,   /* the tables have one: the caller deallocates it */
	WIRE_GIVEN_CARRIED, /* the caller keeps it until wire_ports_arrived */
	WIRE_GIVEN_REFUSED, /* no room: the caller deallocates it, the peer gets a dead right */
};

/* A right goes to "peer" in a message, which is sent when the effects of this were carried out.
   "token" is fresh random. */
enum wire_given wire_ports_give(struct wire_ports *ports, uint32_t peer, uint32_t port,
				uint8_t right, const uint8_t token[WIRE_TOKEN_BYTES],
				struct wire_descriptor *descriptor);

/*
 * The receive right of a port goes to "peer", likewise.  KEPT: the port is nobody's until SERVE or
 * DESTROY; nothing is received from it.  REFUSED: the caller destroys it.  "state" is as it was
 * when the program sent the right: "senders" whether there are send rights to it, the caller's
 * own included.
 */
enum wire_given wire_ports_give_receive(struct wire_ports *ports, uint32_t peer, uint32_t port,
					const struct wire_port_state *state,
					struct wire_descriptor *descriptor);

/* All that was in the port's queue at MARK was sent to where its messages go. */
void wire_ports_marked(struct wire_ports *ports, uint32_t port);

/* The message with a CARRIED right is SENT or FAILED; the caller deallocates the right. */
void wire_ports_arrived(struct wire_ports *ports, uint32_t peer,
			const struct wire_descriptor *descriptor);

/* The message with it was surely not sent. */
void wire_ports_take_back(struct wire_ports *ports, uint32_t peer,
			  const struct wire_descriptor *descriptor);

/* --- taking: all rights of a message, when it has arrived, whatever it waits for */

enum wire_taken_right {
	WIRE_TAKEN_DEAD,
	WIRE_TAKEN_LOCAL,     /* *port: a copy of our send right, or the send-once right itself */
	WIRE_TAKEN_PROXY,     /* *port: make a right to this proxy */
	WIRE_TAKEN_NEW_PROXY, /* make a port, wire_ports_set_proxy, then a right to it */
	WIRE_TAKEN_PENDING,   /* *pickup: wait for RESOLVED, and hold the message */
	WIRE_TAKEN_MOVING,    /* likewise; *port: see wire_ports_stopped */
	WIRE_TAKEN_RECEIVE,   /* of RESOLVED: *port is the port whose receive right it is */
};

/* A right came from "peer".  NEW_PROXY: *owner and *export_id say whose it is. */
enum wire_taken_right wire_ports_take(struct wire_ports *ports, uint32_t peer,
				      const struct wire_descriptor *descriptor, uint32_t *port,
				      uint32_t *owner, uint32_t *export_id, uint32_t *pickup);

/* After RESOLVED: the same answer for what was pending; the pickup is free then. */
enum wire_taken_right wire_ports_resolve(struct wire_ports *ports, uint32_t pickup, uint32_t *port,
					 uint32_t *owner, uint32_t *export_id);

/*
 * After MOVING.  If *port was 0: at once, with a port that was made for it.  Otherwise *port is a
 * proxy: programs must not get anything more into its queue, what is there is still sent on
 * (whatever the window), and then this is called.  Messages that come for the port from then on
 * from its old home go into its queue, whatever its limit, and stay there; see wire_ports_waits.
 */
void wire_ports_stopped(struct wire_ports *ports, uint32_t pickup, uint32_t port);

/*
 * Whether a message for the port, which came on this stream, waits until the port is handed out (or
 * its pickup is resolved): earlier ones may be on their way through the old home, and back.
 */
bool wire_ports_waits(const struct wire_ports *ports, uint32_t port, uint32_t peer,
		      uint32_t export_id);

/* The state that came with a receive right, until wire_ports_resolve. */
const struct wire_port_state *wire_ports_moved_state(const struct wire_ports *ports,
						     uint32_t pickup);

void wire_ports_set_proxy(struct wire_ports *ports, uint32_t owner, uint32_t export_id,
			  uint32_t port);

/* --- the kernel's events */

/* Which proxy a port is: its owner, or WIRE_EXPORT_NONE. */
uint32_t wire_ports_find_proxy(const struct wire_ports *ports, uint32_t port, uint32_t *export_id,
			       uint32_t *generation);

/*
 * Nobody has a send right to the proxy, of "made" that were made; its queue is empty.  False: more
 * were made meanwhile, the caller asks to be notified again.
 */
bool wire_ports_no_senders(struct wire_ports *ports, uint32_t port, uint32_t made);

/*
 * A send-once right to the proxy was used (its message is sent already), or died unused.  The proxy
 * of a send-once right is destroyed; a port that left us may have several, made before, and their
 * messages and notifications are sent on like all others.
 */
void wire_ports_once_used(struct wire_ports *ports, uint32_t port, bool died);

/* An exported port is dead. */
void wire_ports_dead_name(struct wire_ports *ports, uint32_t port);

/* --- the wire's events */

/* What port a message for this export goes to; false: none.  A send-once export is used up. */
bool wire_ports_deliver(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			uint32_t generation, uint32_t *port, uint8_t *right);

/* An item of another kind; export_id: on whose stream it came.  False: against the protocol. */
bool wire_ports_item(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
		     uint32_t generation, uint8_t kind, const uint8_t *body, uint32_t bytes);

void wire_ports_up(struct wire_ports *ports, uint32_t peer, uint64_t incarnation);
void wire_ports_down(struct wire_ports *ports, uint32_t peer);
/* What was to be picked up there arrives dead, unless it comes up before wire_ports_time. */
void wire_ports_unreachable(struct wire_ports *ports, uint32_t peer);
/* Several times a second. */
void wire_ports_time(struct wire_ports *ports, uint64_t now_us);

bool wire_ports_effect(struct wire_ports *ports, struct wire_ports_effect *effect);
