; Never ends, and never asks DOS or the BIOS for anything.
	org	0x100
	mov	dx, text
	mov	ah, 0x09
	int	0x21
	jmp	$
text:	db	"$"
