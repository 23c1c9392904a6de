; A debugger: it loads a program (4B01), looks at it, runs some steps of it, then lets it run to its end, which comes
; back to an address of its own choice.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	sp, stack_end
	mov	ah, 0x4a
	mov	bx, 0x100
	int	0x21
	mov	[block + 4], cs
	mov	[block + 8], cs
	mov	[block + 12], cs
	mov	ax, 0x3522
	int	0x21
	mov	[old_22], bx
	mov	ax, 0x4b01
	mov	dx, nothing
	mov	bx, block
	push	cs
	pop	es
	int	0x21
	EXPECT_ERROR 2, "4B01: no such file"
	push	es
	mov	ax, 0x3522
	int	0x21
	EXPECT	[old_22], bx, "and INT 22h is as it was"
	pop	es
	mov	ax, 0x4b01
	mov	dx, child
	mov	bx, block
	int	0x21
	EXPECT_NO_CARRY "4B01"
	mov	ah, 0x51
	int	0x21
	mov	ax, [block + 0x14]
	EXPECT	bx, ax, "the child's PSP is the current one, and its CS"
	EXPECT	word [block + 0x12], 0x100, "its IP"
	EXPECT	word [block + 0x0e], 0xfffc, "its SP: a word for AX below the last one"
	push	bx
	mov	ah, 0x2f
	int	0x21
	EXPECT	bx, 0x80, "2F: its DTA"
	mov	cx, es
	pop	bx
	EXPECT	cx, bx, "2F: in its PSP"
	mov	es, bx
	mov	ax, cs
	EXPECT	[es:0x16], ax, "its parent"
	EXPECT	byte [es:0x80], 4, "its command line"
	EXPECT	word [es:0x100], 0x1e8a, "its code"
	mov	word [es:0x0a], ended
	mov	[es:0x0c], cs
	; the first instructions one by one
	mov	ax, 0x2501
	mov	dx, step
	int	0x21
	mov	[own_sp], sp
	mov	ax, [block + 0x10]
	mov	ss, ax
	mov	sp, [block + 0x0e]
	pop	ax
	pushf
	pop	cx
	or	cx, 0x100
	push	cx
	push	word [block + 0x14]
	push	word [block + 0x12]
	mov	ds, bx
	iret
step:	push	bp
	mov	bp, sp
	inc	byte [cs:steps]
	cmp	byte [cs:steps], 2
	jb	.on
	and	word [bp + 6], 0xfeff
	push	ax
	mov	ax, [bp + 2]
	mov	[cs:where], ax
	pop	ax
.on:	pop	bp
	iret
ended:	mov	ax, cs
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, [own_sp]
	EXPECT	byte [steps], 2, "two steps"
	EXPECT	word [where], 0x106, "behind the second instruction"
	mov	ah, 0x4d
	int	0x21
	EXPECT	ax, 4, "4D: the child's code"
	mov	ah, 0x51
	int	0x21
	mov	ax, cs
	EXPECT	bx, ax, "the debugger's PSP is the current one again"
	mov	ah, 0x48
	mov	bx, 0xffff
	int	0x21
	mov	ax, 0xa000
	sub	ax, bx
	mov	cx, cs
	add	cx, 0x101
	EXPECT	ax, cx, "all memory is there"
	END_CHECKS
child:	db	"\dos\child.com", 0
nothing: db	"\dos\nothing.com", 0
tail:	db	4, " abc", 13
block:	dw	0
	dw	tail, 0
	dw	0x5c, 0
	dw	0x6c, 0
	times	8 db 0
old_22:	dw	0
own_sp:	dw	0
where:	dw	0
steps:	db	0
	times	256 db 0
stack_end:
