/* Memory objects as ports: proxies, and what vm asks of pagers (vm/pager.h). */
#pragma once

#include <kern/types.h>

struct ipc_port;
struct vm_object;

/* A send right to a new proxy for [offset, offset + bytes) of an object, whose reference it takes
   over on success. NULL: no memory; the reference is still the caller's. */
struct ipc_port *proxy_create(struct vm_object *object, uint32_t offset, uint32_t bytes,
			      int max_protection) MUST_CHECK;
/* The same for a port that is the control over all of an object (masix_memory_create). */
struct ipc_port *proxy_create_control(struct vm_object *object, uint32_t bytes) MUST_CHECK;
/* Nobody can map it any more. */
void proxy_no_senders(struct ipc_port *port);
