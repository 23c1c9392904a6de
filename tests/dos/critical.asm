; Critical errors: a write to PRN calls INT 24h; its answers ignore, retry, fail.  A: is a drive that is not ready, until
; the handler makes it so.  At last abort ends the program.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	ah, 0x40
	mov	bx, 4
	mov	cx, 3
	mov	dx, text
	int	0x21
	EXPECT_ERROR 5, "nobody to ask: it fails"
	mov	ax, 0x2524
	mov	dx, handler
	int	0x21
	mov	byte [answer], 0
	mov	ah, 0x40
	mov	bx, 4
	mov	cx, 3
	mov	dx, text
	int	0x21
	EXPECT_NO_CARRY "ignore"
	EXPECT	ax, 3, "ignore: as if written"
	EXPECT	byte [calls], 1, "called once"
	EXPECT	byte [was_ah], 0xb9, "AH: a device, writing, all answers"
	EXPECT	word [was_di], 2, "DI: not ready"
	EXPECT	word [was_cx], 3, "the program's CX is on the stack"
	mov	byte [answer], 1
	mov	ah, 0x40
	mov	bx, 4
	mov	cx, 3
	int	0x21
	EXPECT	byte [calls], 3, "retry: called again"
	EXPECT_ERROR 5, "fail"
	mov	ah, 0x59
	mov	bx, 0
	int	0x21
	EXPECT	ax, 83, "59: fail on INT 24"
	; drives: A: is a directory that is not there
	mov	byte [answer], 3
	mov	byte [calls], 0
	mov	ax, 0x3d00
	mov	dx, on_a
	int	0x21
	EXPECT_CARRY "3D: a drive that is not ready"
	EXPECT	byte [calls], 1, "24: called for a drive"
	EXPECT	byte [was_ah], 0x1c, "AH: a drive's directory, reading, no ignore"
	EXPECT	byte [was_al], 0, "AL: A:"
	EXPECT	word [was_di], 2, "DI: not ready"
	mov	ah, 0x59
	mov	bx, 0
	int	0x21
	EXPECT	ax, 83, "59: fail on INT 24"
	mov	byte [answer], 0
	mov	ah, 0x4e
	mov	cx, 0
	mov	dx, on_a
	int	0x21
	EXPECT_ERROR 3, "4E: ignore is not allowed, so it fails"
	EXPECT	byte [calls], 2, "24: for 4E"
	mov	byte [answer], 3
	mov	ah, 0x36
	mov	dl, 1
	int	0x21
	EXPECT	ax, 0xffff, "36: fails as well"
	EXPECT	byte [calls], 3, "24: each time"
	mov	ax, 0x3d00
	mov	dx, nowhere
	int	0x21
	EXPECT	byte [calls], 3, "but not for a path that is not there"
	; the handler makes it ready and retries
	mov	byte [answer], 1
	mov	byte [makes], 1
	mov	ah, 0x3c
	xor	cx, cx
	mov	dx, on_a
	int	0x21
	EXPECT_NO_CARRY "3C after a retry"
	EXPECT	byte [calls], 4, "24: once"
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	mov	ax, 0x4300
	mov	dx, on_c
	int	0x21
	EXPECT_NO_CARRY "it is on the drive"
	EXPECT	byte [failed], 0, "all of it"
	mov	byte [answer], 2
	mov	ah, 0x40
	mov	bx, 4
	mov	cx, 3
	int	0x21
	PRINT	"not ok it goes on after abort"
	END_CHECKS

handler:
	push	bp
	mov	bp, sp
	inc	byte [cs:calls]
	mov	[cs:was_ah], ah
	mov	[cs:was_al], al
	mov	[cs:was_di], di
	cmp	byte [cs:makes], 0
	je	.made
	push	ds
	push	dx
	push	cs
	pop	ds
	mov	dx, floppy
	mov	ah, 0x39
	int	0x21
	pop	dx
	pop	ds
.made:	mov	ax, [bp + 2 + 6 + 4]	; behind IP, CS, flags: AX BX CX
	mov	[cs:was_cx], ax
	mov	al, [cs:answer]
	cmp	al, 1
	jne	.done
	mov	byte [cs:answer], 3	; retry once, then fail
.done:	pop	bp
	iret

text	db	"abc"
answer	db	0
calls	db	0
was_ah	db	0
was_al	db	0xff
makes	db	0
on_a	db	"a:\x.dat", 0
on_c	db	"c:\floppy\x.dat", 0
nowhere	db	"c:\nowhere\x.dat", 0
floppy	db	"c:\floppy", 0
was_di	dw	0
was_cx	dw	0
