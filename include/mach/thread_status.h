/* The state of a thread's processor, by flavour (manual, "Thread Settings"). */
#pragma once

#include <mach/machine/vm_types.h>
#include <mach/machine/thread_status.h>

typedef natural_t *thread_state_t;

#define THREAD_STATE_MAX (1024)		/* words */
typedef natural_t thread_state_data_t[THREAD_STATE_MAX];

#define THREAD_STATE_FLAVOR_LIST 0	/* the list of flavours itself */
