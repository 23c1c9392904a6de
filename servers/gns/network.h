/*
 * What the files of this server share: this node's end of the wire (lib/wire) joined to the
 *kernel's ports.  One thread, the loop, receives everything in one port set and carries out what
 *follows; others (names.c) come in between network_enter and network_leave.
 *
 *	proxy    a port whose receive right is ours; it stands for an export of a peer
 *	export   a port of this node that a peer has a right to; we hold a right to it
 *	stream   of messages to an export of a peer (struct stream), or from a peer (struct inbound)
 */
#pragma once

#include <libmach.h>
#include <mach/notify.h>
#include <masix/acs.h>
#include <wire/names_core.h>
#include <wire/node_core.h>
#include <wire/ports_core.h>

#define SELF             mach_task_self()
#define EXPORTS_PER_PEER 512
#define TOKENS           64         /* hand-overs under way, of each kind */
#define BLOCKS           256        /* early pieces of all peers */
#define SLOTS            4          /* messages of a stream that wait here for their port */
#define APART_BYTES      4096u      /* more memory out of line than this goes as a REGION */
#define REGIONS_MAX      64         /* of one message */
#define REGION_BYTES_MAX 0x2000000u /* of one item out of line */
#define PEER_BYTES_MAX   0x3000000u /* that messages from a peer may hold here; and one to it */
#define SENDING_MAX      0x6000000u /* that all messages to a peer may hold here */
#define SENDING_MORE     0x3000000u /* ... besides, those of at most */
#define SMALL_BYTES      0x100000u
#define FRESH_US         50000 /* a send-once right this old is watched for its port's death */

/* What happened, for gns_get_counters. */
#define NETWORK_COUNTERS(COUNTER)                                                                  \
	COUNTER(messages_out, "messages to other nodes")                                           \
	COUNTER(messages_in, "messages from other nodes")                                          \
	COUNTER(messages_lost, "messages without room here, destroyed")                            \
	COUNTER(messages_dead, "messages for ports that were dead")                                \
	COUNTER(queues_full, "times that a port's queue was full")                                 \
	COUNTER(rights_refused, "rights that leave no node")                                       \
	COUNTER(rights_no_room, "rights without a place in the tables")                            \
	COUNTER(violations, "peers that broke the protocol")                                       \
	COUNTER(associations, "associations that began")                                           \
	COUNTER(deaths, "peers that died")

struct network_counters {
#define NETWORK_COUNTER_FIELD(name, text) uint64_t name;
	NETWORK_COUNTERS(NETWORK_COUNTER_FIELD)
#undef NETWORK_COUNTER_FIELD
};

/* A port whose receive right crosses, or has left (moving.c). */
struct crossing;

/* Out: messages to one export of a peer.  It lives as long as sequence numbers must go on: until
   the export is freed, its generation is another, or the association ends. */
struct stream {
	uint32_t peer, export_id, generation;
	int32_t handle;   /* of the wire */
	mach_port_t port; /* the proxy; MACH_PORT_NULL: none any more */
	uint8_t right;    /* of the proxy */
	uint32_t unsent;  /* messages that the peer has not acknowledged */
	bool spent;   /* a send-once right's proxy: its message came, nobody has a right to it */
	bool held;    /* the proxy is out of the set until they are fewer */
	bool working; /* a message from the proxy is being translated */
	bool closing; /* no more messages; freed with the last one */
	/* If the proxy is a port that has left this node, else null; and where the kernel says then
	   that it has no senders. */
	struct crossing *left;
	mach_port_t notice;
};

/* Memory out of line that came before its message. */
struct region {
	struct region *next;
	vm_address_t address; /* 0: there was no room, and the message is lost */
	uint32_t bytes;
};

/* What came whole and waits for what came before it: a MESSAGE is the head of a struct delivery,
   behind anything else are its bytes. */
struct arrived {
	struct arrived *next;
	uint8_t kind;
	uint32_t bytes;
};

/* In: messages from a peer to one of our exports. */
struct inbound {
	uint32_t peer, export_id, generation;
	/* The one that comes in pieces. */
	uint8_t *data;
	uint32_t total;
	struct region *regions,
		*regions_last; /* of the next MESSAGE, the last one perhaps not whole */
	uint32_t region_count;
	struct arrived *first, *last; /* the first one is a message with rights to be picked up */
	uint32_t waiting;             /* these, and messages that wait for their port */
	bool working;                 /* somebody further up has it */
	bool closed;                  /* out of the table: freed with the last that waits */
};

struct peer {
	char name[ACS_NAME_BYTES];
	acs_digest_t id;
	uint32_t number, roles;
	uint32_t place;  /* in the list of members */
	uint32_t logged; /* with a keylog: the index whose keys were told last */
	bool up, suspected;
	bool gone; /* no member any more; its place stays empty */
	uint64_t serial;
	uint32_t exports, proxies;
	uint32_t bytes;   /* that its unfinished messages hold here */
	uint32_t sending; /* bytes out of line that wait for it */
	struct stream *streams[EXPORTS_PER_PEER];
	struct inbound *inbounds[EXPORTS_PER_PEER];
};

struct network {
	bool running;
	bool keylog; /* the cluster was made to show its keys */
	struct wire_node node;
	struct wire_ports ports;
	struct peer *peers;
	uint32_t peer_count;
	mach_port_t set; /* all that the loop receives from */
	mach_port_t
		events;  /* notifications, and words of our own threads; nobody else has rights */
	mach_port_t acs; /* acs_network.defs */
	uint64_t now_us;
	bool handing, handing_changed; /* rights are handed over between other nodes and this one */
	bool marking;                  /* moving_step has something to do */
	struct network_counters counters;
};

extern struct network network;

/* --- loop.c */

/* Receives for ever. */
void loop_run(void) __attribute__((noreturn));

/* Between these two, other threads do what the loop does.  The second carries out what follows. */
void network_enter(void);
void network_leave(void);

/* The loop has something to do: finished jobs.  From any thread. */
void loop_wake(void);

/* --- clock.c: never goes backwards; the loop's, or under its lock */

uint64_t network_now_us(void);

/* --- start.c */

/* Who we are and who else there is, from the ACS; then the tables.  The card is open. */
kern_return_t network_start(void);

/* --- roster.c */

/* Members and cluster key as the ACS has them now: who was left out is no peer any more. */
void roster_take(void);

/* --- effects.c */

/* Carries out what the wire and the tables want, until there is nothing left. */
void network_pump(void);

/* Carries out the port tables' effects; to be called after each of their events. */
void ports_pump(void);

/* Exports, proxies and hand-overs keep the association with the peer.  The second looks whether a
   hand-over is under way, after something of the kind was said. */
void peer_hold(uint32_t peer);
void handing_look(void);
bool is_of_hand_over(uint8_t kind);

/* It broke the protocol: its association ends. */
void peer_is_wrong(uint32_t peer);

/* --- stream.c: out */

/* The stream to an export; made if there is none.  Null: no room, or the peer is gone. */
struct stream *stream_find(uint32_t peer, uint32_t export_id, uint32_t generation);

/* The stream of a proxy of ours, by its name; or null. */
struct stream *stream_of_proxy(mach_port_t port);
bool stream_set_proxy(struct stream *stream, mach_port_t port, uint8_t right);
void stream_clear_proxy(struct stream *stream);

/* What else belongs to it: stream_of_proxy finds it, too.  Null: nothing belongs to that port. */
bool stream_set_port(struct stream *stream, mach_port_t port);

/* Closes the stream to an export, all streams to a peer, if there is no proxy for it any more (a
   hand-over may need it longer than there is a port) and nothing is on its way. */
void stream_settle(uint32_t peer, uint32_t export_id);
void streams_settle(uint32_t peer);

/* All streams of a peer whose association has ended. */
void streams_end(uint32_t peer);

/* Bytes of the kind to the peer's export: copied. */
void stream_say(uint32_t peer, uint32_t export_id, uint32_t generation, uint8_t kind,
		const uint8_t *body, uint32_t bytes);

/* A message goes back to us; the peer has it (sent), or not. */
void stream_returned(struct wire_message *message, bool sent);

/* --- outgoing.c */

/* What came to a proxy: a message, which is used up, or a notification.  The second does not let
   the proxy wait, nor the wire work. */
void outgoing_take(struct stream *stream, mach_msg_header_t *message);
void outgoing_forward(struct stream *stream, mach_msg_header_t *message);

/* Gives a right of this task's to a peer: uses it up, or keeps it in *carried (else set to
   MACH_PORT_NULL) until the message that it goes with is given back. */
void outgoing_give(uint32_t peer, mach_port_t name, uint8_t right,
		   struct wire_descriptor *descriptor, mach_port_t *carried);

/* --- incoming.c */

void inbound_open(uint32_t peer, uint32_t export_id, uint32_t generation);
void inbound_close(uint32_t peer, uint32_t export_id);

void incoming_piece(uint32_t peer, const struct wire_piece *piece);

/* A pickup was answered; the message too many was taken from a port's queue (MACH_PORT_NULL: from
   one that we have no right to any more); time has passed. */
void incoming_resolved(uint32_t pickup);
void incoming_accepted(mach_port_t port);
void incoming_step(void);

/* What waits for a port goes into its queue, as far as there is room. */
void delivery_flush(mach_port_t port);

/* When incoming_step is to be called, or WIRE_NEVER. */
uint64_t incoming_deadline(void);

/*
 * A right that came from a peer, as a right of this task's: *name with the disposition that gives
 * it away (MOVE_SEND, MOVE_SEND_ONCE); MACH_PORT_DEAD if it is dead.  False: it is pending, and
 * *pickup says as what.
 */
bool incoming_right(uint32_t peer, const struct wire_descriptor *descriptor, mach_port_t *name,
		    uint32_t *pickup);
void incoming_right_resolved(uint32_t pickup, mach_port_t *name);

/* --- moving.c: ports whose receive rights go from node to node */

/* Gives the receive right of a port, which is ours, to a peer. */
void moving_give(uint32_t peer, mach_port_t port, struct wire_descriptor *descriptor);

/* What the tables want: WIRE_PORTS_MAKE, SERVE, MARK, DESTROY (false: it is no such port). */
void moving_make(mach_port_t port);
void moving_serve(mach_port_t port);
void moving_mark(mach_port_t port);
bool moving_destroy(mach_port_t port);

/* The proxy that has left goes, or comes home. */
void moving_forget(struct stream *stream);

/* WIRE_TAKEN_MOVING: a receive right comes.  WIRE_TAKEN_RECEIVE: it is here, and the caller's
   from now on; false: it is dead. */
void moving_begin(uint32_t pickup, mach_port_t port);
bool moving_end(mach_port_t port, uint32_t queue_limit);

/* Whether the receive right of a port is ours: whatever is for it goes into its queue. */
bool moving_has(mach_port_t port);

/* Whether a peer may put so much there; and it has.  "in": the stream by which it came, or null. */
bool moving_has_room(uint32_t peer, uint32_t bytes);
void moving_charge(mach_port_t port, uint32_t peer, uint32_t bytes, struct inbound *in);

/* A message of a port that has left was sent on ("once": by a send-once right). */
void moving_sent(struct stream *stream, bool once);

/* What came to the port where the kernel tells that one that has left has no senders. */
void moving_notice(struct stream *stream, const mach_msg_header_t *message);

/* Of the loop, while it has no message in its hands. */
void moving_step(void);

/* --- names.c */

struct ipc_bucket;

/* Reads the licences, and tells the ACS where its names and questions go. */
kern_return_t names_start(struct ipc_bucket *bucket);

/* Carries out what follows from the names' events. */
void names_pump(void);

/* It is no peer any more: it may have no names. */
void names_gone(uint32_t peer);

/* RESOLVE or HERE came; an item (false: against the protocol); an association began, ended, could
   not be made; a pickup was answered (false: it is not one of theirs); time has passed. */
void names_named(const struct wire_effect *effect);
bool names_item(uint32_t peer, uint8_t kind, const uint8_t *data, uint32_t bytes);
void names_up(uint32_t peer);
void names_down(uint32_t peer);
void names_unreachable(uint32_t peer);
bool names_resolved(uint32_t pickup);
void names_step(void);

const struct wire_names_counters *names_counters(void);

/* When names_step is to be called, or WIRE_NEVER. */
uint64_t names_deadline(void);

/* --- kernel.c */

/* A proxy for an export of the peer; its name, or MACH_PORT_NULL. */
mach_port_t proxy_make(uint32_t peer, uint32_t export_id, uint32_t generation, uint8_t right);
void proxy_destroy(mach_port_t port);

/* The proxy that a stream belongs to takes no more messages for a while; takes them again. */
void proxy_hold(struct stream *stream);
void proxy_release(struct stream *stream);

/* Tells us when nobody has send rights to the proxy that "made" of were made, or when a port that
   is exported dies. */
void proxy_watch(mach_port_t port, uint32_t made);
void export_watch(mach_port_t port);

/* Whoever else was to be told of missing senders, or to get the receive right when we destroy it,
   is not any more. */
void port_unwatch(mach_port_t port);

/* How many messages are in a port's queue; the next one, if the port is in no set (false: none).
   The buffer, of malloc and at first this large, grows. */
#define PORT_MESSAGE_BYTES 8192
uint32_t port_count_messages(mach_port_t port);
bool port_receive(mach_port_t port, mach_msg_header_t **message, uint32_t *bytes);

/* The port takes one message and is in the set. */
void proxy_serve(mach_port_t port);

/* A send-once right is exported: it is watched if it stays for a while. */
void export_fresh(uint32_t peer, uint32_t export_id, uint32_t generation, mach_port_t port);
void export_step(void);
uint64_t export_deadline(void);

/* A message to the events port. */
void events_take(mach_msg_header_t *message);

/* Destroys what a message has that was received, or that could not be sent: rights, memory. */
void message_destroy_received(mach_msg_header_t *message);
void message_destroy(mach_msg_header_t *message);

/* Gives up a send or send-once right, or a dead name's reference; null and dead are none.  Destroys
   a right that is of that disposition in a message. */
void right_drop(mach_port_t name);
void right_destroy(mach_port_t name, mach_msg_type_name_t type);

/* --- card.c */

/*	KERN_FAILURE	no card: said in the log */
kern_return_t card_open(void);
const uint8_t *card_address(void);

/* A message of the card's line, or its time has come: takes in what there is. */
bool card_is_line(mach_port_t port);
void card_serve(bool interrupt);
uint64_t card_deadline_us(void);

/* Sends what lies in card_frame(): "bytes" behind the Ethernet header.  To null: all. */
uint8_t *card_frame(void);
void card_send(const uint8_t *to, uint32_t bytes);

/* The same for a frame that is not of the protocol, to all. */
void card_send_other(uint16_t ethertype, uint32_t bytes);

/* --- keylog.c: what network.keylog asks for */

/* Tells the keys of associations that have new ones.  card_frame() is overwritten. */
void keylog_look(void);

/* --- worker.c */

kern_return_t worker_start(void);
void worker_add(const struct wire_job *job);

/* The next job that is done; false: none. */
bool worker_take(struct wire_job *job);
