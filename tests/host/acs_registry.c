/* The cores of the ACS beside naive models, in long random sequences: who is registered and who
   waits (registry_core), used tickets (window_core); and the list of fw_cfg's files.
   LINK: servers/acs/registry_core.c servers/acs/fw_cfg_core.c lib/trust/window_core.c
*/
#include <stdlib.h>
#include <string.h>

#include "../../lib/trust/window_core.h"
#include "../../servers/acs/fw_cfg_core.h"
#include "../../servers/acs/registry_core.h"
#include "tap.h"

#define STEPS   200000u
#define SERVERS 4
#define CLIENTS 5
#define WAITERS 128
#define TICKETS 2000

static uint64_t seed = 0x616373u;
static unsigned wrong;

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition) && wrong++ < 5) {                                                 \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
		}                                                                                  \
	} while (0)

static unsigned chance(unsigned below)
{
	return (unsigned)((tap_random(&seed) >> 16) % below);
}

/* ------------------------------------------------------------------------------------ the model */

static struct registry registry;
static struct registry_client clients[CLIENTS];
static const char names[SERVERS + 2][ACS_NAME_BYTES] = {"console", "file",   "gns",
							"unix",    "nobody", "else"};

struct model_server {
	uint32_t state, generation, client, trusted;
	uint64_t task;
	uint8_t digest;
};

struct model_waiter {
	bool used;
	bool ready; /* the server came: that answer, even if its time is over when it is fetched */
	uint32_t handle, answer, port;
	kern_return_t result;
	unsigned client, name, place;
	uint64_t deadline_ms, patience_ms;
};

/* Where names are asked for. */
static const uint16_t places[3] = {REGISTRY_HERE, REGISTRY_ANYWHERE, 7};

static struct model_server servers[SERVERS];
static struct model_waiter waiters[WAITERS];
static uint32_t answers;
static uint32_t next_port = 100;
static uint64_t now_ms;

static unsigned waiting(unsigned client)
{
	unsigned count = 0;

	for (int i = 0; i < WAITERS; i++) {
		count += waiters[i].used && waiters[i].client == client;
	}
	return count;
}

static void fill(uint8_t digest[MASIX_DIGEST_BYTES], uint8_t byte)
{
	memset(digest, byte, MASIX_DIGEST_BYTES);
}

static void start(unsigned i)
{
	struct registry_ports ports;
	acs_digest_t digest;

	servers[i].task = 1 + chance(1000);
	servers[i].digest = (uint8_t)chance(3); /* 0: not measured */
	fill(digest, servers[i].digest);
	EXPECT(registry_start(registry_find(&registry, names[i]), servers[i].task, digest,
			      &ports) == servers[i].generation + 1);
	EXPECT(ports.client == servers[i].client && ports.trusted == servers[i].trusted);
	servers[i].generation++;
	servers[i].state = ACS_STATE_EXPECTED;
	servers[i].client = servers[i].trusted = 0;
}

/* Registers, with at most one thing wrong. */
static void claim(unsigned i)
{
	unsigned fault = chance(12);
	struct registry_claim claim = {
		.name = names[fault == 1 ? (i + 1) % SERVERS : i],
		.generation = servers[i].generation - (fault == 2),
		.client = next_port,
		.trusted = next_port + (fault != 3),
		.client_owner = servers[i].task + (fault == 4),
		.trusted_owner = fault == 5 ? 0 : servers[i].task,
	};
	struct registry_server *server = registry_find(&registry, names[i]);
	kern_return_t expected = KERN_SUCCESS;

	fill(claim.client_digest, (uint8_t)(servers[i].digest + (fault == 6)));
	fill(claim.trusted_digest, (uint8_t)(servers[i].digest + (fault == 7)));
	if (fault == 8) {
		claim.trusted = 0;
	}
	if (fault == 2) {
		expected = KERN_INVALID_ARGUMENT;
	} else if (servers[i].state != ACS_STATE_EXPECTED) {
		expected = ACS_ALREADY_REGISTERED;
	} else if (fault == 1) {
		expected = ACS_WRONG_NAME;
	} else if (fault == 3 || fault == 8) {
		expected = KERN_INVALID_ARGUMENT;
	} else if (fault == 4 || fault == 5) {
		expected = ACS_WRONG_OWNER;
	} else if (fault == 6 || fault == 7 || servers[i].digest == 0) {
		expected = ACS_WRONG_DIGEST;
	}
	EXPECT(registry_check_claim(server, &claim) == expected);
	if (expected != KERN_SUCCESS) {
		return;
	}
	registry_register(&registry, server, claim.client, claim.trusted);
	servers[i].state = ACS_STATE_REGISTERED;
	servers[i].client = claim.client;
	servers[i].trusted = claim.trusted;
	next_port += 2;
	for (int j = 0; j < WAITERS; j++) {
		if (waiters[j].used && !waiters[j].ready && waiters[j].name == i &&
		    waiters[j].place != 2) {
			waiters[j].ready = true;
			waiters[j].result = KERN_SUCCESS;
			waiters[j].port = claim.client;
		}
	}
}

static void die(unsigned i)
{
	struct registry_ports ports = {0, 0};
	uint32_t port = chance(3) == 0 ? next_port
			: chance(2)    ? servers[i].client
				       : servers[i].trusted;
	bool known = servers[i].state == ACS_STATE_REGISTERED && port != next_port;

	EXPECT((registry_port_died(&registry, port, &ports) != NULL) == known);
	if (known) {
		EXPECT(ports.client == servers[i].client && ports.trusted == servers[i].trusted);
		servers[i].state = ACS_STATE_DEAD;
		servers[i].client = servers[i].trusted = 0;
	}
}

static void look_up(unsigned name)
{
	uint32_t port = 0;
	bool known = name < SERVERS && servers[name].state == ACS_STATE_REGISTERED;

	EXPECT(registry_look_up(&registry, names[name], &port) ==
	       (known ? KERN_SUCCESS : ACS_NAME_NOT_FOUND));
	EXPECT(!known || port == servers[name].client);
}

static void wait_for(unsigned name)
{
	unsigned client = chance(CLIENTS);
	unsigned where = chance(3);
	uint64_t deadline_ms = now_ms + chance(50);
	struct registry_wish wish = {.name = names[name],
				     .place = places[where],
				     .deadline_ms = deadline_ms,
				     .patience_ms = deadline_ms -
						    chance((unsigned)(deadline_ms - now_ms) + 1)};
	uint32_t handle = 0;
	kern_return_t result = KERN_SUCCESS;
	int place = 0;

	if (name < SERVERS && servers[name].state == ACS_STATE_REGISTERED) {
		return; /* who finds a name does not wait for it */
	}
	while (place < WAITERS && waiters[place].used) {
		place++;
	}
	result = registry_wait(&registry, &clients[client], &wish, &handle);
	EXPECT(result ==
	       (waiting(client) < ACS_LOOK_UPS_MAX ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE));
	if (result == KERN_SUCCESS) {
		EXPECT(place < WAITERS && handle != 0);
		registry_set_answer(&registry, handle, ++answers);
		waiters[place] = (struct model_waiter){.used = true,
						       .handle = handle,
						       .answer = answers,
						       .client = client,
						       .name = name,
						       .place = where,
						       .patience_ms = wish.patience_ms,
						       .deadline_ms = deadline_ms};
	}
}

/* The other nodes answered: this port, or that nobody has it. */
static void settle(unsigned name)
{
	unsigned where = chance(3);
	uint32_t port = chance(2) * (next_port + 1000);

	registry_settle(&registry, names[name], places[where], port, now_ms);
	for (int i = 0; i < WAITERS; i++) {
		struct model_waiter *waiter = &waiters[i];

		if (!waiter->used || waiter->ready || waiter->name != name ||
		    waiter->place != where) {
			continue;
		}
		waiter->deadline_ms = waiter->patience_ms;
		waiter->ready = port != 0 || waiter->patience_ms <= now_ms;
		waiter->result = port != 0 ? KERN_SUCCESS : ACS_NAME_NOT_FOUND;
		waiter->port = port;
	}
}

static void cancel(void)
{
	struct model_waiter *waiter = &waiters[chance(WAITERS)];

	/* A handle that was cancelled or answered before means nothing. */
	registry_cancel(&registry, waiter->handle);
	waiter->used = false;
}

/* Everything that is to be answered now, and nothing else. */
static void drain(void)
{
	struct registry_answer answer;
	unsigned due = 0;

	for (int i = 0; i < WAITERS; i++) {
		due += waiters[i].used && (waiters[i].ready || waiters[i].deadline_ms <= now_ms);
	}
	while (registry_next_answer(&registry, now_ms, &answer)) {
		int i = 0;

		while (i < WAITERS && !(waiters[i].used && waiters[i].answer == answer.answer)) {
			i++;
		}
		EXPECT(i < WAITERS && due > 0);
		if (i == WAITERS) {
			return;
		}
		EXPECT(waiters[i].ready || waiters[i].deadline_ms <= now_ms);
		EXPECT(answer.result ==
		       (waiters[i].ready ? waiters[i].result : ACS_NAME_NOT_FOUND));
		EXPECT(!waiters[i].ready || answer.port == waiters[i].port);
		waiters[i].used = false;
		due--;
	}
	EXPECT(due == 0);
}

static void check_state(void)
{
	uint64_t earliest_ms = UINT64_MAX;

	for (unsigned i = 0; i < SERVERS; i++) {
		const struct registry_server *server = registry_find(&registry, names[i]);

		EXPECT(server->state == servers[i].state && server->client == servers[i].client);
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		EXPECT(clients[i].waiting == waiting(i));
	}
	for (unsigned i = 0; i < 3 * (SERVERS + 2); i++) {
		bool wanted = false;

		for (int j = 0; j < WAITERS; j++) {
			wanted = wanted || (waiters[j].used && !waiters[j].ready &&
					    waiters[j].name == i / 3 && waiters[j].place == i % 3);
		}
		EXPECT(registry_is_wanted(&registry, names[i / 3], places[i % 3]) == wanted);
	}
	for (int i = 0; i < WAITERS; i++) {
		if (waiters[i].used && waiters[i].deadline_ms < earliest_ms) {
			earliest_ms = waiters[i].ready ? 0 : waiters[i].deadline_ms;
		}
	}
	/* The thread that waits for it never sleeps too long. */
	EXPECT(registry_next_deadline(&registry) <= earliest_ms);
}

static void check_model(void)
{
	printf("# seed %llx\n", (unsigned long long)seed);
	registry_begin(&registry);
	for (unsigned i = 0; i < SERVERS; i++) {
		EXPECT(registry_add(&registry, names[i]));
		EXPECT(!registry_add(&registry, names[i]));
	}
	EXPECT(registry_find(&registry, names[SERVERS]) == NULL);
	for (unsigned step = 0; step < STEPS && wrong == 0; step++) {
		switch (chance(9)) {
		case 0:
			start(chance(SERVERS));
			break;
		case 1:
			claim(chance(SERVERS));
			break;
		case 2:
			die(chance(SERVERS));
			break;
		case 3:
			look_up(chance(SERVERS + 2));
			break;
		case 4:
		case 5:
			wait_for(chance(SERVERS + 2));
			break;
		case 6:
			cancel();
			break;
		case 7:
			settle(chance(SERVERS + 2));
			break;
		default:
			now_ms += chance(20);
			drain();
			break;
		}
		check_state();
	}
	now_ms += 1000;
	drain();
	CHECK(wrong == 0, "%u steps of registrations, deaths and waiting are as in the model",
	      STEPS);
	CHECK(registry_next_deadline(&registry) == UINT64_MAX, "nobody waits in the end");
}

/* All places are taken: a client more is refused, and a place that is given back serves again. */
static void check_full(void)
{
	static struct registry_client many[REGISTRY_WAITERS_MAX / ACS_LOOK_UPS_MAX + 1];
	struct registry_wish wish = {.place = REGISTRY_HERE, .deadline_ms = 5};
	uint32_t handle = 0, last = 0;
	unsigned good = 0;

	registry_begin(&registry);
	for (unsigned i = 0; i < REGISTRY_WAITERS_MAX; i++) {
		wish.name = names[i % 2];
		good += registry_wait(&registry, &many[i / ACS_LOOK_UPS_MAX], &wish, &handle) ==
			KERN_SUCCESS;
	}
	CHECK(good == REGISTRY_WAITERS_MAX, "so many may wait");
	CHECK(registry_wait(&registry, &many[REGISTRY_WAITERS_MAX / ACS_LOOK_UPS_MAX], &wish,
			    &last) == KERN_RESOURCE_SHORTAGE,
	      "and no more");
	registry_cancel(&registry, handle);
	registry_cancel(&registry, handle);
	CHECK(registry_wait(&registry, &many[REGISTRY_WAITERS_MAX / ACS_LOOK_UPS_MAX], &wish,
			    &last) == KERN_SUCCESS &&
		      last != handle,
	      "a place that came back has another handle");
	registry_begin(&registry);
	good = 0;
	memset(many, 0, sizeof many);
	for (unsigned i = 0; i <= REGISTRY_QUESTIONS_MAX; i++) {
		char name[ACS_NAME_BYTES] = "";

		snprintf(name, sizeof name, "name%u", i);
		wish.name = name;
		good += registry_wait(&registry, &many[i / ACS_LOOK_UPS_MAX], &wish, &handle) ==
			KERN_SUCCESS;
	}
	CHECK(good == REGISTRY_QUESTIONS_MAX, "so many names may be waited for");
}

/* ---------------------------------------------------------------------------------- tickets */

static void check_window(void)
{
	static bool used[TICKETS + 1];
	struct window window = {.newest = 0};
	unsigned newest = 0;

	wrong = 0;
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned ahead = chance(50) == 0 ? 400 : 12;
		unsigned from = newest > 300 ? newest - 300 : 0;
		unsigned serial = from + chance(newest - from + ahead + 1);
		bool good = serial != 0 && serial <= TICKETS && !used[serial] &&
			    (serial > newest || newest - serial < WINDOW_BITS);

		if (serial > TICKETS) {
			memset(used, 0, sizeof used);
			window = (struct window){.newest = 0};
			newest = 0;
			continue;
		}
		EXPECT(window_take(&window, serial) == good);
		used[serial] = used[serial] || good;
		newest = serial > newest ? serial : newest;
	}
	CHECK(wrong == 0, "each ticket counts once, in whatever order");
	CHECK(window_take(&window, UINT64_MAX) && !window_take(&window, UINT64_MAX) &&
		      window_take(&window, UINT64_MAX - 255) &&
		      !window_take(&window, UINT64_MAX - 256),
	      "also the last ones");
}

/* ---------------------------------------------------------------------------------- fw_cfg */

static void check_fw_cfg(void)
{
	uint8_t entry[FW_CFG_FILE_BYTES] = {0, 1, 2, 3, 0xab, 0xcd, 0, 0};
	struct fw_cfg_file file = {0, 0};
	char longest[FW_CFG_NAME_BYTES + 1];

	memcpy(entry + 8, "opt/masix/seed", 15);
	CHECK(fw_cfg_match(entry, "opt/masix/seed", &file) && file.bytes == 0x00010203 &&
		      file.selector == 0xabcd,
	      "a file by its name");
	CHECK(!fw_cfg_match(entry, "opt/masix/see", &file) &&
		      !fw_cfg_match(entry, "opt/masix/seeds", &file) &&
		      !fw_cfg_match(entry, "", &file),
	      "and by no other");
	memset(entry + 8, 'a', FW_CFG_NAME_BYTES);
	memset(longest, 'a', FW_CFG_NAME_BYTES);
	longest[FW_CFG_NAME_BYTES] = '\0';
	CHECK(!fw_cfg_match(entry, longest, &file), "a name without an end is none");
	CHECK(fw_cfg_count((const uint8_t[]){0, 0, 0, 7}) == 7 &&
		      fw_cfg_count((const uint8_t[]){0xff, 0, 0, 0}) == FW_CFG_FILES_MAX,
	      "a list has so many files, within a bound");
}

int main(void)
{
	check_model();
	check_full();
	check_window();
	check_fw_cfg();
	return tap_done();
}
