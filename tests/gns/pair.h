/* What the two ends of tests/gns/pair.c say to each other. */
#pragma once

#include "lib/msg.h"

#define PAIR_ANSWER     100000 /* added to a request's id */
#define PAIR_ECHO       7001   /* all items come back, rights moved */
#define PAIR_KEEP       7002   /* slot, right: kept there */
#define PAIR_SEND       7003   /* slot, id: a message of that id goes to the right kept there */
#define PAIR_DROP       7004   /* slot: the right kept there is given up */
#define PAIR_WATCH      7005   /* slot: a dead-name notification is asked for */
#define PAIR_TOLD       7006   /* how many of those came, and no-senders ones */
#define PAIR_PORT       7007   /* a new port: a send right to it; it answers all of this, too */
#define PAIR_LIMIT      7008   /* a new port that nobody receives from yet: a send right */
#define PAIR_DRAIN      7009   /* ... now: how many messages waited, and whether in order */
#define PAIR_DIE        7010   /* the port that this comes to dies, before the answer */
#define PAIR_NO_SENDERS 7011   /* a no-senders notification of this port is asked for */
#define PAIR_SILENT     7012   /* no answer: the reply right is given up */
#define PAIR_STUCK      7013   /* no answer: the reply right is kept */
#define PAIR_END        7014
#define PAIR_NAME       7015 /* slot: the number of the name of the right kept there */
#define PAIR_PROGRESS   7016 /* to PAIR_LIMIT's port */
#define PAIR_PASS                                                                                  \
	7017 /* slot, slot, slot: the right in the second goes, as PAIR_KEEP for the               \
		third, to the port in the first */

#define PAIR_KILL 7018 /* the node's network server is killed; no answer */

/* Of receive rights. */
#define PAIR_MOVE    7019 /* slot, slot, slot: as PAIR_PASS, of a receive right, which moves */
#define PAIR_GIVE    7020 /* slot, disposition: a right of the kept one comes with the answer */
#define PAIR_COLLECT 7021 /* slot, count: that many messages' senders and numbers */
#define PAIR_STREAM                                                                                \
	7022 /* slot, sender, first, count: numbered messages to the right kept there, by a        \
		thread; answered at once */
#define PAIR_STATUS  7023 /* slot: limit, messages, send-once rights, sequence, made rights */
#define PAIR_DESTROY 7024 /* slot: the port kept there dies */
#define PAIR_TELL    7025 /* slot: a no-senders notification of the port kept there is asked for */

#define PAIR_NEW 7026 /* slot: a new port, which is kept there: a send right */

#define PAIR_SLOTS 32

/* The asking end: "to" is the port of the node that answers. */
void pair_ask(mach_port_t to, uint32_t calls, uint32_t megabytes);

/* So many messages of all kinds of items. */
void pair_random(mach_port_t to, uint32_t count);

/* A right to a port of one node is given to another, by this one. */
void pair_hand_over(mach_port_t second, mach_port_t third);

/* A right to a port of the second node is given to the third while messages wait for it here. */
void pair_order(mach_port_t second, mach_port_t third);

/* Ports whose receive rights go around among this node and the two; so many messages of each. */
void pair_move(mach_port_t second, mach_port_t third, uint32_t messages);

/* Receive rights have gone to the second node, and through it to the third; when the second one has
   died, the second function sees what became of them. */
void pair_move_from_dying(mach_port_t second, mach_port_t third);
void pair_see_dying(void);

/* The node will be sent so much at once that most of it waits, and others are not kept waiting. */
void pair_fill(mach_port_t to);

/* Messages that the network server destroyed for want of room. */
uint32_t pair_count_lost(void);

/* What the network server has in its tables, altogether.  The second waits until it has that. */
struct pair_tables {
	uint32_t exports, references, proxies, streams;
};
struct pair_tables pair_read_tables(void);
void pair_check_tables(struct pair_tables before, const char *text);

/* The node that answers dies, or its network server, at this request or when that word is seen. */
void pair_watch_death(mach_port_t to, mach_msg_id_t request, const char *word);

/* The answering end is to end. */
void pair_end(mach_port_t to);

/* The answering end: receives from this port until it is told to end. */
void pair_answer(mach_port_t port);

/* --- names.c */

struct trust_peer;
struct ipc_client;
struct ipc_class;
struct ipc_object;

/* The server "pair" of whichever node has the licence, before this one has the name. */
mach_port_t pair_find_cluster(void);

/* Names of other nodes, as node1 sees them. */
void pair_names(void);

/* Proves to that server of another node who this one is; its inter-server object. */
mach_port_t pair_connect(const char *name);
kern_return_t pair_accept(const struct trust_peer *peer, struct ipc_client *client,
			  struct ipc_class *class, struct ipc_object **object);
