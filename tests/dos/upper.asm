; A filter: small letters of its input become capitals (3F from handle 0, 40 to handle 1).
	org	0x100
read:	mov	ah, 0x3f
	mov	bx, 0
	mov	cx, LIMIT
	mov	dx, buffer
	int	0x21
	jc	failed
	test	ax, ax
	jz	ended
	mov	cx, ax
	mov	si, buffer
next:	mov	al, [si]
	cmp	al, 'a'
	jb	keep
	cmp	al, 'z'
	ja	keep
	sub	byte [si], 'a' - 'A'
keep:	inc	si
	loop	next
	mov	cx, si
	sub	cx, buffer
	mov	dx, buffer
	mov	bx, 1
	mov	ah, 0x40
	int	0x21
	jc	failed
	cmp	ax, cx
	je	read
failed:	mov	ax, 0x4c01
	int	0x21
ended:	mov	ax, 0x4c00
	int	0x21

LIMIT	equ	4096
	section .bss
buffer:	resb	LIMIT
