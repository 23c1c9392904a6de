/* Handles; see the header. */
#include "handle_core.h"

#define INDEX(handle) ((handle) & (HANDLE_SLOTS_MAX - 1))
#define USE(handle) ((handle) >> HANDLE_INDEX_BITS)
#define USE_MAX ((1u << (32 - HANDLE_INDEX_BITS)) - 2)

struct handle_slot *handle_grow(struct handle_table *table, struct handle_slot *slots,
				uint32_t count)
{
	struct handle_slot *old = table->slots;

	for (uint32_t i = 0; i < table->count; i++) {
		slots[i] = old[i];
	}
	/* From the last to the first, so that low slots are used first. */
	for (uint32_t i = count; i > table->count; i--) {
		slots[i - 1] = (struct handle_slot){ .use = 1, .next = table->free };
		table->free = i;
	}
	table->slots = slots;
	table->count = count;
	return old;
}

uint32_t handle_add(struct handle_table *table, void *pointer)
{
	struct handle_slot *slot = 0;
	uint32_t index = table->free - 1;

	if (table->free == 0) {
		return HANDLE_NONE;
	}
	slot = &table->slots[index];
	table->free = slot->next;
	table->in_use++;
	slot->pointer = pointer;
	return slot->use << HANDLE_INDEX_BITS | index;
}

void *handle_find(const struct handle_table *table, uint32_t handle)
{
	uint32_t index = INDEX(handle);

	if (index >= table->count || table->slots[index].use != USE(handle)) {
		return 0;
	}
	return table->slots[index].pointer;
}

void *handle_remove(struct handle_table *table, uint32_t handle)
{
	void *pointer = handle_find(table, handle);
	struct handle_slot *slot = 0;

	if (pointer == 0) {
		return 0;
	}
	slot = &table->slots[INDEX(handle)];
	slot->pointer = 0;
	slot->use = slot->use == USE_MAX ? 1 : slot->use + 1;
	slot->next = table->free;
	table->free = INDEX(handle) + 1;
	table->in_use--;
	return pointer;
}
