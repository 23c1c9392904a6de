/* Coalescing; see the header. */
#include "event_core.h"

static uint32_t sum(uint32_t left, uint32_t right)
{
	return left > UINT32_MAX - right ? UINT32_MAX : left + right;
}

bool event_add(struct event_queue *queue, uint32_t kind, uint32_t key, uint32_t value)
{
	for (uint32_t i = 0; i < queue->used; i++) {
		struct event *event = &queue->slots[(queue->first + i) % EVENT_QUEUE_SLOTS];

		if (event->kind == kind && event->key == key) {
			event->count = sum(event->count, 1);
			event->value = value;
			return true;
		}
	}
	if (queue->used >= queue->max) {
		queue->lost = sum(queue->lost, 1);
		return false;
	}
	queue->slots[(queue->first + queue->used) % EVENT_QUEUE_SLOTS] =
		(struct event){ .kind = kind, .key = key, .count = 1, .value = value };
	queue->used++;
	return true;
}

bool event_take(struct event_queue *queue, struct event *event)
{
	if (queue->used != 0) {
		*event = queue->slots[queue->first];
		queue->first = (queue->first + 1) % EVENT_QUEUE_SLOTS;
		queue->used--;
		return true;
	}
	if (queue->lost == 0) {
		return false;
	}
	*event = (struct event){ .kind = EVENT_LOST, .count = queue->lost };
	queue->lost = 0;
	return true;
}
