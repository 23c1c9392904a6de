; Directories, searches and drives: 0E 19 1A 2F 36 39 3A 3B 47 4E 4F 60.
%include "oracle.inc"
begin:
	mov	ah, 0x47
	mov	dl, 0
	mov	si, buffer
	T	"47 start", A
	TEXT	"47 is", buffer
	mov	ah, 0x39
	mov	dx, below
	T	"39", N
	mov	ah, 0x39
	T	"39 exists", A
	mov	ah, 0x39
	mov	dx, deep
	T	"39 no path", A
	mov	ah, 0x39
	mov	dx, bad_drive
	T	"39 no drive", A
	mov	ah, 0x3b
	mov	dx, missing
	T	"3B missing", A
	mov	ah, 0x3b
	mov	dx, bad_drive
	T	"3B no drive", A
	mov	ah, 0x3b
	mov	dx, below
	T	"3B", N
	mov	ah, 0x47
	mov	dl, 3
	mov	si, buffer
	T	"47 C", A
	TEXT	"47 is now", buffer
	mov	ah, 0x47
	mov	dl, 24
	T	"47 no drive", A
	mov	ah, 0x60
	mov	si, file_a
	mov	di, buffer
	T	"60", N
	TEXT	"60 is", buffer
	mov	ah, 0x60
	mov	si, dots
	mov	di, buffer
	T	"60 dots", N
	TEXT	"60 dots is", buffer
	mov	ah, 0x60
	mov	si, slashes
	mov	di, buffer
	T	"60 slashes", N
	TEXT	"60 slashes is", buffer
	mov	ah, 0x60
	mov	si, bad_drive
	mov	di, buffer
	T	"60 no drive", A
	mov	ah, 0x3b
	mov	dx, up
	T	"3B ..", N
	mov	ah, 0x47
	mov	dl, 0
	mov	si, buffer
	int	0x21
	TEXT	"47 after ..", buffer
	mov	ah, 0x3b
	mov	dx, below_slash
	T	"3B with a slash", A
	mov	ah, 0x3b
	mov	dx, whole
	T	"3B absolute", N
	mov	ah, 0x3b
	mov	dx, dot
	T	"3B .", N
	mov	ah, 0x47
	mov	dl, 0
	mov	si, buffer
	int	0x21
	TEXT	"47 after .", buffer
	; files to find
	mov	si, names
make:	mov	dx, si
	mov	ah, 0x3c
	xor	cx, cx
	int	0x21
	jc	made
	mov	bx, ax
	mov	ah, 0x40
	mov	cx, 5
	int	0x21
	mov	ax, 0x5701
	mov	cx, 0x6b2f
	mov	dx, 0x1a65
	int	0x21
	mov	ah, 0x3e
	int	0x21
	add	si, 13
	cmp	si, names_end
	jb	make
made:	REPORT	"3C files", N
	mov	ah, 0x1a
	mov	dx, dta
	int	0x21
	mov	ah, 0x2f
	int	0x21
	sub	bx, dta
	REPORT	"2F", B
	mov	ah, 0x4e
	xor	cx, cx
	mov	dx, pattern_a
	T	"4E A?.TXT", A
	DUMP	"4E attributes", dta + 21, 1
	DUMP	"4E size", dta + 26, 4
	TEXT	"4E name", dta + 30
	mov	ah, 0x4f
	T	"4F", A
	mov	ah, 0x4f
	T	"4F end", A
	mov	ah, 0x4f
	T	"4F end again", A
	mov	ah, 0x4e
	mov	dx, file_a
	xor	cx, cx
	T	"4E exact", A
	TEXT	"4E exact name", dta + 30
	mov	ah, 0x4f
	T	"4F exact", A
	mov	ah, 0x4e
	mov	dx, missing
	T	"4E missing", A
	mov	ah, 0x4e
	mov	dx, deep
	T	"4E no path", A
	mov	ah, 0x4e
	mov	dx, bad_drive
	T	"4E no drive", A
	; counts
	mov	dx, all
	xor	cx, cx
	call	count
	WORD_IS	"4E *.* files", si
	mov	cx, 0x10
	call	count
	WORD_IS	"4E *.* with directories", si
	mov	dx, no_extension
	call	count
	WORD_IS	"4E *.", si
	mov	dx, questions
	call	count
	WORD_IS	"4E ????????.???", si
	mov	dx, b_star
	call	count
	WORD_IS	"4E B*.*", si
	mov	dx, star_a
	call	count
	WORD_IS	"4E *A.TXT", si
	mov	dx, dot_name
	mov	cx, 0x10
	mov	ah, 0x4e
	T	"4E .", A
	; the root
	mov	ah, 0x4e
	mov	dx, root
	mov	cx, 0x10
	T	"4E root", A
	; removal
	mov	ah, 0x3a
	mov	dx, whole
	T	"3A current", A
	mov	ah, 0x3b
	mov	dx, home
	T	"3B home", N
	mov	ah, 0x3a
	mov	dx, below
	T	"3A not empty", A
	mov	ah, 0x41
	mov	dx, below
	T	"41 directory", A
	mov	ah, 0x56
	mov	dx, below
	mov	di, renamed
	T	"56 directory", N
	mov	ah, 0x56
	mov	dx, renamed
	mov	di, below
	T	"56 directory back", N
	mov	ah, 0x3b
	mov	dx, below
	int	0x21
	mov	si, names
remove:	mov	dx, si
	mov	ah, 0x41
	int	0x21
	add	si, 13
	cmp	si, names_end
	jb	remove
	REPORT	"41 files", N
	mov	ah, 0x3b
	mov	dx, home
	int	0x21
	mov	ah, 0x3a
	mov	dx, below
	T	"3A", N
	mov	ah, 0x3a
	T	"3A missing", A
	mov	ah, 0x3a
	mov	dx, root_name
	T	"3A root", A
	; drives
	mov	ah, 0x19
	T	"19", L
	mov	ah, 0x0e
	mov	dl, 23
	int	0x21
	mov	ah, 0x19
	T	"19 after 0E of nothing", L
	mov	ah, 0x36
	mov	dl, 24
	T	"36 no drive", A
	mov	ah, 0x36
	mov	dl, 0
	int	0x21
	REPORT	"36", C
	mov	ah, 0x0d
	T	"0D", N
	ORACLE_END

; How many entries there are for DX and CX: SI.
count:	push	cx
	xor	si, si
	mov	ah, 0x4e
.next:	int	0x21
	jc	.done
	inc	si
	mov	ah, 0x4f
	jmp	.next
.done:	pop	cx
	ret

below	db	"SUB", 0
below_slash db	"SUB\", 0
whole db	"C:\W\SUB", 0
home	db	"\W", 0
renamed	db	"RENAMED", 0
deep	db	"NOWHERE\SUB", 0
bad_drive: db	"X:\SUB", 0
missing	db	"MISSING", 0
up	db	"..", 0
dot	db	".", 0
dots	db	".\x\..\.\Y.Txt", 0
slashes	db	"/w/a.b", 0
file_a	db	"a1.txt", 0
pattern_a db	"A?.TXT", 0
all	db	"*.*", 0
no_extension:
	db	"*.", 0
questions: db	"????????.???", 0
b_star	db	"B*.*", 0
star_a	db	"*A.TXT", 0
dot_name: db	".", 0
root	db	"\W", 0
root_name: db	"\", 0
names	db	"A1.TXT", 0, 0, 0, 0, 0, 0, 0
	db	"A2.TXT", 0, 0, 0, 0, 0, 0, 0
	db	"BANANA.TXT", 0, 0, 0
	db	"BARE", 0, 0, 0, 0, 0, 0, 0, 0, 0
	db	"LONGNAME.EXT", 0
names_end:
dta:	times 128 db 0
buffer:	times 128 db 0
