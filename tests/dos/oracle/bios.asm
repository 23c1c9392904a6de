; The BIOS: 10 11 12 15 16 1A, and its data.
%include "oracle.inc"
%macro	BIOS	3
	int	%1
	REPORT	%2, %3
%endmacro
begin:
	mov	ax, 0x0003
	int	0x10
	mov	ah, 0x0f
	mov	bx, 0
	BIOS	0x10, "0F", A | B
	mov	ah, 0x02
	mov	bh, 0
	mov	dx, 0x0a14
	int	0x10
	mov	ax, 0x0941
	mov	bx, 0x1e
	mov	cx, 3
	int	0x10
	mov	ah, 0x08
	BIOS	0x10, "08", A
	mov	ah, 0x03
	BIOS	0x10, "03", D | C
	mov	ax, 0x0e42
	int	0x10
	mov	ah, 0x03
	BIOS	0x10, "03 after 0E", D
	mov	ax, 0x0e0d
	int	0x10
	mov	ax, 0x0e0a
	int	0x10
	mov	ah, 0x03
	BIOS	0x10, "03 after CR LF", D
	mov	ah, 0x02
	mov	dx, 0x184f
	int	0x10
	mov	ax, 0x0e58
	int	0x10
	mov	ah, 0x03
	BIOS	0x10, "03 after the last cell", D
	mov	ah, 0x02
	mov	dx, 0x174f
	int	0x10
	mov	ah, 0x08
	BIOS	0x10, "08 scrolled", A
	mov	ax, 0x0601
	mov	bx, 0x2000
	mov	cx, 0x0905
	mov	dx, 0x0b20
	int	0x10
	mov	ah, 0x02
	mov	bh, 0
	mov	dx, 0x0814
	int	0x10
	mov	ah, 0x08
	BIOS	0x10, "08 above the window", A
	mov	ah, 0x02
	mov	dx, 0x0b14
	int	0x10
	mov	ah, 0x08
	BIOS	0x10, "08 cleared", A
	mov	ah, 0x01
	mov	cx, 0x2000
	int	0x10
	mov	ah, 0x03
	mov	bh, 0
	BIOS	0x10, "03 shape", C
	mov	ax, 0x0503
	int	0x10
	mov	ah, 0x0f
	BIOS	0x10, "0F page 3", A | B
	mov	ax, 0x0500
	int	0x10
	mov	ax, 0x1301
	mov	bx, 0x0017
	mov	cx, 3
	mov	dx, 0x0502
	push	cs
	pop	es
	mov	bp, abc
	int	0x10
	mov	ah, 0x03
	mov	bh, 0
	BIOS	0x10, "03 after 13", D
	mov	ah, 0x02
	mov	dx, 0x0503
	int	0x10
	mov	ah, 0x08
	BIOS	0x10, "08 of 13", A
	mov	ax, 0x1a00
	mov	bx, 0
	BIOS	0x10, "1A", A | B
	mov	ah, 0x12
	mov	bx, 0x0010
	BIOS	0x10, "12", B
	mov	ax, 0x1130
	mov	bh, 6
	BIOS	0x10, "1130", C | D
	mov	ax, 0x1003
	mov	bl, 0
	int	0x10
	; palette and DAC
	mov	ax, 0x1007
	mov	bx, 0x0003
	BIOS	0x10, "1007", B
	mov	ax, 0x1000
	mov	bx, 0x2a03
	int	0x10
	mov	ax, 0x1007
	mov	bx, 0x0003
	BIOS	0x10, "1007 after 1000", B
	mov	ax, 0x1010
	mov	bx, 77
	mov	dh, 10
	mov	cx, 0x141e
	int	0x10
	mov	ax, 0x1015
	mov	bx, 77
	mov	cx, 0
	mov	dx, 0
	int	0x10
	mov	dl, 0
	REPORT	"1015", C | D
	mov	dx, 0x3c7
	mov	al, 77
	out	dx, al
	mov	dx, 0x3c9
	in	al, dx
	mov	ah, al
	in	al, dx
	REPORT	"3C9", A
	mov	dx, 0x3c8
	mov	al, 78
	out	dx, al
	inc	dx
	mov	al, 1
	out	dx, al
	mov	al, 2
	out	dx, al
	mov	al, 3
	out	dx, al
	mov	ax, 0x1015
	mov	bx, 78
	mov	dx, 0
	int	0x10
	mov	dl, 0
	REPORT	"1015 after 3C9", C | D
	; modes
	mov	ax, 0x0001
	int	0x10
	mov	ah, 0x0f
	mov	bx, 0
	BIOS	0x10, "0F mode 1", A | B
	mov	ax, 0x0013
	int	0x10
	mov	ah, 0x0f
	mov	bx, 0
	BIOS	0x10, "0F mode 13", A | B
	mov	ax, 0x0c07
	mov	bx, 0
	mov	cx, 100
	mov	dx, 50
	int	0x10
	mov	ah, 0x0d
	BIOS	0x10, "0D", L
	mov	ax, 0xa000
	mov	es, ax
	mov	al, [es:320 * 50 + 100]
	mov	ah, 0
	WORD_IS	"A000 of it", ax
	mov	byte [es:320 * 60 + 5], 0x33
	mov	ah, 0x0d
	mov	cx, 5
	mov	dx, 60
	BIOS	0x10, "0D of A000", L
	mov	ax, 0x0003
	int	0x10
	int	0x11
	and	ax, 0x0030
	WORD_IS	"11 video", ax
	int	0x12
	WORD_IS	"12", ax
	mov	ah, 0x4f
	mov	al, 0x1e
	stc
	BIOS	0x15, "154F", N
	mov	ah, 0xc1
	BIOS	0x15, "15C1", N
	mov	ah, 0x01
	BIOS	0x16, "1601", Z
	mov	ah, 0x05
	mov	cx, 0x1e61
	BIOS	0x16, "1605", L
	mov	ah, 0x01
	BIOS	0x16, "1601 now", A | Z
	mov	ah, 0x00
	BIOS	0x16, "1600", A
	mov	ah, 0x05
	mov	cx, 0x4be0
	int	0x16
	mov	ah, 0x00
	BIOS	0x16, "1600 grey", A
	mov	ah, 0x05
	mov	cx, 0x4be0
	int	0x16
	mov	ah, 0x10
	BIOS	0x16, "1610 grey", A
	mov	ah, 0x02
	BIOS	0x16, "1602", L
	mov	ax, 0x40
	mov	es, ax
	mov	ax, [es:0x4a]
	WORD_IS	"40:4A", ax
	mov	ax, [es:0x4c]
	WORD_IS	"40:4C", ax
	mov	ax, [es:0x63]
	WORD_IS	"40:63", ax
	mov	ax, [es:0x80]
	WORD_IS	"40:80", ax
	mov	ax, [es:0x82]
	WORD_IS	"40:82", ax
	mov	al, [es:0x84]
	mov	ah, 0
	WORD_IS	"40:84", ax
	mov	ax, [es:0x85]
	WORD_IS	"40:85", ax
	ORACLE_END
abc	db	"abc"
