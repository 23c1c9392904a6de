/* What node1 has all nodes do, and what it then expects of them. */
#include "mesh.h"

#include <gen/mach_host.h>

#define NOBODY    NODES_MAX
#define DOOMED    2   /* node3 */
#define WARM_UP   100 /* messages */
#define SETTLE_MS 120000

static struct msg msg;
static mach_port_t reply;
static struct state states[NODES_MAX];
static struct tables before[NODES_MAX];
static bool dead[NODES_MAX];

static uint32_t now_ms(void)
{
	time_value64_t uptime = {0};

	need(host_get_uptime64(mach_host_self(), &uptime), "uptime");
	return (uint32_t)(uptime.seconds * 1000 + uptime.nanoseconds / 1000000);
}

/* Asks a node; its answer is in msg. */
static bool ask(uint32_t node, mach_msg_id_t id, uint32_t first, uint32_t second)
{
	reply = reply != MACH_PORT_NULL ? reply : port_make();
	msg_begin(&msg, mesh_services[node], MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, id);
	msg_add_int(&msg, first);
	msg_add_int(&msg, second);
	return check(msg_call(&msg, reply) == id + ANSWER, "a node does what it is asked to", id);
}

static void ask_all(mach_msg_id_t id, uint32_t first, uint32_t second)
{
	for (uint32_t node = 0; node < mesh_nodes; node++) {
		if (!dead[node]) {
			(void)ask(node, id, first, second);
		}
	}
}

static void read_words(void *words, uint32_t bytes)
{
	struct msg_item item;

	if (msg_next(&msg, &item) && item.bytes == bytes) {
		memcpy(words, item.data, bytes);
	}
}

static void read_states(void)
{
	for (uint32_t node = 0; node < mesh_nodes; node++) {
		if (!dead[node] && ask(node, ASK_STATE, 0, 0)) {
			read_words(&states[node], sizeof states[node]);
		}
	}
}

/* --- is all that was sent there? */

/* Between the two nodes, in this direction. */
static bool has_arrived(const struct state *from, uint32_t sender, const struct state *to,
			uint32_t receiver)
{
	return from->sent[receiver] == to->received[sender] &&
	       from->used[receiver] == to->uses[sender];
}

static bool all_arrived(void)
{
	uint32_t once_used = 0, once_uses = 0, moved_used = 0, moved_uses = 0;
	bool arrived = true;

	for (uint32_t i = 0; i < mesh_nodes; i++) {
		arrived = arrived && (dead[i] || states[i].running == 0);
		once_used += dead[i] ? 0 : states[i].once_used;
		once_uses += dead[i] ? 0 : states[i].once_uses;
		moved_used += states[i].moved_used;
		moved_uses += states[i].moved_uses;
		for (uint32_t j = 0; j < mesh_nodes && !dead[i]; j++) {
			arrived = arrived && (dead[j] || has_arrived(&states[i], i, &states[j], j));
		}
	}
	return arrived && moved_used == moved_uses && (once_used == once_uses || dead[DOOMED]);
}

/* Waits as long as anything goes on. */
static bool wait_arrived(void)
{
	static struct state last[NODES_MAX];
	uint32_t begun = now_ms();

	do {
		node_sleep_ms(50);
		read_states();
		if (all_arrived()) {
			return true;
		}
		if (memcmp(last, states, sizeof last) != 0) {
			begun = now_ms();
			memcpy(last, states, sizeof last);
		}
	} while (now_ms() - begun < SETTLE_MS / 4);
	return false;
}

static void tell(const char *what, uint32_t begun)
{
	struct state sum = {0};
	uint32_t messages = 0, uses = 0;

	for (uint32_t i = 0; i < mesh_nodes; i++) {
		for (uint32_t j = 0; j < mesh_nodes; j++) {
			messages += states[i].received[j];
			uses += states[i].uses[j];
		}
		sum.rights += states[i].rights;
		sum.came_home += states[i].came_home;
		sum.bytes += states[i].bytes;
		sum.regions += states[i].regions;
		sum.once_uses += states[i].once_uses;
		sum.errors += states[i].errors;
	}
	node_note("%s: %u messages, %u KB, %u regions, %u rights (%u came home), %u uses in %u ms",
		  what, messages, sum.bytes / 1024, sum.regions, sum.rights, sum.came_home,
		  uses + sum.once_uses, now_ms() - begun);
	check(sum.errors == 0, "every byte, every right, every name is as it should be",
	      (int)sum.errors);
}

/* Has all nodes send so many messages altogether. */
static void begin_messages(uint32_t seed, uint32_t messages, uint32_t doomed)
{
	ask_all(ASK_RESET, seed, doomed);
	ask_all(ASK_MEET, 0, 0);
	ask_all(ASK_RUN, (messages + mesh_nodes - 1) / mesh_nodes, 0);
}

static uint32_t count_received(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < mesh_nodes; i++) {
		for (uint32_t j = 0; j < mesh_nodes; j++) {
			count += states[i].received[j];
		}
	}
	return count;
}

static void run_messages(uint32_t seed, uint32_t messages, const char *what)
{
	uint32_t begun = now_ms();

	begin_messages(seed, messages, NOBODY);
	check(wait_arrived(), "all that was sent has arrived, once and in order",
	      (int)count_received());
	check(count_received() >= messages, "... all of it", (int)count_received());
	tell(what, begun);
}

/* --- nothing is left */

static bool read_tables(uint32_t node, struct tables *tables)
{
	memset(tables, 0, sizeof *tables);
	if (!ask(node, ASK_TABLES, 0, 0)) {
		return false;
	}
	read_words(tables, sizeof *tables);
	return true;
}

static void remember_tables(void)
{
	for (uint32_t round = 0; round < 3; round++) {
		node_sleep_ms(100);
		for (uint32_t node = 0; node < mesh_nodes; node++) {
			(void)read_tables(node, &before[node]);
		}
	}
}

static void note_tables(uint32_t node, const struct tables *tables)
{
	for (uint32_t i = 0; i < mesh_nodes; i++) {
		node_note("node%u, with node%u: %u exports %u references %u proxies %u streams, "
			  "%u names",
			  node + 1, i + 1, tables->peers[i].exports, tables->peers[i].references,
			  tables->peers[i].proxies, tables->peers[i].streams, tables->names);
	}
}

/* Nothing is more than it was; the ACS forgets names that nobody asks for, so it may be less. */
static bool is_before(uint32_t node, const struct tables *now)
{
	struct tables expected = before[node];
	bool same = now->names == expected.names || dead[DOOMED]; /* dead names are ours */

	if (dead[DOOMED]) {
		memset(&expected.peers[DOOMED], 0, sizeof expected.peers[DOOMED]);
	}
	for (uint32_t i = 0; i < mesh_nodes; i++) {
		same = same && now->peers[i].exports <= expected.peers[i].exports &&
		       now->peers[i].references <= expected.peers[i].references &&
		       now->peers[i].proxies <= expected.peers[i].proxies &&
		       now->peers[i].streams <= expected.peers[i].streams;
	}
	return same;
}

static void check_tables(const char *text)
{
	for (uint32_t node = 0; node < mesh_nodes; node++) {
		struct tables now = {0};
		bool same = dead[node];

		for (uint32_t tries = 0; !same && tries < 400; tries++) {
			same = read_tables(node, &now) && is_before(node, &now);
			if (!same) {
				node_sleep_ms(20);
			}
		}
		if (!check(same, text, (int)node + 1)) {
			note_tables(node, &before[node]);
			note_tables(node, &now);
		}
	}
}

/* Every node gives up its rights; each port's receiver hears of it, and of how many were made. */
static void check_sources(void)
{
	ask_all(ASK_DROP, 0, 0);
	for (uint32_t node = 0; node < mesh_nodes; node++) {
		for (uint32_t port = 0; port < PORTS; port++) {
			uint32_t gone = 0, count = 0, made = 0;

			for (uint32_t tries = 0; gone == 0 && tries < 400; tries++) {
				(void)ask(node, ASK_SOURCE, port, 0);
				gone = msg_int(&msg);
				count = msg_int(&msg);
				made = msg_int(&msg);
				if (gone == 0) {
					node_sleep_ms(20);
				}
			}
			check(gone == 1, "each port has no senders once, when all gave up",
			      (int)gone);
			check(count == made, "... after as many as were made", (int)(count - made));
		}
	}
}

/* Every port's receive right goes to the next node; every right to it is used there, and given up.
 */
static void check_moved(uint32_t seed, uint32_t messages)
{
	uint32_t gone = 0;

	run_messages(seed, messages, "before the ports move");
	ask_all(ASK_MOVE, 0, 0);
	ask_all(ASK_USE, USES_THEN, 0);
	check(wait_arrived(), "rights lead to where their ports have moved", 0);
	ask_all(ASK_DROP, 0, 0);
	for (uint32_t tries = 0; gone < mesh_nodes * PRIVATE && tries < 400; tries++) {
		gone = 0;
		for (uint32_t node = 0; node < mesh_nodes; node++) {
			(void)ask(node, ASK_GUESTS, 0, 0);
			gone += msg_int(&msg);
		}
		if (gone < mesh_nodes * PRIVATE) {
			node_sleep_ms(20);
		}
	}
	check(gone == mesh_nodes * PRIVATE, "each has no senders when all gave up", (int)gone);
	ask_all(ASK_LEAVE, 0, 0);
	check_tables("ports that moved leave nothing in any node's tables");
}

/* --- the parts */

void command_calls(uint32_t calls)
{
	uint32_t begun = now_ms(), made = 0, failed = 0;

	remember_tables();
	ask_all(ASK_RESET, 1, NOBODY);
	ask_all(ASK_CALL, calls, 0);
	(void)wait_arrived();
	for (uint32_t node = 0; node < mesh_nodes; node++) {
		made += states[node].calls;
		failed += states[node].failed_calls;
	}
	check(made == calls * mesh_nodes * (mesh_nodes - 1) && failed == 0,
	      "every node calls every other one by its name", (int)made);
	node_note("%u calls in %u ms", made, now_ms() - begun);
	ask_all(ASK_DROP, 0, 0);
	check_tables("calls leave nothing in any node's tables");
}

static void check_killed(uint32_t messages)
{
	uint32_t begun = now_ms();
	mach_port_t other = port_make(), waiting = port_make(), heir = MACH_PORT_NULL;
	static struct msg stuck;

	begin_messages(4, messages, DOOMED);
	/* A right to a port of node2 that only the one that is to die could give. */
	(void)ask(DOOMED, ASK_PASS, DOOMED - 1, PRIVATE);
	heir = msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
	check(MACH_PORT_VALID(heir), "a right is handed over", (int)heir);
	port_notify(mesh_services[DOOMED], MACH_NOTIFY_DEAD_NAME, other);
	msg_begin(&stuck, mesh_services[DOOMED], MACH_MSG_TYPE_COPY_SEND, waiting,
		  MACH_MSG_TYPE_MAKE_SEND_ONCE, ASK_STUCK);
	need(msg_send(&stuck, 1000), "a call");
	mach_printf("# kill node3 now\n");
	check(port_next_id(other, SETTLE_MS) == MACH_NOTIFY_DEAD_NAME, "its ports are dead names",
	      0);
	check(port_next_id(waiting, SETTLE_MS) == MACH_NOTIFY_SEND_ONCE,
	      "who waits for its answer is told", 0);
	dead[DOOMED] = true;
	msg_begin(&stuck, mesh_services[DOOMED], MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0,
		  ASK_NULL);
	check(msg_send(&stuck, 1000) == MACH_SEND_INVALID_DEST, "nobody can send to it", 0);
	port_drop(mesh_services[DOOMED]);
	port_drop(mesh_services[DOOMED]);
	check(wait_arrived(), "the others' messages have arrived, once and in order",
	      (int)count_received());
	tell("a node killed", begun);
	read_states();
	uint32_t uses = states[DOOMED - 1].uses[0];
	check(rights_use(heir, DOOMED - 1, PRIVATE, USES), "what the dead node gave is of use", 0);
	for (uint32_t tries = 0; tries < 400 && states[DOOMED - 1].uses[0] != uses + USES;
	     tries++) {
		node_sleep_ms(20);
		read_states();
	}
	check(states[DOOMED - 1].uses[0] == uses + USES, "... and leads to its port", 0);
	port_drop(heir);
	port_destroy(other);
	port_destroy(waiting);
	ask_all(ASK_DROP, 0, 0);
	check_tables("the survivors' tables have nothing of it");
}

void command_messages(uint32_t messages, uint32_t bad, uint32_t killed)
{
	/* Once, so that each thread has what it needs for itself. */
	run_messages(9, WARM_UP, "to begin with");
	ask_all(ASK_DROP, 0, 0);
	remember_tables();
	check_moved(5, WARM_UP);
	run_messages(2, messages, "a good wire");
	check_sources();
	check_tables("messages leave nothing in any node's tables");
	if (bad != 0) {
		mach_printf("# the wire is bad now\n");
		run_messages(3, bad, "a bad wire");
		check_sources();
		check_tables("messages on a bad wire leave nothing in any node's tables");
		check_moved(6, WARM_UP);
	}
	if (killed != 0) {
		mach_printf("# the wire is good now\n");
		check_killed(killed);
	}
}

void command_end(void)
{
	for (uint32_t node = 1; node < mesh_nodes; node++) {
		if (!dead[node]) {
			(void)ask(node, ASK_END, 0, 0);
		}
	}
}
