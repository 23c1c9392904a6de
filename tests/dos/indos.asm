; What TSRs see: the InDOS flag in interrupts that run while DOS works, INT 29h for what DOS writes to the console.
; Standard output is a file here, so CON is opened.  At last a program that is called COMMAND.COM (this one, by another
; name) finds itself in COMSPEC.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	ah, 0x34
	int	0x21
	mov	[flag], bx
	mov	[flag + 2], es
	EXPECT	byte [es:bx], 0, "34: not in DOS"
	mov	ax, 0x2529
	mov	dx, fast
	int	0x21
	mov	ax, 0x3d01
	mov	dx, con
	int	0x21
	mov	bx, ax
	mov	ah, 0x40
	mov	cx, 3
	mov	dx, con
	int	0x21
	EXPECT	ax, 3, "40 to CON"
	EXPECT	byte [count], 3, "29: each character"
	EXPECT	byte [last], "N", "29: the last one"
	EXPECT	byte [seen], 1, "in DOS meanwhile"
	les	bx, [flag]
	EXPECT	byte [es:bx], 0, "and not any more"
	; COMSPEC in front
	mov	es, [0x2c]
	xor	di, di
	push	cs
	pop	ds
	mov	si, comspec
	mov	cx, comspec_end - comspec
	repe	cmpsb
	CHECK	"COMSPEC is COMMAND.COM itself"
	xor	di, di
	mov	dx, 0
.variable:
	cmp	word [es:di], "CO"
	jne	.other
	cmp	word [es:di + 6], "C="
	jne	.other
	inc	dx
.other:	mov	cx, 0xffff
	mov	al, 0
	repne	scasb
	cmp	byte [es:di], 0
	jne	.variable
	EXPECT	dx, 1, "once"
	END_CHECKS
fast:	push	bx
	push	es
	inc	byte [cs:count]
	mov	[cs:last], al
	les	bx, [cs:flag]
	mov	bl, [es:bx]
	mov	[cs:seen], bl
	pop	es
	pop	bx
	iret
con:	db	"CON", 0
comspec: db	"COMSPEC=C:\DOS\S\COMMAND.COM", 0
comspec_end:
flag:	dw	0, 0
count:	db	0
last:	db	0
seen:	db	0
