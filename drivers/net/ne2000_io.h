/* An NE2000 at I/O ports of this machine. */
#pragma once

#include <libmach.h>

#include "ne2000.h"

/* Opens the card at NE2000_PORTS ports from `base` on. io_perm is the right to that range
   (i386_io_perm_create), which stays the caller's, or MACH_PORT_NULL if this task has been granted
   it already: without a grant the first access would be a fault. *error says what a KERN_FAILURE
   was. Errors: those of i386_io_perm_modify; KERN_INVALID_ARGUMENT: no 32 ports from base on;
   KERN_FAILURE: ne2000_open failed, and a grant made here is withdrawn. */
kern_return_t ne2000_io_open(struct ne2000_card *card, mach_port_t io_perm, uint32_t base,
			     enum ne2000_error *error);
