; Draws on the screen: INT 10h and the text memory itself; waits for a key and says its scan code.
	org	0x100
	mov	ax, 0x0003
	int	0x10
	mov	ah, 0x02
	mov	bh, 0
	mov	dx, 0x0305
	int	0x10
	mov	ax, 0x09c4
	mov	bx, 0x001f
	mov	cx, 10
	int	0x10
	mov	ax, 0xb800
	mov	es, ax
	mov	di, (10 * 80 + 20) * 2
	mov	si, text
	mov	ah, 0x4e
	cld
.next:	lodsb
	or	al, al
	jz	.drawn
	stosw
	jmp	.next
.drawn:	mov	ah, 0x02
	mov	dx, 0x0f00
	int	0x10
	mov	ah, 0x00
	int	0x16
	mov	al, ah			; 3b for F1
	mov	ah, 0x4c
	int	0x21
text:	db	"Drawn by a DOS program", 0
