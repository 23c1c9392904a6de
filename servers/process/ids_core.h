/* Process ids: node << 16 | serial.  A serial that was given back is used again after all others.
 */
#pragma once

#include <stdint.h>

#define IDS_SERIAL_MAX 0x7fffu
#define IDS_NONE       0u

struct ids {
	uint32_t node;
	uint32_t fresh; /* serials 1 to fresh have been used */
	uint32_t first; /* of the ring: the one that has waited longest */
	uint32_t count; /* in the ring */
	uint16_t waiting[IDS_SERIAL_MAX];
};

void ids_init(struct ids *ids, uint32_t node);

/* IDS_NONE: all are in use. */
uint32_t ids_take(struct ids *ids);

/* Each id once for each time it was taken. */
void ids_give(struct ids *ids, uint32_t id);
