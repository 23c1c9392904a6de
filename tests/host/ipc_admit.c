/* The cores of lib/ipc beside naive models, in long random sequences: who runs and who waits
   (admit_core), handles, events that become one, the crew, and items of messages made of chance.
   LINK: lib/ipc/admit_core.c lib/ipc/handle_core.c lib/ipc/event_core.c lib/ipc/watch_core.c
   lib/ipc/items_core.c
*/
#include <stdlib.h>
#include <string.h>

#include "../../lib/ipc/admit_core.h"
#include "../../lib/ipc/crew_core.h"
#include "../../lib/ipc/event_core.h"
#include "../../lib/ipc/handle_core.h"
#include "../../lib/ipc/items_core.h"
#include "../../lib/ipc/watch_core.h"
#include "tap.h"

#define STEPS   200000u
#define CLIENTS 3
#define OBJECTS 6 /* two a client */
#define CALLS   40

static uint64_t seed = 0x4d61736978u;
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

/* -------------------------------------------------------------------------------- admission */

static struct admit_bucket bucket;
static struct admit_gate classes[2];
static struct admit_client clients[CLIENTS];
static struct admit_object objects[OBJECTS];
static struct admit_call calls[CALLS];
static unsigned arrival[CALLS]; /* the model: in which order they came */
static unsigned arrivals;

/* May this one run, by the words of the rule alone? */
static bool model_open(const struct admit_object *object)
{
	return !object->gate.inhibited && !object->client->gate.inhibited &&
	       !object->class_gate->inhibited && !bucket.gate.inhibited;
}

static unsigned count(const struct admit_client *client, enum admit_state state)
{
	unsigned found = 0;

	for (int i = 0; i < CALLS; i++) {
		found += calls[i].state == state && calls[i].object->client == client;
	}
	return found;
}

/* Has an earlier call of the same object not begun? */
static bool model_overtakes(const struct admit_call *call)
{
	for (int i = 0; i < CALLS; i++) {
		if (calls[i].object == call->object && arrival[i] < arrival[call - calls] &&
		    (calls[i].state == ADMIT_PARKED || calls[i].state == ADMIT_READY)) {
			return true;
		}
	}
	return false;
}

static void check_gate(const struct admit_gate *gate, int kind, const void *owner)
{
	unsigned inside = 0;

	for (int i = 0; i < CALLS; i++) {
		const struct admit_object *object = calls[i].object;

		if (calls[i].state == ADMIT_RUNNING) {
			inside += kind == 0 || (kind == 1 && object->client == owner) ||
				  (kind == 2 && object == owner) ||
				  (kind == 3 && object->class_gate == owner);
		}
	}
	EXPECT(gate->inside == inside);
	EXPECT(admit_drained(gate) == (inside == gate->stopped));
}

static void check_all(void)
{
	check_gate(&bucket.gate, 0, 0);
	for (int c = 0; c < CLIENTS; c++) {
		struct admit_client *client = &clients[c];
		unsigned out = 0;

		check_gate(&client->gate, 1, client);
		EXPECT(client->parked == count(client, ADMIT_PARKED));
		EXPECT(client->calls == count(client, ADMIT_READY) + count(client, ADMIT_RUNNING) +
						count(client, ADMIT_DEFERRED));
		for (struct admit_object *o = client->out; o != 0; o = o->next_out) {
			EXPECT(o->is_out);
			out++;
		}
		/* A port is out for as long as there is something to bring it back. */
		EXPECT(out == 0 || client->parked >= client->parked_max);
	}
	for (int o = 0; o < OBJECTS; o++) {
		check_gate(&objects[o].gate, 2, &objects[o]);
	}
	for (int k = 0; k < 2; k++) {
		check_gate(&classes[k], 3, &classes[k]);
	}
}

static void set_up(void)
{
	memset(&bucket, 0, sizeof bucket);
	memset(classes, 0, sizeof classes);
	memset(clients, 0, sizeof clients);
	memset(objects, 0, sizeof objects);
	memset(calls, 0, sizeof calls);
	for (int c = 0; c < CLIENTS; c++) {
		clients[c].bucket = &bucket;
		clients[c].calls_max = 1 + chance(3);
		clients[c].parked_max = 1 + chance(4);
	}
	for (int o = 0; o < OBJECTS; o++) {
		objects[o].client = &clients[o / 2];
		objects[o].class_gate = &classes[o % 2];
	}
}

static struct admit_gate *any_gate(void)
{
	struct admit_gate *gates[] = {&bucket.gate, &clients[chance(CLIENTS)].gate,
				      &objects[chance(OBJECTS)].gate, &classes[chance(2)]};

	return gates[chance(4)];
}

static void promote(struct admit_client *client)
{
	(void)admit_promote(client);
	while (admit_return(client) != 0) {
	}
	/* Nobody waits who could go. */
	for (int i = 0; i < CALLS; i++) {
		EXPECT(calls[i].state != ADMIT_PARKED || calls[i].object->client != client ||
		       !model_open(calls[i].object) || client->calls >= client->calls_max);
	}
}

static void arrive(struct admit_call *call)
{
	struct admit_object *object = &objects[chance(OBJECTS)];
	bool was_out = object->is_out;
	bool out = false;

	if (was_out) {
		return; /* nothing comes from a port that is not in the set */
	}
	*call = (struct admit_call){.object = object};
	arrival[call - calls] = ++arrivals;
	bool may = model_open(object) && object->client->calls < object->client->calls_max &&
		   !model_overtakes(call);

	out = admit_arrive(call);
	EXPECT(call->state == (may ? ADMIT_RUNNING : ADMIT_PARKED));
	EXPECT(out == (!may && object->client->parked >= object->client->parked_max));
	EXPECT(object->is_out == out);
}

static void step_call(struct admit_call *call)
{
	struct admit_client *client = call->object != 0 ? call->object->client : 0;
	struct admit_call *rest = &calls[chance(CALLS)];

	switch (call->state) {
	case ADMIT_NEW:
	case ADMIT_DONE:
		arrive(call);
		break;
	case ADMIT_PARKED:
	case ADMIT_READY:
		if (chance(4) == 0) {
			admit_drop(call);
			promote(client);
		}
		break;
	case ADMIT_RUNNING:
		if (chance(4) == 0 && (rest->state == ADMIT_NEW || rest->state == ADMIT_DONE)) {
			admit_split(call, rest);
			arrival[rest - calls] = arrival[call - calls];
			break;
		}
		admit_finish(call);
		promote(client);
		break;
	case ADMIT_DEFERRED:
		admit_finish(call);
		promote(client);
		break;
	}
}

static void step_begin(void)
{
	struct admit_call *call = admit_begin(&bucket);

	if (call != 0) {
		EXPECT(call->state == ADMIT_RUNNING && model_open(call->object));
		EXPECT(!model_overtakes(call));
		return;
	}
	for (int i = 0; i < CALLS; i++) {
		EXPECT(calls[i].state != ADMIT_READY || !model_open(calls[i].object));
	}
}

static void check_admission(void)
{
	for (unsigned step = 0; step < STEPS; step++) {
		struct admit_gate *gate = any_gate();

		if (step % 5000 == 0) {
			set_up();
		}
		switch (chance(16)) {
		case 0:
			gate->inhibited++;
			break;
		case 1:
		case 2:
			if (gate->inhibited != 0 && --gate->inhibited == 0) {
				for (int c = 0; c < CLIENTS; c++) {
					promote(&clients[c]);
				}
			}
			break;
		case 3:
		case 4:
		case 5:
			step_begin();
			break;
		default:
			step_call(&calls[chance(CALLS)]);
			break;
		}
		check_all();
	}
	CHECK(wrong == 0, "who runs and who waits: %u random steps", STEPS);
}

/* ------------------------------------------------------------------------------ the small ones */

static void check_handles(void)
{
	enum { MODEL = 200 };
	static uint32_t handle[MODEL];
	static char things[MODEL];
	struct handle_table table = {0};
	uint32_t stale = HANDLE_NONE;

	wrong = 0;
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned i = chance(MODEL);

		if (handle[i] == HANDLE_NONE) {
			handle[i] = handle_add(&table, &things[i]);
			if (handle[i] == HANDLE_NONE) {
				uint32_t bigger = table.count + 1 + chance(20);

				free(handle_grow(&table, calloc(bigger, sizeof *table.slots),
						 bigger));
				handle[i] = handle_add(&table, &things[i]);
			}
			EXPECT(handle[i] != HANDLE_NONE && handle[i] != 0xffffffffu);
		} else if (chance(2) == 0) {
			EXPECT(handle_remove(&table, handle[i]) == &things[i]);
			stale = handle[i];
			handle[i] = HANDLE_NONE;
			EXPECT(handle_find(&table, stale) == 0);
			EXPECT(handle_remove(&table, stale) == 0);
		}
		EXPECT(handle[i] == HANDLE_NONE || handle_find(&table, handle[i]) == &things[i]);
		EXPECT(handle_find(&table, 0xffffffffu) == 0);
		(void)handle_find(&table, (uint32_t)tap_random(&seed));
	}
	free(table.slots);
	CHECK(wrong == 0, "handles lead to their pointers, old ones nowhere");
}

static void check_events(void)
{
	struct event_queue queue = {.max = 4};
	uint64_t added = 0;
	uint64_t taken = 0;
	uint32_t newest[8] = {0};

	wrong = 0;
	for (unsigned step = 0; step < STEPS; step++) {
		struct event event = {0};
		uint32_t key = chance(8);

		if (chance(3) != 0) {
			if (event_add(&queue, 1, key, step)) {
				newest[key] = step;
			}
			added++;
		} else if (event_take(&queue, &event)) {
			EXPECT(event.count != 0);
			EXPECT(event.kind == EVENT_LOST || event.value == newest[event.key]);
			taken += event.count;
		}
		EXPECT(queue.used <= queue.max);
	}
	for (struct event event; event_take(&queue, &event);) {
		taken += event.count;
	}
	CHECK(wrong == 0 && taken == added, "events: none uncounted, the newest value stays");
}

static void check_crew(void)
{
	struct crew crew = {.max = 5};
	unsigned busy = 0;
	unsigned starting = 0;

	wrong = 0;
	crew.count = 1;
	crew_rest(&crew, false);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned what = chance(4);

		if (what == 0 && crew.idle != 0) {
			busy++;
			starting += crew_take(&crew);
		} else if (what == 1 && busy != 0) {
			busy--;
			crew_rest(&crew, false);
		} else if (what == 2 && starting != 0) {
			starting--;
			crew_rest(&crew, true);
		} else if (what == 3 && starting != 0) {
			starting--;
			crew_failed(&crew);
		}
		EXPECT(crew.count <= crew.max && crew.count == crew.idle + busy + starting);
		EXPECT(starting <= 1 && crew.starting == (starting == 1));
	}
	CHECK(wrong == 0, "a crew within its bound, one starting at a time");
}

static void check_watches(void)
{
	static struct watch_table table;
	static struct watch watches[300];

	wrong = 0;
	for (unsigned step = 0; step < STEPS; step++) {
		uint32_t i = chance(300);

		if (watches[i].name == 0) {
			EXPECT(watch_find(&table, i + 1) == 0);
			watch_add(&table, &watches[i], i + 1, 1);
		} else if (chance(2) == 0) {
			watch_remove(&table, &watches[i]);
			watch_remove(&table, &watches[i]);
		}
		EXPECT(watches[i].name == 0 || watch_find(&table, i + 1) == &watches[i]);
	}
	CHECK(wrong == 0, "watches are found by their names");
}

/* Bytes of chance behind a head: no item leaves the message, and the walk ends. */
static void check_items(void)
{
	wrong = 0;
	for (unsigned step = 0; step < STEPS / 4; step++) {
		mach_msg_size_t size = sizeof(mach_msg_header_t) + chance(80);
		unsigned char *message = malloc(size);
		struct items items;
		struct item item;
		unsigned walked = 0;

		for (mach_msg_size_t i = 0; i < size; i++) {
			message[i] = (unsigned char)(chance(3) == 0 ? chance(256) : chance(20));
		}
		items_begin(&items, (mach_msg_header_t *)(void *)message, size);
		while (items_next(&items, &item)) {
			unsigned long bytes = item.is_inline ? item.bytes : sizeof(uint32_t);

			EXPECT(item.data >= message && item.data + bytes <= message + size);
			walked++;
		}
		EXPECT(walked <= size / 4);
		free(message);
	}
	CHECK(wrong == 0, "items of messages made of chance");
}

int main(void)
{
	printf("# seed %llu\n", (unsigned long long)seed);
	check_admission();
	check_handles();
	check_events();
	check_crew();
	check_watches();
	check_items();
	return tap_done();
}
