/* What MIG's stubs call besides mach_msg. */
#pragma once

#include <mach/message.h>
#include <mach/mach_types.h>

/* Nothing to do: a thread makes its reply port when it first needs it. */
void mig_init(void *first);

/* The running thread's reply port, made when it has none (MACH_PORT_NULL: no room). */
mach_port_t mig_get_reply_port(void);

/* Destroys the running thread's reply port "port": what may still arrive there is not wanted. */
void mig_dealloc_reply_port(mach_port_t port);

/* The reply port is in good order again: kept for the next call. */
void mig_put_reply_port(mach_port_t port);

/*
 * Copies at most size - 1 bytes and always ends the copy with a zero; returns the length of the
 * copy with its zero.
 */
vm_size_t mig_strncpy(char *to, const char *from, vm_size_t size);

/* Used by stubs that hand on a message's memory: vm_allocate and vm_deallocate in this task. */
void mig_allocate(vm_address_t *address, vm_size_t size);
void mig_deallocate(vm_address_t address, vm_size_t size);
