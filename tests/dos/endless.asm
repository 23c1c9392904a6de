; Asks for lines for ever, as debuggers and command interpreters do.  It is its own parent, and goes on at its end.
	org	0x100
	mov	[0x16], cs
	mov	word [0x0a], again
	mov	[0x0c], cs
again:	mov	ax, cs
	mov	ds, ax
	mov	ah, 0x0a
	mov	dx, line
	int	0x21
	jmp	again
line:	db	80, 0
