; Nobody has INT 0: DOS says so and ends the program.
	org	0x100
	xor	bx, bx
	div	bx
	mov	ax, 0x4c05
	int	0x21
