; Extended memory: INT 2Fh 4300 and 4310, the calls of XMS 3.0, the high memory area, INT 15h 87h.
	org	0x100
	jmp	start
%include "check.inc"
%macro	XMS	1
	mov	ah, %1
	call	far [entry]
%endmacro
start:
	mov	ax, 0x4300
	int	0x2f
	EXPECT	al, 0x80, "4300"
	mov	ax, 0x4310
	int	0x2f
	mov	[entry], bx
	mov	[entry + 2], es
	EXPECT	byte [es:bx], 0xeb, "4310: a jump, as others look for"
	XMS	0x00
	EXPECT	ax, 0x0300, "00: version"
	EXPECT	dx, 1, "00: a high memory area"
	XMS	0x08
	EXPECT	ax, dx, "08: all of it in one"
	mov	[all], ax
	cmp	ax, 1024
	setae	bl
	EXPECT	bl, 1, "08: more than a machine's first"
	mov	dx, ax
	sub	dx, 1024
	XMS	0x09
	EXPECT	ax, 1, "09: most of it"
	mov	[filler], dx
	mov	dx, 250
	XMS	0x09
	EXPECT	ax, 1, "09"
	mov	[first], dx
	mov	dx, 500
	XMS	0x09
	mov	[second], dx
	mov	dx, 500
	XMS	0x09
	EXPECT	ax, 0, "09: too much"
	EXPECT	bl, 0xa0, "09: error A0"
	XMS	0x08
	EXPECT	ax, 274, "08: what is left"
	; there and back
	mov	ax, [first]
	mov	[target], ax
	mov	dword [target + 2], 0x3e7f0
	mov	word [source], 0
	mov	word [source + 2], pattern
	mov	[source + 4], cs
	mov	dword [length], 16
	mov	si, length
	XMS	0x0b
	EXPECT	ax, 1, "0B: out, to the end of the block"
	mov	dword [target + 2], 0x3e7f2
	mov	si, length
	XMS	0x0b
	EXPECT	bl, 0xa6, "0B: behind its end"
	mov	ax, [first]
	mov	[source], ax
	mov	dword [source + 2], 0x3e7f0
	mov	word [target], 0
	mov	word [target + 2], buffer
	mov	[target + 4], cs
	mov	si, length
	XMS	0x0b
	EXPECT	ax, 1, "0B: in"
	mov	si, pattern
	mov	di, buffer
	mov	cx, 8
	push	cs
	pop	es
	repe	cmpsw
	CHECK	"0B: the same bytes"
	mov	word [source], 77
	mov	si, length
	XMS	0x0b
	EXPECT	bl, 0xa3, "0B: no such source"
	mov	dword [length], 3
	mov	si, length
	XMS	0x0b
	EXPECT	bl, 0xa7, "0B: an odd length"
	; locks
	mov	dx, [first]
	XMS	0x0c
	EXPECT	ax, 1, "0C"
	mov	[address], bx
	mov	[address + 2], dx
	mov	dx, [first]
	XMS	0x0a
	EXPECT	bl, 0xab, "0A: locked"
	mov	dx, [first]
	XMS	0x0e
	EXPECT	bh, 1, "0E: locks"
	EXPECT	dx, 250, "0E: size"
	; INT 15h 87h from the locked block
	mov	eax, [address]
	add	eax, 0x3e7f0
	mov	[table + 0x12], eax
	mov	byte [table + 0x15], 0x93
	rol	eax, 8
	mov	[table + 0x17], al
	xor	eax, eax
	mov	ax, cs
	shl	eax, 4
	add	eax, other
	mov	[table + 0x1a], eax
	mov	byte [table + 0x1d], 0x93
	mov	si, table
	mov	ah, 0x87
	mov	cx, 8
	int	0x15
	EXPECT_NO_CARRY "1587"
	mov	si, pattern
	mov	di, other
	mov	cx, 8
	repe	cmpsw
	CHECK	"1587: the same bytes"
	mov	byte [table + 0x1f], 0x7f
	mov	si, table
	mov	ah, 0x87
	mov	cx, 8
	int	0x15
	EXPECT_CARRY "1587: no memory there"
	mov	dx, [first]
	XMS	0x0d
	mov	dx, [first]
	XMS	0x0d
	EXPECT	bl, 0xaa, "0D: not locked"
	; another size, elsewhere
	mov	dx, [first]
	mov	bx, 274
	XMS	0x0f
	EXPECT	ax, 1, "0F: it moves"
	mov	ax, [first]
	mov	[source], ax
	mov	dword [source + 2], 0x3e7f0
	mov	word [target + 2], other
	mov	dword [other], 0
	mov	dword [length], 16
	mov	si, length
	XMS	0x0b
	mov	si, pattern
	mov	di, other
	mov	cx, 8
	repe	cmpsw
	CHECK	"0F: with what is in it"
	mov	dx, [first]
	XMS	0x0a
	mov	dx, [second]
	XMS	0x0a
	EXPECT	ax, 1, "0A"
	mov	dx, [second]
	XMS	0x0a
	EXPECT	bl, 0xa2, "0A: it is free"
	XMS	0x08
	EXPECT	ax, 1024, "08: all but the first again"
	mov	dx, [filler]
	XMS	0x0a
	XMS	0x08
	EXPECT	ax, [all], "08: all again"
	; the high memory area
	mov	dx, 0xfff0
	XMS	0x01
	EXPECT	ax, 1, "01"
	XMS	0x01
	EXPECT	bl, 0x91, "01: taken"
	XMS	0x03
	EXPECT	ax, 1, "03: A20 is open"
	mov	ax, 0xffff
	mov	es, ax
	mov	word [es:0x1000], 0x55aa
	xor	ax, ax
	mov	fs, ax
	EXPECT	word [es:0x1000], 0x55aa, "memory above 1 MB"
	mov	ax, [fs:0x0ff0]
	cmp	ax, 0x55aa
	setne	al
	EXPECT	al, 1, "is none below"
	XMS	0x02
	EXPECT	ax, 1, "02"
	XMS	0x10
	EXPECT	bl, 0xb1, "10: no upper memory"
	XMS	0x77
	EXPECT	bl, 0x80, "77: no such function"
	END_CHECKS

entry	dd	0
first	dw	0
second	dw	0
filler	dw	0
all	dw	0
address	dd	0
length	dd	0
source	times 6 db 0
target	times 6 db 0
pattern	db	"sixteen letters!"
buffer	times 16 db 0
other	times 16 db 0
table	times 0x30 db 0
