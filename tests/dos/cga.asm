; A picture in mode 4: pixel (x, y) has the colour (x / 8 + y / 8) and 3.
	org	0x100
	mov	ax, 0x0004
	int	0x10
	mov	ah, 0x0b		; a blue ground, bright colours
	mov	bx, 0x0011
	int	0x10
	xor	dx, dx
.row:	xor	cx, cx
.pixel:	mov	ax, cx
	add	ax, dx
	mov	bx, cx
	shr	bx, 3
	mov	ax, dx
	shr	ax, 3
	add	ax, bx
	and	al, 3
	mov	ah, 0x0c
	mov	bh, 0
	int	0x10
	inc	cx
	cmp	cx, 320
	jb	.pixel
	inc	dx
	cmp	dx, 200
	jb	.row
	mov	ah, 0x00
	int	0x16
	mov	ax, 0x0003
	int	0x10
	mov	ax, 0x4c04
	int	0x21
