; The smallest program: INT 21h 09, 02, 40 and 4C.
	org	0x100
	mov	ah, 0x09
	mov	dx, text
	int	0x21
	mov	ah, 0x02
	mov	dl, '!'
	int	0x21
	mov	ah, 0x40
	mov	bx, 1
	mov	cx, 2
	mov	dx, line_end
	int	0x21
	mov	ax, 0x4c00
	int	0x21
text:	db	"Hello from DOS$"
line_end:
	db	13, 10
