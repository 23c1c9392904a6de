; An INT 9 of its own: prints the scan codes that come, until that of Esc.
	org	0x100
	mov	ax, 0x3509
	int	0x21
	mov	[old], bx
	mov	[old + 2], es
	mov	ax, 0x2509
	mov	dx, handler
	int	0x21
	mov	dx, ready
	mov	ah, 0x09
	int	0x21
.next:	mov	si, [taken]
	cmp	si, [count]
	je	.next
	inc	word [taken]
	mov	al, [codes + si]
	push	ax
	shr	al, 4
	call	digit
	pop	ax
	push	ax
	and	al, 15
	call	digit
	mov	dl, ' '
	mov	ah, 0x02
	int	0x21
	pop	ax
	cmp	al, 0x81
	jne	.next
	lds	dx, [old]
	mov	ax, 0x2509
	int	0x21
	mov	ax, 0x4c09
	int	0x21
digit:	add	al, 0x90
	daa
	adc	al, 0x40
	daa
	mov	dl, al
	mov	ah, 0x02
	int	0x21
	ret
handler:
	push	ax
	push	si
	in	al, 0x60
	mov	si, [cs:count]
	mov	[cs:codes + si], al
	inc	word [cs:count]
	mov	al, 0x20
	out	0x20, al
	pop	si
	pop	ax
	iret
ready:	db	"ready $"
old:	dw	0, 0
count:	dw	0
taken:	dw	0
codes:	times 64 db 0
