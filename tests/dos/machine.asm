; The machine that a program begins in, BIOS calls, vectors, time.
	org	0x100
%include "check.inc"
	jmp	start
start:
	mov	bp, sp
	EXPECT	bp, 0xfffe, "SP at the beginning"
	EXPECT	word [0xfffe], 0, "a 0 on the stack"
	EXPECT	word [0], 0x20cd, "INT 20h in the PSP"
	EXPECT	byte [0x80], 0, "no command line"
	EXPECT	byte [0x81], 13, "its end"
	EXPECT	word [2], 0xa000, "the end of memory"

	mov	ah, 0x30
	int	0x21
	EXPECT	ax, 5, "30: version 5.0"
	int	0x12
	EXPECT	ax, 640, "INT 12: memory"
	mov	ah, 0x0f
	int	0x10
	EXPECT	ax, 0x5003, "INT 10, 0F: mode 3, 80 columns"
	mov	ah, 0x19
	int	0x21
	EXPECT	al, 2, "19: drive C"
	mov	ah, 0x62
	int	0x21
	mov	ax, cs
	EXPECT	bx, ax, "62: this PSP"
	mov	ah, 0x2f
	int	0x21
	EXPECT	bx, 0x80, "2F: the DTA is in the PSP"

	; a vector of our own
	mov	ax, 0x2560
	mov	dx, handler
	int	0x21
	mov	ax, 0x3560
	int	0x21
	EXPECT	bx, handler, "35: what 25 set"
	mov	ax, es
	mov	cx, cs
	EXPECT	ax, cx, "35: its segment"
	mov	ax, 1
	int	0x60
	EXPECT	ax, 2, "an interrupt of its own"
	push	cs
	pop	es

	; INT 21h, moved: an old vector called through a new one
	mov	ax, 0x3521
	int	0x21
	mov	[old], bx
	mov	[old + 2], es
	mov	ax, 0x2521
	mov	dx, hook
	int	0x21
	mov	ah, 0x30
	int	0x21
	EXPECT	ax, 5, "30 through a hook"
	mov	ax, 0x9999
	int	0x21
	EXPECT	ax, 0x1234, "the hook's own function"
	stc
	mov	ah, 0x0b
	mov	ax, 0x4400
	mov	bx, 77
	int	0x21
	EXPECT_ERROR 6, "carry comes through the hook"
	push	ds
	lds	dx, [old]
	mov	ax, 0x2521
	int	0x21
	pop	ds

	; CALL 5
	mov	cl, 0x19
	call	5
	EXPECT	al, 2, "CALL 5: function 19"

	; the timer's interrupt
	mov	ax, 0x251c
	mov	dx, tick
	int	0x21
wait_tick:
	cmp	word [ticks], 2
	jb	wait_tick
	EXPECT	byte [ticks + 1], 0, "INT 1C comes"
	push	ds
	mov	ax, 0x40
	mov	ds, ax
	mov	ax, [0x6c]
wait_count:
	cmp	ax, [0x6c]
	je	wait_count
	pop	ds
	xor	ax, ax
	CHECK	"40:6C counts"

	mov	cx, 2024
	mov	dx, 0x021d
	mov	ah, 0x2b
	int	0x21
	EXPECT	al, 0, "2B: 29 February 2024"
	mov	ah, 0x2a
	int	0x21
	EXPECT	cx, 2024, "2A: the year"
	EXPECT	dx, 0x021d, "2A: month and day"
	EXPECT	al, 4, "2A: a Thursday"
	mov	cx, 2023
	mov	ah, 0x2b
	int	0x21
	EXPECT	al, 0xff, "2B: no 29 February 2023"
	mov	ax, 0x5377
	int	0x21
	EXPECT_ERROR 1, "no function 53"
	mov	ah, 0x59
	mov	bx, 0
	int	0x21
	EXPECT	ax, 1, "59: the last error"

	; the text memory and INT 10h agree
	mov	ah, 0x03
	mov	bh, 0
	int	0x10
	mov	[row], dh
	mov	ax, 0x0e41
	int	0x10
	mov	ah, 0x03
	int	0x10
	mov	ax, 0xb800
	mov	es, ax
	mov	al, 80
	mul	dh
	mov	dh, 0
	add	ax, dx
	dec	ax
	add	ax, ax
	mov	di, ax
	EXPECT	byte [es:di], 'A', "0E: the cell is written"
	push	cs
	pop	es

	; the keyboard's ring
	mov	ah, 0x05
	mov	cx, 0x1e61
	int	0x16
	EXPECT	al, 0, "INT 16, 05: a key is put"
	mov	ah, 0x01
	int	0x16
	EXPECT	ax, 0x1e61, "INT 16, 01: it is there"
	mov	ah, 0x00
	int	0x16
	EXPECT	ax, 0x1e61, "INT 16, 00: it is taken"
	in	al, 0x21
	cmp	al, 0xff
	jne	.masked
	inc	byte [failed]
.masked:
	END_CHECKS

handler:
	inc	ax
	iret
hook:
	cmp	ax, 0x9999
	jne	.chain
	mov	ax, 0x1234
	iret
.chain:	jmp	far [cs:old]
tick:
	inc	word [cs:ticks]
	iret
old:	dw	0, 0
ticks:	dw	0
row:	db	0
