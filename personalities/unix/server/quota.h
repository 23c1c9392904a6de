/* quota_core.h, for the processes of this server. */
#pragma once

#include "quota_core.h"

extern struct quota_pool quota_pool;

/* At the start: counts the machine's memory. */
void quotas_begin(void);

/* The most pages that the task of one process may have. */
uint32_t quota_task_pages(void);

/* Null: no memory.  With one reference. */
struct quota *quota_create(void);
void quota_reference(struct quota *quota);
void quota_release(struct quota *quota);
