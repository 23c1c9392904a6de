/* A naive model of Mach's port rights, written from the manual and not from kernel/ipc: maps of
   names, ports and rights in flight. Counts of rights are never kept, they are counted when
   somebody asks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Who includes this may have set other sizes. */
#ifndef M_SPACES
#define M_SPACES 2
#define M_NAMES  40 /* names 1 .. M_NAMES - 1 are modelled */
#define M_PORTS  2
#define M_FLIGHT 64
#define M_EVENTS 256
#define M_NOTIFY 99 /* the port that all notifications were requested for */
#endif

enum {
	M_SEND = 1,
	M_RECEIVE = 2,
	M_SEND_ONCE = 4,
	M_SET = 8,
	M_DEAD = 16
}; /* 1 << MACH_PORT_RIGHT_ */
enum {
	M_OK = 0,
	M_NOT_IN_SET = 12,
	M_NAME_EXISTS,
	M_INVALID_ARGUMENT = 4,
	M_INVALID_NAME = 15,
	M_INVALID_RIGHT = 17,
	M_INVALID_VALUE,
	M_UREFS_OVERFLOW,
	M_INVALID_CAPABILITY,
	M_RIGHT_EXISTS
};
enum {
	M_EV_DELETED = 65,
	M_EV_DESTROYED = 69,
	M_EV_NO_SENDERS = 70,
	M_EV_SEND_ONCE = 71,
	M_EV_DEAD = 72
};

struct m_entry {
	int kind; /* 0: free */
	int port;
	int64_t urefs;
	bool request;
};

struct m_port {
	bool exists, alive;
	int where; /* its receive right: a space, or M_SPACES for in flight */
	int name;  /* there */
	int set;   /* name of its set, 0 none */
	uint32_t mscount;
	bool nsrequest, pdrequest;
};

struct m_event {
	int dest, id; /* dest: M_NOTIFY or a port */
	uint32_t word;
};

struct model {
	struct m_entry names[M_SPACES][M_NAMES];
	struct m_port ports[M_PORTS];
	struct m_flight {
		int port, type; /* 16 receive, 17 send, 18 send-once */
	} flight[M_FLIGHT];
	int flights;
	struct m_event events[M_EVENTS];
	int event_count;
	int senderless[M_EVENTS]; /* which port a no-senders event is about */
};

static void m_event(struct model *m, int dest, int id, uint32_t word)
{
	m->events[m->event_count++] = (struct m_event){dest, id, word};
}

static void m_fly(struct model *m, int port, int type)
{
	m->flight[m->flights++] = (struct m_flight){port, type};
}

static void m_land(struct model *m, int i)
{
	m->flight[i] = m->flight[--m->flights];
}

/* How many names and flying rights of a kind there are for a port. */
static uint32_t m_count(const struct model *m, int port, int kind, int type)
{
	uint32_t n = 0;
	for (int s = 0; s < M_SPACES; s++) {
		for (int i = 1; i < M_NAMES; i++) {
			n += (m->names[s][i].kind & kind) != 0 && m->names[s][i].port == port;
		}
	}
	for (int i = 0; i < m->flights; i++) {
		n += m->flight[i].port == port && m->flight[i].type == type;
	}
	return n;
}

static uint32_t m_senders(const struct model *m, int port)
{
	return m_count(m, port, M_SEND, 17);
}

/* A send right went: was it the last? */
static void m_sender_gone(struct model *m, int port)
{
	struct m_port *p = &m->ports[port];
	if (p->alive && p->nsrequest && m_senders(m, port) == 0) {
		p->nsrequest = false;
		m->senderless[m->event_count] = port;
		m_event(m, M_NOTIFY, M_EV_NO_SENDERS, p->mscount);
	}
}

static void m_free(struct model *m, int s, int name)
{
	if (m->names[s][name].request) {
		m_event(m, M_NOTIFY, M_EV_DELETED, (uint32_t)name);
	}
	m->names[s][name] = (struct m_entry){0};
}

static void m_kill(struct model *m, int port)
{
	struct m_port *p = &m->ports[port];
	p->set = 0;
	p->mscount = 0;
	if (p->pdrequest) {
		p->pdrequest = false;
		p->where = M_SPACES;
		m_fly(m, port, 16);
		m_event(m, M_NOTIFY, M_EV_DESTROYED, (uint32_t)port);
		return;
	}
	p->alive = false;
	if (p->nsrequest) {
		p->nsrequest = false;
		m_event(m, M_NOTIFY, M_EV_SEND_ONCE, 0);
	}
	for (int s = 0; s < M_SPACES; s++) {
		for (int i = 1; i < M_NAMES; i++) {
			struct m_entry *e = &m->names[s][i];
			if ((e->kind & (M_SEND | M_SEND_ONCE)) == 0 || e->port != port) {
				continue;
			}
			if (e->request) {
				m_event(m, M_NOTIFY, M_EV_DEAD, (uint32_t)i);
			}
			*e = (struct m_entry){.kind = M_DEAD, .urefs = e->urefs + e->request};
		}
	}
}

static void m_empty_set(struct model *m, int s, int set)
{
	for (int i = 0; i < M_PORTS; i++) {
		if (m->ports[i].where == s && m->ports[i].set == set) {
			m->ports[i].set = 0;
		}
	}
}

static int m_smallest_free(const struct model *m, int s)
{
	int name = 1;
	while (name < M_NAMES && m->names[s][name].kind != 0) {
		name++;
	}
	return name;
}

/* The name by which a space knows a port's send or receive right. */
static int m_holder(const struct model *m, int s, int port)
{
	for (int i = 1; i < M_NAMES; i++) {
		if ((m->names[s][i].kind & (M_SEND | M_RECEIVE)) != 0 &&
		    m->names[s][i].port == port) {
			return i;
		}
	}
	return 0;
}

static void m_put(struct model *m, int s, int name, int port, int type)
{
	struct m_entry *e = &m->names[s][name];
	e->port = port;
	if (type == 16) {
		e->kind |= M_RECEIVE;
		m->ports[port].where = s;
		m->ports[port].name = name;
	} else if (type == 17) {
		e->urefs += (e->kind & M_SEND) == 0 || e->urefs < 65534;
		e->kind |= M_SEND;
	} else {
		e->kind = M_SEND_ONCE;
		e->urefs = 1;
	}
}

/* --- the operations. Each returns the result that the kernel must return. */

static int m_allocate(struct model *m, int s, int name, int right, int port)
{
	struct m_entry *e = &m->names[s][name];
	if (e->kind != 0) {
		return M_NAME_EXISTS;
	}
	*e = (struct m_entry){.kind = 1 << right, .port = port, .urefs = right == 4};
	if (right == 1) {
		m->ports[port] =
			(struct m_port){.exists = true, .alive = true, .where = s, .name = name};
	}
	return M_OK;
}

/* *port: what was taken, -1 for a dead right. */
static int m_copyin(struct model *m, int s, int name, int disposition, bool dead_ok, int *port)
{
	struct m_entry *e = &m->names[s][name];
	static const int needs[] = {M_RECEIVE, M_SEND, M_SEND_ONCE, M_SEND, M_RECEIVE, M_RECEIVE};
	if (e->kind == 0) {
		return M_INVALID_NAME;
	}
	*port = e->port;
	if (e->kind == M_DEAD && disposition >= 17 && disposition <= 19 && dead_ok) {
		*port = -1;
		if (disposition != 19 && --e->urefs == 0) {
			m_free(m, s, name);
		}
		return M_OK;
	}
	if ((e->kind & needs[disposition - 16]) == 0) {
		return M_INVALID_RIGHT;
	}
	struct m_port *p = &m->ports[e->port];
	switch (disposition) {
	case 16:
		p->where = M_SPACES;
		p->set = 0;
		p->mscount = 0;
		e->kind &= ~M_RECEIVE;
		break;
	case 17:
		if (--e->urefs == 0) {
			e->kind &= ~M_SEND;
		}
		break;
	case 18:
		e->kind = 0;
		break;
	case 20:
		p->mscount++;
		break;
	}
	m_fly(m, *port, disposition < 19 ? disposition : disposition == 21 ? 18 : 17);
	if (e->kind == 0) {
		m_free(m, s, name);
	}
	return M_OK;
}

static int m_copyout(struct model *m, int s, int i)
{
	struct m_flight f = m->flight[i];
	m_land(m, i);
	if (!m->ports[f.port].alive) {
		return -1;
	}
	int name = f.type == 18 ? 0 : m_holder(m, s, f.port);
	if (name == 0) {
		name = m_smallest_free(m, s);
	}
	m_put(m, s, name, f.port, f.type);
	return name;
}

static int m_insert(struct model *m, int s, int name, int i)
{
	struct m_flight f = m->flight[i];
	bool alive = m->ports[f.port].alive;
	int holder = f.type == 18 || !alive ? 0 : m_holder(m, s, f.port);
	if (holder != 0 && holder != name) {
		return M_RIGHT_EXISTS;
	}
	if (holder == 0 && m->names[s][name].kind != 0) {
		return M_NAME_EXISTS;
	}
	if (!alive) {
		return M_INVALID_CAPABILITY;
	}
	if (f.type == 17 && m->names[s][name].urefs == 65534) {
		return M_UREFS_OVERFLOW;
	}
	m_land(m, i);
	m_put(m, s, name, f.port, f.type);
	return M_OK;
}

static void m_release(struct model *m, int i)
{
	struct m_flight f = m->flight[i];
	m_land(m, i);
	if (f.type == 16) {
		m_kill(m, f.port);
	} else if (f.type == 17) {
		m_sender_gone(m, f.port);
	} else if (m->ports[f.port].alive) {
		m_event(m, f.port, M_EV_SEND_ONCE, 0);
	}
}

static int m_mod_refs(struct model *m, int s, int name, int right, int64_t delta)
{
	struct m_entry *e = &m->names[s][name];
	int port = e->port;
	if (right > 4) {
		return M_INVALID_VALUE;
	}
	if (e->kind == 0) {
		return M_INVALID_NAME;
	}
	if ((e->kind & 1 << right) == 0) {
		return M_INVALID_RIGHT;
	}
	if (right == 0 || right == 4) {
		if (e->urefs + delta < 0) {
			return M_INVALID_VALUE;
		}
		if (delta > 0 && e->urefs + delta > (right == 0 ? 65534 : 65535)) {
			return M_UREFS_OVERFLOW;
		}
		e->urefs += delta;
		if (e->urefs > 0) {
			return M_OK;
		}
		e->kind &= ~(1 << right);
		if (e->kind == 0) {
			m_free(m, s, name);
		}
		if (right == 0) {
			m_sender_gone(m, port);
		}
		return M_OK;
	}
	if (delta == 0) {
		return M_OK;
	}
	if (delta != -1) {
		return M_INVALID_VALUE;
	}
	e->kind &= ~(1 << right);
	if (e->kind == 0) {
		m_free(m, s, name);
	}
	if (right == 1) {
		m_kill(m, port);
		if (e->kind == M_SEND) { /* the port was saved, the name is not */
			if (e->request) {
				m_event(m, M_NOTIFY, M_EV_DEAD, (uint32_t)name);
			}
			*e = (struct m_entry){.kind = M_DEAD, .urefs = e->urefs + e->request};
			m_sender_gone(m, port);
		}
	} else if (right == 2) {
		m_event(m, port, M_EV_SEND_ONCE, 0);
	} else {
		m_empty_set(m, s, name);
	}
	return M_OK;
}

static int m_deallocate(struct model *m, int s, int name)
{
	int kind = m->names[s][name].kind;
	if (kind == 0) {
		return M_INVALID_NAME;
	}
	return m_mod_refs(m, s, name,
			  kind & M_SEND        ? 0
			  : kind & M_SEND_ONCE ? 2
			  : kind & M_DEAD      ? 4
			  : kind == M_SET      ? 0
					       : 0,
			  -1);
}

static int m_destroy(struct model *m, int s, int name)
{
	struct m_entry e = m->names[s][name];
	if (e.kind == 0) {
		return M_INVALID_NAME;
	}
	m_free(m, s, name);
	if (e.kind & M_SEND) {
		m_sender_gone(m, e.port);
	}
	if (e.kind & M_RECEIVE) {
		m_kill(m, e.port);
	}
	if (e.kind & M_SEND_ONCE) {
		m_event(m, e.port, M_EV_SEND_ONCE, 0);
	}
	if (e.kind & M_SET) {
		m_empty_set(m, s, name);
	}
	return M_OK;
}

static int m_rename(struct model *m, int s, int from, int to)
{
	if (to == 0) {
		return M_INVALID_VALUE;
	}
	if (m->names[s][to].kind != 0) {
		return M_NAME_EXISTS;
	}
	if (m->names[s][from].kind == 0) {
		return M_INVALID_NAME;
	}
	m->names[s][to] = m->names[s][from];
	m->names[s][from] = (struct m_entry){0};
	for (int i = 0; i < M_PORTS; i++) {
		if (m->ports[i].where == s && m->ports[i].set == from) {
			m->ports[i].set = to;
		}
	}
	if (m->names[s][to].kind & M_RECEIVE) {
		m->ports[m->names[s][to].port].name = to;
	}
	return M_OK;
}

/* *previous: was there a request before? It is the caller's now. */
static int m_request(struct model *m, int s, int name, int id, uint32_t sync, bool notify,
		     bool *previous)
{
	struct m_entry *e = &m->names[s][name];
	struct m_port *p = &m->ports[e->port];
	if (id == M_EV_DESTROYED && sync != 0) {
		return M_INVALID_VALUE;
	}
	if (e->kind == 0) {
		return M_INVALID_NAME;
	}
	*previous = false;
	if (id == M_EV_DEAD) {
		if (e->kind & (M_SEND | M_RECEIVE | M_SEND_ONCE)) {
			*previous = e->request;
			e->request = notify;
			return M_OK;
		}
		if (e->kind == M_SET) {
			return M_INVALID_RIGHT;
		}
		if (sync == 0 || !notify) {
			return M_INVALID_ARGUMENT;
		}
		if (e->urefs == 65535) {
			return M_UREFS_OVERFLOW;
		}
		e->urefs++;
		m_event(m, M_NOTIFY, M_EV_DEAD, (uint32_t)name);
		return M_OK;
	}
	if ((e->kind & M_RECEIVE) == 0) {
		return M_INVALID_RIGHT;
	}
	if (id == M_EV_DESTROYED) {
		*previous = p->pdrequest;
		p->pdrequest = notify;
		return M_OK;
	}
	*previous = p->nsrequest;
	p->nsrequest = notify;
	if (notify && m_senders(m, e->port) == 0 && sync <= p->mscount) {
		p->nsrequest = false;
		m->senderless[m->event_count] = e->port;
		m_event(m, M_NOTIFY, M_EV_NO_SENDERS, p->mscount);
	}
	return M_OK;
}

static int m_move_member(struct model *m, int s, int member, int after)
{
	struct m_entry *e = &m->names[s][member];
	if (e->kind == 0) {
		return M_INVALID_NAME;
	}
	if ((e->kind & M_RECEIVE) == 0) {
		return M_INVALID_RIGHT;
	}
	struct m_port *p = &m->ports[e->port];
	if (after != 0 && m->names[s][after].kind != M_SET) {
		return m->names[s][after].kind == 0 ? M_INVALID_NAME : M_INVALID_RIGHT;
	}
	if (after == 0 && p->set == 0) {
		return M_NOT_IN_SET;
	}
	p->set = after;
	return M_OK;
}
