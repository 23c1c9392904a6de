; What only a machine of its own allows: protected mode.
	org	0x100
	cpu	386
	mov	eax, 1
	mov	cr0, eax
	mov	ax, 0x4c00
	int	0x21
