; Critical errors: a write to PRN calls INT 24h; its answers ignore, retry, fail.  At last abort ends the program.
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
	mov	[cs:was_di], di
	mov	ax, [bp + 2 + 6 + 4]	; behind IP, CS, flags: AX BX CX
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
was_di	dw	0
was_cx	dw	0
