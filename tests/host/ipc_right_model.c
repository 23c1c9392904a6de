/* The real rights, spaces, ports and notifications beside a naive model (ipc_model.h): the same
   operations on both, in every short sequence and in a long random one; after each, names, types,
   user references, status, results and notifications must agree, and the rights that exist must be
   those that the ports count. LINK: kernel/ipc/ipc_right_core.c kernel/ipc/ipc_right.c
   kernel/ipc/ipc_port_ops.c kernel/ipc/ipc_port_status.c kernel/ipc/ipc_request.c
   kernel/ipc/ipc_port.c kernel/ipc/ipc_pset.c kernel/ipc/ipc_notify.c kernel/ipc/ipc_entry.c
   kernel/ipc/ipc_hash.c kernel/ipc/ipc_space.c */
#include "tap.h"

#include "ipc_fakes.h"
#include "ipc_model.h"

#include <mach/notify.h>

static struct model model;
static struct ipc_space *space[M_SPACES];
static struct ipc_port *port[M_PORTS]; /* each with a reference of the test's own */
static struct ipc_space *observer;     /* receives what was asked to be notified */
static struct ipc_port *notify_port;
static struct m_event events[M_EVENTS];
static int event_count;
static struct m_flight flight[M_FLIGHT]; /* naked rights that are really held */
static int flights;
static int names_used = M_NAMES; /* how far names are compared */
static const char *problem;      /* the first difference found */

#define EXPECT(condition, text)                                                                    \
	do {                                                                                       \
		if (!(condition) && problem == NULL) {                                             \
			problem = text;                                                            \
		}                                                                                  \
	} while (0)

/* A port from the word that a message carries (half the pointer, on a 64-bit host). */
static int port_index(mach_port_t word)
{
	for (int i = 0; i < M_PORTS; i++) {
		if (port[i] != NULL && (mach_port_t)(uintptr_t)port[i] == word) {
			return i;
		}
	}
	return (mach_port_t)(uintptr_t)notify_port == word ? M_NOTIFY : -1;
}

static void consume_sonce(struct ipc_port *right)
{
	right->rights.sorights--;
	ipc_port_release(right);
}

static void deliver(struct ipc_kmsg *kmsg)
{
	mach_port_deleted_notification_t *n = (void *)&kmsg->header;
	struct m_event *e = &events[event_count++];
	e->dest = port_index(n->not_header.msgh_remote_port);
	e->id = n->not_header.msgh_id;
	e->word = 0;
	EXPECT(e->dest >= 0, "a notification to a known port");
	if (e->id == MACH_NOTIFY_PORT_DESTROYED) {
		e->word = (uint32_t)port_index(n->not_port);
		EXPECT(e->word < M_PORTS && (n->not_header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0,
		       "a receive right");
		flight[flights++] = (struct m_flight){(int)e->word, 16};
	} else if (e->id != MACH_NOTIFY_SEND_ONCE) {
		e->word = n->not_port;
	}
	consume_sonce(e->dest == M_NOTIFY ? notify_port : port[e->dest]);
	ipc_kmsg_free(kmsg);
}

static void destroy_message(struct ipc_kmsg *kmsg)
{
	(void)kmsg;
	abort(); /* no queue ever holds one */
}

static int compare_triple(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct m_event));
}

static int compare_pair(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct m_flight));
}

/* --- one step */

enum code {
	ALLOCATE,
	ALLOCATE_NAME,
	COPYIN,
	COPYIN_UNDO,
	EXTRACT,
	COPYOUT,
	RELEASE,
	INSERT,
	DEALLOCATE,
	DESTROY,
	MOD_REFS,
	RENAME,
	REQUEST,
	MOVE_MEMBER,
	SET_MSCOUNT,
	END_SPACE,
	CODES
};

struct op {
	enum code code;
	int s, name, a;
	int64_t b;
};

static int free_port_slot(void)
{
	for (int i = 0; i < M_PORTS; i++) {
		if (!model.ports[i].exists) {
			return i;
		}
	}
	return -1;
}

/* Operations that the model has no room for are not done. */
static bool op_possible(const struct op *op)
{
	switch (op->code) {
	case ALLOCATE:
	case ALLOCATE_NAME:
		return m_smallest_free(&model, op->s) < names_used - 2 &&
		       (op->a != 1 || free_port_slot() >= 0);
	case COPYIN:
	case EXTRACT:
		return flights < 6;
	case COPYIN_UNDO:
		return op->a != 16 && flights < 6;
	case COPYOUT:
		return op->a < flights && m_smallest_free(&model, op->s) < names_used - 2;
	case RELEASE:
	case INSERT:
		return op->a < flights;
	default:
		return true;
	}
}

static void remember_port(int slot, int s, uint32_t name)
{
	EXPECT(ipc_port_translate_receive(space[s], name, &port[slot]) == KERN_SUCCESS,
	       "a port was made");
	if (port[slot] != NULL) {
		ipc_port_reference(port[slot]);
	}
}

static int do_allocate(const struct op *op, bool refused)
{
	int slot = op->a == 1 ? free_port_slot() : 0;
	uint32_t name = (uint32_t)op->name;
	int expected, result;
	struct model before = model;
	if (op->code == ALLOCATE) {
		int chosen = m_smallest_free(&model, op->s);
		expected = m_allocate(&model, op->s, chosen, op->a, slot);
		result = ipc_port_allocate(space[op->s], (uint32_t)op->a, &name);
		EXPECT(result != KERN_SUCCESS || (int)name == chosen, "the smallest free name");
	} else {
		expected = m_allocate(&model, op->s, op->name, op->a, slot);
		result = ipc_port_allocate_name(space[op->s], (uint32_t)op->a, name);
	}
	if (refused && fake_failed && result == KERN_RESOURCE_SHORTAGE) {
		model = before;
		return result;
	}
	EXPECT(result == expected, "result of allocate");
	if (result == KERN_SUCCESS && op->a == 1) {
		remember_port(slot, op->s, name);
	}
	return result;
}

static int do_copyin(const struct op *op)
{
	bool dead_ok = op->code == EXTRACT || op->b != 0;
	int taken = -2;
	struct model before = model;
	int expected = m_copyin(&model, op->s, op->name, op->a, dead_ok, &taken);
	struct ipc_port *right = NULL, *soright = IP_NULL;
	uint32_t type = 0;
	int result = op->code == EXTRACT
			     ? ipc_port_extract_right(space[op->s], (uint32_t)op->name,
						      (uint32_t)op->a, &right, &type)
			     : ipc_right_copyin(space[op->s], (uint32_t)op->name, (uint32_t)op->a,
						dead_ok, &right, &soright);
	EXPECT(result == expected, "result of copyin");
	if (result != KERN_SUCCESS) {
		return result;
	}
	EXPECT(taken == -1 ? right == IP_DEAD : right == port[taken], "the right taken");
	if (op->code == COPYIN_UNDO) {
		ipc_right_copyin_undo(space[op->s], (uint32_t)op->name, (uint32_t)op->a, right,
				      soright);
		model = before;
		return result;
	}
	if (soright != IP_NULL) {
		ipc_notify_port_deleted(soright, (uint32_t)op->name);
	}
	if (taken >= 0) {
		flight[flights++] = (struct m_flight){taken, (int)ipc_copyin_type((uint32_t)op->a)};
	}
	return result;
}

static int do_flight(const struct op *op, bool refused)
{
	struct m_flight f = flight[op->a];
	uint32_t name = 0;
	int result = KERN_SUCCESS, expected = KERN_SUCCESS, expected_name = 0;
	struct model before = model;
	if (op->code == COPYOUT) {
		expected_name = m_copyout(&model, op->s, op->a);
		result = ipc_right_copyout(space[op->s], port[f.port], (uint32_t)f.type, &name);
	} else if (op->code == INSERT) {
		expected = m_insert(&model, op->s, op->name, op->a);
		result = ipc_port_insert_right(space[op->s], (uint32_t)op->name, port[f.port],
					       (uint32_t)f.type);
	} else {
		flight[op->a] =
			flight[--flights]; /* first: the end of a receive right may bring it back */
		m_release(&model, op->a);
		ipc_right_release(port[f.port], (uint32_t)f.type);
		return result;
	}
	if (refused && fake_failed && result == KERN_RESOURCE_SHORTAGE) {
		model = before;
		return result;
	}
	EXPECT(result == expected, "result of copyout or insert");
	EXPECT(op->code == INSERT || (int)name == expected_name, "name of the right that came");
	if (result == KERN_SUCCESS) {
		flight[op->a] = flight[--flights];
	}
	return result;
}

static int do_request(const struct op *op, bool refused)
{
	static const int ids[] = {M_EV_DEAD, M_EV_NO_SENDERS, M_EV_DESTROYED, 1};
	int id = ids[op->a % 4];
	bool notify = (op->b & 4) != 0, expected_previous = false;
	struct ipc_port *previous = IP_NULL;
	struct model before = model;
	int expected = id == 1 ? M_INVALID_VALUE
			       : m_request(&model, op->s, op->name, id, (uint32_t)(op->b & 3),
					   notify, &expected_previous);
	struct ipc_port *right = notify ? ipc_port_make_sonce(notify_port) : IP_NULL;
	int result = ipc_port_request_notification(space[op->s], (uint32_t)op->name, id,
						   (uint32_t)(op->b & 3), right, &previous);
	if (result != KERN_SUCCESS && notify) {
		consume_sonce(right);
	}
	if (refused && fake_failed && result == KERN_RESOURCE_SHORTAGE) {
		model = before;
		return result;
	}
	EXPECT(result == expected, "result of request_notification");
	if (result == KERN_SUCCESS) {
		EXPECT((previous != IP_NULL) == expected_previous, "the previous request");
		if (previous != IP_NULL) {
			consume_sonce(previous);
		}
	}
	return result;
}

static void new_space(int s)
{
	if (ipc_space_create(NULL, &space[s]) != KERN_SUCCESS) {
		abort();
	}
}

static int do_names(const struct op *op, bool refused)
{
	uint32_t name = (uint32_t)op->name;
	int result = KERN_SUCCESS, expected = KERN_SUCCESS;
	struct model before = model;
	switch (op->code) {
	case DEALLOCATE:
		expected = m_deallocate(&model, op->s, op->name);
		result = ipc_port_deallocate(space[op->s], name);
		break;
	case DESTROY:
		expected = m_destroy(&model, op->s, op->name);
		result = ipc_port_destroy_name(space[op->s], name);
		break;
	case MOD_REFS:
		expected = m_mod_refs(&model, op->s, op->name, op->a, op->b);
		result = ipc_port_mod_refs(space[op->s], name, (uint32_t)op->a, (int32_t)op->b);
		break;
	case RENAME:
		expected = m_rename(&model, op->s, op->name, op->a);
		result = ipc_port_rename(space[op->s], name, (uint32_t)op->a);
		break;
	case MOVE_MEMBER:
		expected = m_move_member(&model, op->s, op->name, op->a);
		result = ipc_port_move_member(space[op->s], name, (uint32_t)op->a);
		break;
	case SET_MSCOUNT: {
		struct m_entry *e = &model.names[op->s][op->name];
		expected = e->kind == 0          ? M_INVALID_NAME
			   : e->kind & M_RECEIVE ? M_OK
						 : M_INVALID_RIGHT;
		result = ipc_port_set_mscount(space[op->s], name, (uint32_t)op->b & 3);
		if (expected == M_OK) {
			model.ports[e->port].mscount = (uint32_t)op->b & 3;
		}
		break;
	}
	default: /* END_SPACE */
		for (int n = 1; n < M_NAMES; n++) {
			(void)m_destroy(&model, op->s, n);
		}
		ipc_space_destroy(space[op->s]);
		ipc_space_release(space[op->s]);
		fake_fail_countdown = 0;
		new_space(op->s);
		break;
	}
	if (refused && fake_failed && result == KERN_RESOURCE_SHORTAGE) {
		model = before;
		return result;
	}
	EXPECT(result == expected, "result of an operation on a name");
	return result;
}

/* --- after each step */

static void compare_name(int s, uint32_t name)
{
	struct m_entry *e = &model.names[s][name];
	uint32_t type = 0, urefs = 0;
	kern_return_t result = ipc_port_type(space[s], name, &type);
	if (e->kind == 0) {
		EXPECT(result == KERN_INVALID_NAME, "the name is free");
		return;
	}
	EXPECT(result == KERN_SUCCESS, "the name is in use");
	EXPECT(type == ((uint32_t)e->kind << 16 | (e->request ? MACH_PORT_TYPE_DNREQUEST : 0)),
	       "type");
	if (e->kind & (M_SEND | M_SEND_ONCE | M_DEAD)) {
		uint32_t right = e->kind & M_SEND ? 0 : e->kind & M_DEAD ? 4 : 2;
		EXPECT(ipc_port_get_refs(space[s], name, right, &urefs) == KERN_SUCCESS &&
			       urefs == e->urefs,
		       "user references");
	}
	if (e->kind & M_RECEIVE) {
		struct m_port *p = &model.ports[e->port];
		mach_port_status_t status;
		EXPECT(ipc_port_get_receive_status(space[s], name, &status) == KERN_SUCCESS,
		       "status");
		EXPECT((int)status.mps_pset == p->set, "member of its set");
		EXPECT(status.mps_mscount == p->mscount, "make-send count");
		EXPECT(status.mps_nsrequest == p->nsrequest && status.mps_pdrequest == p->pdrequest,
		       "requests");
		EXPECT(status.mps_srights == (m_senders(&model, e->port) != 0),
		       "are there send rights");
	}
}

/* The counts of every port are the rights that exist. Stale names have been found out by
   compare_name. */
static void check_conservation(void)
{
	uint32_t requests = 0;
	for (int s = 0; s < M_SPACES; s++) {
		for (int n = 1; n < names_used; n++) {
			requests += model.names[s][n].request;
		}
	}
	uint32_t notify_refs = 1;
	for (int i = 0; i < M_PORTS; i++) {
		struct m_port *p = &model.ports[i];
		if (!p->exists) {
			continue;
		}
		requests += p->nsrequest + p->pdrequest;
		notify_refs += port[i]->destination != IP_NULL;
		uint32_t names = m_count(&model, i, M_SEND | M_RECEIVE | M_SEND_ONCE, 0);
		uint32_t flying = m_count(&model, i, 0, 16) + m_count(&model, i, 0, 17) +
				  m_count(&model, i, 0, 18);
		EXPECT(port[i]->rights.srights == m_senders(&model, i),
		       "send rights are conserved");
		EXPECT(port[i]->rights.sorights == m_count(&model, i, M_SEND_ONCE, 18),
		       "send-once rights are conserved");
		EXPECT(port[i]->refs == 1 + names + flying, "references are conserved");
		EXPECT(port[i]->active == p->alive, "dead or alive");
		if (!p->alive && port[i]->refs == 1) {
			ipc_port_release(port[i]);
			port[i] = NULL;
			p->exists = false;
		}
	}
	EXPECT(notify_port->rights.sorights == requests, "notification rights are conserved");
	EXPECT(notify_port->refs == notify_refs + requests, "references of the notification port");
	EXPECT(fake_kmsgs == 0, "no message is left");
}

static void compare(void)
{
	qsort(events, (size_t)event_count, sizeof(events[0]), compare_triple);
	qsort(model.events, (size_t)model.event_count, sizeof(events[0]), compare_triple);
	EXPECT(event_count == model.event_count, "number of notifications");
	EXPECT(memcmp(events, model.events, (size_t)event_count * sizeof(events[0])) == 0,
	       "notifications");
	event_count = 0;
	model.event_count = 0;
	qsort(flight, (size_t)flights, sizeof(flight[0]), compare_pair);
	qsort(model.flight, (size_t)model.flights, sizeof(flight[0]), compare_pair);
	EXPECT(flights == model.flights &&
		       memcmp(flight, model.flight, (size_t)flights * sizeof(flight[0])) == 0,
	       "rights in flight");
	for (int s = 0; s < M_SPACES; s++) {
		uint32_t used = 0;
		for (int n = 1; n < names_used; n++) {
			compare_name(s, (uint32_t)n);
			used += model.names[s][n].kind != 0;
		}
		EXPECT(space[s]->entry_count == used, "number of names");
	}
	check_conservation();
}

/* Does the operation on both; fail_at: its n-th allocation fails. Returns the result, -1 if it was
   not possible. */
static int step(const struct op *op, int fail_at)
{
	int result;
	bool refused = fail_at != 0;
	if (!op_possible(op)) {
		return -1;
	}
	fake_failed = false;
	fake_fail_countdown = op->code == COPYIN_UNDO ? 0 : fail_at;
	switch (op->code) {
	case ALLOCATE:
	case ALLOCATE_NAME:
		result = do_allocate(op, refused);
		break;
	case COPYIN:
	case COPYIN_UNDO:
	case EXTRACT:
		result = do_copyin(op);
		break;
	case COPYOUT:
	case INSERT:
	case RELEASE:
		result = do_flight(op, refused);
		break;
	case REQUEST:
		result = do_request(op, refused);
		break;
	default:
		result = do_names(op, refused);
		break;
	}
	fake_fail_countdown = 0;
	compare();
	return result;
}

/* --- whole runs */

static void world_begin(void)
{
	memset(&model, 0, sizeof(model));
	for (int s = 0; s < M_SPACES; s++) {
		new_space(s);
	}
	uint32_t name;
	if (ipc_space_create(NULL, &observer) != KERN_SUCCESS ||
	    ipc_port_allocate(observer, MACH_PORT_RIGHT_RECEIVE, &name) != KERN_SUCCESS ||
	    ipc_port_translate_receive(observer, name, &notify_port) != KERN_SUCCESS) {
		abort();
	}
}

/* Destroys everything; nothing may be left. */
static void world_end(void)
{
	while (flights > 0 && problem == NULL) {
		step(&(struct op){.code = RELEASE}, 0);
	}
	for (int s = 0; s < M_SPACES; s++) {
		step(&(struct op){.code = END_SPACE, .s = s}, 0);
	}
	while (flights > 0 && problem == NULL) {
		step(&(struct op){.code = RELEASE}, 0);
	}
	for (int s = 0; s < M_SPACES; s++) {
		ipc_space_destroy(space[s]);
		ipc_space_release(space[s]);
	}
	ipc_space_destroy(observer);
	ipc_space_release(observer);
	EXPECT(fake_in_use == 0, "everything is freed at the end");
}

static void print_op(const struct op *op)
{
	static const char *const names[CODES] = {
		"allocate", "allocate_name", "copyin",      "copyin_undo", "extract",  "copyout",
		"release",  "insert",        "deallocate",  "destroy",     "mod_refs", "rename",
		"request",  "move_member",   "set_mscount", "end_space"};
	printf("#   %s space %d name %d a %d b %lld\n", names[op->code], op->s, op->name, op->a,
	       (long long)op->b);
}

/* Where the short sequences start from. */
static const struct op starts[][6] = {
	{{ALLOCATE, 0, 0, 1, 0}, {CODES, 0, 0, 0, 0}},
	/* a port received in A and sent to from B, with a dead-name request */
	{{ALLOCATE, 0, 0, 1, 0},
	 {COPYIN, 0, 1, 20, 0},
	 {COPYOUT, 1, 0, 0, 0},
	 {REQUEST, 1, 1, 0, 4},
	 {CODES, 0, 0, 0, 0}},
	/* send and receive in one name, no-senders and port-destroyed requested */
	{{ALLOCATE, 0, 0, 1, 0},
	 {COPYIN, 0, 1, 20, 0},
	 {COPYOUT, 0, 0, 0, 0},
	 {REQUEST, 0, 1, 1, 4},
	 {REQUEST, 0, 1, 2, 4},
	 {CODES, 0, 0, 0, 0}},
	/* a send-once right in B, the receive right on its way */
	{{ALLOCATE, 0, 0, 1, 0},
	 {COPYIN, 0, 1, 21, 0},
	 {COPYOUT, 1, 0, 0, 0},
	 {COPYIN, 0, 1, 16, 0},
	 {CODES, 0, 0, 0, 0}},
};

static const struct op alphabet[] = {
	{ALLOCATE, 0, 0, 1, 0},     {ALLOCATE, 1, 0, 4, 0},     {ALLOCATE, 0, 0, 3, 0},
	{COPYIN, 0, 1, 16, 1},      {COPYIN, 0, 1, 17, 1},      {COPYIN, 0, 1, 19, 0},
	{COPYIN, 0, 1, 20, 1},      {COPYIN, 0, 1, 21, 1},      {COPYIN, 1, 1, 16, 1},
	{COPYIN, 1, 1, 17, 1},      {COPYIN, 1, 1, 18, 1},      {COPYIN, 1, 1, 19, 1},
	{COPYIN_UNDO, 0, 1, 17, 0}, {COPYIN_UNDO, 1, 1, 17, 1}, {COPYIN_UNDO, 1, 1, 18, 1},
	{COPYIN_UNDO, 0, 1, 20, 0}, {COPYOUT, 0, 0, 0, 0},      {COPYOUT, 1, 0, 0, 0},
	{COPYOUT, 1, 0, 1, 0},      {RELEASE, 0, 0, 0, 0},      {INSERT, 0, 1, 0, 0},
	{INSERT, 1, 2, 0, 0},       {DEALLOCATE, 0, 1, 0, 0},   {DEALLOCATE, 1, 1, 0, 0},
	{DESTROY, 0, 1, 0, 0},      {DESTROY, 1, 1, 0, 0},      {MOD_REFS, 0, 1, 1, -1},
	{MOD_REFS, 0, 1, 0, 65533}, {MOD_REFS, 1, 1, 0, -1},    {MOD_REFS, 1, 1, 4, -1},
	{MOD_REFS, 1, 1, 2, -1},    {RENAME, 0, 1, 3, 0},       {RENAME, 0, 3, 1, 0},
	{RENAME, 1, 1, 2, 0},       {REQUEST, 0, 1, 0, 4},      {REQUEST, 1, 1, 0, 5},
	{REQUEST, 1, 1, 0, 0},      {REQUEST, 0, 1, 1, 5},      {REQUEST, 0, 1, 2, 4},
	{MOVE_MEMBER, 0, 1, 2, 0},  {END_SPACE, 0, 0, 0, 0},
};
#define ALPHABET  (sizeof(alphabet) / sizeof(alphabet[0]))
#define DEPTH_MAX 6

/* All sequences of the alphabet up to `depth`, but that nothing follows a step which changed
   nothing. Each is done from the beginning: the real thing cannot be copied. */
static unsigned long run_exhaustive(const struct op *start, unsigned depth)
{
	unsigned at[DEPTH_MAX] = {0};
	unsigned long runs = 0;
	names_used = 10;
	for (;;) {
		world_begin();
		for (const struct op *op = start; op->code != CODES; op++) {
			step(op, 0);
		}
		unsigned i = 0;
		while (i < depth && problem == NULL) {
			if (step(&alphabet[at[i]], 0) != KERN_SUCCESS) {
				break;
			}
			i++;
		}
		world_end();
		runs++;
		if (problem != NULL) {
			printf("# %s, after:\n", problem);
			for (const struct op *op = start; op->code != CODES; op++) {
				print_op(op);
			}
			for (unsigned k = 0; k <= i && k < depth; k++) {
				print_op(&alphabet[at[k]]);
			}
			return runs;
		}
		if (i == depth) {
			i--;
		}
		memset(&at[i + 1], 0, (DEPTH_MAX - i - 1) * sizeof(at[0]));
		while (++at[i] == ALPHABET) {
			if (i == 0) {
				return runs;
			}
			at[i--] = 0;
		}
	}
}

/* Most names are free; so most operations look for one that is not. */
static int used_name(int s, int name)
{
	for (int i = 0; i < M_NAMES - 1; i++) {
		int candidate = 1 + (name - 1 + i) % (M_NAMES - 1);
		if (model.names[s][candidate].kind != 0) {
			return candidate;
		}
	}
	return name;
}

static struct op random_op(uint64_t *state)
{
	static const int64_t deltas[] = {-1, -1,    1,     1,     0,         2,
					 -2, 65533, 65534, 65535, INT32_MAX, INT32_MIN};
	uint64_t r = tap_random(state);
	struct op op = {.code = (enum code)(r % CODES),
			.s = (int)(r >> 8) & 1,
			.name = 1 + (int)((r >> 16) % 6)};
	unsigned a = (unsigned)(r >> 24) & 0xff;
	op.b = (int64_t)((r >> 32) & 7);
	if ((r >> 60) != 0) {
		op.name = used_name(op.s, 1 + (int)((r >> 44) % (M_NAMES - 1)));
	}
	switch (op.code) {
	case ALLOCATE_NAME:
		op.name = 1 + (int)((r >> 40) % (M_NAMES - 3));
		/* fall through */
	case ALLOCATE: {
		static const int rights[] = {1, 1, 1, 3, 4};
		op.a = rights[a % 5];
		break;
	}
	case COPYIN:
	case COPYIN_UNDO:
	case EXTRACT:
		op.a = 16 + (int)(a % 6);
		break;
	case COPYOUT:
	case RELEASE:
	case INSERT:
		op.a = flights > 0 ? (int)a % flights : 0;
		break;
	case MOD_REFS:
		op.a = (int)(a % 6);
		op.b = deltas[(r >> 40) % 12];
		break;
	case RENAME:
		op.a = (int)(a % M_NAMES);
		break;
	case REQUEST:
		op.a = (int)(a % 7);
		break;
	case MOVE_MEMBER:
		op.a = a % 4 == 0 ? 0 : used_name(op.s, 1 + (int)(a % (M_NAMES - 1)));
		break;
	case END_SPACE:
		op.code = a < 8 ? END_SPACE : DESTROY;
		break;
	default:
		break;
	}
	return op;
}

static unsigned long run_random(uint64_t seed, unsigned long steps)
{
	uint64_t state = seed;
	unsigned long successes = 0, refusals = 0;
	names_used = M_NAMES;
	world_begin();
	for (unsigned long i = 0; i < steps && problem == NULL; i++) {
		struct op op = random_op(&state);
		uint64_t r = tap_random(&state);
		int result = step(&op, r % 4 == 0 ? 1 + (int)(r >> 8) % 3 : 0);
		successes += result == KERN_SUCCESS;
		refusals += result == KERN_RESOURCE_SHORTAGE;
		if (problem != NULL) {
			printf("# %s, at step %lu, result %d:\n", problem, i, result);
			print_op(&op);
		}
	}
	world_end();
	printf("# seed %llu: %lu of %lu steps did something, %lu found no memory\n",
	       (unsigned long long)seed, successes, steps, refusals);
	return successes;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 20261121;
	unsigned depth = argc > 2 ? (unsigned)atoi(argv[2]) : sizeof(void *) == 8 ? 3 : 4;
	ipc_init();
	for (unsigned i = 0; i < sizeof(starts) / sizeof(starts[0]) && problem == NULL; i++) {
		unsigned long runs = run_exhaustive(starts[i], depth);
		CHECK(problem == NULL, "from start %u: all sequences of %u steps (%lu runs)", i,
		      depth, runs);
	}
	if (problem == NULL) {
		unsigned long done = run_random(seed, 200000);
		CHECK(problem == NULL && done > 20000, "200000 random steps, seed %llu",
		      (unsigned long long)seed);
	}
	return tap_done();
}
