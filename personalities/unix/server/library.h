/* The emulation library, as the server maps it into its tasks. */
#pragma once

#include "server.h"

extern const struct unix_library_header *library_header; /* where the server has it mapped */
extern struct ipc_class thread_class;

/* Takes the library's ELF file; KERN_INVALID_ARGUMENT: it is not the library of this server. */
kern_return_t library_load(const void *file, size_t bytes);

kern_return_t library_map(mach_port_t task);

/* Is that address in the library's text? */
bool library_has(uint32_t address);

void thread_reclaim(struct ipc_object *object);
