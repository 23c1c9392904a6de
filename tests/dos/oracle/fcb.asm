; Files by FCB: 0F 10 11 12 13 14 15 16 17 21 22 23 24 27 28 29.
%include "oracle.inc"
begin:
	mov	ah, 0x1a
	mov	dx, dta
	int	0x21
	mov	ah, 0x0f
	mov	dx, fcb
	T	"0F missing", L
	mov	ah, 0x16
	mov	dx, fcb
	T	"16", L
	DUMP	"16 head", fcb, 0x0c
	DUMP	"16 block, record size, size", fcb + 0x0c, 8
	; four records of 128 bytes
	mov	si, 4
write:	mov	ax, 4
	sub	ax, si
	add	al, 'a'
	mov	di, dta
	mov	cx, 128
	push	cs
	pop	es
	rep	stosb
	mov	ah, 0x15
	mov	dx, fcb
	T	"15", L
	dec	si
	jnz	write
	DUMP	"15 block, record size, size", fcb + 0x0c, 8
	DUMP	"15 record", fcb + 0x20, 1
	mov	ah, 0x10
	T	"10", L
	mov	ah, 0x10
	mov	dx, never
	T	"10 never opened", L
	call	fresh
	mov	ah, 0x23
	mov	dx, fcb
	mov	word [fcb + 0x0e], 128
	T	"23 in records of 128", L
	DUMP	"23 random", fcb + 0x21, 4
	mov	ah, 0x23
	mov	word [fcb + 0x0e], 100
	T	"23 in records of 100", L
	DUMP	"23 random of 100", fcb + 0x21, 4
	mov	ah, 0x23
	mov	dx, never
	T	"23 missing", L
	call	fresh
	mov	ah, 0x0f
	mov	dx, fcb
	T	"0F", L
	DUMP	"0F head", fcb, 0x0c
	DUMP	"0F block, record size, size", fcb + 0x0c, 8
	mov	byte [fcb + 0x20], 1
	mov	ah, 0x14
	T	"14 record 1", L
	DUMP	"14 bytes", dta, 2
	mov	byte [fcb + 0x20], 3
	mov	ah, 0x14
	T	"14 the last", L
	mov	ah, 0x14
	T	"14 beyond", L
	DUMP	"14 where", fcb + 0x20, 1
	; records of 200: the last one is partial
	mov	word [fcb + 0x0e], 200
	mov	word [fcb + 0x0c], 0
	mov	byte [fcb + 0x20], 2
	mov	ah, 0x14
	T	"14 partial", L
	DUMP	"14 partial bytes", dta + 110, 4
	mov	ah, 0x14
	T	"14 behind the partial", L
	; random
	mov	word [fcb + 0x0e], 128
	mov	word [fcb + 0x21], 2
	mov	word [fcb + 0x23], 0
	mov	ah, 0x21
	mov	dx, fcb
	T	"21", L
	DUMP	"21 bytes", dta, 2
	DUMP	"21 block", fcb + 0x0c, 2
	DUMP	"21 record and random", fcb + 0x20, 5
	mov	byte [dta], 'X'
	mov	word [fcb + 0x21], 6
	mov	ah, 0x22
	T	"22 beyond", L
	DUMP	"22 size", fcb + 0x10, 4
	mov	word [fcb + 0x21], 5
	mov	ah, 0x21
	T	"21 in the gap", L
	mov	word [fcb + 0x21], 7
	mov	ah, 0x21
	T	"21 at the end", L
	mov	word [fcb + 0x0c], 1
	mov	byte [fcb + 0x20], 5
	mov	ah, 0x24
	T	"24", N
	DUMP	"24 random", fcb + 0x21, 4
	; blocks
	mov	word [fcb + 0x0e], 16
	mov	word [fcb + 0x21], 8
	mov	word [fcb + 0x23], 0
	mov	ah, 0x27
	mov	cx, 5
	T	"27", L | C
	DUMP	"27 bytes", dta, 2
	DUMP	"27 random", fcb + 0x21, 4
	mov	word [fcb + 0x21], 55
	mov	ah, 0x27
	mov	cx, 5
	T	"27 across the end", L | C
	DUMP	"27 random at the end", fcb + 0x21, 4
	mov	ah, 0x27
	mov	cx, 1
	T	"27 at the end", L | C
	mov	word [fcb + 0x21], 2
	mov	ah, 0x28
	mov	cx, 3
	T	"28", L | C
	DUMP	"28 random", fcb + 0x21, 4
	mov	word [fcb + 0x21], 3
	mov	ah, 0x28
	mov	cx, 0
	T	"28 cuts", L | C
	DUMP	"28 size", fcb + 0x10, 4
	mov	ah, 0x10
	mov	dx, fcb
	T	"10 again", L
	; names
	mov	ah, 0x17
	mov	dx, rename_missing
	T	"17 missing", L
	mov	ah, 0x17
	mov	dx, rename
	T	"17", L
	mov	ah, 0x17
	mov	dx, rename
	T	"17 again", L
	mov	ah, 0x11
	mov	dx, search
	T	"11", L
	DUMP	"11 entry", dta, 13
	DUMP	"11 size", dta + 29, 4
	mov	ah, 0x12
	T	"12", L
	mov	ah, 0x11
	mov	dx, extended
	T	"11 extended", L
	DUMP	"11 extended entry", dta, 20
	mov	ah, 0x11
	mov	dx, never
	T	"11 missing", L
	mov	ah, 0x13
	mov	dx, search
	T	"13", L
	mov	ah, 0x13
	T	"13 again", L
	; 29
%macro	PARSE	3
	mov	di, parsed
	mov	si, %%text
	mov	ax, 0x2900 | %2
	push	cs
	pop	es
	int	0x21
	sub	si, %%text
	REPORT	{"29 ", %1}, L | S
	DUMP	{"29 ", %1, " name"}, parsed, 12
	jmp	short %%over
%%text	db	%3, 13, 0
%%over:
%endmacro
	PARSE	"plain", 0, "file.ext"
	PARSE	"drive", 0, "c:name"
	PARSE	"no drive", 0, "x:name.e"
	PARSE	"star", 0, "a*.?x"
	PARSE	"separators 0", 0, ";=,name"
	PARSE	"separators 1", 1, ";=,name"
	PARSE	"blanks", 1, "   name   next"
	PARSE	"too long", 0, "averylongname.extension more"
	PARSE	"empty", 0, ""
	PARSE	"dot", 0, "."
	PARSE	"dots", 0, ".."
	PARSE	"no name 1", 0, ".ext"
	PARSE	"keep drive", 2, "name"
	PARSE	"keep name", 4, ".ext"
	PARSE	"keep extension", 8, "name"
	PARSE	"path", 0, "dir\name"
	PARSE	"slash", 0, "a/b"
	PARSE	"quote", 0, 'a"b'
	PARSE	"plus", 0, "a+b"
	PARSE	"bracket", 0, "a[b"
	PARSE	"less", 0, "a<b"
	PARSE	"pipe", 0, "a|b"
	ORACLE_END

; The FCB as if it had never been open.
fresh:	mov	di, fcb + 0x0c
	mov	cx, 25
	xor	al, al
	push	cs
	pop	es
	rep	stosb
	ret

fcb	db	0, "FCBFILE DAT"
	times 25 db 0
never	db	0, "NEVER   DAT"
	times 25 db 0
rename	db	0, "FCBFILE DAT"
	times 5 db 0
	db	"RENAMED DAT"
	times 9 db 0
rename_missing: db 0, "NEVER   DAT"
	times 5 db 0
	db	"RENAMED DAT"
	times 9 db 0
search	db	0, "REN????????"
	times 25 db 0
extended: db	0xff, 0, 0, 0, 0, 0, 0x10, 0, "REN????????"
	times 25 db 0
parsed	times 40 db 0xee
dta:	times 256 db 0
