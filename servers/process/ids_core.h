/*
 * Process ids: node << 16 | serial.  A serial that was given back is used again after all others.
 * Serials from IDS_PERSONALITY on are for personalities, which choose among them as they like.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define IDS_SERIAL_MAX  0x3fffu
#define IDS_PERSONALITY 0x4000u
#define IDS_LAST	0x7fffu
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

/* May a personality of this node choose it? */
static inline bool ids_is_personality(const struct ids *ids, uint32_t id)
{
	return id >> 16 == ids->node && (id & 0xffff) >= IDS_PERSONALITY && (id & 0xffff) <= IDS_LAST;
}

/* Each id once for each time it was taken; those of personalities are nobody's again. */
void ids_give(struct ids *ids, uint32_t id);
