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

#define PAIR_SLOTS 32

/* The asking end: "to" is the port of the node that answers. */
void pair_ask(mach_port_t to, uint32_t calls, uint32_t megabytes);

/* So many messages of all kinds of items. */
void pair_random(mach_port_t to, uint32_t count);

/* A right to a port of one node is given to another, by this one. */
void pair_hand_over(mach_port_t second, mach_port_t third);

/* The node that answers dies, or its network server, at this request or when that word is seen. */
void pair_watch_death(mach_port_t to, mach_msg_id_t request, const char *word);

/* The answering end is to end. */
void pair_end(mach_port_t to);

/* The answering end: receives from this port until it is told to end. */
void pair_answer(mach_port_t port);
