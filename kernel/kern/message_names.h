/* Names of message ids, generated from the .defs (sorted by id). Weak: an image without the table
   links. */
#pragma once

#include <kern/types.h>

struct message_name {
	int32_t id;
	const char *name;
};

extern const struct message_name message_names[] __attribute__((weak));
extern const uint32_t message_names_count __attribute__((weak));

/* The routine or notification that a message id stands for, or NULL. */
const char *message_name(int32_t id);
