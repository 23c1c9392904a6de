/* See v86_core.h. */
#include <i386/v86_core.h>

#define FLAGS_REAL 0x00240dd5u /* CF PF AF ZF SF TF DF OF AC ID; the same as EFL_USER */
#define FLAGS_ONE  0x00000002u
#define LOW_WORD   0x0000ffffu

struct prefixes {
	bool operand_32, address_32, lock, repeat;
	enum v86_segment segment;
};

static bool prefix_take(struct prefixes *p, uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		p->segment = (enum v86_segment)(byte >> 3 & 3u);
		return true;
	case 0x64:
	case 0x65:
		p->segment = byte == 0x64 ? V86_FS : V86_GS;
		return true;
	case 0x66:
		p->operand_32 = true;
		return true;
	case 0x67:
		p->address_32 = true;
		return true;
	case 0xf0:
		p->lock = true;
		return true;
	case 0xf2:
	case 0xf3:
		p->repeat = true;
		return true;
	default:
		return false;
	}
}

static enum v86_kind kind_of(uint8_t opcode)
{
	switch (opcode) {
	case 0x6c:
	case 0x6d:
		return V86_INS;
	case 0x6e:
	case 0x6f:
		return V86_OUTS;
	case 0x9c:
		return V86_PUSHF;
	case 0x9d:
		return V86_POPF;
	case 0xcd:
		return V86_INT;
	case 0xcf:
		return V86_IRET;
	case 0xe4:
	case 0xe5:
	case 0xec:
	case 0xed:
		return V86_IN;
	case 0xe6:
	case 0xe7:
	case 0xee:
	case 0xef:
		return V86_OUT;
	case 0xf4:
		return V86_HLT;
	case 0xfa:
		return V86_CLI;
	case 0xfb:
		return V86_STI;
	default:
		return V86_OTHER;
	}
}

static bool has_operand(uint8_t opcode)
{
	return opcode == 0xcd || (opcode >= 0xe4 && opcode <= 0xe7);
}

/* The last bit of the opcodes of ports tells whether they move one byte. */
static uint8_t operand_bytes(enum v86_kind kind, uint8_t opcode, bool operand_32)
{
	bool port = kind == V86_IN || kind == V86_OUT || kind == V86_INS || kind == V86_OUTS;
	if (port && (opcode & 1u) == 0) {
		return 1;
	}
	return operand_32 ? 4 : 2;
}

struct v86_instruction v86_decode(const uint8_t *code, uint32_t available)
{
	struct prefixes p = {.segment = V86_DS};
	struct v86_instruction result = {.kind = V86_SHORT};
	uint32_t limit = available < V86_INSTRUCTION_MAX ? available : V86_INSTRUCTION_MAX;
	uint32_t at = 0;
	while (at < limit && prefix_take(&p, code[at])) {
		at++;
	}
	uint32_t end = at + 1;
	if (at < limit) {
		end += has_operand(code[at]);
	}
	if (end > limit) {
		result.kind = end > V86_INSTRUCTION_MAX ? V86_TOO_LONG : V86_SHORT;
		return result;
	}
	uint8_t opcode = code[at];
	result.kind = kind_of(opcode);
	result.segment = result.kind == V86_INS ? V86_ES : p.segment;
	result.length = (uint8_t)end;
	result.bytes = operand_bytes(result.kind, opcode, p.operand_32);
	result.repeat = p.repeat;
	result.address_32 = p.address_32;
	result.port_in_dx = !has_operand(opcode);
	result.operand = has_operand(opcode) ? code[at + 1] : 0;
	if (p.lock && result.kind != V86_OTHER) {
		result.kind = V86_LOCKED;
	}
	return result;
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
