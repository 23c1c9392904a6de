/* See ids_core.h. */
#include "ids_core.h"

void ids_init(struct ids *ids, uint32_t node)
{
	ids->node = node;
	ids->fresh = 0;
	ids->first = 0;
	ids->count = 0;
}

uint32_t ids_take(struct ids *ids)
{
	uint32_t serial = 0;

	if (ids->fresh < IDS_SERIAL_MAX) {
		serial = ++ids->fresh;
	} else if (ids->count > 0) {
		serial = ids->waiting[ids->first];
		ids->first = (ids->first + 1) % IDS_SERIAL_MAX;
		ids->count--;
	} else {
		return IDS_NONE;
	}
	return ids->node << 16 | serial;
}

void ids_give(struct ids *ids, uint32_t id)
{
	if ((id & 0xffff) > IDS_SERIAL_MAX) {
		return;
	}
	ids->waiting[(ids->first + ids->count) % IDS_SERIAL_MAX] = (uint16_t)(id & IDS_SERIAL_MAX);
	ids->count++;
}
