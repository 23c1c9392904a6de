/* The emulation library's ELF file, in the server: what was measured of one was of both. */
	.section .rodata
	.globl	emulation_library, emulation_library_end
	.balign	4
emulation_library:
	.incbin	EMULATION_LIBRARY
emulation_library_end:
	.section .note.GNU-stack, "", @progbits
