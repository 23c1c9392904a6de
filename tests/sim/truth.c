/* What is true of rights, for the eyes of the simulator alone: see rights.h. */
#include "rights.h"

#include <stdlib.h>
#include <string.h>

static struct truth *truths;
static uint32_t truth_count, truth_room;
static struct truth_message *records; /* record 0 is nobody's */
static uint32_t record_count, record_room;
static uint32_t oldest;   /* no record before it is under way */
static uint64_t ended_us; /* when an association or a node ended last; 0: none did */
static uint64_t refused_us;

#define LATE_DEATHS 9

uint32_t truth_new(void)
{
	if (truth_count == truth_room) {
		truth_room = truth_room * 2 + 256;
		truths = realloc(truths, truth_room * sizeof *truths);
	}
	truths[truth_count] = (struct truth){.alive = true};
	return truth_count++;
}

struct truth *truth_of(uint32_t uid)
{
	return &truths[uid];
}

void truth_taint(uint32_t uid)
{
	truths[uid].tainted = true;
}

void truth_clear(void)
{
	truth_count = 0;
	ended_us = refused_us = 0;
	record_count = oldest = 1;
}

/* --- messages */

uint32_t truth_message(struct sim_node *from, uint32_t to, const struct k_message *message)
{
	if (record_count >= record_room) {
		record_room = record_room * 2 + 1024;
		records = realloc(records, record_room * sizeof *records);
	}
	struct truth_message *record = &records[record_count];
	*record = (struct truth_message){.under_way = true,
					 .from = from->number,
					 .to = to,
					 .from_life = from->life,
					 .to_life = sim_nodes[to].life,
					 .stamp = message->stamp,
					 .id = message->id};
	for (int i = 0; i < K_RIGHTS; i++) {
		record->types[i] = message->rights[i].type;
		record->giving[i] = message->giving[i];
		record->uids[i] = message->rights[i].type != 0
					  ? k_port(from->app->k, message->rights[i].port)->uid
					  : 0;
	}
	return record_count++;
}

struct truth_message *truth_message_of(uint32_t record)
{
	return &records[record];
}

static void taint_record(struct truth_message *record)
{
	truth_taint(record->stamp.uid);
	for (int i = 0; i < K_RIGHTS; i++) {
		if (record->types[i] != 0) {
			truth_taint(record->uids[i]);
		}
	}
}

void truth_lost(uint32_t number)
{
	taint_record(&records[number]);
	records[number].under_way = false;
}

static bool is_current(const struct truth_message *record)
{
	const struct sim_node *from = &sim_nodes[record->from], *to = &sim_nodes[record->to];
	return record->under_way && from->alive && to->alive && from->life == record->from_life &&
	       to->life == record->to_life;
}

/* --- no-senders */

uint32_t truth_senders(uint32_t uid)
{
	uint32_t count = 0;
	for (uint32_t n = 0; n < sim_profile.nodes; n++) {
		const struct sim_node *node = &sim_nodes[n];
		for (int p = 0; node->alive && p < k_ports(node->app->k); p++) {
			if (k_alive(node->app->k, p) && k_port(node->app->k, p)->uid == uid) {
				count += k_users(node->app->k, p);
			}
		}
	}
	for (uint32_t r = oldest; r < record_count; r++) {
		if (r == oldest && !is_current(&records[r])) {
			oldest++;
		}
		for (int i = 0; is_current(&records[r]) && i < K_RIGHTS; i++) {
			count += records[r].types[i] == K_SEND && records[r].uids[i] == uid;
		}
	}
	return count;
}

void truth_check_owner(uint32_t uid)
{
	uint32_t owners = 0;
	for (uint32_t n = 0; n < sim_profile.nodes; n++) {
		const struct sim_node *node = &sim_nodes[n];
		for (int p = 0; node->alive && p < k_ports(node->app->k); p++) {
			int name;
			owners += k_alive(node->app->k, p) && k_port(node->app->k, p)->uid == uid &&
				  k_receiver(node->app->k, p, &name) != K_SERVER;
		}
	}
	SIM_CHECK(owners == 1, "port %u has %u owners", uid, owners);
}

/* --- what may have been lost */

static void taint_name(struct sim_node *node, uint32_t name)
{
	struct kernel *k = node->app->k;
	if ((k_kind(k, K_SERVER, (int)name) & (K_IS_SEND | K_IS_RECEIVE | K_IS_SEND_ONCE)) != 0) {
		truth_taint(k_port(k, k_port_of(k, K_SERVER, (int)name))->uid);
	}
}

void truth_refused(void)
{
	refused_us = sim_now_us;
}

/* PICKUP waits so long for a PROVIDE that was lost with an association, or refused. */
bool truth_may_be_late(void)
{
	const struct wire_liveness_settings *life = &sim_profile.settings.life;
	uint64_t late_us = LATE_DEATHS * (life->dead_us + life->heartbeat_us);
	return (ended_us != 0 && sim_now_us - ended_us < late_us) ||
	       (refused_us != 0 && sim_now_us - refused_us < late_us);
}

void truth_association_ended(struct sim_node *node, uint32_t peer, bool lost)
{
	struct sim_app *app = node->app;
	const struct link *link = &app->links[peer];
	ended_us = lost ? sim_now_us : ended_us;
	for (uint32_t i = 0; i < R_EXPORTS; i++) {
		if (link->exports[i].state == WIRE_EXPORT_LIVE) {
			taint_name(node, link->exports[i].port);
		}
		if (link->proxies[i].port != 0) {
			taint_name(node, link->proxies[i].port);
		}
	}
	for (uint32_t i = 0; i < R_TOKENS; i++) {
		if (app->tokens[i].used && app->tokens[i].right != 0) {
			taint_name(node, app->tokens[i].port);
		}
	}
	for (const struct inbox *box = app->inboxes; box != NULL; box = box->next) {
		for (const struct arrived *each = box->first; each != NULL; each = each->next) {
			if (each->message != NULL) {
				taint_record(&records[each->record]);
			}
		}
	}
	for (uint32_t r = oldest; r < record_count; r++) {
		struct truth_message *record = &records[r];
		if (record->under_way && ((record->from == node->number && record->to == peer) ||
					  (record->to == node->number && record->from == peer))) {
			taint_record(record);
		}
	}
}

void truth_node_ended(struct sim_node *node)
{
	ended_us = sim_now_us;
	struct kernel *k = node->app->k;
	for (int p = 0; p < k_ports(node->app->k); p++) {
		struct k_port *port = k_port(k, p);
		if (k_alive(k, p)) {
			truth_taint(port->uid);
			truths[port->uid].alive &= !port->real;
			for (struct k_message *m = port->first; m != NULL; m = m->next) {
				for (int i = 0; i < K_RIGHTS; i++) {
					if (m->rights[i].type != 0) {
						truth_taint(k_port(k, m->rights[i].port)->uid);
					}
				}
			}
		}
	}
	for (uint32_t r = oldest; r < record_count; r++) {
		struct truth_message *record = &records[r];
		if (record->under_way &&
		    (record->from == node->number || record->to == node->number)) {
			taint_record(record);
			record->under_way = false;
		}
	}
}

/* --- when all is quiet */

static uint32_t uid_of_name(const struct sim_node *node, uint32_t name)
{
	return k_port(node->app->k, k_port_of(node->app->k, K_SERVER, (int)name))->uid;
}

static void check_pair(const struct sim_node *owner, const struct sim_node *holder)
{
	const struct link *there = &holder->app->links[owner->number];
	const struct link *here = &owner->app->links[holder->number];
	if (!here->up || !there->up || here->serial != there->serial) {
		return;
	}
	for (uint32_t i = WIRE_EXPORT_FIRST; i < R_EXPORTS; i++) {
		const struct wire_export *export = &here->exports[i];
		const struct wire_proxy *proxy = &there->proxies[i];
		if (export->state == WIRE_EXPORT_FREE) {
			SIM_CHECK(proxy->state == WIRE_PROXY_NONE,
				  "node %u has a proxy of nothing (node %u, export %u, state %d)",
				  holder->number, owner->number, i, (int)proxy->state);
			continue;
		}
		SIM_CHECK(proxy->state == WIRE_PROXY_LIVE &&
				  proxy->generation == export->generation &&
				  export->state == WIRE_EXPORT_LIVE,
			  "node %u has an export (%u to node %u, state %d) that nobody has",
			  owner->number, i, holder->number, (int)export->state);
		SIM_CHECK(sim_failed || export->right == WIRE_RIGHT_SEND_ONCE ||
				  proxy->received == export->count,
			  "node %u counts %u references, node %u %u", owner->number, export->count,
			  holder->number, proxy->received);
		SIM_CHECK(sim_failed || uid_of_name(owner, export->port) ==
						uid_of_name(holder, proxy->port),
			  "an export and its proxy are different ports");
	}
}

void truth_check_balance(void)
{
	for (uint32_t a = 0; a < sim_profile.nodes; a++) {
		for (uint32_t b = 0; b < sim_profile.nodes && !sim_failed; b++) {
			if (a != b) {
				check_pair(&sim_nodes[a], &sim_nodes[b]);
			}
		}
	}
}

void truth_check_end(void)
{
	for (uint32_t uid = 0; uid < truth_count && !sim_failed; uid++) {
		const struct truth *t = &truths[uid];
		if (!t->alive || t->tainted) {
			continue;
		}
		SIM_CHECK(t->sent == t->received, "port %u got %u of %u messages", uid, t->received,
			  t->sent);
		SIM_CHECK(t->onces == t->onces_used, "port %u: %u of %u send-once rights were used",
			  uid, t->onces_used, t->onces);
		SIM_CHECK(!t->made || t->told, "port %u did not hear that it has no senders", uid);
	}
}
