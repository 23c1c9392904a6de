; Attributes (43): each combination is kept; hidden and system files are found by those alone who ask for them; a
; change sets the archive bit.
	org	0x100
	jmp	start
%include "check.inc"
start:
	mov	ah, 0x3c
	mov	cx, 0x02
	mov	dx, name
	int	0x21
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	mov	ax, 0x4300
	int	0x21
	EXPECT	cx, 0x22, "3C: a hidden file, to be saved"
	mov	si, rows
.row:	mov	ch, 0
	mov	cl, [si]
	mov	ax, 0x4301
	mov	dx, name
	int	0x21
	jc	.wrong
	mov	ax, 0x4300
	int	0x21
	cmp	cl, [si]
	je	.right
.wrong:	inc	byte [failed]
.right:	inc	si
	cmp	si, rows_end
	jb	.row
	EXPECT	byte [failed], 0, "4301, 4300: all sixteen"
	mov	bp, asks
.ask:	mov	ax, 0x4301
	mov	ch, 0
	mov	cl, [bp]
	mov	dx, name
	int	0x21
	mov	ah, 0x4e
	mov	ch, 0
	mov	cl, [bp + 1]
	int	0x21
	mov	al, 0
	adc	al, 0
	cmp	al, [bp + 2]
	je	.asked
	inc	byte [failed]
.asked:	add	bp, 3
	cmp	bp, asks_end
	jb	.ask
	EXPECT	byte [failed], 0, "4E: who finds what"
	mov	ax, 0x4301
	mov	cx, 0
	mov	dx, name
	int	0x21
	mov	ax, 0x3d00
	int	0x21
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	mov	ax, 0x4300
	int	0x21
	EXPECT	cx, 0, "3D00 does not change it"
	mov	ax, 0x3d02
	int	0x21
	mov	bx, ax
	mov	cx, 1
	mov	ah, 0x40
	int	0x21
	mov	ah, 0x3e
	int	0x21
	mov	ax, 0x4300
	int	0x21
	EXPECT	cx, 0x20, "40: it is to be saved again"
	mov	ax, 0x4301
	mov	cx, 0x02
	mov	dx, directory
	int	0x21
	mov	ax, 0x4300
	int	0x21
	EXPECT	cx, 0x10, "a directory stays one"
	END_CHECKS
name:	db	"\tmp\attrib.dat", 0
directory: db	"\tmp", 0
rows:	db	0, 1, 2, 3, 4, 5, 6, 7, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27
	db	0
rows_end:
; attributes, what is asked for, carry
asks:	db	0x20, 0, 0,  0x02, 0, 1,  0x02, 2, 0,  0x04, 2, 1,  0x04, 4, 0,  0x06, 4, 1,  0x06, 6, 0,  0x06, 0x16, 0
	db	0x01, 0, 0,  0x00, 6, 0
asks_end:
