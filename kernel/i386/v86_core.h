/* The instructions that virtual-8086 mode does not let a program execute, and its flags. Pure.
   Intel SDM vol. 3, 20.2.7 "Sensitive Instructions" and 20.2.8 "Virtual-8086 Mode I/O". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define V86_INSTRUCTION_MAX 15u /* the processor takes no longer one */

enum v86_kind {
	V86_OTHER,    /* none of the following: the fault has another cause */
	V86_SHORT,    /* it goes on beyond the bytes that there are */
	V86_TOO_LONG, /* a protection fault whatever it is */
	V86_LOCKED,   /* LOCK before one of the following: an invalid instruction */
	V86_CLI,
	V86_STI,
	V86_PUSHF,
	V86_POPF,
	V86_IRET,
	V86_INT,
	V86_HLT,
	V86_IN,
	V86_OUT,
	V86_INS,
	V86_OUTS,
};

/* In the order of instruction encodings. */
enum v86_segment { V86_ES, V86_CS, V86_SS, V86_DS, V86_FS, V86_GS };

struct v86_instruction {
	uint8_t kind;    /* enum v86_kind; if it is none of those from V86_CLI on, the rest means
			    nothing */
	uint8_t segment; /* enum v86_segment, that its memory operand is in */
	uint8_t length;  /* bytes, with its prefixes */
	uint8_t bytes;   /* of each port or stack operand: 1, 2 or 4 */
	uint8_t operand; /* vector or port */
	bool port_in_dx; /* the port is not `operand` but in dx */
	bool repeat;     /* REP or REPNE before it */
	bool address_32; /* esi, edi and ecx count, not si, di and cx */
};

/* Tells what the bytes at `code` are, of which there are `available`. */
void v86_decode(const uint8_t *code, uint32_t available, struct v86_instruction *result);

/* A program's flags are in two places: those that the processor has for it (EFL_USER), and those
   that it may change without effect on the machine (V86_VIRTUAL). */
struct v86_flags {
	uint32_t real, virtual;
};
#define V86_VIRTUAL 0x00007200u /* IF IOPL NT */

/* What PUSHFD would push. */
uint32_t v86_flags_seen(struct v86_flags flags);
/* What POPF of `bytes` bytes (2 or 4) makes of them. */
struct v86_flags v86_flags_load(struct v86_flags flags, uint32_t value, uint32_t bytes);

/* The linear address of a byte. Addresses beyond 1 MB are as the A20 line is mapped. */
static inline uint32_t v86_linear(uint32_t segment, uint32_t offset)
{
	return ((segment & 0xffffu) << 4) + (offset & 0xffffu);
}
