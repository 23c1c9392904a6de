/* The C side of mach/i386/mach_i386.defs. */
#pragma once

#include <mach/port.h>

/* A segment descriptor (Intel SDM vol. 3, 3.4.5), low word first. */
struct descriptor {
	unsigned int low_word;
	unsigned int high_word;
};
typedef struct descriptor descriptor_t;
typedef struct descriptor *descriptor_list_t;
typedef const struct descriptor *const_descriptor_list_t;

typedef unsigned short io_port_t;

#ifndef KERNEL
typedef mach_port_t io_perm_t;	/* the right to a range of I/O ports */
#endif
