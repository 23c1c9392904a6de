/* Selectors and frame offsets, for C and assembly. Intel SDM vol. 3, 3.4. */
#pragma once

#define KERNEL_CS       0x08
#define KERNEL_DS       0x10
#define USER_FLAT_CS    0x1b /* SYSEXIT wants the user pair right behind the kernel's */
#define USER_FLAT_DS    0x23
#define TSS_SELECTOR    0x28
#define TLS_SELECTOR_0  0x33 /* and 3b, 43: Linux's places */
#define USER_GDT_0      0x48 /* and 50: i386_set_gdt */
#define LDT_SELECTOR    0x58
#define DF_TSS_SELECTOR 0x60
#define LINUX_CS        0x73
#define LINUX_DS        0x7b
#define GDT_ENTRIES     16

#define USER_SCALL  0x07 /* LDT: the call gate */
#define USER_CS     0x17 /* LDT: GNU Mach's user selectors */
#define USER_DS     0x1f
#define LDT_ENTRIES 4

#define EFL_CF   0x00000001
#define EFL_TF   0x00000100
#define EFL_IF   0x00000200
#define EFL_DF   0x00000400
#define EFL_IOPL 0x00003000
#define EFL_NT   0x00004000
#define EFL_RF   0x00010000
#define EFL_VM   0x00020000
#define EFL_AC   0x00040000
#define EFL_VIF  0x00080000
#define EFL_VIP  0x00100000
#define EFL_ID   0x00200000
#define EFL_ONE  0x00000002
/* What a user may set by thread_set_state. */
#define EFL_USER 0x00240dd5 /* CF PF AF ZF SF TF DF OF AC ID */

/* struct user_frame */
#define FRAME_GS     0
#define FRAME_FS     4
#define FRAME_ES     8
#define FRAME_DS     12
#define FRAME_EDI    16
#define FRAME_EBP    24
#define FRAME_EBX    32
#define FRAME_EDX    36
#define FRAME_ECX    40
#define FRAME_EAX    44
#define FRAME_TRAP   48
#define FRAME_ERROR  52
#define FRAME_EIP    56
#define FRAME_CS     60
#define FRAME_EFLAGS 64
#define FRAME_ESP    68
#define FRAME_SS     72
#define FRAME_BYTES  76

/* Trap numbers beyond the processor's own 0..31 and the interrupts' 32..47. */
#define TRAP_LCALL    0x100
#define TRAP_SYSENTER 0x101
#define TRAP_CHANGED  0x102 /* thread_set_state: leave by iret, whatever the way in was */

/* ast_pending bits of the machine layer (kern/sched.h has the others). */
#define AST_SEGMENTS  0x100 /* the segment registers do not hold what the frame says */
#define AST_TRACE     0x200 /* entered by a gate with TF set: set it again */
#define AST_GATE_SEGS 0

/* What virtual-8086 mode pushes above ss: es, ds, fs, gs. */
#define V86_SEGMENTS_BYTES 16

#define TRAP_TABLE_ENTRIES 130
#define USER_TOP_ASM       0xc0000000
