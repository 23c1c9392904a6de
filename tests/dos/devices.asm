; The PC's devices: interrupt controllers, timer, clock chip, the A20 line; waits of INT 15h.
	org	0x100
	jmp	start
%include "check.inc"
start:
	; the timer: a latched count moves, and is read in two halves
	call	count
	mov	[first], ax
	mov	cx, 0
.pause:	loop	.pause
	call	count
	cmp	ax, [first]
	setne	al
	EXPECT	al, 1, "40: the count moves"
	mov	al, 0xe2
	out	0x43, al
	in	al, 0x40
	and	al, 0x3f
	EXPECT	al, 0x36, "43: read back, mode 3, both bytes"
	in	al, 0x40
	in	al, 0x40
	; channel 2: one count, seen at port 61
	in	al, 0x61
	and	al, 0xfc
	out	0x61, al
	mov	al, 0xb0
	out	0x43, al
	mov	al, 0x00
	out	0x42, al
	mov	al, 0x10
	out	0x42, al
	in	al, 0x61
	or	al, 1
	out	0x61, al
.wait2:	in	al, 0x61
	test	al, 0x20
	jz	.wait2
	and	al, 3
	EXPECT	al, 1, "61: channel 2 has counted"
	in	al, 0x61
	and	al, 0xfc
	out	0x61, al

	; a timer ten times as fast: its interrupts come, 40:6C does not go faster
	mov	ax, 0x3508
	int	0x21
	mov	[old], bx
	mov	[old + 2], es
	mov	ax, 0x2508
	mov	dx, fast
	int	0x21
	mov	ax, 0x1999		; 6553: 182 a second
	call	rate
	push	ds
	xor	ax, ax
	mov	ds, ax
	mov	ax, [0x46c]
.tick:	cmp	ax, [0x46c]
	je	.tick
	mov	bx, [0x46c]
	mov	word [cs:fasts], 0
.five:	mov	ax, [0x46c]
	sub	ax, bx
	cmp	ax, 5
	jb	.five
	pop	ds
	shl	ax, 2			; ten a tick; at least four
	cmp	[fasts], ax
	setae	al
	EXPECT	al, 1, "08: faster than the clock"
	; masked, no more come
	in	al, 0x21
	or	al, 1
	out	0x21, al
	in	al, 0x21
	test	al, 1
	setnz	al
	EXPECT	al, 1, "21: the mask is read back"
	mov	word [fasts], 0
	call	two_ticks
	EXPECT	word [fasts], 0, "21: masked"
	in	al, 0x21
	and	al, 0xfe
	out	0x21, al
	call	two_ticks
	cmp	word [fasts], 0
	setne	al
	EXPECT	al, 1, "21: open again"
	; one that gives no end of interrupt is the last, until somebody does
	mov	byte [silent], 1
	call	two_ticks
	mov	word [fasts], 0
	call	two_ticks
	EXPECT	word [fasts], 0, "20: no end of interrupt, no more"
	cli
	mov	al, 0x0b
	out	0x20, al
	in	al, 0x20
	EXPECT	al, 1, "20: ISR"
	mov	al, 0x0a
	out	0x20, al
	in	al, 0x20
	and	al, 1
	mov	byte [silent], 0
	mov	al, 0x20
	out	0x20, al
	sti
	call	two_ticks
	cmp	word [fasts], 0
	setne	al
	EXPECT	al, 1, "20: the end of interrupt"
	mov	ax, 0
	call	rate
	lds	dx, [old]
	mov	ax, 0x2508
	int	0x21
	push	cs
	pop	ds

	; the clock chip: its periodic interrupt
	mov	ax, 0x3570
	int	0x21
	mov	[old], bx
	mov	[old + 2], es
	mov	ax, 0x2570
	mov	dx, periodic
	int	0x21
	in	al, 0xa1
	and	al, 0xfe
	out	0xa1, al
	mov	ah, 0x0b
	call	cmos_read
	or	al, 0x40
	mov	ah, 0x0b
	call	cmos_write
.eight:	cmp	word [periods], 8
	jb	.eight
	mov	ah, 0x0b
	call	cmos_read
	and	al, 0xbf
	mov	ah, 0x0b
	call	cmos_write
	xor	ax, ax
	CHECK	"70: the clock's interrupt"
	lds	dx, [old]
	mov	ax, 0x2570
	int	0x21
	push	cs
	pop	ds
	mov	ah, 0x32
	call	cmos_read
	EXPECT	al, 0x20, "70: the century"
	mov	al, 0x55
	mov	ah, 0x40
	call	cmos_write
	mov	ah, 0x40
	call	cmos_read
	EXPECT	al, 0x55, "71: its memory"

	; INT 15h
	push	cs
	pop	es
	mov	ax, 0x8300
	mov	bx, flag
	mov	cx, 0
	mov	dx, 20000
	int	0x15
	EXPECT_NO_CARRY "1583"
	mov	ax, 0x8300
	mov	bx, flag
	int	0x15
	EXPECT_CARRY "1583: only one"
.flag:	test	byte [flag], 0x80
	jz	.flag
	mov	ah, 0x86
	mov	cx, 0
	mov	dx, 5000
	int	0x15
	EXPECT_NO_CARRY "1586"
	mov	ah, 0xc0
	int	0x15
	EXPECT	byte [es:bx + 2], 0xfc, "15C0: an AT"
	mov	ax, 0xe801
	int	0x15
	EXPECT_NO_CARRY "15E801"
	mov	ah, 0x99
	int	0x15
	EXPECT_CARRY "1599: unknown"
	EXPECT	ah, 0x86, "1599: error 86"

	; the A20 line, by four ways
	xor	ax, ax
	mov	fs, ax
	mov	ax, 0xffff
	mov	gs, ax
	mov	word [fs:0x4f0], 0x1234
	EXPECT	word [gs:0x500], 0x1234, "closed: 1 MB is 0"
	in	al, 0x92
	or	al, 2
	out	0x92, al
	mov	word [gs:0x500], 0x5678
	EXPECT	word [fs:0x4f0], 0x1234, "92: open"
	mov	ax, 0x2402
	int	0x15
	EXPECT	ax, 1, "1524 02: open"
	mov	al, 0xd1
	out	0x64, al
	mov	al, 0xdd
	out	0x60, al
	EXPECT	word [gs:0x500], 0x1234, "D1: closed"
	in	al, 0x92
	and	al, 2
	EXPECT	al, 0, "92: closed"
	mov	ax, 0x2401
	int	0x15
	EXPECT	word [gs:0x500], 0x5678, "1524 01: open, and what was there"
	mov	ax, 0x2400
	int	0x15
	EXPECT	word [gs:0x500], 0x1234, "1524 00: closed"
	mov	ax, 0x4310
	int	0x2f
	mov	[old], bx
	mov	[old + 2], es
	mov	ah, 0x05
	call	far [old]
	EXPECT	word [gs:0x500], 0x5678, "XMS 05: open"
	mov	ah, 0x07
	call	far [old]
	EXPECT	ax, 1, "XMS 07: it is open"
	mov	ah, 0x03
	call	far [old]
	mov	ah, 0x06
	call	far [old]
	EXPECT	ax, 0, "XMS 06: somebody else wants it open"
	EXPECT	bl, 0x94, "XMS 06: error 94"
	mov	ah, 0x04
	call	far [old]
	EXPECT	ax, 1, "XMS 04"
	EXPECT	word [gs:0x500], 0x1234, "XMS 04: closed"
	; DOS itself follows it: a string in the wrapped segment
	mov	dword [fs:0x4f0], '$AB$'
	END_CHECKS

count:	mov	al, 0
	out	0x43, al
	in	al, 0x40
	mov	ah, al
	in	al, 0x40
	xchg	al, ah
	ret
rate:	push	ax
	mov	al, 0x36
	out	0x43, al
	pop	ax
	out	0x40, al
	mov	al, ah
	out	0x40, al
	ret
two_ticks:
	push	ds
	xor	ax, ax
	mov	ds, ax
	mov	bx, [0x46c]
.more:	mov	ax, [0x46c]
	sub	ax, bx
	cmp	ax, 3
	jb	.more
	pop	ds
	ret
cmos_read:
	mov	al, ah
	out	0x70, al
	in	al, 0x71
	ret
cmos_write:
	xchg	al, ah
	out	0x70, al
	xchg	al, ah
	out	0x71, al
	ret

fast:	inc	word [cs:fasts]
	test	byte [cs:silent], 1
	jnz	.out
	push	ax
	mov	al, 0x20
	out	0x20, al
	pop	ax
.out:	iret
periodic:
	push	ax
	inc	word [cs:periods]
	mov	al, 0x0c
	out	0x70, al
	in	al, 0x71
	mov	al, 0x20
	out	0xa0, al
	out	0x20, al
	pop	ax
	iret

old:	dw	0, 0
first:	dw	0
fasts:	dw	0
periods: dw	0
silent:	db	0
flag:	db	0
