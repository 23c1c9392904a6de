/*
 * What the stubs that MIG writes call besides mach_msg.  lib/mach supplies it to user programs
 * and the kernel supplies what its own stubs need.
 */
#pragma once

#include <stddef.h>
#include <mach/message.h>
#include <mach/std_types.h>

/* Of the C library: stubs copy arrays and measure strings. */
extern void *memcpy(void *destination, const void *source, size_t size);
extern size_t strlen(const char *string);

/* Prepare the reply-port cache; first is null in the first thread.  Called by crt0. */
extern void mig_init(void *first);

/*
 * The calling thread's reply port, made on first use; null if that fails.  After a failed send or
 * receive the stub gives it up with mig_dealloc_reply_port (it may have died, or be about to get
 * a late reply) and otherwise returns it with mig_put_reply_port.
 */
extern mach_port_t mig_get_reply_port(void);
extern void mig_dealloc_reply_port(mach_port_t port);
extern void mig_put_reply_port(mach_port_t port);

/* Begin an error-free 32-byte reply to a request, as a server's loop does for an unknown id. */
extern void mig_reply_setup(const mach_msg_header_t *request, mach_msg_header_t *reply);

/*
 * Copy a C string of at most size - 1 characters and terminate it.  Returns the bytes written,
 * the final zero among them: a stub sends just these.
 */
extern vm_size_t mig_strncpy(char *destination, const char *source, vm_size_t size);

/* Memory for an array that is longer than the caller's; *address is zero if there is none. */
extern void mig_allocate(vm_address_t *address, vm_size_t size);
extern void mig_deallocate(vm_address_t address, vm_size_t size);

extern __typeof(mig_get_reply_port) __mig_get_reply_port;
extern __typeof(mig_dealloc_reply_port) __mig_dealloc_reply_port;
extern __typeof(mig_put_reply_port) __mig_put_reply_port;
extern __typeof(mig_strncpy) __mig_strncpy;
extern __typeof(mig_allocate) __mig_allocate;
extern __typeof(mig_deallocate) __mig_deallocate;
