; A program that goes on elsewhere, as COMMAND.COM of DOS 2: it copies itself with its PSP, which becomes the current
; one, and destroys where it was.  And single steps, as debuggers have them.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	sp, 0x7fe
	mov	ah, 0x4a
	mov	bx, 0x80
	int	0x21
	mov	ah, 0x48
	mov	bx, 0x80
	int	0x21
	EXPECT_NO_CARRY "48"
	mov	es, ax
	xor	si, si
	xor	di, di
	mov	cx, 0x400
	rep	movsw
	mov	[es:0x16], ax		; it is its own parent for as long as nothing goes wrong
	mov	bx, ax
	mov	ah, 0x50
	int	0x21
	mov	dx, [0x16]
	mov	bp, cs
	cli
	mov	ax, es
	mov	ss, ax
	sti
	push	es
	push	word there
	retf
there:	mov	ax, cs
	mov	ds, ax
	mov	[0x16], dx
	mov	es, bp
	xor	di, di
	mov	cx, 0x400
	mov	ax, 0xffff
	rep	stosw
	push	cs
	pop	es
	PRINT	{"ok the moved PSP has its handles", 13, 10}
	mov	ah, 0x45
	mov	bx, 1
	int	0x21
	EXPECT_NO_CARRY "45 in the moved PSP"
	; single steps
	mov	ax, 0x2501
	mov	dx, step
	int	0x21
	mov	ax, 0x2503
	mov	dx, breakpoint
	int	0x21
	pushf
	pop	ax
	or	ax, 0x100
	push	ax
	mov	cx, 3
	popf
	nop
.loop:	nop
	loop	.loop
	pushf
	pop	ax
	and	ax, 0xfeff
	push	ax
	popf
	EXPECT	word [steps], 12, "single steps"
	int3
	EXPECT	byte [breaks], 1, "a breakpoint"
	END_CHECKS
step:	inc	word [cs:steps]
	iret
breakpoint:
	inc	byte [cs:breaks]
	iret
steps:	dw	0
breaks:	db	0
