/* From names to watches; see the header. */
#include "watch_core.h"

/* Names are small integers, one after the other. */
#define CHAIN(name) ((name) % WATCH_CHAINS)

void watch_add(struct watch_table *table, struct watch *watch, uint32_t name, uint32_t kind)
{
	watch->name = name;
	watch->kind = kind;
	watch->next = table->chains[CHAIN(name)];
	table->chains[CHAIN(name)] = watch;
}

struct watch *watch_find(const struct watch_table *table, uint32_t name)
{
	struct watch *watch = table->chains[CHAIN(name)];

	while (watch != 0 && watch->name != name) {
		watch = watch->next;
	}
	return watch;
}

void watch_remove(struct watch_table *table, struct watch *watch)
{
	struct watch **link = &table->chains[CHAIN(watch->name)];

	if (watch->name == 0) {
		return;
	}
	while (*link != watch) {
		link = &(*link)->next;
	}
	*link = watch->next;
	watch->name = 0;
}
