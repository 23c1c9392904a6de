; INT 2Eh: the shell runs a command, and the caller goes on with all its registers but SS:SP's memory.
	org	0x100
	mov	sp, stack_end
	mov	ah, 0x4a
	mov	bx, 0x40
	int	0x21
	mov	si, command
	mov	bp, 0x1234
	int	0x2e
	cmp	bp, 0x1234
	jne	wrong
	mov	ah, 0x51		; this program is the current one again
	int	0x21
	mov	ax, cs
	cmp	ax, bx
	jne	wrong
	mov	dx, back
	mov	ah, 0x09
	int	0x21
wrong:	mov	ax, 0x4c00
	int	0x21
command: db	15, "echo by INT 2Eh", 13
back:	db	"and back", 13, 10, "$"
	times	256 db 0
stack_end:
