; Memory and programs: 48 49 4A 58; 4B and 4D at their edges; 26 50 51 55 62.
%include "oracle.inc"
begin:
	mov	ah, 0x4a
	mov	bx, 0x1000
	push	cs
	pop	es
	T	"4A own", N
	mov	ah, 0x48
	mov	bx, 0x10
	T	"48 16", N
	mov	[first], ax
	mov	ah, 0x48
	mov	bx, 0
	T	"48 0", N
	mov	[second], ax
	sub	ax, [first]
	WORD_IS	"48 0 is behind it", ax
	mov	es, [second]
	mov	ah, 0x4a
	mov	bx, 4
	T	"4A grows", N
	mov	es, [first]
	mov	ah, 0x4a
	mov	bx, 0x20
	T	"4A cannot grow", A
	WORD_IS	"4A largest", bx
	mov	ah, 0x4a
	mov	bx, 8
	T	"4A shrinks", N
	mov	ah, 0x48
	mov	bx, 2
	T	"48 in the gap", N
	mov	[third], ax
	sub	ax, [first]
	WORD_IS	"48 in the gap is", ax
	mov	es, [third]
	mov	ah, 0x49
	T	"49", N
	mov	ah, 0x49
	T	"49 again", N
	mov	ax, [first]
	add	ax, 2
	mov	es, ax
	mov	ah, 0x49
	T	"49 no block", A
	mov	ah, 0x4a
	mov	bx, 4
	T	"4A no block", A
	mov	es, [second]
	mov	ah, 0x49
	T	"49 second", N
	mov	es, [first]
	mov	ah, 0x49
	T	"49 first", N
	mov	ah, 0x48
	mov	bx, 0xffff
	int	0x21
	REPORT	"48 too much", A
	; strategies
	mov	ax, 0x5800
	T	"5800", A
	mov	ax, 0x5801
	mov	bx, 2
	T	"5801 last fit", N
	mov	ax, 0x5800
	T	"5800 last fit", A
	mov	ax, 0x5801
	mov	bx, 3
	T	"5801 of 3", A
	mov	ax, 0x5801
	mov	bx, 0
	T	"5801 first fit", N
	mov	ax, 0x5805
	T	"5805", A
	; programs
	mov	ax, 0x4b00
	mov	dx, missing
	mov	bx, block
	push	cs
	pop	es
	T	"4B missing", A
	mov	ax, 0x4b00
	mov	dx, no_path
	T	"4B no path", A
	mov	ax, 0x4b05
	mov	dx, missing
	T	"4B05", A
	mov	ah, 0x4d
	T	"4D nothing has run", A
	mov	ah, 0x62
	int	0x21
	mov	ax, cs
	sub	bx, ax
	REPORT	"62 is CS and more", B
	mov	ah, 0x51
	int	0x21
	mov	ax, cs
	sub	bx, ax
	REPORT	"51 is CS and more", B
	mov	ah, 0x26
	mov	dx, cs
	add	dx, 0x700
	mov	es, dx
	T	"26", N
	mov	ax, [es:2]
	sub	ax, [2]
	WORD_IS	"26 end of memory is the same", ax
	mov	ax, [es:0]
	WORD_IS	"26 INT 20", ax
	mov	ah, 0x55
	mov	si, 0x9000
	T	"55", N
	mov	ah, 0x62
	int	0x21
	sub	bx, dx
	WORD_IS	"62 after 55", bx
	mov	ax, [es:2]
	WORD_IS	"55 end", ax
	mov	ax, [es:0x16]
	mov	bx, cs
	sub	ax, bx
	WORD_IS	"55 parent", ax
	mov	ah, 0x50
	mov	bx, cs
	T	"50", N
	mov	ah, 0x62
	int	0x21
	mov	ax, cs
	sub	bx, ax
	WORD_IS	"62 after 50", bx
	; what a PSP has
	mov	ax, [0]
	WORD_IS	"PSP 0", ax
	mov	al, [5]
	mov	ah, 0
	WORD_IS	"PSP 5", ax
	mov	ax, [0x32]
	WORD_IS	"PSP handles", ax
	mov	ax, [0x34]
	WORD_IS	"PSP handles at", ax
	mov	ax, [0x50]
	WORD_IS	"PSP 50", ax
	DUMP	"PSP tail", 0x80, 2
	; a block's header
	mov	ax, cs
	dec	ax
	mov	es, ax
	mov	al, [es:0]
	mov	ah, 0
	WORD_IS	"MCB type", ax
	mov	ax, [es:1]
	mov	bx, cs
	sub	ax, bx
	WORD_IS	"MCB owner", ax
	mov	ax, [es:3]
	WORD_IS	"MCB size", ax
	ORACLE_END

first	dw	0
second	dw	0
third	dw	0
missing	db	"MISSING.COM", 0
no_path	db	"NOWHERE\MISSING.COM", 0
block	times 32 db 0
