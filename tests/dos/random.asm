; Runs nonsense: 60 KB of it, from the seed that the command line is; with a vector table that leads
; there, too, if the seed is odd.
	org	0x100
	mov	al, [0x82]
	mov	ah, [0x83]
	mov	bx, ax
	mov	di, code
	cld
.fill:	mov	ax, bx
	mov	cx, 25173
	mul	cx
	add	ax, 13849
	mov	bx, ax
	mov	al, ah
	stosb
	cmp	di, 0xf000
	jb	.fill
	test	byte [0x82], 1
	jz	code
	xor	ax, ax
	mov	es, ax
	mov	di, 0x20 * 4
	mov	cx, 16
.vector: mov	ax, [code + di]
	stosw
	mov	ax, cs
	stosw
	loop	.vector
code:
