; Memory: 48, 49, 4A, 58, and the chain as programs walk it.
	org	0x100
%include "check.inc"
	jmp	start
start:
	mov	ah, 0x48
	mov	bx, 0x10
	int	0x21
	EXPECT_ERROR 8, "48: all is the program's"
	EXPECT	bx, 0, "48: nothing is free"
	mov	ah, 0x4a
	mov	bx, 0x1100
	int	0x21
	EXPECT_NO_CARRY "4A: smaller"
	mov	ah, 0x48
	mov	bx, 0xffff
	int	0x21
	EXPECT_ERROR 8, "48: too much"
	mov	[largest], bx
	mov	ax, cs
	add	ax, 0x1101
	mov	cx, 0xa000
	sub	cx, ax
	EXPECT	bx, cx, "48: how much there is"
	mov	ah, 0x48
	mov	bx, 0x20
	int	0x21
	EXPECT_NO_CARRY "48"
	mov	[block], ax
	mov	cx, cs
	add	cx, 0x1101
	EXPECT	ax, cx, "48: behind the program"
	dec	ax
	mov	es, ax
	EXPECT	byte [es:0], 'M', "its control block"
	mov	ax, cs
	EXPECT	[es:1], ax, "its owner"
	EXPECT	word [es:3], 0x20, "its size"
	mov	ax, [block]
	mov	es, ax
	mov	ah, 0x4a
	mov	bx, 0xffff
	int	0x21
	EXPECT_ERROR 8, "4A: too large"
	mov	ax, [largest]
	EXPECT	bx, ax, "4A: how large it can be"
	mov	ah, 0x49
	int	0x21
	EXPECT_NO_CARRY "49"
	mov	ax, cs
	mov	es, ax
	mov	ax, es
	inc	ax
	mov	es, ax
	mov	ah, 0x49
	int	0x21
	EXPECT_ERROR 9, "49: no block"
	; last fit
	mov	ax, 0x5801
	mov	bx, 2
	int	0x21
	EXPECT_NO_CARRY "5801"
	mov	ah, 0x48
	mov	bx, 0x10
	int	0x21
	EXPECT	ax, 0x9ff0, "48: last fit is at the end"
	mov	ax, 0x5800
	int	0x21
	EXPECT	ax, 2, "5800"
	; the chain from the list of lists to its end
	mov	ah, 0x52
	int	0x21
	mov	ax, [es:bx - 2]
	xor	cx, cx
walk:	mov	es, ax
	inc	cx
	cmp	byte [es:0], 'Z'
	je	walked
	cmp	byte [es:0], 'M'
	jne	bad
	add	ax, [es:3]
	inc	ax
	jmp	walk
bad:	inc	byte [failed]
walked:	add	ax, [es:3]
	inc	ax
	EXPECT	ax, 0xa000, "the chain ends at 640 KB"
	END_CHECKS
block:	dw	0
largest: dw	0
