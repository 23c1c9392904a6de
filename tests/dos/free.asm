; Prints the paragraphs of the largest free block, and how many blocks there are, in hexadecimal.
	org	0x100
	mov	sp, stack_end
	mov	ah, 0x4a
	mov	bx, 0x40
	int	0x21
	mov	ah, 0x48
	mov	bx, 0xffff
	int	0x21
	mov	ax, bx
	call	print
	mov	ah, 0x52
	int	0x21
	mov	es, [es:bx - 2]
	xor	cx, cx
count:	inc	cx
	mov	al, [es:0]
	mov	bx, es
	add	bx, [es:3]
	inc	bx
	mov	es, bx
	cmp	al, 'M'
	je	count
	mov	ax, cx
	call	print
	mov	ax, 0x4c00
	int	0x21
print:	push	cx
	mov	cx, 4
next:	rol	ax, 4
	push	ax
	and	al, 15
	add	al, '0'
	cmp	al, '9'
	jbe	digit
	add	al, 'A' - '9' - 1
digit:	mov	dl, al
	mov	ah, 0x02
	int	0x21
	pop	ax
	loop	next
	mov	dl, ' '
	mov	ah, 0x02
	int	0x21
	pop	cx
	ret
	times	256 db 0
stack_end:
