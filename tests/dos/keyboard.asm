; The keyboard: scan codes, which command D2 of the controller brings as if they had been typed.
	org	0x100
	jmp	start
%include "check.inc"
%macro	TYPE	1-*			; scan codes
%rep %0
	mov	al, %1
	call	type
%rotate 1
%endrep
%endmacro
%macro	KEY	2			; function 10 gives this key
	mov	ah, 0x11
	int	0x16
	jz	%%none
	mov	ah, 0x10
	int	0x16
%%none:	EXPECT	ax, %1, %2
%endmacro
start:
	TYPE	0x1e, 0x9e
	KEY	0x1e61, "a"
	TYPE	0x2a, 0x1e, 0x9e
	mov	ah, 0x02
	int	0x16
	EXPECT	al, 0x02, "02: left shift"
	TYPE	0xaa
	KEY	0x1e41, "A"
	TYPE	0xe0, 0x48, 0xe0, 0xc8
	mov	ah, 0x00
	int	0x16
	EXPECT	ax, 0x4800, "00: a grey key"
	TYPE	0xe0, 0x48, 0xe0, 0xc8
	KEY	0x48e0, "10: the same"
	TYPE	0x57, 0xd7, 0x30, 0xb0
	mov	ah, 0x00
	int	0x16
	EXPECT	ax, 0x3062, "00: F11 is skipped"
	TYPE	0x38, 0x1e, 0x9e
	mov	ah, 0x12
	int	0x16
	EXPECT	ax, 0x0208, "12: left Alt"
	TYPE	0xb8
	KEY	0x1e00, "Alt-A"
	TYPE	0x38, 0x4d, 0xcd, 0x4f, 0xcf, 0xb8
	KEY	0x003d, "Alt and a number"

	; an INT 9 of the program's own, which reads the code and goes on to the BIOS
	mov	ax, 0x3509
	int	0x21
	mov	[old], bx
	mov	[old + 2], es
	mov	ax, 0x2509
	mov	dx, chained
	int	0x21
	TYPE	0x20, 0xa0
	EXPECT	word [codes], 0x20a0, "09: both codes"
	KEY	0x2064, "09: and the key"
	; one that keeps them
	mov	ax, 0x2509
	mov	dx, alone
	int	0x21
	TYPE	0x21, 0xa1
	EXPECT	word [codes], 0x21a1, "09: alone"
	mov	ah, 0x01
	int	0x16
	CHECK	"09: no key"
	call	unhook

	; INT 15h, 4Fh: another code, none
	mov	ax, 0x3515
	int	0x21
	mov	[old15], bx
	mov	[old15 + 2], es
	mov	ax, 0x2515
	mov	dx, intercept
	int	0x21
	TYPE	0x22, 0xa2
	KEY	0x2368, "4F: g becomes h"
	TYPE	0x24, 0xa4
	mov	ah, 0x01
	int	0x16
	CHECK	"4F: j is no key"
	push	ds
	lds	dx, [old15]
	mov	ax, 0x2515
	int	0x21
	pop	ds

	; Ctrl-Break: INT 1Bh, an empty ring with a 0, 40:71
	mov	ax, 0x251b
	mov	dx, broken
	int	0x21
	TYPE	0x1e, 0x9e, 0x1d, 0xe0, 0x46, 0xe0, 0xc6, 0x9d
	EXPECT	byte [breaks], 1, "1B"
	xor	ax, ax
	mov	es, ax
	EXPECT	byte [es:0x471], 0x80, "40:71"
	mov	ah, 0x10
	int	0x16
	EXPECT	ax, 0, "the key 0"
	mov	ah, 0x11
	int	0x16
	CHECK	"and what was before is gone"
	; INT 5
	mov	ax, 0x2505
	mov	dx, printed
	int	0x21
	TYPE	0xe0, 0x2a, 0xe0, 0x37, 0xe0, 0xb7, 0xe0, 0xaa
	EXPECT	byte [prints], 1, "05: Print Screen"

	; locks, lamps
	TYPE	0x3a, 0xba
	EXPECT	byte [es:0x417], 0x40, "Caps Lock"
	mov	al, [es:0x497]
	and	al, 7
	EXPECT	al, 4, "and its lamp"
	TYPE	0x3a, 0xba
	EXPECT	byte [es:0x417], 0, "and off"

	; the keyboard and the controller answer, interrupts off
	cli
	mov	al, 0xed
	out	0x60, al
	call	answer
	EXPECT	al, 0xfa, "ED"
	mov	al, 2
	out	0x60, al
	call	answer
	EXPECT	al, 0xfa, "and its lamps"
	mov	al, 0xaa
	out	0x64, al
	call	answer
	EXPECT	al, 0x55, "AA: the test"
	mov	al, 0x20
	out	0x64, al
	call	answer
	and	al, 1
	EXPECT	al, 1, "20: the command byte"
	; polled: the code is at port 60 once
	mov	al, 0xd2
	out	0x64, al
	mov	al, 0x31
	out	0x60, al
	call	answer
	EXPECT	al, 0x31, "polled"
	in	al, 0x64
	and	al, 1
	EXPECT	al, 0, "and gone"
	sti

	; waiting with HLT, keys in the ring's own words
	mov	ax, [es:0x41a]
	mov	bx, [es:0x41c]
	EXPECT	ax, bx, "the ring is empty"
	TYPE	0x10, 0x90
	mov	bx, [es:0x41a]
	EXPECT	word [es:bx + 0x400], 0x1071, "q lies in it"
	mov	ax, 0x3d00		; handle 0 is to be the console, whatever it was
	mov	dx, console
	int	0x21
	mov	bx, ax
	mov	cx, 0
	mov	ah, 0x46
	int	0x21
	mov	ah, 0x08
	int	0x21
	EXPECT	al, 'q', "2108: q"

	; INT 28h comes while DOS waits, and may bring a key
	mov	ax, 0x2528
	mov	dx, idle
	int	0x21
	mov	ah, 0x08
	int	0x21
	EXPECT	al, 'z', "28: while DOS waits"
	mov	ah, 0x0a
	int	0x16
	EXPECT	bx, 0x41ab, "0A: the keyboard's number"
	END_CHECKS

type:	push	ax
	mov	al, 0xd2
	out	0x64, al
	pop	ax
	out	0x60, al
	nop
	nop
	ret
answer:	in	al, 0x64
	test	al, 1
	jz	answer
	in	al, 0x60
	ret
unhook:	push	ds
	lds	dx, [old]
	mov	ax, 0x2509
	int	0x21
	pop	ds
	ret

chained:
	push	ax
	in	al, 0x60
	mov	ah, [cs:codes]
	mov	[cs:codes], al
	mov	[cs:codes + 1], ah
	pop	ax
	jmp	far [cs:old]
alone:	push	ax
	in	al, 0x60
	mov	ah, [cs:codes]
	mov	[cs:codes], al
	mov	[cs:codes + 1], ah
	mov	al, 0x20
	out	0x20, al
	pop	ax
	iret
intercept:
	cmp	ah, 0x4f
	jne	.chain
	cmp	al, 0x22
	jne	.j
	mov	al, 0x23
	stc
	retf	2
.j:	cmp	al, 0x24
	jne	.keep
	clc
	retf	2
.keep:	stc
	retf	2
.chain:	jmp	far [cs:old15]
broken:	inc	byte [cs:breaks]
	iret
printed: inc	byte [cs:prints]
	iret
idle:	push	ax
	push	cx
	mov	ah, 0x05
	mov	cx, 0x2c7a
	int	0x16
	pop	cx
	pop	ax
	iret

console: db	"CON", 0
old:	dw	0, 0
old15:	dw	0, 0
codes:	dw	0
breaks:	db	0
prints:	db	0
