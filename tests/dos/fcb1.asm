; What programs of DOS 1 do with FCBs: devices, labels, files that are never closed, a time that is kept.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	ah, 0x3b
	mov	dx, dir
	int	0x21
	mov	ah, 0x1a
	mov	dx, buffer
	int	0x21
	; a listing that nobody wants: NUL with an extension
	mov	dx, nul
	mov	ah, 0x16
	int	0x21
	EXPECT	al, 0, "16: NUL"
	mov	ah, 0x15
	int	0x21
	EXPECT	al, 0, "15: NUL takes everything"
	mov	ah, 0x10
	int	0x21
	EXPECT	al, 0, "10: NUL"
	mov	ah, 0x4e
	xor	cx, cx
	mov	dx, nul_name
	int	0x21
	EXPECT_CARRY "no file was made of it"
	; a file that is opened again and again
	mov	dx, file
	mov	ah, 0x16
	int	0x21
	EXPECT	al, 0, "16"
	mov	word [file + 14], 1
	mov	word [file + 33], 0
	mov	cx, 3
	mov	word [buffer], "ab"
	mov	byte [buffer + 2], "c"
	mov	ah, 0x28
	int	0x21
	EXPECT	al, 0, "28"
	mov	word [file + 20], 0x0e21	; 1 January 1987
	mov	word [file + 22], 0x6000	; 12:00
	mov	ah, 0x10
	int	0x21
	mov	cx, 200
.again:	push	cx
	mov	di, copy
	mov	si, file
	mov	cx, 12
	rep	movsb
	mov	dx, copy
	mov	ah, 0x0f
	int	0x21
	cmp	al, 0
	je	.opened
	inc	byte [failed]
.opened:
	cmp	byte [first + 1], " "
	jne	.have
	mov	si, copy
	mov	di, first
	mov	cx, 40
	rep	movsb
.have:	pop	cx
	loop	.again
	EXPECT	byte [failed], 0, "0F: two hundred times without 10"
	EXPECT	word [copy + 20], 0x0e21, "10 has kept the FCB's date"
	EXPECT	word [copy + 22], 0x6000, "and its time"
	mov	dx, first
	mov	word [first + 14], 1
	mov	word [first + 33], 1
	mov	cx, 2
	mov	ah, 0x27
	int	0x21
	EXPECT	al, 0, "27: the first of them still reads"
	EXPECT	word [buffer], "bc", "27: what is there"
	; a label is found by a search for labels alone
	mov	dx, label_fcb
	mov	ah, 0x11
	int	0x21
	EXPECT	al, 0, "11: a label"
	EXPECT	byte [buffer + 7 + 12], 8, "11: its attribute"
	EXPECT	word [buffer + 7 + 1], "MA", "11: its name"
	mov	ah, 0x12
	int	0x21
	EXPECT	al, 0xff, "12: there is one label"
	; a program of DOS 1 that starts another by itself: it ends by INT 20h with its own PSP in CS
	mov	bx, 0x300
	mov	ah, 0x4a
	int	0x21
	mov	dx, cs
	add	dx, 0x200
	mov	ah, 0x26
	int	0x21
	mov	es, dx
	mov	word [es:0x100], 0x20cd
	mov	word [es:0x0a], back
	mov	[es:0x0c], cs
	mov	[child + 2], dx
	mov	[stack], sp
	push	cs
	pop	es
	jmp	far [cs:child]
back:	mov	ax, cs
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, [stack]
	mov	ah, 0x51
	int	0x21
	mov	ax, cs
	EXPECT	bx, ax, "20: back at the parent's address, which is the program still"
	; the console's lines come as one text; here it is a file, by handle 0
	mov	dx, con
	mov	ah, 0x0f
	int	0x21
	EXPECT	al, 0, "0F: CON"
	mov	ah, 0x10
	int	0x21
	EXPECT	al, 0, "10: CON"
	END_CHECKS
dir:	db	"\tmp", 0
nul_name: db	"nul.*", 0
nul:	db	0, "NUL     LST", 0
	times	40 db 0
con:	db	0, "CON        ", 0
	times	40 db 0
file:	db	0, "REOPENEDDAT"
	times	40 db 0
copy:	times	64 db 0
first:	db	0, "           "
	times	52 db 0
label_fcb: db	0xff, 0, 0, 0, 0, 0, 8, 0, "???????????"
	times	40 db 0
child:	dw	0x100, 0
stack:	dw	0
buffer:	times	256 db 0
