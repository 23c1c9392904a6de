; No program of a virtual-8086 task may load the descriptor table.
	org	0x100
	o32 lgdt [table]
	mov	ax, 0x4c00
	int	0x21
table:	dw	0, 0, 0
