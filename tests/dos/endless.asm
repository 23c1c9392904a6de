; Asks for lines for ever, as debuggers and command interpreters do.
	org	0x100
again:	mov	ah, 0x0a
	mov	dx, line
	int	0x21
	jmp	again
line:	db	80, 0
