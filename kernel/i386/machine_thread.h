/* The machine's part of struct thread. Included by kern/machine.h alone. */
#pragma once

#include <stdint.h>

/* The user registers as entry.S pushes them, lowest address first, at the top of the kernel stack
   (words 0..16 in the order of i386_thread_state would be gs fs es ds ...; trap numbers lie
   between). */
struct user_frame {
	uint32_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, cr2, ebx, edx, ecx, eax;
	uint32_t trap_number, error;
	uint32_t eip, cs, eflags, esp, ss;
};

/* What the processor pushes above the frame in virtual-8086 mode; gs to ds of the frame are 0 then.
   The room is there in every thread's stack. */
struct v86_segments {
	uint32_t es, ds, fs, gs;
};

struct v86;

struct segment_descriptor {
	uint32_t low, high;
};

struct machine_thread {
	uint32_t kernel_esp;      /* saved by machine_switch */
	struct user_frame *frame; /* at the top of the kernel stack */
	struct pmap *pmap;        /* of its task's map; NULL for kernel threads: any will do */
	void *fpu;                /* 512 bytes, 16-aligned, or NULL: never used it */
	union {
		struct {
			uint8_t descriptors_set; /* 1: any of the descriptors below is not zero */
			uint8_t debug_set;       /* 1: the debug registers below are in use */
			uint8_t v86_mode;        /* 1: the frame is of virtual-8086 mode */
			uint8_t none;
		};
		uint32_t rare; /* any of them */
	};
	struct segment_descriptor tls[3];      /* selectors 33 3b 43 */
	struct segment_descriptor user_gdt[2]; /* selectors 48 50 */
	uint32_t redirect_block;               /* user address of the int 0x80 block, 0 = none */
	uint32_t debug[8];                     /* flavour DEBUG: dr0 to dr7 */
	struct v86 *v86;                       /* i386/v86.h, or NULL: never needed it */
};
