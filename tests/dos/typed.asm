; Somebody types: a line with 0A, a key with 08, and what the key was.
	org	0x100
	mov	dx, question
	call	print
	mov	ah, 0x0a
	mov	dx, buffer
	int	0x21
	mov	dx, line_end
	call	print
	mov	bl, [buffer + 1]
	mov	bh, 0
	mov	byte [buffer + 2 + bx], '$'
	mov	dx, hello
	call	print
	mov	dx, buffer + 2
	call	print
	mov	dx, press
	call	print
	mov	ah, 0x00
	int	0x16
	push	ax
	mov	al, ah
	call	hexadecimal
	pop	ax
	call	hexadecimal
	mov	dx, line_end
	call	print
	mov	ax, 0x4c02
	int	0x21

hexadecimal:			; AL
	push	ax
	mov	cl, 4
	shr	al, cl
	call	digit
	pop	ax
	and	al, 15
digit:	add	al, 0x90
	daa
	adc	al, 0x40
	daa
	mov	dl, al
	mov	ah, 0x02
	int	0x21
	ret

print:	mov	ah, 0x09
	int	0x21
	ret

question: db	"Name? $"
hello:	db	"Hello, $"
press:	db	". Press a key: $"
line_end: db	13, 10, "$"
buffer:	db	40, 0
	times	44 db 0
