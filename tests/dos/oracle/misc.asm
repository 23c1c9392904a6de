; (DOSBox ends itself at an AL of 33h or 65h that it does not know.)
; Flags, dates, country, IOCTL and the rest: 25 2A 2B 2C 2D 2E 30 33 34 35 37 38 44 54 59 5D 63 65 66 67.
%include "oracle.inc"
begin:
	mov	ah, 0x30
	int	0x21
	REPORT	"30", L
	mov	ax, 0x3301
	mov	dl, 1
	T	"3301", N
	mov	ax, 0x3300
	mov	dl, 0xff
	int	0x21
	mov	dh, 0
	REPORT	"3300", D
	mov	ax, 0x3301
	mov	dl, 0
	int	0x21
	mov	ax, 0x3300
	int	0x21
	mov	dh, 0
	REPORT	"3300 off", D
	mov	ax, 0x3305
	int	0x21
	mov	dh, 0
	REPORT	"3305", D
	mov	ax, 0x3306
	int	0x21
	mov	bh, 0
	REPORT	"3306", B
	mov	ax, 0x2e01
	mov	dx, 0
	int	0x21
	mov	ah, 0x54
	T	"54", L
	mov	ax, 0x2e00
	int	0x21
	mov	ah, 0x54
	T	"54 off", L
	mov	ax, 0x3700
	T	"3700", L
	mov	dh, 0
	REPORT	"3700 character", D
	; vectors
	mov	ax, 0x2561
	mov	dx, 0x1234
	T	"25", N
	mov	ax, 0x3561
	T	"35", B
	; dates
%macro	DATE	3
%defstr %%label 2B %1-%2-%3
	mov	ah, 0x2b
	mov	cx, %1
	mov	dx, %2 * 256 + %3
	T	%%label, L
%endmacro
	DATE	1979, 12, 31
	DATE	1995, 2, 29
	DATE	1996, 2, 29
	mov	ah, 0x2a
	T	"2A", L | C | D
	DATE	1995, 13, 1
	DATE	1995, 0, 1
	DATE	1995, 4, 31
	DATE	2000, 2, 29
	DATE	2100, 1, 1
	mov	ah, 0x2a
	T	"2A again", L | C | D
	DATE	1999, 12, 31
	mov	ah, 0x2a
	T	"2A the last", L | C | D
%macro	TIME	4
%defstr %%label 2D %1-%2-%3-%4
	mov	ah, 0x2d
	mov	cx, %1 * 256 + %2
	mov	dx, %3 * 256 + %4
	T	%%label, L
%endmacro
	TIME	24, 0, 0, 0
	TIME	12, 60, 0, 0
	TIME	12, 0, 60, 0
	TIME	12, 0, 0, 100
	TIME	13, 45, 10, 0
	mov	ah, 0x2c
	T	"2C", C
	; country
	mov	ax, 0x3800
	mov	dx, buffer
	mov	bx, 0
	T	"38", B
	DUMP	"38 date, currency", buffer, 7
	DUMP	"38 separators", buffer + 7, 10
	DUMP	"38 time", buffer + 17, 1
	DUMP	"38 list", buffer + 22, 2
	mov	ah, 0x38
	mov	al, 99
	T	"38 of 99", A
	mov	ax, 0x6501
	mov	bx, -1
	mov	dx, -1
	mov	cx, 41
	mov	di, buffer
	push	cs
	pop	es
	T	"6501", C
	DUMP	"6501 head", buffer, 7
	mov	ax, 0x6501
	mov	cx, 4
	T	"6501 too short", A
	mov	ax, 0x6502
	mov	cx, 5
	mov	di, buffer
	T	"6502", C
	call	far_table
	DUMP	"6502 upper case", copy, 34
	mov	ax, 0x6505
	mov	cx, 5
	T	"6505", C
	call	far_table
	DUMP	"6505 characters", copy, 24
	mov	ax, 0x6506
	mov	cx, 5
	T	"6506", C
	call	far_table
	DUMP	"6506 order", copy, 34
	mov	ax, 0x6507
	mov	cx, 5
	T	"6507", C
	mov	ax, 0x6520
	mov	dl, 'q'
	int	0x21
	mov	dh, 0
	REPORT	"6520", D
	mov	ax, 0x6521
	mov	dx, word_text
	mov	cx, 3
	int	0x21
	TEXT	"6521", word_text
	mov	ax, 0x6522
	mov	dx, word_text
	int	0x21
	TEXT	"6522", word_text
	mov	ax, 0x6601
	T	"6601", B | D
	; IOCTL
%macro	IOCTL	3
	mov	ax, 0x4400 | %1
	mov	bx, %2
	T	%3, A
%endmacro
	mov	ax, 0x4400
	mov	bx, 2
	T	"4400 CON", D
	mov	ax, 0x4400
	mov	bx, 3
	T	"4400 AUX", D
	mov	ax, 0x3d02
	mov	dx, nul
	int	0x21
	mov	bx, ax
	mov	ax, 0x4400
	T	"4400 NUL", D
	mov	ax, 0x4406
	T	"4406 NUL", L
	mov	ax, 0x4407
	T	"4407 NUL", L
	mov	ah, 0x3e
	int	0x21
	mov	ah, 0x3c
	mov	cx, 0
	mov	dx, name
	int	0x21
	mov	bx, ax
	mov	ax, 0x4400
	T	"4400 file", D
	mov	ax, 0x4406
	T	"4406 at the end", L
	mov	ah, 0x40
	mov	cx, 3
	int	0x21
	mov	ax, 0x4400
	T	"4400 file written", D
	mov	ax, 0x4200
	mov	cx, 0
	mov	dx, 0
	int	0x21
	mov	ax, 0x4406
	T	"4406 before the end", L
	mov	ax, 0x4407
	T	"4407 file", L
	mov	ax, 0x4401
	mov	dx, 0
	T	"4401 file", A
	mov	ah, 0x3e
	int	0x21
	mov	ah, 0x41
	mov	dx, name
	int	0x21
	IOCTL	0, 55, "4400 no handle"
	IOCTL	1, 55, "4401 no handle"
	IOCTL	6, 55, "4406 no handle"
	IOCTL	7, 55, "4407 no handle"
	IOCTL	8, 0, "4408 current"
	IOCTL	8, 3, "4408 C"
	IOCTL	8, 24, "4408 no drive"
	mov	ax, 0x4409
	mov	bx, 3
	mov	dx, 0
	T	"4409 C", N
	IOCTL	9, 24, "4409 no drive"
	IOCTL	0x0a, 55, "440A no handle"
	mov	ax, 0x440b
	mov	cx, 1
	mov	dx, 3
	T	"440B", N
	mov	ax, 0x440e
	mov	bx, 3
	T	"440E", L
	IOCTL	0x0e, 24, "440E no drive"
	IOCTL	0x20, 0, "4420"
	; the last error
	mov	ax, 0x3d00
	mov	dx, missing
	int	0x21
	mov	ah, 0x59
	mov	bx, 0
	T	"59 no file", A | B
	mov	ah, 0x3f
	mov	bx, 77
	int	0x21
	mov	ah, 0x59
	mov	bx, 0
	T	"59 no handle", A | B
	mov	ah, 0x3e
	mov	bx, 77
	int	0x21
	; others
	mov	ah, 0x34
	int	0x21
	mov	al, [es:bx]
	mov	ah, 0
	WORD_IS	"34 not in DOS", ax
	mov	ax, 0x6300
	int	0x21
	REPORT	"6300", N
	mov	ax, [si]
	push	cs
	pop	ds
	WORD_IS	"6300 table", ax
	mov	ah, 0x18
	T	"18", L
	mov	ah, 0x1d
	T	"1D", L
	mov	ah, 0x1e
	T	"1E", L
	mov	ah, 0x20
	T	"20", L
	mov	ah, 0x6b
	T	"6B", L
	mov	ax, 0x5d06
	push	ds
	int	0x21
	mov	cx, ds
	pop	ds
	REPORT	"5D06", N
	mov	ah, 0x52
	int	0x21
	mov	ax, [es:bx - 2]
	mov	es, ax
	mov	al, [es:0]
	mov	ah, 0
	WORD_IS	"52 the first block", ax
	ORACLE_END

far_table:
	pusha
	push	ds
	push	es
	push	cs
	pop	es
	mov	di, copy
	lds	si, [cs:buffer + 1]
	mov	cx, 40
	rep	movsb
	pop	es
	pop	ds
	popa
	ret

nul	db	"NUL", 0
name	db	"IOCTL.DAT", 0
missing	db	"MISSING.DAT", 0
word_text: db	"abcdef", 0
buffer	times 64 db 0
copy	times 64 db 0
