/* Names, registrations, and who waits. */
#include "registry_core.h"

#define WAITER_BITS 10 /* of a handle; the rest is the serial */

_Static_assert(REGISTRY_WAITERS_MAX == 1 << WAITER_BITS, "a handle has room for every waiter");

static bool names_equal(const char left[ACS_NAME_BYTES], const char right[ACS_NAME_BYTES])
{
	return __builtin_memcmp(left, right, ACS_NAME_BYTES) == 0;
}

void registry_begin(struct registry *registry)
{
	__builtin_memset(registry, 0, sizeof *registry);
	registry->next_deadline_ms = UINT64_MAX;
}

/* ------------------------------------------------------------------------------------- servers */

struct registry_server *registry_find(struct registry *registry, const char name[ACS_NAME_BYTES])
{
	for (unsigned int i = 0; i < registry->server_count; i++) {
		if (names_equal(registry->servers[i].name, name)) {
			return &registry->servers[i];
		}
	}
	return NULL;
}

bool registry_add(struct registry *registry, const char name[ACS_NAME_BYTES])
{
	if (registry->server_count == REGISTRY_SERVERS_MAX ||
	    registry_find(registry, name) != NULL) {
		return false;
	}
	__builtin_memcpy(registry->servers[registry->server_count++].name, name, ACS_NAME_BYTES);
	return true;
}

static struct registry_ports take_ports(struct registry_server *server)
{
	struct registry_ports ports = {server->client, server->trusted};

	server->client = 0;
	server->trusted = 0;
	return ports;
}

uint32_t registry_start(struct registry_server *server, uint64_t task_number,
			const acs_digest_t digest, struct registry_ports *void_ports)
{
	*void_ports = take_ports(server);
	server->state = ACS_STATE_EXPECTED;
	server->task_number = task_number;
	__builtin_memcpy(server->digest, digest, MASIX_DIGEST_BYTES);
	return ++server->generation;
}

/* An image that nobody measured is nobody's. */
static bool is_measured(const acs_digest_t digest)
{
	static const acs_digest_t zero;

	return __builtin_memcmp(digest, zero, MASIX_DIGEST_BYTES) != 0;
}

kern_return_t registry_check_claim(const struct registry_server *server,
				   const struct registry_claim *claim)
{
	if (claim->generation != server->generation) {
		return KERN_INVALID_ARGUMENT;
	}
	if (server->state != ACS_STATE_EXPECTED) {
		return ACS_ALREADY_REGISTERED;
	}
	if (!names_equal(server->name, claim->name)) {
		return ACS_WRONG_NAME;
	}
	if (claim->client == 0 || claim->trusted == 0 || claim->client == claim->trusted) {
		return KERN_INVALID_ARGUMENT;
	}
	if (claim->client_owner != server->task_number ||
	    claim->trusted_owner != server->task_number) {
		return ACS_WRONG_OWNER;
	}
	if (!is_measured(server->digest) ||
	    __builtin_memcmp(claim->client_digest, server->digest, MASIX_DIGEST_BYTES) != 0 ||
	    __builtin_memcmp(claim->trusted_digest, server->digest, MASIX_DIGEST_BYTES) != 0) {
		return ACS_WRONG_DIGEST;
	}
	return KERN_SUCCESS;
}

struct registry_server *registry_port_died(struct registry *registry, uint32_t port,
					   struct registry_ports *void_ports)
{
	for (unsigned int i = 0; i < registry->server_count; i++) {
		struct registry_server *server = &registry->servers[i];

		if (server->state == ACS_STATE_REGISTERED && port != 0 &&
		    (server->client == port || server->trusted == port)) {
			*void_ports = take_ports(server);
			server->state = ACS_STATE_DEAD;
			return server;
		}
	}
	return NULL;
}

kern_return_t registry_look_up(struct registry *registry, const char name[ACS_NAME_BYTES],
			       uint32_t *port)
{
	struct registry_server *server = registry_find(registry, name);

	if (server == NULL || server->state != ACS_STATE_REGISTERED || server->client == 0) {
		return ACS_NAME_NOT_FOUND;
	}
	server->look_ups++;
	*port = server->client;
	return KERN_SUCCESS;
}

/* ------------------------------------------------------------------------------------- waiting */

static struct registry_waiter *waiter_at(struct registry *registry, uint16_t place)
{
	return &registry->waiters[place - 1];
}

/* The waiter of a handle; null: it was answered or cancelled. */
static struct registry_waiter *find_waiter(struct registry *registry, uint32_t handle)
{
	struct registry_waiter *waiter = &registry->waiters[handle % REGISTRY_WAITERS_MAX];

	return waiter->serial % 2 == 1 && waiter->serial == handle >> WAITER_BITS ? waiter : NULL;
}

static bool is_question(const struct registry_question *question, const char name[ACS_NAME_BYTES],
			uint16_t place)
{
	return question->first != 0 && question->place == place &&
	       names_equal(question->name, name);
}

/* The question for that, or a free one that becomes it; 0: no place is left. */
static uint16_t find_question(struct registry *registry, const char name[ACS_NAME_BYTES],
			      uint16_t place)
{
	uint16_t free = 0;

	for (uint16_t i = 1; i <= REGISTRY_QUESTIONS_MAX; i++) {
		struct registry_question *question = &registry->questions[i - 1];

		if (question->first == 0) {
			free = free != 0 ? free : i;
		} else if (is_question(question, name, place)) {
			return i;
		}
	}
	if (free != 0) {
		__builtin_memcpy(registry->questions[free - 1].name, name, ACS_NAME_BYTES);
		registry->questions[free - 1].place = place;
	}
	return free;
}

bool registry_is_wanted(const struct registry *registry, const char name[ACS_NAME_BYTES],
			uint16_t place)
{
	for (unsigned int i = 0; i < REGISTRY_QUESTIONS_MAX; i++) {
		if (is_question(&registry->questions[i], name, place)) {
			return true;
		}
	}
	return false;
}

static uint16_t find_free_waiter(const struct registry *registry)
{
	for (uint16_t place = 1; place <= REGISTRY_WAITERS_MAX; place++) {
		if (registry->waiters[place - 1].serial % 2 == 0) {
			return place;
		}
	}
	return 0;
}

kern_return_t registry_wait(struct registry *registry, struct registry_client *client,
			    const struct registry_wish *wish, uint32_t *handle)
{
	uint16_t place = 0;
	uint16_t question = 0;
	struct registry_waiter *waiter = NULL;

	if (client->waiting == ACS_LOOK_UPS_MAX) {
		return KERN_RESOURCE_SHORTAGE;
	}
	place = find_free_waiter(registry);
	question = place != 0 ? find_question(registry, wish->name, wish->place) : 0;
	if (question == 0) {
		return KERN_RESOURCE_SHORTAGE;
	}
	client->waiting++;
	waiter = waiter_at(registry, place);
	*waiter = (struct registry_waiter){
		.serial = (waiter->serial + 1) & (UINT32_MAX >> WAITER_BITS),
		.deadline_ms = wish->deadline_ms,
		.patience_ms = wish->patience_ms,
		.tag = wish->tag,
		.client = client,
		.question = question,
		.next = registry->questions[question - 1].first,
	};
	registry->questions[question - 1].first = place;
	if (wish->deadline_ms < registry->next_deadline_ms) {
		registry->next_deadline_ms = wish->deadline_ms;
	}
	*handle = waiter->serial << WAITER_BITS | (uint32_t)(place - 1);
	return KERN_SUCCESS;
}

void registry_set_answer(struct registry *registry, uint32_t handle, uint32_t answer)
{
	struct registry_waiter *waiter = find_waiter(registry, handle);

	if (waiter != NULL) {
		waiter->answer = answer;
	}
}

/* Takes a waiter out of a list. */
static void unlink_waiter(struct registry *registry, uint16_t *first, uint16_t place)
{
	while (*first != place) {
		first = &waiter_at(registry, *first)->next;
	}
	*first = waiter_at(registry, place)->next;
}

/* From its question to the end of those that are to be answered. */
static void make_ready(struct registry *registry, uint16_t place, kern_return_t result,
		       uint32_t port)
{
	struct registry_waiter *waiter = waiter_at(registry, place);

	unlink_waiter(registry, &registry->questions[waiter->question - 1].first, place);
	waiter->question = 0;
	waiter->next = 0;
	waiter->result = result;
	waiter->port = port;
	if (registry->ready == 0) {
		registry->ready = place;
	} else {
		waiter_at(registry, registry->last_ready)->next = place;
	}
	registry->last_ready = place;
}

/* The place is free; its handle means nothing any more. */
static void free_waiter(struct registry_waiter *waiter)
{
	waiter->client->waiting--;
	waiter->client = NULL;
	waiter->serial++;
}

void registry_register(struct registry *registry, struct registry_server *server, uint32_t client,
		       uint32_t trusted)
{
	server->state = ACS_STATE_REGISTERED;
	server->client = client;
	server->trusted = trusted;
	for (unsigned int i = 0; i < REGISTRY_QUESTIONS_MAX && client != 0; i++) {
		struct registry_question *question = &registry->questions[i];

		while (is_question(question, server->name, REGISTRY_HERE) ||
		       is_question(question, server->name, REGISTRY_ANYWHERE)) {
			server->look_ups++;
			make_ready(registry, question->first, KERN_SUCCESS, client);
		}
	}
}

void registry_settle(struct registry *registry, const char name[ACS_NAME_BYTES], uint16_t place,
		     uint32_t port, uint64_t now_ms)
{
	struct registry_question *question = registry->questions;
	uint16_t next = 0;

	while (question < registry->questions + REGISTRY_QUESTIONS_MAX &&
	       !is_question(question, name, place)) {
		question++;
	}
	if (question == registry->questions + REGISTRY_QUESTIONS_MAX) {
		return;
	}
	for (uint16_t at = question->first; at != 0; at = next) {
		struct registry_waiter *waiter = waiter_at(registry, at);

		next = waiter->next;
		waiter->deadline_ms = waiter->patience_ms;
		if (port != 0) {
			make_ready(registry, at, KERN_SUCCESS, port);
		} else if (waiter->patience_ms <= now_ms) {
			make_ready(registry, at, ACS_NAME_NOT_FOUND, 0);
		} else if (waiter->patience_ms < registry->next_deadline_ms) {
			registry->next_deadline_ms = waiter->patience_ms;
		}
	}
}

void registry_cancel(struct registry *registry, uint32_t handle)
{
	struct registry_waiter *waiter = find_waiter(registry, handle);
	uint16_t place = (uint16_t)(handle % REGISTRY_WAITERS_MAX + 1);

	if (waiter == NULL) {
		return;
	}
	if (waiter->question != 0) {
		unlink_waiter(registry, &registry->questions[waiter->question - 1].first, place);
	} else {
		unlink_waiter(registry, &registry->ready, place);
		registry->last_ready = 0;
		for (uint16_t at = registry->ready; at != 0; at = waiter_at(registry, at)->next) {
			registry->last_ready = at;
		}
	}
	free_waiter(waiter);
}

/* Those whose time is over are ready; the next deadline is exact again. */
static void expire(struct registry *registry, uint64_t now_ms)
{
	registry->next_deadline_ms = UINT64_MAX;
	for (uint16_t place = 1; place <= REGISTRY_WAITERS_MAX; place++) {
		struct registry_waiter *waiter = waiter_at(registry, place);

		if (waiter->serial % 2 == 0 || waiter->question == 0) {
			continue;
		}
		if (waiter->deadline_ms <= now_ms) {
			make_ready(registry, place, ACS_NAME_NOT_FOUND, 0);
		} else if (waiter->deadline_ms < registry->next_deadline_ms) {
			registry->next_deadline_ms = waiter->deadline_ms;
		}
	}
}

bool registry_next_answer(struct registry *registry, uint64_t now_ms,
			  struct registry_answer *answer)
{
	struct registry_waiter *waiter = NULL;

	if (registry->next_deadline_ms <= now_ms) {
		expire(registry, now_ms);
	}
	if (registry->ready == 0) {
		return false;
	}
	waiter = waiter_at(registry, registry->ready);
	*answer =
		(struct registry_answer){waiter->answer, waiter->tag, waiter->result, waiter->port};
	registry->ready = waiter->next;
	free_waiter(waiter);
	return true;
}

uint64_t registry_next_deadline(const struct registry *registry)
{
	return registry->ready != 0 ? 0 : registry->next_deadline_ms;
}
