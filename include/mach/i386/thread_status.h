/*
 * Thread states of the i386.  A count is in words.  When the THREAD and REGS_SEGS states are set
 * the kernel keeps flags that are not the user's business; the first also gives the segment
 * registers their usual values, the second checks that they are a user's.
 */
#pragma once

#include <mach/machine/fp_reg.h>

#define i386_THREAD_STATE 1
#define i386_FLOAT_STATE 2
#define i386_ISA_PORT_MAP_STATE 3
#define i386_V86_ASSIST_STATE 4
#define i386_REGS_SEGS_STATE 5
#define i386_DEBUG_STATE 6
#define i386_FSGS_BASE_STATE 7
#define i386_XFLOAT_STATE 8

/* THREAD and REGS_SEGS.  esp is what PUSHA left; the user's stack pointer is uesp. */
struct i386_thread_state {
	unsigned int gs;
	unsigned int fs;
	unsigned int es;
	unsigned int ds;
	unsigned int edi;
	unsigned int esi;
	unsigned int ebp;
	unsigned int esp;
	unsigned int ebx;
	unsigned int edx;
	unsigned int ecx;
	unsigned int eax;
	unsigned int eip;
	unsigned int cs;
	unsigned int efl;
	unsigned int uesp;
	unsigned int ss;
};
#define i386_THREAD_STATE_COUNT (sizeof(struct i386_thread_state) / sizeof(unsigned int))

#define FP_STATE_BYTES (sizeof(struct i386_fp_save) + sizeof(struct i386_fp_regs))

/* FLOAT: the FNSAVE image.  initialized is zero if the thread never used the unit. */
struct i386_float_state {
	int fpkind;
	int initialized;
	unsigned char hw_state[FP_STATE_BYTES];
	int exc_status;
};
#define i386_FLOAT_STATE_COUNT (sizeof(struct i386_float_state) / sizeof(unsigned int))

/* XFLOAT: the FXSAVE or XSAVE image; i386_get_xstate_size tells how long all of it is. */
struct i386_xfloat_state {
	int fpkind;
	int initialized;
	int exc_status;
	int fp_save_kind;
	unsigned char hw_state[];
};

/* ISA_PORT_MAP: one bit a port, set if the thread must not use it. */
#define PORT_MAP_BITS 0x400
struct i386_isa_port_map_state {
	unsigned char pm[PORT_MAP_BITS >> 3];
};
#define i386_ISA_PORT_MAP_STATE_COUNT \
	(sizeof(struct i386_isa_port_map_state) / sizeof(unsigned int))

/*
 * A thread whose THREAD or REGS_SEGS state is set with VM in efl runs 16-bit code: segment registers
 * are paragraphs, and everything is cut to what there is in that mode.  IF, IOPL and NT of efl are
 * then the program's own.
 */

/*
 * V86_ASSIST: where a virtual-8086 thread keeps the interrupts that wait for its IF.  The kernel
 * takes the first row that is pending and not masked, counts it down and does what the processor
 * does for that vector in real mode.  It looks when IF becomes 1, when a state is set and at
 * masix_thread_post_v86.  At most 256 rows; a table at 0 is none.
 */
struct i386_v86_assist_state {
	unsigned int int_table;		/* address of the table */
	int int_count;			/* its rows */
};
struct v86_interrupt_table {
	unsigned int count;		/* pending */
	unsigned short mask;		/* non-zero: not now */
	unsigned short vec;
};
#define i386_V86_ASSIST_STATE_COUNT (sizeof(struct i386_v86_assist_state) / sizeof(unsigned int))

/* DEBUG: the debug registers (Intel SDM vol. 3, 17.2). */
struct i386_debug_state {
	unsigned int dr[8];
};
#define i386_DEBUG_STATE_COUNT (sizeof(struct i386_debug_state) / sizeof(unsigned int))

/* FSGS_BASE: bases of the segments, spelled long because the 64-bit form is wider. */
struct i386_fsgs_base_state {
	unsigned long fs_base;
	unsigned long gs_base;
};
#define i386_FSGS_BASE_STATE_COUNT (sizeof(struct i386_fsgs_base_state) / sizeof(unsigned int))

_Static_assert(sizeof(struct i386_thread_state) == 68, "17 registers");
_Static_assert(sizeof(struct i386_float_state) == 120, "float state");
_Static_assert(sizeof(struct i386_xfloat_state) == 16, "xfloat state before the image");
