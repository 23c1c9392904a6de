; Somebody types: a line with 0A, a key with INT 16h, and what the key was.  While DOS waits it calls INT 28h, in DOS; if
; that is so the program ends with 2.
	org	0x100
	mov	ah, 0x34
	int	0x21
	mov	[in_dos], bx
	mov	[in_dos + 2], es
	mov	ax, 0x2528
	mov	dx, idle
	int	0x21
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
	mov	ah, 0x4c
	mov	al, [idled]
	add	al, 1
	int	0x21
idle:	push	bx
	push	es
	les	bx, [cs:in_dos]
	mov	bl, [es:bx]
	mov	[cs:idled], bl
	pop	es
	pop	bx
	iret
in_dos:	dw	0, 0
idled:	db	0

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
