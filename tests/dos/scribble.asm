; Writes nonsense over the interrupt table, the BIOS's and DOS's data, again and again, and calls DOS.
	org	0x100
	mov	bx, 0x1234
again:	xor	di, di
	mov	es, di
	mov	cx, 0x1000		; up to 0:2000, where the first memory block begins
next:	imul	bx, bx, 25173
	add	bx, 13849
	mov	ax, bx
	xchg	al, ah
	stosw
	loop	next
	mov	ah, 0x30
	int	0x21
	mov	ah, 0x48
	mov	bx, 0xffff
	int	0x21
	jmp	again
