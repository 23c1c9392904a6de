; Files by handle: 3C 3D 3E 3F 40 41 42 43 45 46 56 57 5A 5B 67 68 6C.
%include "oracle.inc"
begin:
	mov	ah, 0x4a
	mov	bx, 0x1000
	int	0x21
	mov	ah, 0x3c
	xor	cx, cx
	mov	dx, name
	T	"3C makes", A
	mov	[handle], ax
	mov	bx, ax
	mov	ah, 0x40
	mov	cx, 10
	mov	dx, digits
	T	"40 ten bytes", A
	mov	ah, 0x40
	mov	bx, 77
	T	"40 no handle", A
	mov	bx, [handle]
	mov	ax, 0x4200
	xor	cx, cx
	mov	dx, 4
	T	"4200 to 4", A | D
	mov	ax, 0x4201
	mov	cx, -1
	mov	dx, -2
	T	"4201 back 2", A | D
	mov	ax, 0x4202
	xor	cx, cx
	mov	dx, 5
	T	"4202 beyond the end", A | D
	mov	ah, 0x3f
	mov	cx, 4
	mov	dx, buffer
	T	"3F beyond the end", A
	mov	ax, 0x4202
	mov	cx, -1
	mov	dx, -3
	T	"4202 back 3", A | D
	mov	ah, 0x3f
	mov	cx, 100
	mov	dx, buffer
	T	"3F the rest", A
	DUMP	"3F bytes", buffer, 3
	mov	ax, 0x4203
	xor	cx, cx
	xor	dx, dx
	T	"4203", A
	mov	ax, 0x4200
	mov	bx, 99
	T	"4200 no handle", A
	mov	ax, 0x4202
	mov	bx, [handle]
	xor	cx, cx
	mov	dx, 6
	T	"4202 beyond", A | D
	mov	ah, 0x40
	mov	cx, 2
	mov	dx, digits
	T	"40 behind a gap", A
	mov	ax, 0x4202
	xor	cx, cx
	xor	dx, dx
	T	"4202 new size", A | D
	mov	ax, 0x4200
	mov	dx, 3
	T	"4200 to 3", A | D
	mov	ah, 0x40
	xor	cx, cx
	T	"40 nothing cuts", A
	mov	ax, 0x4202
	xor	cx, cx
	xor	dx, dx
	T	"4202 cut size", A | D
	; the time
	mov	ax, 0x5701
	mov	cx, 0x6b2f
	mov	dx, 0x1a65
	T	"5701", N
	mov	ax, 0x5700
	T	"5700", C | D
	mov	ax, 0x5700
	mov	bx, 50
	T	"5700 no handle", A
	mov	bx, [handle]
	mov	ax, 0x5709
	T	"5709", A
	mov	ah, 0x68
	T	"68", N
	mov	ah, 0x68
	mov	bx, 60
	T	"68 no handle", A
	; duplicates
	mov	ah, 0x45
	mov	bx, [handle]
	T	"45", A
	mov	[second], ax
	mov	ah, 0x45
	mov	bx, 33
	T	"45 no handle", A
	mov	ah, 0x46
	mov	bx, [handle]
	mov	cx, 12
	T	"46 to 12", N
	mov	ah, 0x46
	mov	bx, [handle]
	mov	cx, 300
	T	"46 to 300", A
	mov	ah, 0x46
	mov	bx, 40
	mov	cx, 12
	T	"46 of nothing", A
	mov	ah, 0x3e
	mov	bx, 12
	T	"3E 12", N
	mov	ah, 0x3e
	mov	bx, 12
	T	"3E 12 again", A
	mov	ah, 0x3e
	mov	bx, [second]
	T	"3E second", N
	mov	ah, 0x3e
	mov	bx, [handle]
	T	"3E", N
	mov	ah, 0x3f
	mov	cx, 1
	mov	dx, buffer
	T	"3F closed", A
	; access
	mov	ax, 0x3d00
	mov	dx, missing
	T	"3D nothing there", A
	mov	ax, 0x3d00
	mov	dx, no_path
	T	"3D no path", A
	mov	ax, 0x3d00
	mov	dx, bad_drive
	T	"3D no drive", A
	mov	ax, 0x3d03
	mov	dx, name
	T	"3D03", A
	mov	ax, 0x3d00
	mov	dx, star
	T	"3D *", A
	mov	ax, 0x3d00
	mov	dx, empty
	T	"3D empty", A
	mov	ax, 0x3d00
	mov	dx, name
	T	"3D00", A
	mov	[handle], ax
	mov	bx, ax
	mov	ah, 0x40
	mov	cx, 1
	mov	dx, digits
	T	"40 read only", A
	mov	ah, 0x3e
	T	"3E read only", N
	mov	ax, 0x3d01
	mov	dx, name
	T	"3D01", A
	mov	bx, ax
	mov	ah, 0x3f
	mov	cx, 1
	mov	dx, buffer
	T	"3F write only", A
	mov	ah, 0x3e
	T	"3E write only", N
	mov	ax, 0x3dc2
	mov	dx, name
	T	"3DC2", A
	mov	bx, ax
	mov	ah, 0x3e
	T	"3E DC2", N
	; attributes
	mov	ax, 0x4300
	mov	dx, name
	T	"4300", C
	mov	ax, 0x4301
	mov	cx, 0x08
	T	"4301 label", A
	mov	ax, 0x4300
	mov	dx, missing
	T	"4300 missing", A
	mov	ax, 0x4301
	xor	cx, cx
	T	"4301 missing", A
	mov	ax, 0x4302
	mov	dx, name
	T	"4302", A
	mov	ax, 0x4301
	mov	cx, 0x20
	T	"4301 plain", N
	; names
	mov	ah, 0x5b
	xor	cx, cx
	T	"5B exists", A
	mov	ah, 0x5b
	mov	dx, other
	T	"5B", A
	mov	bx, ax
	mov	ah, 0x3e
	T	"3E 5B", N
	mov	ah, 0x56
	mov	dx, name
	mov	di, other
	T	"56 exists", A
	mov	ah, 0x56
	mov	dx, missing
	mov	di, third
	T	"56 missing", A
	mov	ah, 0x56
	mov	dx, other
	mov	di, no_path
	T	"56 no path", A
	mov	ah, 0x56
	mov	dx, other
	mov	di, third
	T	"56", N
	mov	ah, 0x41
	mov	dx, other
	T	"41 missing", A
	mov	ah, 0x41
	mov	dx, no_path
	T	"41 no path", A
	mov	ah, 0x41
	mov	dx, star
	T	"41 *", A
	mov	ah, 0x41
	mov	dx, third
	T	"41", N
	; 6C
	mov	ax, 0x6c00
	mov	bx, 2
	xor	cx, cx
	mov	dx, 0x01
	mov	si, missing
	T	"6C open missing", A
	mov	ax, 0x6c00
	mov	bx, 2
	xor	cx, cx
	mov	dx, 0x10
	mov	si, name
	T	"6C create existing", A
	mov	ax, 0x6c00
	mov	dx, 0x01
	T	"6C open", A | C
	mov	bx, ax
	mov	ah, 0x3e
	T	"3E 6C", N
	mov	ax, 0x6c00
	mov	bx, 2
	mov	dx, 0x12
	xor	cx, cx
	T	"6C replace", A | C
	mov	bx, ax
	mov	ah, 0x3e
	T	"3E 6C replace", N
	mov	ax, 0x6c00
	mov	bx, 2
	mov	dx, 0x12
	xor	cx, cx
	mov	si, other
	T	"6C make", A | C
	mov	bx, ax
	mov	ah, 0x3e
	T	"3E 6C make", N
	mov	ax, 0x6c00
	mov	bx, 2
	mov	dx, 0x00
	T	"6C nothing to do", A
	; 5A
	mov	ah, 0x5a
	xor	cx, cx
	mov	dx, temporary
	T	"5A", N
	jc	no_temporary
	mov	bx, ax
	mov	ah, 0x3e
	int	0x21
	mov	ax, 0x4300
	mov	dx, temporary
	T	"5A made it", C
	mov	ah, 0x41
	T	"5A delete", N
no_temporary:
	mov	ah, 0x5a
	mov	dx, no_path_directory
	T	"5A no path", A
	; devices
	mov	ax, 0x3d02
	mov	dx, nul
	T	"3D NUL", A
	mov	bx, ax
	mov	ah, 0x40
	mov	cx, 20
	mov	dx, digits
	T	"40 NUL", A
	mov	ah, 0x3f
	T	"3F NUL", A
	mov	ax, 0x4202
	xor	cx, cx
	xor	dx, dx
	T	"42 NUL", A | D
	mov	ah, 0x3e
	T	"3E NUL", N
	mov	ax, 0x3d02
	mov	dx, nul_extension
	T	"3D NUL.TXT", A
	mov	bx, ax
	mov	ah, 0x3e
	T	"3E NUL.TXT", N
	; all handles
	xor	si, si
more:	mov	ax, 0x3d00
	mov	dx, name
	int	0x21
	jc	full
	inc	si
	cmp	si, 40
	jb	more
full:	REPORT	"3D until there is none", A
	WORD_IS	"3D how many", si
	mov	ah, 0x45
	mov	bx, 1
	T	"45 full", A
	mov	ah, 0x67
	mov	bx, 30
	T	"67 of 30", N
	mov	ah, 0x45
	mov	bx, 1
	T	"45 after 67", A
	mov	bx, ax
	mov	ah, 0x3e
	T	"3E after 67", N
	mov	bx, 19
close:	mov	ah, 0x3e
	int	0x21
	dec	bx
	cmp	bx, 4
	ja	close
	; a directory is no file
	mov	ah, 0x39
	mov	dx, directory
	T	"39", N
	mov	ax, 0x3d00
	T	"3D directory", A
	mov	ah, 0x3c
	xor	cx, cx
	T	"3C directory", A
	mov	ah, 0x41
	T	"41 directory", A
	mov	ax, 0x4300
	T	"4300 directory", C
	mov	ah, 0x3a
	T	"3A", N
	mov	ah, 0x41
	mov	dx, name
	T	"41 end", N
	mov	ah, 0x41
	mov	dx, other
	T	"41 other end", N
	mov	ah, 0x41
	T	"41 other again", A
	; functions that are not there
	mov	ax, 0x6b00
	T	"6B", L
	ORACLE_END

name	db	"FIRST.DAT", 0
other	db	"OTHER.DAT", 0
third	db	"THIRD.DAT", 0
missing	db	"MISSING.DAT", 0
no_path	db	"NOWHERE\FILE", 0
no_path_directory: db "NOWHERE\", 0
	times 16 db 0
bad_drive: db	"X:\FILE", 0
star	db	"*.DAT", 0
empty	db	0
nul	db	"NUL", 0
nul_extension: db "NUL.TXT", 0
directory: db	"DIR", 0
temporary: db	0
	times 16 db 0
digits	db	"0123456789"
handle	dw	0
second	dw	0
buffer:	times 128 db 0
