/* The smallest program: two calls, no library, one page. */
	.globl	_start
_start:
	movl	$4, %eax
	movl	$1, %ebx
	movl	$text, %ecx
	movl	$text_end - text, %edx
	int	$0x80
	movl	%eax, %ebx
	movl	$1, %eax
	int	$0x80
text:	.ascii	"tiny\n"
text_end:
	.section .note.GNU-stack, "", @progbits
