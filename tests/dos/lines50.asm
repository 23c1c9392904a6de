; Fifty rows of text: the last row is full blocks, the row above it says so.
	org	0x100
	mov	ax, 0x0003
	int	0x10
	mov	ax, 0x1112
	mov	bl, 0
	int	0x10
	push	ds
	xor	ax, ax
	mov	ds, ax
	mov	al, [0x484]
	pop	ds
	cmp	al, 49
	jne	.bad
	mov	dx, 0x3100
	mov	bh, 0
	mov	ah, 0x02
	int	0x10
	mov	ax, 0x09db
	mov	bx, 0x000f
	mov	cx, 80
	int	0x10
	mov	dx, 0x3000
	mov	ah, 0x02
	int	0x10
	mov	dx, text
	mov	ah, 0x09
	int	0x21
	mov	ah, 0x00
	int	0x16
	mov	ax, 0x4c32
	int	0x21
.bad:	mov	ax, 0x4c01
	int	0x21
text:	db	"row forty-nine$"
