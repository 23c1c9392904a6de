; INT 10h: fonts, characters and pixels of the graphics modes, their colours.
	org	0x100
	jmp	start
%include "check.inc"
%macro	MODE	1
	mov	ax, %1
	int	0x10
%endmacro
start:
	; the fonts are real: the full block is full, INT 43h and 1Fh lead to them
	mov	bh, 3
	call	block
	EXPECT	ax, 8 * 0xff, "1130 03: 8x8"
	mov	[font], bp
	mov	[font + 2], es
	EXPECT	cx, 16, "1130: rows of the characters now"
	EXPECT	dl, 24, "1130: rows of text, less one"
	mov	bh, 2
	call	block14
	EXPECT	ax, 14 * 0xff, "1130 02: 8x14"
	mov	bh, 6
	call	block16
	EXPECT	ax, 16 * 0xff, "1130 06: 8x16"
	mov	bh, 4
	mov	ax, 0x1130
	int	0x10
	mov	ax, bp
	sub	ax, [font]
	EXPECT	ax, 1024, "1130 04: its upper half"
	mov	bh, 0
	mov	ax, 0x1130
	int	0x10
	mov	ax, bp
	sub	ax, [font]
	EXPECT	ax, 1024, "1130 00: INT 1Fh"
	mov	ax, 0xf000
	mov	es, ax
	les	bx, [font]
	mov	al, [es:bx + 'A' * 8]
	mov	dx, 0xf000
	mov	es, dx
	EXPECT	al, [es:0xfa6e + 'A' * 8], "F000:FA6E: the first PC's place"

	; fifty rows, without a terminal that could say no
	mov	ax, 0x1112
	mov	bl, 0
	int	0x10
	push	cs
	pop	es
	mov	di, state
	mov	bx, 0
	mov	ah, 0x1b
	int	0x10
	EXPECT	al, 0x1b, "1B"
	EXPECT	byte [state + 0x22], 50, "1B: 50 rows"
	EXPECT	byte [state + 0x23], 8, "1B: of 8 dots"
	EXPECT	byte [state + 4], 3, "1B: mode 3"
	MODE	0x03
	mov	bh, 0
	mov	ax, 0x1130
	int	0x10
	EXPECT	dl, 24, "03: 25 rows again"

	MODE	0x13
	mov	ah, 0x0f
	int	0x10
	EXPECT	ax, 0x2813, "13: 40 columns"
	mov	bh, 1
	mov	ax, 0x1130
	int	0x10
	EXPECT	bp, [font], "1130 01: INT 43h"
	EXPECT	cx, 8, "1130: 8 rows"
	; a character is its glyph
	mov	dx, 0x0203
	mov	bh, 0
	mov	ah, 0x02
	int	0x10
	mov	ax, 0x0e00 + 'R'
	mov	bl, 0x2c
	int	0x10
	mov	bx, 2 * 8 * 320 + 3 * 8
	mov	al, 'R'
	call	glyph13
	EXPECT	ax, 0, "13, 0E: dot by dot"
	mov	ah, 0x03
	mov	bh, 0
	int	0x10
	EXPECT	dx, 0x0204, "13, 0E: the cursor goes on"
	mov	dx, 0x0203
	mov	ah, 0x02
	int	0x10
	mov	ah, 0x08
	int	0x10
	EXPECT	al, 'R', "13, 08: it is found again"
	mov	ax, 0x0900 + 'R'
	mov	bx, 0x112c		; in 256 colours BH is the ground
	mov	cx, 2
	int	0x10
	mov	ax, 0xa000
	mov	es, ax
	EXPECT	byte [es:2 * 8 * 320 + 4 * 8 + 7], 0x11, "13, 09: the ground"
	mov	ax, 0x0601
	mov	bx, 0x0500
	mov	cx, 0x0000
	mov	dx, 0x1827
	int	0x10
	EXPECT	byte [es:8 * 320 + 4 * 8 + 7], 0x11, "13, 06: scrolled"
	EXPECT	byte [es:24 * 8 * 320], 5, "13, 06: the new line"
	; DOS writes there as well
	mov	dx, 0x0500
	mov	bh, 0
	mov	ah, 0x02
	int	0x10
	push	cs
	pop	es
	mov	bp, text
	mov	ax, 0x1301
	mov	bx, 0x002c
	mov	cx, 2
	mov	dx, 0x0500
	int	0x10
	mov	bx, 5 * 8 * 320 + 8
	mov	al, 'R'
	call	glyph13
	EXPECT	ax, 0, "13, 13: a string"
	; pixels
	mov	ax, 0x0c77
	mov	cx, 319
	mov	dx, 199
	int	0x10
	mov	ax, 0xa000
	mov	es, ax
	EXPECT	byte [es:63999], 0x77, "13, 0C: the last pixel"
	mov	ah, 0x0d
	int	0x10
	EXPECT	al, 0x77, "13, 0D"
	mov	ax, 0x0c11
	mov	cx, 320
	int	0x10
	mov	ah, 0x0d
	int	0x10
	EXPECT	al, 0, "13, 0D: outside"

	MODE	0x04
	mov	ah, 0x0f
	int	0x10
	EXPECT	ax, 0x2804, "04"
	mov	ax, 0xb800
	mov	es, ax
	mov	ax, 0x0c02
	mov	cx, 5
	mov	dx, 3
	int	0x10
	EXPECT	byte [es:0x2000 + 80 + 1], 0x20, "04, 0C: an odd row"
	mov	ax, 0x0c83
	int	0x10
	mov	ah, 0x0d
	int	0x10
	EXPECT	al, 1, "04, 0C: XOR"
	mov	ax, 0x1007
	mov	bl, 1
	int	0x10
	EXPECT	bh, 0x13, "04: bright cyan"
	mov	ah, 0x0b
	mov	bx, 0x0100
	int	0x10
	mov	ax, 0x1007
	mov	bl, 3
	int	0x10
	EXPECT	bh, 0x16, "04, 0B: the other set"
	mov	dx, 0x3d9
	mov	al, 0x01
	out	dx, al
	mov	ax, 0x1007
	mov	bl, 2
	int	0x10
	EXPECT	bh, 0x04, "04, 3D9: dark"
	mov	dx, 0
	mov	bh, 0
	mov	ah, 0x02
	int	0x10
	mov	ax, 0x09db
	mov	bx, 0x0003
	mov	cx, 1
	int	0x10
	EXPECT	word [es:0], 0xffff, "04, 09: a full block"
	EXPECT	word [es:0x2000], 0xffff, "04, 09: its second row"
	mov	ah, 0x08
	int	0x10
	EXPECT	al, 0xdb, "04, 08"
	; what there is not leaves the mode as it is
	MODE	0x12
	mov	ah, 0x0f
	int	0x10
	EXPECT	al, 4, "12: no such mode"
	MODE	0x03
	mov	ah, 0x0f
	int	0x10
	EXPECT	ax, 0x5003, "03"
	END_CHECKS

; The sum of the rows of the full block in font BH.
block:	mov	cx, 8
	jmp	short sum
block14: mov	cx, 14
	jmp	short sum
block16: mov	cx, 16
sum:	mov	si, cx
	mov	ax, 0x1130
	int	0x10
	push	cx
	push	dx
	mov	ax, si
	mov	cx, ax
	mov	dx, 0xdb
	mul	dx
	mov	si, ax
	xor	ax, ax
	xor	dx, dx
.row:	mov	dl, [es:bp + si]
	add	ax, dx
	inc	si
	loop	.row
	pop	dx
	pop	cx
	ret

; How many pixels at A000:BX differ from the glyph of AL.
glyph13:
	push	fs
	les	si, [font]
	push	es
	pop	fs
	mov	ah, 0
	shl	ax, 3
	add	si, ax
	mov	ax, 0xa000
	mov	es, ax
	xor	dx, dx
	mov	cx, 8
.row:	mov	ah, [fs:si]
	mov	di, 8
.dot:	mov	al, [es:bx]
	shl	ah, 1
	jc	.set
	cmp	al, 0
	je	.good
	jmp	short .bad
.set:	cmp	al, 0x2c
	je	.good
.bad:	inc	dx
.good:	inc	bx
	dec	di
	jnz	.dot
	add	bx, 320 - 8
	inc	si
	loop	.row
	mov	ax, dx
	pop	fs
	ret

state:	times 64 db 0
font:	dw	0, 0
text:	db	"XR"
