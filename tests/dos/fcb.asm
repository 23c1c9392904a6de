; FCBs: 29, 16 15 10, 0F 14 21 22 23 24 27 28, 11 12, 17 13.
	org	0x100
%include "check.inc"
	jmp	start
start:
	mov	ah, 0x3b
	mov	dx, dir
	int	0x21
	mov	si, name
	mov	di, fcb
	mov	ax, 0x2900
	int	0x21
	EXPECT	al, 0, "29"
	EXPECT	word [fcb + 1], 'RE', "29: the name"
	mov	ah, 0x1a
	mov	dx, record
	int	0x21
	mov	dx, fcb
	mov	ah, 0x0f
	int	0x21
	EXPECT	al, 0xff, "0F: no such file"
	mov	ah, 0x16
	int	0x21
	EXPECT	al, 0, "16"
	EXPECT	word [fcb + 14], 128, "16: the record size"
	mov	word [fcb + 14], 16
	mov	cx, 5
	mov	byte [record], 'a'
.write:	mov	ah, 0x15
	int	0x21
	EXPECT	al, 0, "15"
	inc	byte [record]
	loop	.write
	EXPECT	word [fcb + 16], 80, "15: the size"
	EXPECT	byte [fcb + 32], 5, "15: the next record"
	mov	ah, 0x10
	int	0x21
	EXPECT	al, 0, "10"
	mov	ah, 0x10
	int	0x21
	EXPECT	al, 0xff, "10: it was closed"
	; read it again
	mov	ah, 0x0f
	int	0x21
	EXPECT	al, 0, "0F"
	EXPECT	word [fcb + 16], 80, "0F: the size"
	EXPECT	byte [fcb], 3, "0F: the drive"
	mov	word [fcb + 14], 16
	mov	byte [fcb + 32], 1
	mov	ah, 0x14
	int	0x21
	EXPECT	al, 0, "14"
	EXPECT	byte [record], 'b', "14: the second record"
	mov	ah, 0x24
	int	0x21
	EXPECT	word [fcb + 33], 2, "24"
	mov	word [fcb + 33], 4
	mov	ah, 0x21
	int	0x21
	EXPECT	byte [record], 'e', "21: the fifth record"
	mov	word [fcb + 33], 5
	mov	ah, 0x21
	int	0x21
	EXPECT	al, 1, "21: the end"
	mov	word [fcb + 33], 6
	mov	ah, 0x22
	int	0x21
	EXPECT	word [fcb + 16], 112, "22: longer"
	mov	word [fcb + 33], 0
	mov	word [fcb + 14], 50
	mov	cx, 3
	mov	ah, 0x27
	int	0x21
	EXPECT	al, 3, "27: the last record is partial"
	EXPECT	cx, 3, "27: records"
	EXPECT	word [fcb + 33], 3, "27: the next record"
	EXPECT	byte [record + 112], 0, "27: filled up"
	mov	word [fcb + 33], 1
	mov	cx, 0
	mov	ah, 0x28
	int	0x21
	EXPECT	word [fcb + 16], 50, "28 of nothing cuts"
	mov	ah, 0x10
	int	0x21
	mov	word [fcb + 14], 16
	mov	ah, 0x23
	int	0x21
	EXPECT	word [fcb + 33], 4, "23: records"
	; searches
	mov	si, pattern
	mov	di, search
	mov	ax, 0x2900
	int	0x21
	EXPECT	al, 1, "29: wildcards"
	mov	dx, search
	mov	ah, 0x11
	int	0x21
	EXPECT	al, 0, "11"
	EXPECT	byte [record], 3, "11: the drive"
	EXPECT	word [record + 1], 'RE', "11: the name"
	EXPECT	word [record + 29], 50, "11: the size"
	mov	ah, 0x12
	int	0x21
	EXPECT	al, 0xff, "12: no more"
	; rename *.dat to *.new, delete
	mov	si, new_pattern
	mov	di, search + 16
	mov	ax, 0x2900
	int	0x21
	mov	dx, search
	mov	ah, 0x17
	int	0x21
	EXPECT	al, 0, "17"
	mov	ah, 0x13
	int	0x21
	EXPECT	al, 0xff, "13: it has another name"
	mov	dx, search + 16
	mov	ah, 0x13
	int	0x21
	EXPECT	al, 0, "13"
	mov	ah, 0x13
	int	0x21
	EXPECT	al, 0xff, "13: it is gone"
	END_CHECKS
dir:	db	"\tmp", 0
name:	db	"record.dat", 13
pattern: db	"*.dat", 13
new_pattern: db	"*.new", 13
fcb:	times	64 db 0
search:	times	64 db 0
record:	times	256 db 'x'
