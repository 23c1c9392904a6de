/*
 * For assembly files of Mach programs: arguments on the stack, entry points, and the call gate.
 */
#pragma once

/* Arguments seen through the stack pointer, or through a frame that FRAME built. */
#define S_ARG0 4(%esp)
#define S_ARG1 8(%esp)
#define S_ARG2 12(%esp)
#define S_ARG3 16(%esp)

#define FRAME pushl %ebp; movl %esp, %ebp
#define EMARF leave

#define B_ARG0 8(%ebp)
#define B_ARG1 12(%ebp)
#define B_ARG2 16(%ebp)
#define B_ARG3 20(%ebp)

/* Powers of two. */
#define TEXT_ALIGN 2
#define DATA_ALIGN 2
#define ALIGN TEXT_ALIGN
#define P2ALIGN(p2) .p2align p2

/* ELF symbols have no prefix. */
#define EXT(x) x
#define LEXT(x) x ## :
#define SEXT(x) #x
#define LCL(x) x
#define LCLL(x) x ## :

/* Numbered local labels: defined, then referred to backwards and forwards. */
#define LB(x, n) n
#define gLB(n) n ## :
#define LBb(x, n) n ## b
#define LBf(x, n) n ## f

/* lcall $7, $0: the call gate through which a system call enters the kernel. */
#define SVC .byte 0x9a; .long 0; .word 0x7

#define String .ascii
#define Value .word
#define Times(a, b) (a*b)
#define Divide(a, b) (a/b)

#define INB inb %dx, %al
#define OUTB outb %al, %dx
#define INL inl %dx, %eax
#define OUTL outl %eax, %dx

#define data16 .byte 0x66
#define addr16 .byte 0x67

#define MCOUNT

#define ENTRY(x) .globl EXT(x); .type EXT(x), @function; .p2align TEXT_ALIGN; LEXT(x)
#define ENTRY2(x, y) .globl EXT(x); .type EXT(x), @function; \
	.globl EXT(y); .type EXT(y), @function; .p2align TEXT_ALIGN; LEXT(x) LEXT(y)
#define ASENTRY(x) .globl x; .type x, @function; .p2align TEXT_ALIGN; gLB(x)
#define Entry(x) .globl EXT(x); .type EXT(x), @function; .p2align TEXT_ALIGN; LEXT(x)
#define END(x) .size x, . - x
#define DATA(x) .globl EXT(x); .p2align DATA_ALIGN; LEXT(x)
