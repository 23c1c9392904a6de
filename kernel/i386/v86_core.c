/* See v86_core.h. */
#include <i386/v86_core.h>

#define FLAGS_REAL 0x00240dd5u /* CF PF AF ZF SF TF DF OF AC ID; the same as EFL_USER */
#define FLAGS_ONE  0x00000002u
#define LOW_WORD   0x0000ffffu

/* What prefixes said. */
#define OPERAND_32 1u
#define ADDRESS_32 2u
#define LOCK       4u
#define REPEAT     8u

/* What each opcode is; not named: V86_OTHER. */
#define KIND      0x1fu
#define BYTE_PORT 0x40u /* a port of one byte, whatever the operand size */
#define OPERAND   0x80u /* a byte follows: vector or port */
static const uint8_t opcodes[256] = {
	[0x6c] = V86_INS | BYTE_PORT,
	[0x6d] = V86_INS,
	[0x6e] = V86_OUTS | BYTE_PORT,
	[0x6f] = V86_OUTS,
	[0x9c] = V86_PUSHF,
	[0x9d] = V86_POPF,
	[0xcd] = V86_INT | OPERAND,
	[0xcf] = V86_IRET,
	[0xe4] = V86_IN | BYTE_PORT | OPERAND,
	[0xe5] = V86_IN | OPERAND,
	[0xe6] = V86_OUT | BYTE_PORT | OPERAND,
	[0xe7] = V86_OUT | OPERAND,
	[0xec] = V86_IN | BYTE_PORT,
	[0xed] = V86_IN,
	[0xee] = V86_OUT | BYTE_PORT,
	[0xef] = V86_OUT,
	[0xf4] = V86_HLT,
	[0xfa] = V86_CLI,
	[0xfb] = V86_STI,
};

static bool prefix_take(uint32_t *prefixes, uint8_t *segment, uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		*segment = byte >> 3 & 3u;
		return true;
	case 0x64:
	case 0x65:
		*segment = byte == 0x64 ? V86_FS : V86_GS;
		return true;
	case 0x66:
		*prefixes |= OPERAND_32;
		return true;
	case 0x67:
		*prefixes |= ADDRESS_32;
		return true;
	case 0xf0:
		*prefixes |= LOCK;
		return true;
	case 0xf2:
	case 0xf3:
		*prefixes |= REPEAT;
		return true;
	default:
		return false;
	}
}

void v86_decode(const uint8_t *code, uint32_t available, struct v86_instruction *result)
{
	uint32_t limit = available < V86_INSTRUCTION_MAX ? available : V86_INSTRUCTION_MAX;
	uint32_t prefixes = 0;
	uint8_t segment = V86_DS;
	uint32_t at = 0;
	/* What has a place in the table is no prefix, and comes without one as a rule. */
	while (at < limit && opcodes[code[at]] == V86_OTHER &&
	       prefix_take(&prefixes, &segment, code[at])) {
		at++;
	}
	uint8_t opcode = at < limit ? opcodes[code[at]] : V86_OTHER;
	uint32_t length = at + ((opcode & OPERAND) != 0 ? 2 : 1);
	if (length > limit) {
		result->kind = length > V86_INSTRUCTION_MAX ? V86_TOO_LONG : V86_SHORT;
		return;
	}
	uint8_t kind = opcode & KIND;
	result->kind = (prefixes & LOCK) != 0 && kind != V86_OTHER ? V86_LOCKED : kind;
	result->segment = kind == V86_INS ? V86_ES : segment;
	result->length = (uint8_t)length;
	result->bytes = (opcode & BYTE_PORT) != 0 ? 1 : (prefixes & OPERAND_32) != 0 ? 4 : 2;
	result->operand = (opcode & OPERAND) != 0 ? code[at + 1] : 0;
	result->port_in_dx = (opcode & OPERAND) == 0;
	result->repeat = (prefixes & REPEAT) != 0;
	result->address_32 = (prefixes & ADDRESS_32) != 0;
}

uint32_t v86_flags_seen(struct v86_flags flags)
{
	return (flags.real & FLAGS_REAL) | (flags.virtual & V86_VIRTUAL) | FLAGS_ONE;
}

struct v86_flags v86_flags_load(struct v86_flags flags, uint32_t value, uint32_t bytes)
{
	uint32_t changed = FLAGS_REAL & (bytes == 2 ? LOW_WORD : ~0u);
	return (struct v86_flags){
		.real = (flags.real & ~changed) | (value & changed),
		.virtual = value & V86_VIRTUAL,
	};
}
