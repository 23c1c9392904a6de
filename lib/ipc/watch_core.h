/* From the name of a port to what is watched there: chains of the owners' own structures. */
#pragma once

#include <stdint.h>

#define WATCH_CHAINS 64

struct watch {
	uint32_t name; /* 0: not in the table */
	uint32_t kind; /* the owner's */
	struct watch *next;
};

struct watch_table {
	struct watch *chains[WATCH_CHAINS];
};

void watch_add(struct watch_table *table, struct watch *watch, uint32_t name, uint32_t kind);

/* The entry of a name, or null. */
struct watch *watch_find(const struct watch_table *table, uint32_t name);

/* Takes an entry out, if it is in. */
void watch_remove(struct watch_table *table, struct watch *watch);
