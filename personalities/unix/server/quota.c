/* quota.h */
#include <gen/mach.h>
#include <gen/mach_host.h>
#include "quota.h"
#include "server.h"

struct quota_pool quota_pool;
static uint32_t task_pages;

void quotas_begin(void)
{
	vm_statistics_data_t memory = {.free_count = 0};

	(void)vm_statistics(mach_task_self(), &memory);
	quota_pool_begin(&quota_pool, (uint32_t)(memory.free_count + memory.active_count +
						 memory.inactive_count + memory.wire_count));
	task_pages = (uint32_t)memory.free_count - (uint32_t)memory.free_count / 8;
}

uint32_t quota_task_pages(void)
{
	return task_pages;
}

struct quota *quota_create(void)
{
	struct quota *quota = calloc(1, sizeof(*quota));

	if (quota != NULL) {
		quota->references = 1;
	}
	return quota;
}

void quota_reference(struct quota *quota)
{
	quota->references++;
}

void quota_release(struct quota *quota)
{
	if (--quota->references == 0) {
		free(quota);
	}
}
