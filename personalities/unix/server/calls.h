/* The table of system calls as the server needs it. */
#pragma once

#include "request.h"
#include "../shared/arguments.h"

struct call_entry {
	const char *name; /* null: not known */
	int (*handler)(struct request *request); /* null: the library answers it alone */
	uint32_t pieces; /* bit n: argument n is described */
	uint32_t arguments[6];
};

extern const struct call_entry call_table[UNIX_CALLS_MAX];
