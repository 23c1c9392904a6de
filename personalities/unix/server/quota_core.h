/*
 * How much of what the server has for all one program may take, together with everything that comes
 * of it (its descendants): at most three quarters of the places of each kind, so that a shell
 * beside it still finds some.  Pure: numbers alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum quota_kind {
	QUOTA_PROCESSES, /* zombies included */
	QUOTA_THREADS,
	QUOTA_FILES, /* open files, however many descriptors name them */
	QUOTA_PIPES,
	QUOTA_KINDS,
};

/* What there is, and what is taken of it. */
struct quota_pool {
	uint32_t places[QUOTA_KINDS];
	uint32_t used[QUOTA_KINDS];
};

/* Of one started program and its descendants; begins as zeros. */
struct quota {
	uint32_t references;
	uint32_t used[QUOTA_KINDS];
};

/* By the pages of the machine: what all places together cost is a part of them. */
void quota_pool_begin(struct quota_pool *pool, uint32_t machine_pages);

/* The most that one may have. */
uint32_t quota_share(const struct quota_pool *pool, enum quota_kind kind);

bool quota_has_room(const struct quota_pool *pool, const struct quota *quota, enum quota_kind kind);

/* Whether there is room or not: who asked before may not be refused afterwards. */
void quota_take(struct quota_pool *pool, struct quota *quota, enum quota_kind kind);
void quota_give(struct quota_pool *pool, struct quota *quota, enum quota_kind kind);
