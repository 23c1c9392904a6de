; A picture in mode 13h: pixel (x, y) has the colour (x xor y) and 255; of the colours, set by the DAC's ports,
; number i is i/4 red, 63 - i/4 green and 3i and 63 blue.  After a key, text again.
	org	0x100
	mov	ax, 0x0013
	int	0x10
	mov	dx, 0x3c8
	xor	al, al
	out	dx, al
	inc	dx
	xor	bx, bx
.colour:
	mov	al, bl
	shr	al, 2
	out	dx, al
	mov	ah, al
	mov	al, 63
	sub	al, ah
	out	dx, al
	mov	al, bl
	add	al, bl
	add	al, bl
	and	al, 63
	out	dx, al
	inc	bl
	jnz	.colour
	mov	ax, 0xa000
	mov	es, ax
	xor	di, di
	xor	dx, dx			; y
	cld
.row:	xor	bx, bx			; x
.pixel:	mov	ax, bx
	xor	ax, dx
	stosb
	inc	bx
	cmp	bx, 320
	jb	.pixel
	inc	dx
	cmp	dx, 200
	jb	.row
	mov	ah, 0x00
	int	0x16
	push	ax
	mov	ax, 0x0003
	int	0x10
	pop	ax
	mov	ah, 0x4c		; the character that was typed
	int	0x21
