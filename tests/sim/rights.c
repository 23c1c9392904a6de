/* Programs that send rights of all kinds around, and what must be true of them: see rights.h. */
#include "rights.h"

#include <stdlib.h>
#include <string.h>

static enum { PHASE_RUN, PHASE_SETTLE, PHASE_GIVE_UP } phase;
static uint64_t settled_us; /* since when nothing happens */
static uint32_t next_key;

uint32_t sim_key(void)
{
	return next_key++;
}

/* --- order: how many messages each task sent to each port, and which came */

#define COUNTERS (1u << 15)
static struct counter {
	uint64_t sender;
	uint32_t sent, received;
} counters[COUNTERS];
static uint32_t counter_count;

static struct counter *counter_of(uint64_t sender)
{
	uint32_t i = (uint32_t)(sender * 0x9e3779b97f4a7c15ull >> 40) % COUNTERS;
	while (counters[i].sender != 0 && counters[i].sender != sender) {
		i = (i + 1) % COUNTERS;
	}
	if (counters[i].sender == 0) {
		counters[i].sender = sender;
		SIM_CHECK(++counter_count < COUNTERS * 3 / 4, "too many senders");
	}
	return &counters[i];
}

/* A task and a port; of a port that has moved, a name of it. */
static uint64_t sender_of(const struct sim_node *node, int space, const struct k_port *port)
{
	bool moved = truth_of(port->uid)->moved || truth_of(port->uid)->tainted;
	uint64_t task = ((uint64_t)node->number * 64 + node->life) * 4 + (uint64_t)space;
	return (task << 33 | (uint64_t)(moved ? port->key : port->uid) << 1) + moved + 1;
}

/* One task's messages to one port are in order. */
static struct k_stamp new_stamp(const struct sim_node *node, int space, const struct k_port *port,
				bool once)
{
	struct k_stamp stamp = {
		.uid = port->uid, .once = once, .sender = once ? 0 : sender_of(node, space, port)};
	stamp.number = once ? 0 : ++counter_of(stamp.sender)->sent;
	return stamp;
}

/* What the sender of a message has sent to the port of a right in it. */
static struct k_stamp giving(const struct sim_node *node, int space, struct k_right right)
{
	const struct k_port *port = right.type == K_SEND ? k_port(node->app->k, right.port) : NULL;
	const struct truth *truth = port != NULL ? truth_of(port->uid) : NULL;
	struct k_stamp stamp = {0};
	if (port != NULL && !truth->moved && !truth->tainted) {
		stamp.uid = port->uid;
		stamp.sender = sender_of(node, space, port);
		stamp.number = counter_of(stamp.sender)->sent;
	}
	return stamp;
}

static void check_stamp(const struct sim_node *node, const struct k_message *message, uint32_t uid)
{
	SIM_CHECK(message->stamp.uid == uid, "a message for port %u comes to port %u",
		  message->stamp.uid, uid);
	if (message->stamp.sender != 0 && !truth_of(uid)->hasty) {
		struct counter *counter = counter_of(message->stamp.sender);
		SIM_CHECK(message->stamp.number > counter->received,
			  "node %u: message %u for port %u comes after message %u", node->number,
			  message->stamp.number, uid, counter->received);
		counter->received = message->stamp.number;
	}
	if (message->stamp.giver != 0 && !truth_of(uid)->hasty && !truth_of(uid)->moved &&
	    !truth_of(uid)->tainted) {
		SIM_CHECK(counter_of(message->stamp.giver)->received >= message->stamp.given,
			  "node %u: a message for port %u overtakes those of the one that gave its "
			  "sender the right",
			  node->number, uid);
	}
}

/* --- what programs have */

static int some_name(struct sim_node *node, int space, int kind)
{
	int found = 0;
	uint32_t seen = 0;
	for (int name = 1; name < k_names(node->app->k); name++) {
		if ((k_kind(node->app->k, space, name) & kind) != 0 && sim_below(++seen) == 0) {
			found = name;
		}
	}
	return found;
}

static int count_names(struct sim_node *node, int space, int kind)
{
	int count = 0;
	for (int name = 1; name < k_names(node->app->k); name++) {
		count += (k_kind(node->app->k, space, name) & kind) != 0;
	}
	return count;
}

static struct k_port *port_of(struct sim_node *node, int space, int name)
{
	return k_port(node->app->k, k_port_of(node->app->k, space, name));
}

static void allocate(struct sim_node *node, int space)
{
	struct kernel *k = node->app->k;
	if (!k_has_room(k)) {
		return;
	}
	int name = k_allocate(k, space, truth_new(), sim_key());
	if (name != 0) {
		port_of(node, space, name)->real = true;
		port_of(node, space, name)->limit = 1 + sim_below(6);
	}
}

/* A right to be sent, made from what the program has; a receive right only to an older port, so
   that no two ports ever are in each other's queues. */
static struct k_right some_right(struct sim_node *node, int space, uint32_t dest_uid)
{
	struct kernel *k = node->app->k;
	struct k_right right = {0, -1};
	int name;
	switch (sim_below(10)) {
	case 0:
	case 1:
	case 2:
		name = some_name(node, space, K_IS_RECEIVE);
		if (name != 0) {
			struct truth *truth = truth_of(port_of(node, space, name)->uid);
			(void)k_take(k, space, name, K_MAKE_SEND, &right);
			truth->made = true;
			truth->told = false;
			k_watch_senders(k, space, name, 0, true);
		}
		break;
	case 3:
	case 4:
	case 5:
		name = some_name(node, space, K_IS_SEND);
		if (name != 0) {
			(void)k_take(k, space, name, sim_chance(500) ? K_COPY_SEND : K_SEND,
				     &right);
		}
		break;
	case 6:
		name = some_name(node, space, K_IS_RECEIVE);
		if (name != 0) {
			truth_of(port_of(node, space, name)->uid)->onces++;
			(void)k_take(k, space, name, K_MAKE_SEND_ONCE, &right);
		}
		break;
	case 7:
		name = some_name(node, space, K_IS_SEND_ONCE);
		if (name != 0) {
			(void)k_take(k, space, name, K_SEND_ONCE, &right);
		}
		break;
	case 8:
		name = some_name(node, space, K_IS_RECEIVE);
		if (name != 0 && port_of(node, space, name)->uid > dest_uid &&
		    sim_chance(sim_profile.moves)) {
			k_watch_senders(k, space, name, 0, false);
			(void)k_take(k, space, name, K_RECEIVE, &right);
		}
		break;
	default:
		break;
	}
	return right;
}

/* --- what programs do */

static void send(struct sim_node *node, int space, int name, bool once)
{
	struct kernel *k = node->app->k;
	struct k_port *port = port_of(node, space, name);
	if (!k_has_room(k) || (!once && port->queued >= port->limit)) {
		return;
	}
	struct k_message *message = calloc(1, sizeof *message);
	message->stamp = new_stamp(node, space, port, once);
	const struct k_stamp *given = &node->app->given[space * K_NAMES + name];
	if (!once && given->uid == port->uid) {
		message->stamp.giver = given->sender;
		message->stamp.given = given->number;
	}
	truth_of(port->uid)->sent++;
	(void)k_take(k, space, name, once ? K_SEND_ONCE : K_COPY_SEND, &message->dest);
	uint32_t count = sim_below(K_RIGHTS + 1);
	for (uint32_t i = 0; i < count; i++) {
		message->rights[i] = some_right(node, space, message->stamp.uid);
		message->giving[i] = giving(node, space, message->rights[i]);
	}
	(void)k_send(k, message, false);
	node->app->serve_us = sim_now_us + 1 + sim_below(200);
}

static void introduce(struct sim_node *node, int space)
{
	uint32_t peer = sim_partner(node->number);
	if (!node->app->links[peer].up) {
		wire_connect(&node->wire, peer);
		return;
	}
	if (!k_has_room(node->app->k) || !server_may_introduce(node, peer)) {
		return;
	}
	struct k_message *message = calloc(1, sizeof *message);
	message->stamp.uid = 0;
	message->dest.port = -1;
	message->rights[0] = some_right(node, space, UINT32_MAX);
	message->rights[1] = some_right(node, space, UINT32_MAX);
	message->giving[0] = giving(node, space, message->rights[0]);
	message->giving[1] = giving(node, space, message->rights[1]);
	server_introduce(node, peer, message);
}

static void take_rights(struct sim_node *node, int space, struct k_message *message)
{
	struct kernel *k = node->app->k;
	for (int i = 0; i < K_RIGHTS; i++) {
		int name = k_put(k, space, message->rights[i]);
		if (message->rights[i].type == K_SEND && name != 0) {
			node->app->given[space * K_NAMES + name] = message->giving[i];
		}
		if (message->rights[i].type == K_RECEIVE && name != 0) {
			truth_of(port_of(node, space, name)->uid)->told = false;
			k_watch_senders(k, space, name, 0, true);
		}
	}
	free(message);
}

void program_gets(struct sim_node *node, struct k_message *message)
{
	take_rights(node, 1, message);
}

static bool receive(struct sim_node *node, int space, int name)
{
	struct kernel *k = node->app->k;
	int number = k_port_of(k, space, name);
	struct k_port *port = k_port(k, number);
	struct truth *truth = truth_of(port->uid);
	struct k_message *message = k_get(k, number);
	if (message == NULL) {
		return false;
	}
	SIM_CHECK(port->real, "node %u: a program receives from what is no port of its own",
		  node->number);
	if (message->id == K_ONCE_DIED) {
		truth->onces_used++;
	} else {
		check_stamp(node, message, port->uid);
		truth->received++;
		truth->onces_used += message->stamp.once;
	}
	SIM_CHECK(truth->onces_used <= truth->onces,
		  "port %u: %u send-once rights were used %u times", port->uid, truth->onces,
		  truth->onces_used);
	node->app->serve_us = sim_now_us + 1 + sim_below(200);
	take_rights(node, space, message);
	return true;
}

static void drop(struct sim_node *node, int space, int name)
{
	struct kernel *k = node->app->k;
	int kind = k_kind(k, space, name);
	k_modify(k, space, name,
		 kind & K_IS_SEND        ? K_IS_SEND
		 : kind & K_IS_SEND_ONCE ? K_IS_SEND_ONCE
					 : K_IS_DEAD,
		 -1);
	node->app->serve_us = sim_now_us + 1 + sim_below(200);
}

void program_no_senders(struct sim_node *node, int space, int name)
{
	if ((k_kind(node->app->k, space, name) & K_IS_RECEIVE) == 0) {
		return; /* it has gone meanwhile */
	}
	struct k_port *port = port_of(node, space, name);
	struct truth *truth = truth_of(port->uid);
	if (k_senders(node->app->k, k_port_of(node->app->k, space, name)) > 0) {
		return; /* of one made since */
	}
	sim_saw[SIM_SAW_NO_SENDERS]++;
	truth->told = true;
	SIM_CHECK(truth->tainted || truth_senders(port->uid) == 0,
		  "node %u: no senders for port %u, but there are %u", node->number, port->uid,
		  truth_senders(port->uid));
}

static void kill_port(struct sim_node *node, int space)
{
	int name = some_name(node, space, K_IS_RECEIVE);
	if (name != 0) {
		sim_saw[SIM_SAW_PORT_DEATH]++;
		k_modify(node->app->k, space, name, K_IS_RECEIVE, -1);
	}
}

static void act(struct sim_node *node)
{
	int space = 1 + (int)sim_below(K_SPACES - 1), name;
	const int others = K_IS_SEND | K_IS_SEND_ONCE | K_IS_DEAD;
	while (count_names(node, space, others) > 10) {
		drop(node, space, some_name(node, space, others));
	}
	while (count_names(node, space, K_IS_RECEIVE) > 5) {
		kill_port(node, space);
	}
	switch (sim_below(20)) {
	case 0:
		if (count_names(node, space, K_IS_RECEIVE) < 3) {
			allocate(node, space);
		}
		break;
	case 1:
	case 2:
		introduce(node, space);
		break;
	case 3:
		name = some_name(node, space, others);
		if (name != 0) {
			drop(node, space, name);
		}
		break;
	case 4:
		if (sim_chance(60)) {
			kill_port(node, space);
		}
		break;
	case 5:
		name = some_name(node, space, K_IS_SEND_ONCE);
		if (name != 0) {
			send(node, space, name, true);
		}
		break;
	default:
		name = some_name(node, space, K_IS_SEND);
		if (name != 0) {
			send(node, space, name, false);
		}
		break;
	}
}

static void receive_all(struct sim_node *node)
{
	for (int space = 1; space < K_SPACES; space++) {
		for (int name = 1; name < k_names(node->app->k) && !sim_failed; name++) {
			if ((k_kind(node->app->k, space, name) & K_IS_RECEIVE) == 0 ||
			    (phase == PHASE_RUN && sim_chance(500))) {
				continue;
			}
			while (receive(node, space, name)) {
			}
		}
	}
}

static void give_up(struct sim_node *node)
{
	for (int space = 1; space < K_SPACES; space++) {
		for (int name = 1; name < k_names(node->app->k) && !sim_failed; name++) {
			int kind = K_IS_SEND | K_IS_SEND_ONCE | K_IS_DEAD;
			while ((k_kind(node->app->k, space, name) & kind) != 0) {
				drop(node, space, name);
			}
		}
	}
}

/* --- the interface of world.c */

static uint64_t act_gap(void)
{
	uint64_t gap_us =
		sim_profile.faults_end_us * sim_profile.nodes / (sim_profile.messages + 1);
	return 1 + sim_below((uint32_t)(gap_us < 400000 ? gap_us : 400000));
}

static void start(struct sim_node *node)
{
	server_start(node);
	node->app->act_us = sim_now_us + act_gap();
}

static void stop(struct sim_node *node)
{
	truth_node_ended(node);
	server_stop(node);
}

static void tick(struct sim_node *node)
{
	struct sim_app *app = node->app;
	if (app->act_us <= sim_now_us) {
		receive_all(node);
		if (phase == PHASE_RUN) {
			act(node);
		} else if (phase == PHASE_GIVE_UP) {
			give_up(node);
		}
		app->act_us = sim_now_us + (phase == PHASE_RUN ? act_gap() : 20000);
	}
	if (app->serve_us != 0 && app->serve_us <= sim_now_us) {
		server_run(node);
	}
}

static uint64_t next(struct sim_node *node)
{
	const struct sim_app *app = node->app;
	return app->serve_us != 0 && app->serve_us < app->act_us ? app->serve_us : app->act_us;
}

static void check(struct sim_node *node)
{
	(void)node;
}

static void heard(struct sim_node *node, uint32_t peer)
{
	(void)node;
	(void)peer;
}

/* What a node still waits for, or null. */
static const char *waits_for(struct sim_node *node)
{
	if (!node->alive) {
		return "its start";
	}
	if (!server_is_idle(node)) {
		return "its streams";
	}
	for (uint32_t i = 0; i < R_TOKENS; i++) {
		/* Those that are only remembered have a time of their own. */
		if (node->app->tokens[i].used && (node->app->tokens[i].provided ||
						  node->app->tokens[i].to != WIRE_EXPORT_NONE)) {
			return "a token to be picked up";
		}
		if (node->app->gifts[i].used) {
			return "a given right to be taken";
		}
		if (node->app->pickups[i].used) {
			return "a right that it picks up";
		}
	}
	for (int p = 0; p < k_ports(node->app->k); p++) {
		if (k_port(node->app->k, p)->first != NULL) {
			return "a message to be received";
		}
	}
	return NULL;
}

/* Nothing waits anywhere. */
static bool is_quiet(void)
{
	for (uint32_t n = 0; n < sim_profile.nodes; n++) {
		if (waits_for(&sim_nodes[n]) != NULL) {
			return false;
		}
	}
	return true;
}

static void explain(void)
{
	for (uint32_t n = 0; n < sim_profile.nodes && !sim_failed; n++) {
		const char *what = waits_for(&sim_nodes[n]);
		SIM_CHECK(what == NULL, "faults are over, but node %u waits for %s", n, what);
	}
}

static bool is_settled(void)
{
	if (!is_quiet()) {
		settled_us = sim_now_us;
	}
	return sim_now_us - settled_us > 1500000;
}

static void check_tables(void)
{
	for (uint32_t n = 0; n < sim_profile.nodes; n++) {
		for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
			const struct link *link = &sim_nodes[n].app->links[peer];
			for (uint32_t i = 0; i < R_EXPORTS; i++) {
				SIM_CHECK(link->exports[i].state == WIRE_EXPORT_FREE,
					  "node %u has an export left, for node %u", n, peer);
				SIM_CHECK(link->proxies[i].state == WIRE_PROXY_NONE,
					  "node %u has a proxy left, of node %u", n, peer);
			}
		}
		for (int name = 1; name < k_names(sim_nodes[n].app->k); name++) {
			SIM_CHECK(k_kind(sim_nodes[n].app->k, K_SERVER, name) == 0,
				  "node %u: the server has a right left (name %d, kind %d)", n,
				  name, k_kind(sim_nodes[n].app->k, K_SERVER, name));
		}
	}
}

static bool is_done(void)
{
	if (phase == PHASE_RUN) {
		if (sim_saw[SIM_SAW_DELIVERY] < sim_profile.messages) {
			return false;
		}
		phase = PHASE_SETTLE;
		settled_us = sim_now_us;
		return false;
	}
	if (!is_settled()) {
		return false;
	}
	if (phase == PHASE_SETTLE) {
		truth_check_balance();
		phase = PHASE_GIVE_UP;
		settled_us = sim_now_us;
		return false;
	}
	check_tables();
	truth_check_end();
	return true;
}

static void finish(void)
{
	for (uint32_t n = 0; n < sim_profile.nodes; n++) {
		sim_nodes[n].app->act_us = UINT64_MAX;
		sim_nodes[n].app->serve_us = 0;
	}
}

static bool is_idle(void)
{
	for (uint32_t n = 0; n < sim_profile.nodes; n++) {
		for (uint32_t peer = 0; peer < sim_profile.nodes; peer++) {
			if (sim_nodes[n].app->links[peer].up) {
				return false;
			}
		}
	}
	return true;
}

static void died(const struct k_port *port)
{
	if (port->real) {
		truth_of(port->uid)->alive = false;
	}
}

static uint32_t partners[SIM_NODES_MAX][3];

uint32_t sim_partner(uint32_t node)
{
	return partners[node][sim_below(sim_profile.partners)];
}

static void clear(void)
{
	phase = PHASE_RUN;
	settled_us = 0;
	next_key = 1;
	k_died = died;
	truth_clear();
	(void)truth_new(); /* nobody's */
	truth_of(0)->tainted = true;
	if (counter_count > 0) {
		memset(counters, 0, sizeof counters);
		counter_count = 0;
	}
	for (uint32_t i = 0; i < sim_profile.nodes; i++) {
		for (uint32_t k = 0; k < 3; k++) {
			partners[i][k] =
				(i + 1 + sim_below(sim_profile.nodes - 1)) % sim_profile.nodes;
		}
	}
}

const struct sim_programs sim_rights = {
	.streams = 2 * R_EXPORTS,
	.start = start,
	.stop = stop,
	.effect = server_effect,
	.tick = tick,
	.next = next,
	.check = check,
	.heard = heard,
	.is_done = is_done,
	.explain = explain,
	.finish = finish,
	.is_idle = is_idle,
	.clear = clear,
};
