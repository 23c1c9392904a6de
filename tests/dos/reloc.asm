; An MZ file: a header of 32 bytes, one relocation, a stack of its own; ends with 3.
header:
	db	"MZ"
	dw	(image_end - header) % 512
	dw	(image_end - header + 511) / 512
	dw	1			; relocations
	dw	2			; paragraphs of the header
	dw	0x20, 0xffff		; least and most memory
	dw	0x10, 0x100		; SS:SP
	dw	0
	dw	start - image, 0	; IP, CS
	dw	28			; the relocation table
	dw	0
	dw	fix - image, 0
image:
start:	db	0xb8			; MOV AX, the segment of the image
fix:	dw	0
	mov	ds, ax
	mov	cx, cs
	cmp	ax, cx
	jne	wrong
	mov	ax, ss
	sub	ax, cx
	cmp	ax, 0x10
	jne	wrong
	cmp	sp, 0x100
	jne	wrong
	mov	dx, text - image
	mov	ah, 0x09
	int	0x21
	mov	ax, 0x4c03
	int	0x21
wrong:	mov	ax, 0x4cff
	int	0x21
text:	db	"relocated", 13, 10, "$"
image_end:
