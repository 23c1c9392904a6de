/* 16-bit programs for the tests of virtual-8086 mode: memory for them, and pieces of code. */
#pragma once

#include "harness.h"
#include <gen/masix_host.h>

#define V86_MEMORY_BYTES  0x110000u /* all that such a program can address */
#define V86_CODE_SEGMENT  0x1000u
#define V86_STACK_SEGMENT 0x2000u
#define V86_DATA_SEGMENT  0x3000u
#define V86_STACK_TOP     0x1000u

#define V86_EFL_CF   0x00000001u
#define V86_EFL_TF   0x00000100u
#define V86_EFL_IF   0x00000200u
#define V86_EFL_DF   0x00000400u
#define V86_EFL_OF   0x00000800u
#define V86_EFL_IOPL 0x00003000u
#define V86_EFL_NT   0x00004000u
#define V86_EFL_VM   0x00020000u
#define V86_EFL_AC   0x00040000u
#define V86_EFL_ID   0x00200000u

/* 16-bit code by name: v86_code_NAME to v86_code_NAME_end. */
#define V86_CODE(name, text)                                                                       \
	extern const uint8_t v86_code_##name[] __asm__("v86_code_" #name);                         \
	extern const uint8_t v86_code_##name##_end[] __asm__("v86_code_" #name "_end");            \
	__asm__(".text\n.globl v86_code_" #name ", v86_code_" #name "_end\n.code16\n"              \
		"v86_code_" #name ":\n" text "\nv86_code_" #name "_end:\n.code32\n")

/* Memory from 0 on, zero and resident. To be called before test_begin, whose memory would be in its
   place; it stays. */
void v86_memory_make(void);

static inline volatile uint8_t *v86_byte(uint32_t segment, uint32_t offset)
{
	uint32_t address = segment * 16 + offset;

	__asm__("" : "+r"(address)); /* it may be 0, which the compiler takes for no address */
	return (volatile uint8_t *)address;
}

static inline void v86_poke16(uint32_t segment, uint32_t offset, uint32_t value)
{
	*v86_byte(segment, offset) = (uint8_t)value;
	*v86_byte(segment, offset + 1) = (uint8_t)(value >> 8);
}

static inline uint32_t v86_peek16(uint32_t segment, uint32_t offset)
{
	return *v86_byte(segment, offset) | (uint32_t)*v86_byte(segment, offset + 1) << 8;
}

void v86_copy(uint32_t segment, uint32_t offset, const uint8_t *code, uint32_t bytes);

/* A block to run what is at V86_CODE_SEGMENT:0, IF set. */
void v86_block_init(struct masix_v86_block *block);
