; Searches: one that goes on while a hundred others are begun, in other directories and in its own.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	ah, 0x39
	mov	dx, dir
	int	0x21
	mov	ah, 0x3b
	int	0x21
	mov	cx, FILES
.make:	push	cx
	mov	ah, 0x3c
	xor	cx, cx
	mov	dx, name
	int	0x21
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	inc	byte [name + 1]
	pop	cx
	loop	.make
	; an outer search; between its steps others
	mov	ah, 0x1a
	mov	dx, outer
	int	0x21
	mov	ah, 0x4e
	mov	cx, 0
	mov	dx, pattern
	int	0x21
.next:	jc	.done
	inc	word [count]
	mov	ah, 0x1a
	mov	dx, inner
	int	0x21
	mov	cx, 20
.other:	push	cx
	mov	ah, 0x4e
	mov	cx, 0x10
	mov	dx, everywhere
	int	0x21
	mov	ah, 0x4e
	mov	cx, 0
	mov	dx, pattern
	int	0x21
	mov	ah, 0x4f
	int	0x21
	pop	cx
	loop	.other
	mov	ah, 0x1a
	mov	dx, outer
	int	0x21
	mov	ah, 0x4f
	int	0x21
	jmp	.next
.done:	EXPECT	ax, 18, "4F: no more files"
	EXPECT	word [count], FILES, "4F: all were found"
	mov	ah, 0x4f
	mov	dx, nothing
	int	0x21
	EXPECT_ERROR 18, "4F: and it stays so"
	mov	ah, 0x1a
	mov	dx, nothing
	int	0x21
	mov	ah, 0x4f
	int	0x21
	EXPECT_ERROR 18, "4F without a search"
	END_CHECKS
FILES	equ	12
dir:	db	"\tmp\search", 0
name:	db	"fa.dat", 0
pattern: db	"*.dat", 0
everywhere: db	"\*.*", 0
count:	dw	0
outer:	times	64 db 0
inner:	times	64 db 0
nothing: times	64 db 0
