/* What the nodes of tests/mesh say to each other, and the parts of one (README.md). */
#pragma once

#include "../gns/lib/msg.h"
#include "../node/lib/node.h"

#define NODES_MAX 4
#define PORTS     5 /* of each node, that messages carry rights to */
#define PRIVATE   4 /* ... but the last one, which the next node alone is given */
#define USES      5 /* of each right that came */
#define USES_THEN 2 /* ... when its port has moved */

/* To a node's service; the answer has the same id and ANSWER more. */
#define ANSWER     100
#define ASK_PORTS  7801 /* node: a right to the inbox, and to each port for that node */
#define ASK_RESET  7811 /* seed, doomed node: counts from here */
#define ASK_MEET   7802 /* gets the ports of all other nodes, from each itself */
#define ASK_RUN    7803 /* messages: begins to send so many */
#define ASK_STATE  7804 /* struct state */
#define ASK_CALL   7805 /* count: calls every other node so often */
#define ASK_DROP   7806 /* gives up the rights of ASK_MEET */
#define ASK_PASS   7807 /* node, port: a copy of the right to it */
#define ASK_TABLES 7808 /* struct tables */
#define ASK_SOURCE                                                                                 \
	7809 /* port: no-senders: whether it came, its count, and how many rights were made */
#define ASK_NULL   7810
#define ASK_END    7812
#define ASK_MOVE   7813 /* its ports' receive rights go to the next node */
#define ASK_TAKE   7814 /* node, port, who used it how often, the receive right */
#define ASK_USE    7815 /* uses each right to a port that moved so often */
#define ASK_GUESTS 7816 /* of the ports that came, how many have no senders any more */
#define ASK_LEAVE  7817 /* and those end; our own are made anew */
#define ASK_STUCK  7818 /* no answer: the reply right is kept */

#define MESSAGE  7900 /* to an inbox */
#define USE      7901 /* to a port: by whom, which one of its; */
#define USE_ONCE 7902 /* ... the same by a send-once right */

/* What a node has done and seen in this run; words alone. */
struct state {
	uint32_t running;                /* it still sends */
	uint32_t errors;                 /* said on the console */
	uint32_t sent[NODES_MAX];        /* messages, to whom */
	uint32_t received[NODES_MAX];    /* from whom */
	uint32_t used[NODES_MAX];        /* rights to whose ports, so many uses */
	uint32_t uses[NODES_MAX];        /* of our ports, by whom */
	uint32_t once_used, once_uses;   /* by send-once rights, whosever */
	uint32_t moved_used, moved_uses; /* of ports that moved, whosever */
	uint32_t rights, bytes, regions; /* that came */
	uint32_t came_home;              /* rights to our own ports among them */
	uint32_t calls, failed_calls;    /* ASK_CALL */
	uint32_t refused;                /* sends to a node that had died */
};

/* The tables of a node: those of its network server with each peer, and this program's names. */
struct tables {
	struct {
		uint32_t exports, references, proxies, streams;
	} peers[NODES_MAX];
	uint32_t names;
};

extern uint32_t mesh_self;  /* our place among the nodes: its number less 1 */
extern uint32_t mesh_nodes; /* how many there are */
extern struct state mesh_state;

/* Something is not as it should be. */
void mesh_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- rights.c: everybody's ports */

extern mach_port_t mesh_inbox;                   /* our own */
extern mach_port_t mesh_services[NODES_MAX];     /* by name; our own, too */
extern mach_port_t mesh_inboxes[NODES_MAX];      /* by ASK_MEET, as are: */
extern mach_port_t mesh_ports[NODES_MAX][PORTS]; /* our own: the receive rights */

void rights_start(void);
void rights_add_ports(struct msg *out, uint32_t node); /* the answer to ASK_PORTS */
void rights_reset(void);
void rights_meet(void);
void rights_drop(void);
struct tables rights_tables(void);

/* One more right to a port of ours was made from it. */
void rights_made(uint32_t port, uint32_t count);
void rights_add_source(struct msg *out, uint32_t port);

/* Ports that move to the next node, and those that came. */
void rights_move(void);
void rights_take(struct msg *in);
void rights_use_moved(uint32_t times);
uint32_t rights_guests_gone(void);
void rights_guests_end(void);

/* Uses a right so often; false: its port is dead. */
bool rights_use(mach_port_t name, uint32_t node, uint32_t port, uint32_t times);
void rights_use_once(mach_port_t name);

/* --- message.c: a message's content is made from its seed, sender and number */

struct random {
	uint64_t state;
};

/* The node that this message goes to; *random then makes its content. */
uint32_t message_begin(struct random *random, uint32_t seed, uint32_t sender, uint32_t number);
void message_send(struct msg *out, struct random *random, uint32_t to, uint32_t number);

/* Checks one that came, uses its rights, and gives up all that it has. */
void message_check(struct msg *in, struct random *random, uint32_t sender, uint32_t doomed);

/* --- generate.c */

void generate_start(void);
void generate_reset(uint32_t seed, uint32_t doomed);
void generate_run(uint32_t messages);
void generate_call(uint32_t count);

/* --- command.c: what node1 has the others do */

void command_calls(uint32_t calls);
void command_messages(uint32_t messages, uint32_t bad, uint32_t killed);
void command_end(void);
