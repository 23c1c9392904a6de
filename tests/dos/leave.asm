; INT 23h handlers that never return, as longjmp does: forty ^C, each left by a jump.
	org	0x100
start:	mov	sp, stack_end
	mov	ax, 0x2523
	mov	dx, on_break
	int	0x21
	mov	ax, 0x3301		; ^C is looked for at every call
	mov	dl, 1
	int	0x21
again:	mov	sp, stack_end
	cmp	byte [count], 40
	je	done
	mov	ah, 0x05		; ^C into the keyboard's ring
	mov	cx, 0x2e03
	int	0x16
	mov	ah, 0x08
	int	0x21			; does not come back
	mov	dx, wrong
	mov	ah, 0x09
	int	0x21
	mov	ax, 0x4c01
	int	0x21
on_break:
	inc	byte [count]
	jmp	again
done:	mov	dx, text
	mov	ah, 0x09
	int	0x21
	mov	ax, 0x4c00
	int	0x21
count:	db	0
text:	db	"left forty times", 13, 10, "$"
wrong:	db	"not left", 13, 10, "$"
	times	512 db 0
stack_end:
