; Keys from a file: 01 (echoes), 08 (does not), 0A (a line), 3F; ends with 7.
	org	0x100
	mov	ah, 0x01
	int	0x21
	call	bracket
	mov	ah, 0x08
	int	0x21
	push	ax
	mov	dl, al
	mov	ah, 0x02
	int	0x21
	pop	ax
	call	bracket
	mov	ah, 0x08		; the Enter behind them
	int	0x21
	mov	ah, 0x0a
	mov	dx, buffer
	int	0x21
	mov	bl, [buffer + 1]
	mov	bh, 0
	mov	byte [buffer + 2 + bx], '$'
	mov	dl, '['
	mov	ah, 0x02
	int	0x21
	mov	dx, buffer + 2
	mov	ah, 0x09
	int	0x21
	mov	dl, ']'
	mov	ah, 0x02
	int	0x21
	mov	ah, 0x3f
	mov	bx, 0
	mov	cx, 100
	mov	dx, buffer
	int	0x21
	mov	bx, ax
	mov	byte [buffer + bx], '$'
	mov	dl, '['
	mov	ah, 0x02
	int	0x21
	mov	dx, buffer
	mov	ah, 0x09
	int	0x21
	mov	dl, ']'
	mov	ah, 0x02
	int	0x21
	mov	ax, 0x4c07
	int	0x21

bracket:			; [AL]
	push	ax
	mov	dl, '['
	mov	ah, 0x02
	int	0x21
	pop	ax
	mov	dl, al
	mov	ah, 0x02
	int	0x21
	mov	dl, ']'
	mov	ah, 0x02
	int	0x21
	ret

buffer:	db	80, 0
	times	120 db 0
