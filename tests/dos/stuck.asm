; Never asks for anything again.
	org	0x100
	mov	ah, 0x09
	mov	dx, text
	int	0x21
	cli
	jmp	$
text:	db	"stuck$"
