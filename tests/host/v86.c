/* Sensitive instructions of virtual-8086 mode: the decoder beside one written another way, on every
   opcode with every kind of prefix and on random bytes; and the flags.
   LINK: kernel/i386/v86_core.c */
#include <stdlib.h>
#include <string.h>

#include <i386/v86_core.h>

#include "tap.h"

#define SEED   0x8086000180860001u
#define ROUNDS 400000

/* --- the other decoder: prefixes by their names, opcodes by ranges ------------------------- */

struct model {
	int kind;
	unsigned segment, length, bytes, operand;
	bool port_in_dx, repeat, address_32;
};

static bool model_is_port(unsigned opcode)
{
	return (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xe4 && opcode <= 0xe7) ||
	       (opcode >= 0xec && opcode <= 0xef);
}

static int model_kind(unsigned opcode)
{
	if (model_is_port(opcode)) {
		bool out = (opcode & 2u) != 0;
		return opcode < 0x70 ? (out ? V86_OUTS : V86_INS) : (out ? V86_OUT : V86_IN);
	}
	return opcode == 0x9c   ? V86_PUSHF
	       : opcode == 0x9d ? V86_POPF
	       : opcode == 0xcd ? V86_INT
	       : opcode == 0xcf ? V86_IRET
	       : opcode == 0xf4 ? V86_HLT
	       : opcode == 0xfa ? V86_CLI
	       : opcode == 0xfb ? V86_STI
				: V86_OTHER;
}

static struct model model_decode(const uint8_t *code, unsigned available)
{
	static const char prefixes[] = "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3";
	struct model m = {.segment = V86_DS};
	bool wide = false;
	bool lock = false;
	unsigned at = 0;
	for (; at < available && memchr(prefixes, code[at], sizeof prefixes - 1) != NULL; at++) {
		unsigned index =
			(unsigned)((const char *)memchr(prefixes, code[at], sizeof prefixes - 1) -
				   prefixes);
		m.segment = index < 6 ? index : m.segment;
		wide |= index == 6;
		m.address_32 |= index == 7;
		lock |= index == 8;
		m.repeat |= index > 8;
	}
	if (at >= V86_INSTRUCTION_MAX || at >= available) {
		m.kind = at >= V86_INSTRUCTION_MAX ? V86_TOO_LONG : V86_SHORT;
		return m;
	}
	unsigned opcode = code[at];
	bool operand = opcode == 0xcd || (opcode >= 0xe4 && opcode <= 0xe7);
	m.kind = model_kind(opcode);
	m.length = at + 1 + operand;
	if (m.length > V86_INSTRUCTION_MAX || m.length > available) {
		m.kind = m.length > V86_INSTRUCTION_MAX ? V86_TOO_LONG : V86_SHORT;
		return m;
	}
	m.bytes = model_is_port(opcode) && opcode % 2 == 0 ? 1 : wide ? 4 : 2;
	m.operand = operand ? code[at + 1] : 0;
	m.port_in_dx = !operand;
	m.segment = m.kind == V86_INS ? V86_ES : m.segment;
	m.kind = lock && m.kind != V86_OTHER ? V86_LOCKED : m.kind;
	return m;
}

/* The bytes lie at the end of their own memory, so that a sanitizer sees one read too many. */
static bool same(const uint8_t *bytes, unsigned available)
{
	uint8_t *code = malloc(available + (available == 0));
	memcpy(code, bytes, available);
	struct v86_instruction in;
	v86_decode(code, available, &in);
	struct model m = model_decode(code, available);
	free(code);
	if ((int)in.kind != m.kind) {
		return false;
	}
	return in.kind < V86_CLI ||
	       (in.segment == m.segment && in.length == m.length && in.bytes == m.bytes &&
		in.operand == m.operand && in.port_in_dx == m.port_in_dx && in.repeat == m.repeat &&
		in.address_32 == m.address_32);
}

static void check_opcodes(void)
{
	static const uint8_t prefixes[] = {0x90, 0x26, 0x2e, 0x36, 0x3e, 0x64,
					   0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};
	bool good = true;
	for (unsigned p = 0; p < sizeof prefixes; p++) {
		for (unsigned opcode = 0; opcode < 256; opcode++) {
			uint8_t code[3] = {prefixes[p], (uint8_t)opcode, 0x5a};
			unsigned first = p == 0 ? 1 : 0;
			for (unsigned available = 0; available <= 3 - first; available++) {
				good &= same(code + first, available);
			}
		}
	}
	CHECK(good, "every opcode, alone and behind each prefix, whole and cut");
}

static void check_lengths(void)
{
	bool good = true;
	for (unsigned count = 0; count < 20; count++) {
		uint8_t code[24];
		memset(code, 0x66, sizeof code);
		code[count] = 0xcd;
		for (unsigned available = 0; available <= sizeof code; available++) {
			good &= same(code, available);
		}
	}
	CHECK(good, "any number of prefixes");
	uint8_t code[16];
	struct v86_instruction in;
	memset(code, 0x2e, sizeof code);
	code[14] = 0xfa;
	v86_decode(code, sizeof code, &in);
	CHECK(in.kind == V86_CLI && in.length == 15, "15 bytes are an instruction");
	code[14] = 0x2e;
	code[15] = 0xfa;
	v86_decode(code, sizeof code, &in);
	CHECK(in.kind == V86_TOO_LONG, "16 are none");
	code[14] = 0xcd;
	v86_decode(code, sizeof code, &in);
	CHECK(in.kind == V86_TOO_LONG, "nor when the last is an operand");
}

static void check_random(void)
{
	uint64_t seed = SEED;
	bool good = true;
	for (unsigned round = 0; round < ROUNDS && good; round++) {
		static const uint8_t busy[] = {0x66, 0x67, 0xf3, 0x2e, 0xf0, 0xcd, 0xe6, 0x6e};
		uint8_t code[18];
		for (unsigned i = 0; i < sizeof code; i++) {
			uint32_t bits = (uint32_t)tap_random(&seed);
			code[i] = (bits & 3) != 0 ? busy[bits >> 8 & 7] : (uint8_t)(bits >> 8);
		}
		good = same(code, (unsigned)(tap_random(&seed) % (sizeof code + 1)));
	}
	CHECK(good, "%u random ones, seed %llx", ROUNDS, (unsigned long long)SEED);
}

/* Bit by bit: which a program sees, and which POPF changes. */
static void check_flags(void)
{
	const uint32_t real = 0x00240dd5u;
	bool good = true;
	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t one = 1u << bit;
		struct v86_flags none = {0, 0};
		struct v86_flags all = {~0u, V86_VIRTUAL};
		uint32_t seen = v86_flags_seen((struct v86_flags){one, one});
		good &= seen == (2u | (one & (real | V86_VIRTUAL)));
		struct v86_flags wide = v86_flags_load(none, one, 4);
		good &= wide.real == (one & real) && wide.virtual == (one & V86_VIRTUAL);
		struct v86_flags narrow = v86_flags_load(all, one, 2);
		good &= narrow.real == ((~0u & ~(real & 0xffffu)) | (one & real & 0xffffu));
		good &= narrow.virtual == (one & V86_VIRTUAL);
	}
	CHECK(good, "flags, bit by bit");
	CHECK(v86_linear(0xffff, 0xffff) == 0x10ffef && v86_linear(0xabcd0001, 0x12340002) == 0x12,
	      "addresses end at 10ffef");
}

int main(void)
{
	check_opcodes();
	check_lengths();
	check_random();
	check_flags();
	return tap_done();
}
