/* See kernel.h. */
#define M_SPACES 3
#define M_PORTS  192
#define M_FLIGHT 4096
#define M_EVENTS 512
#define M_NOTIFY 9999

#include "kernel.h"
#include "sim.h"

#define M_NAMES K_NAMES

#pragma GCC diagnostic ignored "-Wunused-function" /* it has more than is needed here */
#include "../host/ipc_model.h"

#include <stdlib.h>

#define NOTICES 1024

struct kernel {
	struct model model;
	struct k_port ports[M_PORTS];
	struct k_notice notices[NOTICES];
	uint32_t first_notice, notice_count;
	bool settling;
	int ports_end, names_end; /* no port and no name ever was beyond them */
};

void (*k_died)(const struct k_port *port);

struct kernel *k_new(void)
{
	return calloc(1, sizeof(struct kernel));
}

void k_free(struct kernel *k)
{
	for (int i = 0; k != NULL && i < M_PORTS; i++) {
		while (k->ports[i].first != NULL) {
			struct k_message *message = k->ports[i].first;
			k->ports[i].first = message->next;
			free(message);
		}
	}
	free(k);
}

static void queue(struct kernel *k, int port, struct k_message *message)
{
	struct k_port *p = &k->ports[port];
	message->next = NULL;
	if (p->last != NULL) {
		p->last->next = message;
	} else {
		p->first = message;
	}
	p->last = message;
	p->queued++;
}

static void tell(struct kernel *k, int id, int space, int name, uint32_t word, uint32_t key)
{
	SIM_CHECK(k->notice_count < NOTICES, "more notifications than there is room for");
	if (k->notice_count < NOTICES) {
		k->notices[(k->first_notice + k->notice_count++) % NOTICES] =
			(struct k_notice){id, space, name, word, key};
	}
}

/* The model's events become notifications; a dead port's messages are destroyed. */
static void settle(struct kernel *k)
{
	struct model *m = &k->model;
	if (k->settling) {
		return;
	}
	k->settling = true;
	for (int i = 0; i < m->event_count; i++) {
		struct m_event event = m->events[i];
		SIM_CHECK(m->event_count < M_EVENTS - 200, "too many events");
		if (event.dest != M_NOTIFY) {
			if (m->ports[event.dest].alive) {
				struct k_message *message = calloc(1, sizeof *message);
				message->id = K_ONCE_DIED;
				message->dest.type = K_SEND_ONCE;
				message->dest.port = -1;
				queue(k, event.dest, message);
			}
		} else if (event.id == M_EV_NO_SENDERS) {
			struct m_port *port = &m->ports[m->senderless[i]];
			if (port->where < M_SPACES) {
				tell(k, K_NO_SENDERS, port->where, port->name, event.word,
				     k->ports[m->senderless[i]].key);
			}
		} else if (event.id == M_EV_DEAD) {
			tell(k, K_DEAD_NAME, K_SERVER, (int)event.word, 0, 0);
		}
		for (int p = 0; i + 1 == m->event_count && p < M_PORTS; p++) {
			/* Others' ports die with these messages, which makes more events. */
			while (!m->ports[p].alive && k->ports[p].first != NULL) {
				struct k_message *message = k->ports[p].first;
				k->ports[p].first = message->next;
				k_destroy(k, message);
			}
		}
	}
	m->event_count = 0;
	k->settling = false;
}

/* After an operation that may have killed a port. */
static void look_for_dead(struct kernel *k, int port)
{
	struct model *m = &k->model;
	struct k_port *p = &k->ports[port];
	if (m->ports[port].exists && !m->ports[port].alive && p->key != 0) {
		k_died(p);
		p->key = 0;
		p->last = NULL;
		p->queued = 0;
		/* An event, so that its queue is looked at. */
		m_event(m, M_NOTIFY, 0, 0);
	}
}

static bool is_free(const struct kernel *k, int port)
{
	const struct model *m = &k->model;
	if (m->ports[port].alive || k->ports[port].first != NULL) {
		return false;
	}
	for (int i = 0; i < m->flights; i++) {
		if (m->flight[i].port == port) {
			return false;
		}
	}
	return true;
}

int k_allocate(struct kernel *k, int space, uint32_t uid, uint32_t key)
{
	struct model *m = &k->model;
	int port = 0, name = m_smallest_free(m, space);
	while (port < M_PORTS && !is_free(k, port)) {
		port++;
	}
	if (port == M_PORTS || name >= M_NAMES - 1) {
		return 0;
	}
	(void)m_allocate(m, space, name, 1, port);
	k->ports[port] = (struct k_port){.uid = uid, .key = key, .limit = 5};
	k->ports_end = port < k->ports_end ? k->ports_end : port + 1;
	k->names_end = name < k->names_end ? k->names_end : name + 1;
	return name;
}

int k_kind(const struct kernel *k, int space, int name)
{
	return k->model.names[space][name].kind;
}

int k_port_of(const struct kernel *k, int space, int name)
{
	return k->model.names[space][name].port;
}

struct k_port *k_port(struct kernel *k, int port)
{
	return &k->ports[port];
}

int k_ports(const struct kernel *k)
{
	return k->ports_end;
}

int k_names(const struct kernel *k)
{
	return k->names_end;
}

bool k_alive(const struct kernel *k, int port)
{
	return k->model.ports[port].alive;
}

int k_receiver(const struct kernel *k, int port, int *name)
{
	*name = k->model.ports[port].name;
	return k->model.ports[port].where;
}

uint32_t k_senders(const struct kernel *k, int port)
{
	return m_senders(&k->model, port);
}

uint32_t k_onces(const struct kernel *k, int port)
{
	uint32_t count = m_count(&k->model, port, M_SEND_ONCE, K_SEND_ONCE);
	for (const struct k_message *m = k->ports[port].first; m != NULL; m = m->next) {
		count += m->dest.port < 0; /* a notification is sent by the right that died */
	}
	return count;
}

uint32_t k_users(const struct kernel *k, int port)
{
	const struct model *m = &k->model;
	uint32_t n = 0;
	for (int s = 1; s < M_SPACES; s++) {
		for (int i = 1; i < M_NAMES; i++) {
			n += (m->names[s][i].kind & M_SEND) != 0 && m->names[s][i].port == port;
		}
	}
	for (int i = 0; i < m->flights; i++) {
		n += m->flight[i].port == port && m->flight[i].type == K_SEND;
	}
	return n;
}

bool k_has_room(const struct kernel *k)
{
	int alive = 0;
	for (int i = 0; i < M_PORTS; i++) {
		alive += k->model.ports[i].alive;
	}
	return k->model.flights < M_FLIGHT / 16 && alive < M_PORTS * 3 / 4;
}

/* --- rights */

static int find_flight(const struct kernel *k, struct k_right right)
{
	const struct model *m = &k->model;
	for (int i = m->flights - 1; i >= 0; i--) {
		if (m->flight[i].port == right.port && m->flight[i].type == right.type) {
			return i;
		}
	}
	sim_fail("a right that nobody has");
	return -1;
}

bool k_take(struct kernel *k, int space, int name, int disposition, struct k_right *right)
{
	int port = 0;
	*right = (struct k_right){0, -1};
	if (m_copyin(&k->model, space, name, disposition, false, &port) != M_OK) {
		return false;
	}
	right->port = port;
	right->type = disposition < K_COPY_SEND         ? disposition
		      : disposition == K_MAKE_SEND_ONCE ? K_SEND_ONCE
							: K_SEND;
	settle(k);
	return true;
}

int k_put(struct kernel *k, int space, struct k_right right)
{
	if (right.type == 0) {
		return 0;
	}
	int i = find_flight(k, right);
	int name = i < 0 ? -1 : m_copyout(&k->model, space, i);
	SIM_CHECK(name < M_NAMES - 1, "a space is full");
	k->names_end = name < k->names_end ? k->names_end : name + 1;
	settle(k);
	return name < 0 ? 0 : name;
}

void k_release(struct kernel *k, struct k_right right)
{
	if (right.type != 0 && right.port >= 0) {
		int i = find_flight(k, right);
		if (i >= 0) {
			m_release(&k->model, i);
			look_for_dead(k, right.port);
			settle(k);
		}
	}
}

void k_modify(struct kernel *k, int space, int name, int kind, int delta)
{
	int port = k->model.names[space][name].port;
	int right = kind == K_IS_SEND ? 0 : kind == K_IS_RECEIVE ? 1 : kind == K_IS_DEAD ? 4 : 2;
	int result = m_mod_refs(&k->model, space, name, right, delta);
	SIM_CHECK(result == M_OK, "mod_refs answers %d", result);
	look_for_dead(k, port);
	settle(k);
}

void k_deallocate(struct kernel *k, int space, int name)
{
	int result = m_deallocate(&k->model, space, name);
	SIM_CHECK(result == M_OK, "deallocate answers %d", result);
	settle(k);
}

void k_watch_name(struct kernel *k, int space, int name)
{
	bool previous;
	int result = m_request(&k->model, space, name, M_EV_DEAD, 0, true, &previous);
	SIM_CHECK(result == M_OK, "a request for dead names answers %d", result);
	settle(k);
}

void k_watch_senders(struct kernel *k, int space, int name, uint32_t sync, bool watch)
{
	bool previous;
	int result = m_request(&k->model, space, name, M_EV_NO_SENDERS, sync, watch, &previous);
	SIM_CHECK(result == M_OK, "a request for no-senders answers %d", result);
	settle(k);
}

/* --- messages */

enum k_sent k_send(struct kernel *k, struct k_message *message, bool always)
{
	int port = message->dest.port;
	if (message->dest.type == 0 || !k->model.ports[port].alive) {
		k_destroy(k, message);
		return K_DEAD;
	}
	if (!always && message->dest.type == K_SEND &&
	    k->ports[port].queued >= k->ports[port].limit) {
		return K_FULL;
	}
	queue(k, port, message);
	return K_SENT;
}

struct k_message *k_get(struct kernel *k, int port)
{
	struct k_port *p = &k->ports[port];
	struct k_message *message = p->first;
	if (message == NULL) {
		return NULL;
	}
	p->first = message->next;
	p->last = p->first == NULL ? NULL : p->last;
	p->queued--;
	if (message->dest.type == K_SEND) {
		k_release(k, message->dest);
	} else if (message->dest.port >= 0) {
		m_land(&k->model, find_flight(k, message->dest)); /* it is used */
	}
	return message;
}

void k_destroy(struct kernel *k, struct k_message *message)
{
	k_release(k, message->dest);
	for (int i = 0; i < K_RIGHTS; i++) {
		k_release(k, message->rights[i]);
	}
	free(message);
}

/* A notification of no-senders is a message to the port itself: it goes where that goes. */
static bool is_lost(const struct kernel *k, const struct k_notice *notice)
{
	const struct m_entry *name = &k->model.names[notice->space][notice->name];
	return notice->key != 0 &&
	       ((name->kind & K_IS_RECEIVE) == 0 || k->ports[name->port].key != notice->key);
}

bool k_notice(struct kernel *k, struct k_notice *notice)
{
	while (k->notice_count > 0) {
		*notice = k->notices[k->first_notice];
		k->first_notice = (k->first_notice + 1) % NOTICES;
		k->notice_count--;
		if (!is_lost(k, notice)) {
			return true;
		}
	}
	return false;
}
