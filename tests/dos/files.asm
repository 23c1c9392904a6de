; Files: 3C 3D 3E 3F 40 41 42 43 44 45 46 56 57 5A 5B, directories 39 3A 3B 47, searches 4E 4F.
	org	0x100
%include "check.inc"
	jmp	start
start:
	mov	ah, 0x39
	mov	dx, dir
	int	0x21
	EXPECT_NO_CARRY "39"
	mov	ah, 0x39
	int	0x21
	EXPECT_ERROR 5, "39: it is there"
	mov	ah, 0x3b
	int	0x21
	EXPECT_NO_CARRY "3B"
	mov	ah, 0x47
	mov	dl, 0
	mov	si, buffer
	int	0x21
	EXPECT	word [buffer], 'TM', "47"
	EXPECT	word [buffer + 4], 'WO', "47: the second component"
	mov	ah, 0x3c
	xor	cx, cx
	mov	dx, name
	int	0x21
	EXPECT_NO_CARRY "3C"
	mov	[handle], ax
	EXPECT	ax, 5, "3C: the first free handle"
	mov	bx, ax
	mov	ah, 0x40
	mov	cx, 10
	mov	dx, digits
	int	0x21
	EXPECT	ax, 10, "40"
	mov	ax, 0x4201
	mov	cx, -1
	mov	dx, -4
	int	0x21
	EXPECT	ax, 6, "4201: back by 4"
	EXPECT	dx, 0, "4201: high word"
	mov	ah, 0x3f
	mov	cx, 100
	mov	dx, buffer
	int	0x21
	EXPECT	ax, 4, "3F: up to the end"
	EXPECT	word [buffer], '67', "3F: the bytes"
	mov	ah, 0x3f
	int	0x21
	EXPECT	ax, 0, "3F: at the end"
	mov	ax, 0x4209
	int	0x21
	EXPECT_ERROR 1, "4209"
	mov	ax, 0x4202
	xor	cx, cx
	xor	dx, dx
	int	0x21
	EXPECT	ax, 10, "4202: the size"
	; a duplicate shares the position
	mov	ah, 0x45
	int	0x21
	EXPECT	ax, 6, "45"
	mov	bx, ax
	mov	ax, 0x4200
	mov	dx, 3
	int	0x21
	mov	bx, [handle]
	mov	ax, 0x4201
	xor	dx, dx
	int	0x21
	EXPECT	ax, 3, "45: one position"
	mov	ah, 0x3e
	mov	bx, 6
	int	0x21
	mov	ah, 0x3e
	int	0x21
	EXPECT_ERROR 6, "3E: it was closed"
	; writing nothing cuts
	mov	bx, [handle]
	mov	ah, 0x40
	xor	cx, cx
	int	0x21
	mov	ax, 0x4202
	xor	dx, dx
	int	0x21
	EXPECT	ax, 3, "40 of nothing cuts"
	mov	ax, 0x5701
	mov	cx, 0x6000
	mov	dx, 0x5821
	int	0x21
	mov	ax, 0x5700
	int	0x21
	EXPECT	cx, 0x6000, "57: the time"
	EXPECT	dx, 0x5821, "57: the date"
	mov	ax, 0x4400
	int	0x21
	EXPECT	dx, 0x8002, "4400: a file on C:, which is remote"
	mov	ah, 0x3e
	int	0x21
	EXPECT_NO_CARRY "3E"
	; devices
	mov	ax, 0x3d02
	mov	dx, nul
	int	0x21
	EXPECT_NO_CARRY "3D NUL"
	mov	bx, ax
	mov	ax, 0x4400
	int	0x21
	EXPECT	dx, 0x80c4, "4400: NUL"
	mov	ah, 0x40
	mov	cx, 1000
	int	0x21
	EXPECT	ax, 1000, "40 NUL"
	mov	ah, 0x3e
	int	0x21
	; errors
	mov	ax, 0x3d00
	mov	dx, missing
	int	0x21
	EXPECT_ERROR 2, "3D: no file"
	mov	ax, 0x3d00
	mov	dx, no_path
	int	0x21
	EXPECT_ERROR 3, "3D: no path"
	mov	ax, 0x3d07
	mov	dx, name
	int	0x21
	EXPECT_ERROR 12, "3D: no such mode"
	mov	ah, 0x5b
	xor	cx, cx
	int	0x21
	EXPECT_ERROR 80, "5B: it is there"
	; read-only
	mov	ax, 0x4301
	mov	cx, 1
	int	0x21
	EXPECT_NO_CARRY "4301"
	mov	ax, 0x4300
	int	0x21
	EXPECT	cx, 0x01, "4300"
	mov	ax, 0x3d02
	int	0x21
	EXPECT_ERROR 5, "3D: read-only"
	mov	ah, 0x41
	int	0x21
	EXPECT_ERROR 5, "41: read-only"
	mov	ax, 0x4301
	mov	cx, 0x20
	int	0x21
	; 56
	push	cs
	pop	es
	mov	ah, 0x56
	mov	di, new_name
	int	0x21
	EXPECT_NO_CARRY "56"
	mov	ah, 0x56
	int	0x21
	EXPECT_ERROR 2, "56: it is gone"
	; searches
	mov	ah, 0x4e
	mov	cx, 0
	mov	dx, all
	int	0x21
	EXPECT_NO_CARRY "4E"
	EXPECT	word [0x9e], 'TW', "4E: the name"
	EXPECT	word [0x9a], 3, "4E: the size"
	EXPECT	byte [0x95], 0x20, "4E: attributes"
	mov	ah, 0x4f
	int	0x21
	EXPECT_ERROR 18, "4F: no more"
	mov	ah, 0x4e
	mov	cx, 0x10
	mov	dx, all
	int	0x21
	EXPECT	byte [0x9e], '.', "4E: dots, if asked for directories"
	mov	ah, 0x4e
	mov	dx, no_path
	int	0x21
	EXPECT_ERROR 3, "4E: no path"
	mov	ah, 0x4e
	mov	dx, missing
	int	0x21
	EXPECT_ERROR 18, "4E: none"
	; long names have an alias that opens them
	mov	ah, 0x4e
	mov	cx, 0
	mov	dx, long_name
	int	0x21
	EXPECT_NO_CARRY "4E: a long name"
	mov	ah, 0x3b
	mov	dx, dos_dir
	int	0x21
	mov	ax, 0x3d00
	mov	dx, 0x9e
	int	0x21
	EXPECT_NO_CARRY "3D: its alias"
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	mov	ah, 0x3b
	mov	dx, dir
	int	0x21
	; 5A
	mov	ah, 0x5a
	xor	cx, cx
	mov	dx, temporary
	int	0x21
	EXPECT_NO_CARRY "5A"
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	mov	ah, 0x41
	int	0x21
	EXPECT_NO_CARRY "41: what 5A made"
	; 46: output to a file and back
	mov	ah, 0x3c
	mov	dx, name
	int	0x21
	mov	[handle], ax
	mov	ah, 0x45
	mov	bx, 1
	int	0x21
	mov	[saved], ax
	mov	ah, 0x46
	mov	bx, [handle]
	mov	cx, 1
	int	0x21
	mov	ah, 0x09
	mov	dx, inside
	int	0x21
	mov	ah, 0x46
	mov	bx, [saved]
	int	0x21
	mov	bx, [handle]
	mov	ax, 0x4202
	xor	cx, cx
	xor	dx, dx
	int	0x21
	EXPECT	ax, 6, "46: output went to the file"
	mov	ah, 0x3e
	int	0x21
	; the end
	mov	ah, 0x3a
	mov	dx, dir
	int	0x21
	EXPECT_ERROR 16, "3A: the current directory"
	mov	ah, 0x41
	mov	dx, name
	int	0x21
	mov	ah, 0x41
	mov	dx, new_name
	int	0x21
	EXPECT_NO_CARRY "41"
	mov	ah, 0x41
	int	0x21
	EXPECT_ERROR 2, "41: it is gone"
	mov	ah, 0x3b
	mov	dx, root
	int	0x21
	mov	ah, 0x3a
	mov	dx, dir
	int	0x21
	EXPECT_NO_CARRY "3A"
	mov	ah, 0x3b
	int	0x21
	EXPECT_ERROR 3, "3B: it is gone"
	mov	ah, 0x1c
	mov	dl, 3
	push	ds
	int	0x21
	mov	ah, [bx]
	pop	ds
	EXPECT	ax, 0xf810, "1C: sectors of a cluster, the kind of disk"
	EXPECT	cx, 512, "1C: bytes of a sector"
	mov	ah, 0x1c
	mov	dl, 17
	int	0x21
	EXPECT	al, 0xff, "1C: no such drive"
	mov	ax, 0x2901
	mov	si, no_drive
	mov	di, parsed
	push	cs
	pop	es
	int	0x21
	EXPECT	al, 0xff, "29: no such drive"
	EXPECT	byte [parsed], 17, "29: which all the same is told"
	END_CHECKS
no_drive: db "q:name", 13
parsed:	times	37 db 0
dir:	db	"C:\tmp\Work.dir", 0
dos_dir: db	"\dos", 0
root:	db	"\", 0
name:	db	"one.txt", 0
new_name: db	"..\WORK.DIR\two.txt", 0
missing: db	"missing", 0
no_path: db	"nowhere\x.y", 0
nul:	db	"nul", 0
all:	db	"*.*", 0
long_name: db	"\dos\mixe~*.tex", 0
digits:	db	"0123456789"
inside:	db	"inside$"
temporary: db	"C:\tmp\", 0
	times	20 db 0
handle:	dw	0
saved:	dw	0
buffer:	times	128 db 0
