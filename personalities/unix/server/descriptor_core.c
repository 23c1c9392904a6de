/* descriptor_core.h */
#include <stddef.h>
#include "descriptor_core.h"

uint32_t descriptor_free(const struct descriptor_table *table, uint32_t least)
{
	while (least < table->room && table->entries[least] != NULL) {
		least++;
	}
	return least;
}

void *descriptor_at(const struct descriptor_table *table, int number)
{
	return number < 0 || (uint32_t)number >= table->room ? NULL : table->entries[number];
}

void *descriptor_set(struct descriptor_table *table, uint32_t number, void *entry,
		     bool close_on_exec)
{
	void *old = table->entries[number];

	table->entries[number] = entry;
	table->close_on_exec[number] = entry != NULL && close_on_exec;
	return old;
}
