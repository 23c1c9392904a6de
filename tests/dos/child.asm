; Prints its command line and ends with its length.
	org	0x100
	mov	bl, [0x80]
	mov	bh, 0
	mov	byte [0x81 + bx], '$'
	mov	dx, 0x81
	mov	ah, 0x09
	int	0x21
	mov	al, bl
	mov	ah, 0x4c
	int	0x21
