/* Page size and address range of a user task on the i386. */
#pragma once

#include <mach/machine/vm_types.h>

#define BYTE_SIZE 8	/* bits */

#define I386_PGBYTES 4096
#define I386_PGSHIFT 12
#define PAGE_SHIFT I386_PGSHIFT

#define i386_btop(x) (((unsigned long) (x)) >> I386_PGSHIFT)
#define i386_ptob(x) (((unsigned long) (x)) << I386_PGSHIFT)
#define i386_round_page(x) ((((unsigned long) (x)) + I386_PGBYTES - 1) & ~(I386_PGBYTES - 1))
#define i386_trunc_page(x) (((unsigned long) (x)) & ~(I386_PGBYTES - 1))

/* User addresses: from the first up to, but without, the second. */
#define VM_MIN_ADDRESS (0)
#define VM_MAX_ADDRESS (0xc0000000UL)
