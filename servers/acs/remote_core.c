/* Names of other nodes. */
#include "remote_core.h"

_Static_assert(REMOTE_ROUND_MS < REMOTE_KEEP_MS, "a round ends before what it found is forgotten");

static bool is_name(const struct remote_name *entry, const char name[ACS_NAME_BYTES],
		    uint16_t place)
{
	return entry->state != REMOTE_FREE && entry->place == place &&
	       __builtin_memcmp(entry->name, name, ACS_NAME_BYTES) == 0;
}

static struct remote_name *find_name(struct remote *remote, const char name[ACS_NAME_BYTES],
				     uint16_t place)
{
	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		if (is_name(&remote->names[i], name, place)) {
			return &remote->names[i];
		}
	}
	return NULL;
}

/* Whether the place may be another name's: no port is in it, and nobody waits for it. */
static bool may_go(const struct remote_name *entry, const struct registry *registry)
{
	return entry->state == REMOTE_FREE ||
	       (entry->state != REMOTE_FOUND &&
		!registry_is_wanted(registry, entry->name, entry->place));
}

/* A place for a new question; null: all are taken. */
static struct remote_name *find_place(struct remote *remote, const struct registry *registry)
{
	struct remote_name *oldest = NULL;

	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		if (remote->names[i].state == REMOTE_FREE) {
			return &remote->names[i];
		}
	}
	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		if (may_go(&remote->names[i], registry)) {
			return &remote->names[i];
		}
		if (remote->names[i].state == REMOTE_FOUND &&
		    (oldest == NULL || remote->names[i].time_ms < oldest->time_ms)) {
			oldest = &remote->names[i];
		}
	}
	if (oldest != NULL) {
		oldest->time_ms = 0; /* its right is to be given back first */
	}
	return NULL;
}

static void ask(struct remote_name *entry, uint64_t now_ms)
{
	entry->state = REMOTE_ASK;
	entry->serial++; /* a late answer to an older question means nothing */
	entry->time_ms = now_ms;
}

enum remote_state remote_look_up(struct remote *remote, const struct registry *registry,
				 const char name[ACS_NAME_BYTES], uint16_t place, uint64_t now_ms,
				 uint32_t *port)
{
	struct remote_name *entry = find_name(remote, name, place);

	if (entry == NULL) {
		entry = find_place(remote, registry);
		if (entry == NULL) {
			return REMOTE_FREE;
		}
		__builtin_memcpy(entry->name, name, ACS_NAME_BYTES);
		entry->place = place;
		entry->gap_ms = REMOTE_AGAIN_MS;
		ask(entry, now_ms);
	} else if (entry->state == REMOTE_MISSING && entry->time_ms <= now_ms) {
		entry->gap_ms = REMOTE_AGAIN_MS;
		ask(entry, now_ms);
	}
	if (entry->state == REMOTE_FOUND) {
		entry->time_ms = now_ms + REMOTE_KEEP_MS;
		*port = entry->port;
	}
	return entry->state == REMOTE_ASK ? REMOTE_ASKED : entry->state;
}

/* ------------------------------------------------------------------------------------ questions */

static uint32_t number_of(const struct remote *remote, const struct remote_name *entry)
{
	return entry->serial * REMOTE_NAMES_MAX + (uint32_t)(entry - remote->names);
}

bool remote_next_question(struct remote *remote, uint64_t now_ms, struct remote_question *question)
{
	for (unsigned int i = 0; remote->network && i < REMOTE_NAMES_MAX; i++) {
		struct remote_name *entry = &remote->names[i];

		if (entry->state == REMOTE_ASK && entry->time_ms <= now_ms) {
			entry->state = REMOTE_ASKED;
			entry->time_ms = now_ms + REMOTE_ROUND_MS;
			*question = (struct remote_question){number_of(remote, entry), entry->name,
							     entry->place};
			return true;
		}
	}
	return false;
}

struct remote_name *remote_find(struct remote *remote, uint32_t number)
{
	struct remote_name *entry = &remote->names[number % REMOTE_NAMES_MAX];

	return entry->state == REMOTE_ASKED && number_of(remote, entry) == number ? entry : NULL;
}

void remote_not_sent(struct remote *remote, uint32_t number, uint64_t now_ms)
{
	struct remote_name *entry = remote_find(remote, number);

	if (entry != NULL) {
		entry->state = REMOTE_ASK;
		entry->time_ms = now_ms + REMOTE_UNSENT_MS;
	}
}

void remote_settle(struct remote_name *entry, uint32_t port, uint16_t owner, uint64_t now_ms)
{
	if (port != 0) {
		entry->state = REMOTE_FOUND;
		entry->port = port;
		entry->owner = owner;
		entry->time_ms = now_ms + REMOTE_KEEP_MS;
		return;
	}
	entry->state = REMOTE_MISSING;
	entry->waited_for = false;
	entry->time_ms = now_ms + REMOTE_MISS_MS;
	entry->again_ms = now_ms + entry->gap_ms;
	entry->gap_ms = entry->gap_ms < REMOTE_AGAIN_MAX ? 2 * entry->gap_ms : REMOTE_AGAIN_MAX;
}

void remote_set_network(struct remote *remote, struct registry *registry, bool network,
			uint64_t now_ms)
{
	remote->network = network;
	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		struct remote_name *entry = &remote->names[i];

		if (entry->state == REMOTE_ASKED || entry->state == REMOTE_MISSING) {
			ask(entry, now_ms);
		}
		if (entry->state == REMOTE_ASK && !network) {
			registry_settle(registry, entry->name, entry->place, 0, now_ms);
		}
	}
}

/* ------------------------------------------------------------------------------- death and time */

unsigned int remote_port_died(struct remote *remote, uint32_t port)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		struct remote_name *entry = &remote->names[i];

		if (entry->state == REMOTE_FOUND && entry->port == port) {
			entry->state = REMOTE_FREE;
			count++;
		}
	}
	return count;
}

/* When something becomes of the name without an event. */
static uint64_t due_ms(const struct remote_name *entry)
{
	switch (entry->state) {
	case REMOTE_ASKED:
	case REMOTE_FOUND:
		return entry->time_ms;
	case REMOTE_MISSING:
		return entry->waited_for || entry->again_ms < entry->time_ms ? entry->again_ms
									     : entry->time_ms;
	default:
		return UINT64_MAX;
	}
}

enum remote_state remote_next_due(struct remote *remote, const struct registry *registry,
				  uint64_t now_ms, uint32_t *port,
				  const struct remote_name **settled)
{
	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		struct remote_name *entry = &remote->names[i];

		if (due_ms(entry) > now_ms) {
			continue;
		}
		if (entry->state == REMOTE_FOUND) {
			entry->state = REMOTE_FREE;
			*port = entry->port;
			return REMOTE_FOUND;
		}
		if (entry->state == REMOTE_ASKED) { /* the network server has forgotten it */
			remote_settle(entry, 0, REMOTE_OWNER_NONE, now_ms);
			*settled = entry;
			return REMOTE_MISSING;
		}
		if (registry_is_wanted(registry, entry->name, entry->place)) {
			if (entry->again_ms <= now_ms) {
				ask(entry, now_ms);
			} else {
				entry->waited_for = true;
			}
		} else if (entry->time_ms <= now_ms) {
			entry->state = REMOTE_FREE;
		} else {
			entry->again_ms = entry->time_ms; /* nobody waits: it is only remembered */
		}
	}
	return REMOTE_FREE;
}

uint64_t remote_next_deadline(const struct remote *remote)
{
	uint64_t deadline_ms = UINT64_MAX;

	for (unsigned int i = 0; i < REMOTE_NAMES_MAX; i++) {
		uint64_t at_ms = due_ms(&remote->names[i]);

		deadline_ms = at_ms < deadline_ms ? at_ms : deadline_ms;
	}
	return deadline_ms;
}
