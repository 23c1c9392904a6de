; Tables that programs walk: list of lists (52), devices, drives, open files (also while they change), the inner
; functions of INT 2Fh; what a drive without sectors answers; functions behind the last.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	ah, 0x52
	int	0x21
	mov	[lists], bx
	mov	[lists + 2], es
	EXPECT	word [es:bx + 2], 0xffff, "52: no parameter blocks"
	EXPECT	byte [es:bx + 0x21], 26, "52: drives"
	; devices
	lea	di, [bx + 0x22]
	EXPECT	word [es:di + 10], "NU", "the chain begins with NUL"
	mov	cx, 20
.device:
	mov	ax, [es:di + 4]
	and	ax, 0x8000
	EXPECT	ax, 0x8000, "a character device"
	inc	byte [devices]
	cmp	di, [es:bx + 0x0c]
	jne	.not_con
	cmp	word [es:di + 10], "CO"
	jne	.not_con
	inc	byte [cons]
.not_con:
	les	di, [es:di]
	cmp	di, 0xffff
	je	.devices_end
	loop	.device
.devices_end:
	EXPECT	byte [devices], 7, "devices in the chain"
	EXPECT	byte [cons], 1, "52: CON's header"
	; an open file
	mov	ah, 0x3c
	xor	cx, cx
	mov	dx, name
	int	0x21
	mov	[handle], ax
	mov	bx, ax
	mov	ah, 0x40
	mov	cx, 5
	int	0x21
	mov	ax, 0x1220
	int	0x2f
	EXPECT_NO_CARRY "1220"
	xor	bx, bx
	mov	bl, [es:di]
	mov	[index], bx
	mov	ax, 0x1216
	int	0x2f
	EXPECT_NO_CARRY "1216"
	EXPECT	word [es:di], 1, "1216: one handle names it"
	EXPECT	word [es:di + 0x20], "OP", "1216: its name"
	EXPECT	word [es:di + 0x28], "DA", "1216: its extension"
	EXPECT	word [es:di + 0x11], 5, "1216: its size"
	EXPECT	word [es:di + 0x15], 5, "1216: where it stands"
	mov	ax, cs
	EXPECT	word [es:di + 0x31], ax, "1216: its owner"
	push	es
	push	di
	mov	ah, 0x45
	mov	bx, [handle]
	int	0x21
	pop	di
	pop	es
	EXPECT	word [es:di], 2, "45 is seen in the table"
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	mov	bx, [handle]
	mov	ah, 0x3e
	int	0x21
	EXPECT	word [es:di], 0, "3E is seen in the table"
	; by walking, as programs do that do not know 1216
	les	bx, [lists]
	les	di, [es:bx + 4]
	EXPECT	word [es:di + 6 + 3 * 0x3b + 0x20], "AU", "the fourth open file is AUX"
	mov	bx, 1000
	mov	ax, 0x1216
	int	0x2f
	EXPECT_CARRY "1216: too large a number"
	mov	bx, 1000
	mov	ax, 0x1220
	int	0x2f
	EXPECT_CARRY "1220: no such handle"
	; drives
	push	cs
	pop	es
	mov	ax, 2
	push	ax
	mov	ax, 0x1217
	int	0x2f
	mov	cx, [si]
	mov	bx, [si + 0x43]
	pop	ax
	push	cs
	pop	ds
	EXPECT	cx, "C:", "1217: C:"
	EXPECT	bx, 0xc000, "1217: a remote drive"
	mov	ax, 0x4409
	mov	bl, 3
	int	0x21
	EXPECT	dx, 0x1000, "4409: remote"
	mov	ax, 0x4408
	mov	bl, 3
	int	0x21
	EXPECT_ERROR 1, "4408 of a remote drive"
	mov	ax, 0x4408
	mov	bl, 25
	int	0x21
	EXPECT_ERROR 15, "4408 of none"
	mov	ah, 0x32
	mov	dl, 3
	int	0x21
	EXPECT	al, 0xff, "32: no parameter block"
	mov	al, 2
	mov	cx, 1
	xor	dx, dx
	mov	bx, buffer
	int	0x25
	pop	cx
	EXPECT_CARRY "25: no sectors"
	; names, pointers, texts
	mov	si, path
	mov	di, buffer
	mov	ax, 0x1211
	int	0x2f
	EXPECT	word [buffer], "A\", "1211"
	mov	si, path
	mov	di, buffer
	mov	ax, 0x121e
	int	0x2f
	CHECK	"121E: the same path"
	mov	di, name
	mov	ax, 0x121e
	int	0x2f
	lahf
	test	ah, 0x40
	CHECK	"121E: another"
	mov	di, path
	mov	ax, 0x1212
	int	0x2f
	EXPECT	cx, 4, "1212"
	mov	ax, "z"
	push	ax
	mov	ax, 0x1213
	int	0x2f
	pop	cx
	EXPECT	al, "Z", "1213"
	mov	si, on_c
	mov	ax, 0x121a
	int	0x2f
	EXPECT	al, 3, "121A"
	EXPECT	si, on_c + 2, "121A skips it"
	mov	ax, 0x1200
	int	0x2f
	EXPECT	al, 0xff, "1200"
	; where COMMAND.COM of DOS 4 has its messages
	mov	ax, 0x122e
	mov	dl, 0
	mov	di, 0xffff
	int	0x2f
	EXPECT	di, 0, "122E: no messages"
	push	cs
	pop	es
	mov	di, path
	mov	ax, 0x122e
	mov	dl, 3
	int	0x2f
	mov	ax, 0x122e
	mov	dl, 2
	xor	di, di
	int	0x2f
	EXPECT	di, path, "122E: what was set"
	push	cs
	pop	es
	; yes or no, names in upper case
	mov	ax, 0x6523
	mov	dl, "y"
	int	0x21
	EXPECT	ax, 1, "6523: yes"
	mov	ax, 0x6523
	mov	dl, "N"
	int	0x21
	EXPECT	ax, 0, "6523: no"
	mov	ax, 0x6523
	mov	dl, "x"
	int	0x21
	EXPECT	ax, 2, "6523: neither"
	mov	ax, 0x65a0
	mov	dl, "q"
	int	0x21
	EXPECT	dl, "Q", "65A0"
	; networks
	mov	ax, 0x5f02
	mov	bx, 1			; behind A:
	mov	si, buffer
	mov	di, buffer + 16
	int	0x21
	EXPECT_NO_CARRY "5F02: the second remote drive"
	EXPECT	word [buffer], "C:", "5F02: its letter"
	EXPECT	word [buffer + 16], "\\", "5F02: its name"
	EXPECT	bl, 4, "5F02: a drive"
	mov	ax, 0x5f02
	mov	bx, 26
	int	0x21
	EXPECT_ERROR 18, "5F02: no more"
	mov	ax, 0x5e00
	mov	dx, buffer
	int	0x21
	EXPECT_NO_CARRY "5E00"
	EXPECT	ch, 0, "5E00: no name"
	; behind the last function
	stc
	mov	ax, 0x7160
	int	0x21
	EXPECT_CARRY "7160: no long names"
	EXPECT	ax, 0x7100, "7160: not even the function"
	clc
	mov	ax, 0xe301
	int	0x21
	EXPECT_NO_CARRY "E3: as the flags were"
	EXPECT	al, 0, "E3"
	END_CHECKS
name:	db	"\tmp\opened.dat", 0
path:	db	"a/b", 0
on_c:	db	"c:x", 0
lists:	dw	0, 0
handle:	dw	0
index:	dw	0
devices: db	0
cons:	db	0
buffer:	times	160 db 0
