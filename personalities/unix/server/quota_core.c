/* quota_core.h */
#include "quota_core.h"

#define PAGES_A_PROCESS   64u /* a small one: task, thread, page tables, its own pages */
#define PROCESSES_LEAST   64u
#define PROCESSES_MOST    1536u /* the process server has places for 2048, others included */
#define THREADS_A_PROCESS 2u
#define FILES_A_PROCESS   16u
#define PIPES_A_PROCESS   4u

void quota_pool_begin(struct quota_pool *pool, uint32_t machine_pages)
{
	uint32_t processes = machine_pages / PAGES_A_PROCESS;

	*pool = (struct quota_pool){.used = {0}};
	processes = processes < PROCESSES_LEAST ? PROCESSES_LEAST : processes;
	processes = processes > PROCESSES_MOST ? PROCESSES_MOST : processes;
	pool->places[QUOTA_PROCESSES] = processes;
	pool->places[QUOTA_THREADS] = processes * THREADS_A_PROCESS;
	pool->places[QUOTA_FILES] = processes * FILES_A_PROCESS;
	pool->places[QUOTA_PIPES] = processes * PIPES_A_PROCESS;
}

uint32_t quota_share(const struct quota_pool *pool, enum quota_kind kind)
{
	return pool->places[kind] - pool->places[kind] / 4;
}

bool quota_has_room(const struct quota_pool *pool, const struct quota *quota, enum quota_kind kind)
{
	return pool->used[kind] < pool->places[kind] && quota->used[kind] < quota_share(pool, kind);
}

void quota_take(struct quota_pool *pool, struct quota *quota, enum quota_kind kind)
{
	pool->used[kind]++;
	quota->used[kind]++;
}

void quota_give(struct quota_pool *pool, struct quota *quota, enum quota_kind kind)
{
	pool->used[kind]--;
	quota->used[kind]--;
}
