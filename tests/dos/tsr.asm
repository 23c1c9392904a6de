; Stays resident with INT 60h, which answers 4242; ends with 9.
	org	0x100
	mov	ax, 0x2560
	mov	dx, handler
	int	0x21
	mov	ax, 0x3109
	mov	dx, 0x20
	int	0x21
handler:
	mov	ax, 0x4242
	iret
