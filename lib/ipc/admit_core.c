/* Which call runs, and which waits; see the header. */
#include "admit_core.h"

static void list_append(struct admit_list *list, struct admit_call *call)
{
	call->previous = list->last;
	call->next = 0;
	if (list->last != 0) {
		list->last->next = call;
	} else {
		list->first = call;
	}
	list->last = call;
}

static void list_remove(struct admit_list *list, struct admit_call *call)
{
	if (call->previous != 0) {
		call->previous->next = call->next;
	} else {
		list->first = call->next;
	}
	if (call->next != 0) {
		call->next->previous = call->previous;
	} else {
		list->last = call->previous;
	}
	call->previous = 0;
	call->next = 0;
}

/* The four gates, each changed alike. */
static void gates_enter(struct admit_object *object)
{
	object->gate.inside++;
	object->client->gate.inside++;
	object->class_gate->inside++;
	object->client->bucket->gate.inside++;
}

static void gates_leave(struct admit_object *object)
{
	object->gate.inside--;
	object->client->gate.inside--;
	object->class_gate->inside--;
	object->client->bucket->gate.inside--;
}

static bool gates_open(const struct admit_object *object)
{
	return object->gate.inhibited == 0 && object->client->gate.inhibited == 0 &&
	       object->class_gate->inhibited == 0 && object->client->bucket->gate.inhibited == 0;
}

bool admit_arrive(struct admit_call *call)
{
	struct admit_object *object = call->object;
	struct admit_client *client = object->client;

	/* Not past an earlier call of the same object. */
	if (object->waiting == 0 && client->calls < client->calls_max && gates_open(object)) {
		client->calls++;
		gates_enter(object);
		call->state = ADMIT_RUNNING;
		return false;
	}
	call->state = ADMIT_PARKED;
	list_append(&client->list, call);
	client->parked++;
	object->waiting++;
	if (client->parked < client->parked_max || object->is_out) {
		return false;
	}
	/* At the end of the list: who has waited longest returns first. */
	struct admit_object **end = &client->out;

	while (*end != 0) {
		end = &(*end)->next_out;
	}
	*end = object;
	object->next_out = 0;
	object->is_out = true;
	return true;
}

struct admit_call *admit_begin(struct admit_bucket *bucket)
{
	struct admit_call *call = bucket->ready.first;

	/* Calls of one object meet the same gates, so none overtakes another. */
	while (call != 0 && !gates_open(call->object)) {
		call = call->next;
	}
	if (call != 0) {
		list_remove(&bucket->ready, call);
		call->object->waiting--;
		gates_enter(call->object);
		call->state = ADMIT_RUNNING;
	}
	return call;
}

void admit_split(struct admit_call *call, struct admit_call *rest)
{
	rest->object = call->object;
	rest->state = ADMIT_RUNNING;
	call->object->client->calls++;
	call->state = ADMIT_DEFERRED;
}

void admit_finish(struct admit_call *call)
{
	if (call->state == ADMIT_RUNNING) {
		gates_leave(call->object);
	}
	call->object->client->calls--;
	call->state = ADMIT_DONE;
}

void admit_drop(struct admit_call *call)
{
	struct admit_client *client = call->object->client;

	if (call->state == ADMIT_PARKED) {
		list_remove(&client->list, call);
		client->parked--;
	} else {
		list_remove(&client->bucket->ready, call);
		client->calls--;
	}
	call->object->waiting--;
	call->state = ADMIT_DONE;
}

unsigned int admit_promote(struct admit_client *client)
{
	unsigned int promoted = 0;
	struct admit_call *next = 0;

	/* What an object's gates stop here stops its later calls too: their order stays. */
	for (struct admit_call *call = client->list.first;
	     call != 0 && client->calls < client->calls_max; call = next) {
		next = call->next;
		if (!gates_open(call->object)) {
			continue;
		}
		list_remove(&client->list, call);
		client->parked--;
		client->calls++;
		call->state = ADMIT_READY;
		list_append(&client->bucket->ready, call);
		promoted++;
	}
	return promoted;
}

struct admit_object *admit_return(struct admit_client *client)
{
	struct admit_object *object = client->out;

	if (object == 0 || client->parked >= client->parked_max) {
		return 0;
	}
	client->out = object->next_out;
	object->next_out = 0;
	object->is_out = false;
	return object;
}

void admit_forget(struct admit_object *object)
{
	struct admit_object **link = &object->client->out;

	if (!object->is_out) {
		return;
	}
	while (*link != object) {
		link = &(*link)->next_out;
	}
	*link = object->next_out;
	object->is_out = false;
}

void admit_stop(struct admit_call *call)
{
	call->object->gate.stopped++;
	call->object->client->gate.stopped++;
	call->object->class_gate->stopped++;
	call->object->client->bucket->gate.stopped++;
}

void admit_restart(struct admit_call *call)
{
	call->object->gate.stopped--;
	call->object->client->gate.stopped--;
	call->object->class_gate->stopped--;
	call->object->client->bucket->gate.stopped--;
}
