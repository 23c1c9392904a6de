/* From the boot loader to C. Multiboot specification 0.6.96, 3.1 to 3.3: we get a flat 32-bit protected
   mode without paging, eax = 0x2badb002, ebx = the information structure. */
#include "layout.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 3 /* modules on page boundaries, memory map wanted */
#define BOOT_STACK_BYTES 8192 /* KERNEL_STACK_BYTES */
#define KERNEL_OFFSET    0xc0000000

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.section .boot, "ax"
	.globl boot_start
boot_start:
	cli
	cld
	/* Page directory entries of 4 MB: physical 0..896 MB seen at KERNEL_BASE, and for a moment the
	   first 4 MB where they are. Present, writable, supervisor, PS (SDM vol. 3, 4.3). */
	movl $(boot_page_directory - KERNEL_OFFSET), %edi
	movl $0x83, %eax
	movl %eax, (%edi)
	movl $224, %ecx
	leal 768*4(%edi), %edx
1:	movl %eax, (%edx)
	addl $0x400000, %eax
	addl $4, %edx
	loop 1b
	movl %cr4, %eax
	orl $0x10, %eax			/* PSE */
	movl %eax, %cr4
	movl %edi, %cr3
	movl %cr0, %eax
	orl $0x80010023, %eax		/* PG WP NE MP PE */
	andl $0x9fffffff, %eax		/* caches on */
	movl %eax, %cr0
	movl $boot_high, %eax
	jmp *%eax

	.text
boot_high:
	movl $boot_stack_top, %esp
	xorl %ebp, %ebp
	movl $0, boot_page_directory	/* nothing below 3 GB from here on */
	movl %cr3, %eax
	movl %eax, %cr3
	movl %ebx, %eax
	pushl $0			/* a return address for backtraces: none */
	jmp i386_main

	.section .bss.page_aligned, "aw", @nobits
	.align 4096
	.globl boot_page_directory
boot_page_directory:
	.skip 4096
	.bss
	.align 16
	.globl boot_stack
boot_stack:
	.skip BOOT_STACK_BYTES
	.globl boot_stack_top
boot_stack_top:
