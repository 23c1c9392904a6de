/* From the boot loader to C. Multiboot specification 0.6.96, 3.1 to 3.3: we get a flat 32-bit protected
   mode without paging, eax = 0x2badb002, ebx = the information structure. */
#include "layout.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 3 /* modules on page boundaries, memory map wanted */
#define BOOT_STACK_BYTES 8192 /* KERNEL_STACK_BYTES */
#define KERNEL_OFFSET    0xc0000000
#define CPUID_NEEDED     0x8008 /* CMOV, PSE */

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.section .boot, "ax"
	.globl boot_start
boot_start:
	cli
	cld
	movl $(boot_stack_top - KERNEL_OFFSET), %esp
	jmp check_processor
processor_fits:
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

	/* The compiled kernel uses CMOV, its linear map 4 MB pages: without them not even a panic would come out. CPUID is
	   there when EFLAGS.ID can be changed (SDM vol. 1, 20.1). ebx is the loader's. */
check_processor:
	pushfl
	popl %eax
	movl %eax, %ecx
	xorl $EFL_ID, %eax
	pushl %eax
	popfl
	pushfl
	popl %eax
	cmpl %ecx, %eax
	je processor_lacks
	movl %ebx, %esi
	movl $1, %eax
	cpuid
	movl %esi, %ebx
	andl $CPUID_NEEDED, %edx
	cmpl $CPUID_NEEDED, %edx
	je processor_fits
processor_lacks:
	/* On the serial line and on the screen (SDM is silent about both: 16550 data sheet, 8.1; VGA text at b8000). */
	movl $lacks_text, %esi
	movl $0xb8000, %edi
1:	movb (%esi), %cl
	testb %cl, %cl
	je 3f
	movw $0x3fd, %dx
	movl $100000, %ebp
2:	inb %dx, %al			/* transmitter empty, or nobody there */
	testb $0x20, %al
	jne 4f
	decl %ebp
	jne 2b
4:	movw $0x3f8, %dx
	movb %cl, %al
	outb %al, %dx
	movb $0x07, %ah
	movw %ax, (%edi)
	addl $2, %edi
	incl %esi
	jmp 1b
3:	hlt
	jmp 3b
lacks_text:
	.asciz "Masix needs a processor with CMOV and 4 MB pages (a Pentium II or later)\r\n"

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
