/* Ports whose receive rights go around among three nodes; each node has an answering end. */
#include "pair.h"

#include "../node/lib/node.h"
#include <gen/mach_port.h>
#include <pthread.h>

#define NODES 3
#define LIMIT 9 /* of the port that goes around */

enum { SENDS = 10, HAS, ONCE, OTHER, TO = 20 /* and 21, 22: the nodes */ };

static mach_port_t nodes[NODES], reply;
static struct msg msg;
static uint32_t next[2 * NODES]; /* number of each sender's next message */

static bool ask(uint32_t node, mach_msg_id_t id)
{
	msg.head.msgh_remote_port = nodes[node];
	msg.head.msgh_id = id;
	mach_msg_id_t answer = msg_call(&msg, reply);

	return check(answer == id + PAIR_ANSWER, "a node answers", answer);
}

static void begin(void)
{
	msg_begin(&msg, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 0);
}

static uint32_t ask_slot(uint32_t node, mach_msg_id_t id, uint32_t slot)
{
	begin();
	msg_add_int(&msg, slot);
	(void)ask(node, id);
	return msg_int(&msg);
}

/* Keeps a right there; the name that it has. */
static mach_port_t keep(uint32_t node, uint32_t slot, mach_port_t port, uint32_t disposition,
			uint32_t type)
{
	begin();
	msg_add_int(&msg, slot);
	msg_add_port(&msg, port, disposition);
	(void)ask(node, PAIR_KEEP);
	uint32_t got = msg_int(&msg);
	check(got == type, "a right arrives as what it is", (int)got);
	return msg_int(&msg);
}

/* A right made there of the kept one. */
static mach_port_t fetch(uint32_t node, uint32_t slot, uint32_t disposition, uint32_t type)
{
	begin();
	msg_add_int(&msg, slot);
	msg_add_int(&msg, disposition);
	(void)ask(node, PAIR_GIVE);
	return msg_port(&msg, type);
}

static void send_from(uint32_t node, uint32_t slot, uint32_t sender, uint32_t first, uint32_t count)
{
	begin();
	msg_add_int(&msg, slot);
	msg_add_int(&msg, sender);
	msg_add_int(&msg, first);
	msg_add_int(&msg, count);
	(void)ask(node, PAIR_STREAM);
}

/* So many messages are received there, each sender's in order. */
static void collect(uint32_t node, uint32_t slot, uint32_t count)
{
	struct msg_item item = {0};

	begin();
	msg_add_int(&msg, slot);
	msg_add_int(&msg, count);
	(void)ask(node, PAIR_COLLECT);
	check(msg_next(&msg, &item) && item.number == 2 * count, "all messages come",
	      (int)item.number / 2);
	for (uint32_t i = 0; i + 1 < item.number; i += 2) {
		uint32_t sender = ((uint32_t *)item.data)[i],
			 number = ((uint32_t *)item.data)[i + 1];
		bool good = sender < 2 * NODES && number == next[sender];

		check(good, "... each sender's in order", (int)number);
		if (!good) {
			node_note("sender %u: %u and not %u", sender, number,
				  sender < 2 * NODES ? next[sender] : 0);
			continue;
		}
		next[sender]++;
	}
}

/* The receive right goes from one node's slot HAS to the other's; its name there. */
static mach_port_t move(uint32_t from, uint32_t to)
{
	mach_port_t name = MACH_PORT_NULL;

	begin();
	msg_add_int(&msg, TO + to);
	msg_add_int(&msg, HAS);
	msg_add_int(&msg, HAS);
	(void)ask(from, PAIR_MOVE);
	uint32_t result = msg_int(&msg);
	check(result == MACH_MSG_SUCCESS, "a receive right is sent", (int)result);
	for (uint32_t tries = 0; tries < 2000 && name == MACH_PORT_NULL; tries++) {
		name = ask_slot(to, PAIR_NAME, HAS);
		if (name == MACH_PORT_NULL) {
			node_sleep_ms(5);
		}
	}
	check(MACH_PORT_VALID(name), "... and arrives", (int)name);
	return name;
}

static void told(uint32_t node, uint32_t *dead_names, uint32_t *no_senders)
{
	begin();
	(void)ask(node, PAIR_TOLD);
	*dead_names = msg_int(&msg);
	*no_senders = msg_int(&msg);
}

static bool wait_told(uint32_t node, uint32_t dead_names, uint32_t no_senders)
{
	uint32_t dead = 0, none = 0;

	for (uint32_t tries = 0; tries < 400; tries++) {
		told(node, &dead, &none);
		if (dead == dead_names && none == no_senders) {
			return true;
		}
		node_sleep_ms(20);
	}
	node_note("told %u and %u, not %u and %u", dead, none, dead_names, no_senders);
	return false;
}

/* A port with a right of each node; its names there. */
static mach_port_t spread(mach_port_t names[NODES])
{
	mach_port_t port = port_make_send();

	need(mach_port_set_qlimit(SELF, port, LIMIT), "limit");
	for (uint32_t i = 0; i < NODES; i++) {
		names[i] = keep(i, SENDS, port, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_PORT_SEND);
	}
	port_drop(port);
	check(names[0] == port, "a right is what it was", (int)names[0]);
	memset(next, 0, sizeof next);
	return port;
}

static void everybody_sends(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < NODES; i++) {
		send_from(i, SENDS, i, first, count);
	}
}

/* Each right five times before, and twice after each move.  The port is what it was wherever it
   comes from where the rights of its new node lead: at home, if it comes back the way it went. */
static void check_around(void)
{
	static const uint32_t way[] = {1, 2, 1, 0, 2, 0, 1, 2, 0};
	static const bool same[] = {true, false, true, true, true, true, true, false, false};
	mach_port_t names[NODES];
	mach_port_t port = spread(names);
	uint32_t at = 0, sent = 5;

	(void)keep(0, HAS, port, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	everybody_sends(0, 5);
	collect(0, HAS, NODES * 5 - 4); /* some stay in the queue */
	for (uint32_t i = 0; i < sizeof way / sizeof way[0]; i++) {
		mach_port_t name = move(at, way[i]);

		at = way[i];
		check(name == names[at] || !same[i], "... as the port that is known there",
		      (int)name);
		everybody_sends(sent, 2);
		sent += 2;
		collect(at, HAS, NODES * 2 + (i == 0 ? 4 : 0));
	}
	begin();
	msg_add_int(&msg, HAS);
	(void)ask(at, PAIR_STATUS);
	check(msg_int(&msg) == LIMIT, "its limit goes along", 0);
	check(msg_int(&msg) == 0, "nothing is left in the queue", 0);
	(void)ask_slot(0, PAIR_DESTROY, HAS);
	for (uint32_t i = 0; i < NODES; i++) {
		(void)ask_slot(i, PAIR_DROP, SENDS);
	}
}

/* Everybody sends all the time while it goes around. */
static void check_busy(uint32_t messages)
{
	mach_port_t names[NODES];
	mach_port_t port = spread(names);
	uint32_t at = 0, left = NODES * messages;

	(void)keep(0, HAS, port, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	everybody_sends(0, messages);
	for (uint32_t i = 1; left > 0; i++) {
		uint32_t now = left < 10 ? left : 10, to = (at + 1 + i % 2) % NODES;

		collect(at, HAS, now);
		left -= now;
		check(move(at, to) == names[to], "a busy port goes around", (int)to);
		at = to;
	}
	if (at != 0) {
		check(move(at, 0) == port, "... and comes home", 0);
	}
	check(port_refs(port, MACH_PORT_RIGHT_SEND) == 1, "... where it is what it was",
	      port_refs(port, MACH_PORT_RIGHT_SEND));
	(void)ask_slot(0, PAIR_DESTROY, HAS);
	for (uint32_t i = 1; i < NODES; i++) {
		(void)ask_slot(i, PAIR_DROP, SENDS);
	}
}

/* Missing senders, and its end, of a port that lives elsewhere than it was made. */
static void check_notifications(void)
{
	mach_port_t names[NODES], port = spread(names), right = MACH_PORT_NULL;
	uint32_t dead = 0, none = 0;

	(void)keep(1, HAS, port, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	told(1, &dead, &none);
	(void)ask_slot(1, PAIR_TELL, HAS);
	(void)ask_slot(1, PAIR_DROP, SENDS);
	(void)ask_slot(2, PAIR_DROP, SENDS);
	node_sleep_ms(200);
	check(wait_told(1, dead, none), "while there is a right there are senders", 0);
	(void)ask_slot(0, PAIR_DROP, SENDS);
	check(wait_told(1, dead, none + 1), "without the last one there are none", 0);
	/* New ones, and the end. */
	right = fetch(1, HAS, MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_PORT_SEND);
	(void)keep(2, SENDS, right, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_PORT_SEND);
	(void)keep(0, SENDS, right, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_PORT_SEND);
	(void)move(1, 2);
	for (uint32_t i = 0; i < NODES; i += 2) {
		told(i, &dead, &none);
		if (i == 0) {
			(void)ask_slot(i, PAIR_WATCH, SENDS);
			(void)ask_slot(2, PAIR_DESTROY, HAS);
			check(wait_told(i, dead + 1, none), "its end is heard of elsewhere", 0);
			(void)ask_slot(i, PAIR_DROP, SENDS);
		}
	}
}

/* Send-once rights that were made before it left. */
static void check_once(void)
{
	mach_port_t port = port_make();

	memset(next, 0, sizeof next);
	for (uint32_t i = 0; i < NODES; i++) {
		(void)keep(i, ONCE, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
			   MACH_MSG_TYPE_PORT_SEND_ONCE);
	}
	mach_port_t unused = port_make_once(port);
	(void)keep(1, HAS, port, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	(void)move(1, 2);
	for (uint32_t i = 0; i < NODES; i++) {
		send_from(i, ONCE, NODES + i, 0, 1);
	}
	collect(2, HAS, NODES);
	port_drop(unused);
	port = fetch(2, HAS, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	check(port_next_id(port, WAIT_MS) == MACH_NOTIFY_SEND_ONCE,
	      "a send-once right that dies is told of where the port is", 0);
	port_destroy(port);
}

/* Several in one message, with what waits in their queues, there and back. */
static void check_arrays(void)
{
	enum { PORTS = 5 };
	mach_port_t names[PORTS];
	struct msg_item item = {0};

	for (int out = 0; out < 2; out++) {
		for (uint32_t i = 0; i < PORTS; i++) {
			names[i] = port_make_send();
			for (uint32_t k = 0; k < i; k++) {
				msg_begin(&msg, names[i], MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL,
					  0, (mach_msg_id_t)(100 * i + k));
				need(msg_send(&msg, 0), "send");
			}
		}
		port_drop(names[PORTS - 1]); /* one that nobody has a send right to */
		begin();
		msg_add_int(&msg, 1);
		if (out) {
			msg_add_out(&msg, MACH_MSG_TYPE_MOVE_RECEIVE, 32, PORTS, names, false);
		} else {
			msg_add(&msg, MACH_MSG_TYPE_MOVE_RECEIVE, 32, PORTS, names);
		}
		msg_add_int(&msg, 2);
		(void)ask(1, PAIR_ECHO);
		check(msg_int(&msg) == 1 && msg_next(&msg, &item) && item.number == PORTS &&
			      item.name == MACH_MSG_TYPE_PORT_RECEIVE && msg_int(&msg) == 2,
		      "receive rights come back", (int)item.number);
		for (uint32_t i = 0; i < item.number; i++) {
			mach_port_t port = ((mach_port_t *)item.data)[i];

			check(i == PORTS - 1 ? MACH_PORT_VALID(port) : port == names[i],
			      "... as what they were", (int)port);
			for (uint32_t k = 0; k < i; k++) {
				int id = port_next_id(port, WAIT_MS);

				check(id == (int)(100 * i + k), "... with their messages", id);
			}
			check(port_next_id(port, 0) == -1, "... and no others", 0);
			port_destroy(port);
		}
		msg_drop(&msg);
	}
}

/* A receive right in a message in the queue of a port that moves. */
static void check_nested(void)
{
	mach_port_t outer = port_make_send(), inner = port_make_send();
	struct msg_item item = {0};

	msg_begin(&msg, inner, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 77);
	need(msg_send(&msg, 0), "send");
	msg_begin(&msg, outer, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 78);
	msg_add_port(&msg, inner, MACH_MSG_TYPE_MOVE_RECEIVE);
	need(msg_send(&msg, 0), "send");
	begin();
	msg_add_port(&msg, outer, MACH_MSG_TYPE_MOVE_RECEIVE);
	(void)ask(1, PAIR_ECHO);
	check(msg_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE) == outer, "a port comes back", 0);
	check(msg_receive(&msg, outer, WAIT_MS) == MACH_MSG_SUCCESS && msg.head.msgh_id == 78 &&
		      msg_next(&msg, &item) && *(mach_port_t *)item.data == inner,
	      "... with the port in its queue", (int)msg.head.msgh_id);
	check(port_next_id(inner, WAIT_MS) == 77, "... and what is in that one's queue", 0);
	port_destroy(outer);
	port_destroy(inner);
}

/* The port of a sender that waits goes away. */
static void check_blocked(void)
{
	mach_port_t port = port_make_send();

	memset(next, 0, sizeof next);
	need(mach_port_set_qlimit(SELF, port, 1), "limit");
	for (uint32_t i = 0; i < NODES; i++) {
		(void)keep(i, SENDS, port, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_PORT_SEND);
	}
	port_drop(port);
	everybody_sends(0, 20);
	node_sleep_ms(100); /* now they all wait */
	(void)keep(1, HAS, port, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	collect(1, HAS, 20);
	(void)move(1, 2);
	collect(2, HAS, 2 * 20);
	(void)ask_slot(2, PAIR_DESTROY, HAS);
	for (uint32_t i = 0; i < NODES; i++) {
		(void)ask_slot(i, PAIR_DROP, SENDS);
	}
}

static void *answer(void *argument)
{
	pair_answer((mach_port_t)(uintptr_t)argument);
	return NULL;
}

static void begin_nodes(mach_port_t second, mach_port_t third)
{
	static mach_port_t own;
	pthread_t thread;

	if (own == MACH_PORT_NULL) {
		own = port_make_send();
		reply = port_make();
		(void)pthread_create(&thread, NULL, answer, (void *)(uintptr_t)own);
	}
	nodes[0] = own;
	nodes[1] = second;
	nodes[2] = third;
	for (uint32_t i = 0; i < NODES; i++) {
		for (uint32_t to = 0; to < NODES; to++) {
			(void)keep(i, TO + to, nodes[to], MACH_MSG_TYPE_COPY_SEND,
				   MACH_MSG_TYPE_PORT_SEND);
		}
	}
}

static void end_nodes(bool second)
{
	for (uint32_t i = 0; i < NODES; i += second ? 1 : 2) {
		for (uint32_t to = 0; to < NODES; to++) {
			(void)ask_slot(i, PAIR_DROP, TO + to);
		}
	}
}

void pair_move(mach_port_t second, mach_port_t third, uint32_t messages)
{
	begin_nodes(second, third);
	struct pair_tables before = pair_read_tables();
	check_arrays();
	check_nested();
	check_notifications();
	check_once();
	check_around();
	check_blocked();
	check_busy(messages);
	pair_check_tables(before, "nothing of ports that moved is left in the tables");
	end_nodes(true);
}

/* --- the end of a node */

static mach_port_t forwarded, moved_away, notes; /* ports of, and from, a node that is to die */

void pair_move_from_dying(mach_port_t second, mach_port_t third)
{
	begin_nodes(second, third);
	notes = port_make();
	/* Ours, which goes there and dies with it. */
	moved_away = port_make_send();
	(void)keep(1, OTHER, moved_away, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	port_notify(moved_away, MACH_NOTIFY_DEAD_NAME, notes);
	/* Its own: the third node's now, and we have a right of before, so it forwards. */
	mach_port_t port = port_make_send();
	(void)keep(1, HAS, port, MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE);
	forwarded = port;
	(void)move(1, 2);
	port_notify(forwarded, MACH_NOTIFY_DEAD_NAME, notes);
	memset(next, 0, sizeof next);
	(void)keep(0, SENDS, forwarded, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_PORT_SEND);
	send_from(0, SENDS, 0, 0, 3);
	collect(2, HAS, 3);
	(void)ask_slot(2, PAIR_TELL, HAS);
}

void pair_see_dying(void)
{
	uint32_t dead = 0, none = 0;

	check(port_next_id(notes, WAIT_MS) == MACH_NOTIFY_DEAD_NAME &&
		      port_next_id(notes, WAIT_MS) == MACH_NOTIFY_DEAD_NAME,
	      "ports that had gone to a dead node, or went through it, are dead names", 0);
	for (uint32_t i = 0; i < 2; i++) {
		port_drop(moved_away);
		port_drop(forwarded);
	}
	(void)ask_slot(0, PAIR_DROP, SENDS);
	/* Whoever has the receive right keeps it. */
	for (uint32_t tries = 0; tries < 400 && none == 0; tries++) {
		told(2, &dead, &none);
		node_sleep_ms(20);
	}
	check(none > 0, "... and who has such a port has no senders", 0);
	mach_port_t right = fetch(2, HAS, MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_PORT_SEND);
	(void)keep(0, SENDS, right, MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_PORT_SEND);
	send_from(0, SENDS, 0, 3, 2);
	collect(2, HAS, 2);
	(void)ask_slot(2, PAIR_DESTROY, HAS);
	(void)ask_slot(0, PAIR_DROP, SENDS);
	port_destroy(notes);
	end_nodes(false);
}
