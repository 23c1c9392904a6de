; EXEC: 4B00 with its return code, what a child inherits, 4B03, a terminate-and-stay-resident child.
	org	0x100
%include "check.inc"
	jmp	start
start:
	mov	sp, stack_end
	EXPECT	byte [0x80], 8, "the command line's length"
	EXPECT	word [0x81], ' o', "the command line"
	mov	ah, 0x4a
	mov	bx, 0x200
	int	0x21
	mov	[block + 4], cs
	mov	[block + 8], cs
	mov	[block + 12], cs
	mov	cx, 200			; a leak would end this
again:	push	cx
	mov	ax, 0x4b00
	mov	dx, child
	mov	bx, block
	push	cs
	pop	es
	mov	si, 0x5678
	int	0x21
	pop	cx
	jc	failed_exec
	cmp	si, 0x5678
	jne	failed_exec
	loop	again
	jmp	short executed
failed_exec:
	inc	byte [failed]
executed:
	mov	ah, 0x4d
	int	0x21
	EXPECT	ax, 4, "4D: the child's code"
	mov	ah, 0x48
	mov	bx, 0xffff
	int	0x21
	mov	ax, 0xa000
	sub	ax, bx
	mov	cx, cs
	add	cx, 0x201
	EXPECT	ax, cx, "200 children later all memory is there"
	mov	ax, 0x4b00
	mov	dx, nothing
	mov	bx, block
	int	0x21
	EXPECT_ERROR 2, "4B: no such file"
	mov	ax, 0x4b00
	mov	dx, no_path
	int	0x21
	EXPECT_ERROR 3, "4B: no such path"
	mov	ax, 0x4b09
	int	0x21
	EXPECT_ERROR 1, "4B09"
	mov	ax, cs
	add	ax, 0x200 - 0x40
	mov	[overlay], ax
	mov	ax, 0x4b03
	mov	dx, child
	mov	bx, overlay
	int	0x21
	EXPECT_NO_CARRY "4B03"
	mov	es, [overlay]
	EXPECT	word [es:0], 0x1e8a, "4B03: the overlay's first bytes"
	mov	ax, 0x4b00
	mov	dx, tsr
	mov	bx, block
	push	cs
	pop	es
	int	0x21
	EXPECT_NO_CARRY "4B00: a program that stays"
	mov	ah, 0x4d
	int	0x21
	EXPECT	ax, 0x0309, "4D: it stays, with its code"
	int	0x60
	EXPECT	ax, 0x4242, "31: its interrupt answers"
	END_CHECKS
child:	db	"\dos\child.com", 0
tsr:	db	"\dos\tsr.com", 0
nothing: db	"\dos\nothing.com", 0
no_path: db	"\nowhere\child.com", 0
tail:	db	4, " abc", 13
block:	dw	0
	dw	tail, 0
	dw	0x5c, 0
	dw	0x6c, 0
overlay: dw	0, 0
	times	512 db 0
stack_end:
