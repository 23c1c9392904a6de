/*
 * The PC that a DOS program sees: its memory, from address 0 of this very task on, and its
 * registers, which the kernel fills when the program needs us (masix/masix_host.h).
 *
 * The memory is mapped twice.  The program has it at address 0, with the A20 line as it is now and
 * without the pages that the screen's planes are behind; the monitor has all of it elsewhere, so
 * that no address that a program gives can make the monitor fault.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <libmach.h>
#include <masix/masix_host.h>

#define MACHINE_BYTES 0x110000u
/* Where the program's interrupt vectors lead before it changes them: INT n to offset 4 n. */
#define SERVICE_SEGMENT 0x0070u
#define SERVICE_STUBS   0x0400u /* offsets from here on: MACHINE_STUB_* */
#define STUB_RETURNED   0x0400u /* the end of what machine_call_interrupt began */
#define STUB_ENDED      0x0402u /* the first program's INT 22h */
#define STUB_CALL_5     0x0404u /* CP/M's way to INT 21h */
#define STUB_IRET       0x0410u
#define STUB_XMS        0x0412u /* by a far call; a jump over three bytes that others may patch, */
#define STUB_XMS_HALT   0x0417u /* then this, then RETF */
/* What is DOS's own in the first megabyte, up to the first memory control block. */
#define DOS_SEGMENT 0x00c0u
#define FIRST_BLOCK 0x0260u
#define MEMORY_END  0xa000u

#define FLAG_CARRY 0x0001u
#define FLAG_ZERO  0x0040u
#define FLAG_TRAP  0x0100u
#define FLAG_IF    0x0200u
#define FLAG_NT    0x4000u

extern struct masix_v86_block machine_block;
#define REGISTERS (machine_block.registers)

/* Byte and word registers: ax(), al(), set_ax(value) ... */
#define MACHINE_WORD(name, field)                                                                  \
	static inline uint16_t name(void)                                                          \
	{                                                                                          \
		return (uint16_t)REGISTERS.field;                                                  \
	}                                                                                          \
	static inline void set_##name(uint32_t value)                                              \
	{                                                                                          \
		REGISTERS.field = (REGISTERS.field & 0xffff0000u) | (value & 0xffffu);             \
	}
#define MACHINE_BYTE(name, field, shift)                                                           \
	static inline uint8_t name(void)                                                           \
	{                                                                                          \
		return (uint8_t)(REGISTERS.field >> (shift));                                      \
	}                                                                                          \
	static inline void set_##name(uint32_t value)                                              \
	{                                                                                          \
		REGISTERS.field = (REGISTERS.field & ~(0xffu << (shift))) | (value & 0xffu)        \
										    << (shift);    \
	}
MACHINE_WORD(ax, eax)
MACHINE_WORD(bx, ebx)
MACHINE_WORD(cx, ecx)
MACHINE_WORD(dx, edx)
MACHINE_WORD(si, esi)
MACHINE_WORD(di, edi)
MACHINE_WORD(bp, ebp)
MACHINE_WORD(sp, esp)
MACHINE_WORD(ip, eip)
MACHINE_WORD(cs, cs)
MACHINE_WORD(ds, ds)
MACHINE_WORD(es, es)
MACHINE_WORD(ss, ss)
MACHINE_BYTE(al, eax, 0)
MACHINE_BYTE(ah, eax, 8)
MACHINE_BYTE(bl, ebx, 0)
MACHINE_BYTE(bh, ebx, 8)
MACHINE_BYTE(cl, ecx, 0)
MACHINE_BYTE(ch, ecx, 8)
MACHINE_BYTE(dl, edx, 0)
MACHINE_BYTE(dh, edx, 8)

static inline void machine_set_flag(uint32_t flag, bool on)
{
	REGISTERS.eflags = on ? REGISTERS.eflags | flag : REGISTERS.eflags & ~flag;
}

extern uint8_t *machine_ram;       /* the monitor's mapping, MACHINE_BYTES long */
extern uint32_t machine_addresses; /* the address bits that count: bit 20 is the A20 line */

static inline uint8_t *machine_memory(void)
{
	return machine_ram;
}

/* What the program finds at segment:offset. */
static inline uint8_t *machine_at(uint32_t segment, uint32_t offset)
{
	return machine_ram + (((segment & 0xffff) * 16 + (offset & 0xffff)) & machine_addresses);
}

static inline uint8_t peek8(uint32_t segment, uint32_t offset)
{
	return *machine_at(segment, offset);
}

static inline uint16_t peek16(uint32_t segment, uint32_t offset)
{
	return (uint16_t)(peek8(segment, offset) | peek8(segment, offset + 1) << 8);
}

static inline void poke8(uint32_t segment, uint32_t offset, uint32_t value)
{
	*machine_at(segment, offset) = (uint8_t)value;
}

static inline void poke16(uint32_t segment, uint32_t offset, uint32_t value)
{
	poke8(segment, offset, value);
	poke8(segment, offset + 1, value >> 8);
}

static inline void poke32(uint32_t segment, uint32_t offset, uint32_t value)
{
	poke16(segment, offset, value);
	poke16(segment, offset + 2, value >> 16);
}

static inline void poke_far(uint32_t segment, uint32_t offset, uint32_t to_segment,
			    uint32_t to_offset)
{
	poke16(segment, offset, to_offset);
	poke16(segment, offset + 2, to_segment);
}

/* How many of "bytes" from segment:offset on lie in the segment, and so in the memory. */
static inline uint32_t machine_span(uint32_t offset, uint32_t bytes)
{
	uint32_t room = 0x10000u - (offset & 0xffff);

	return bytes < room ? bytes : room;
}

/* A text that ends with 0, copied; what is longer than bytes_max - 1 is cut. */
void machine_get_text(uint32_t segment, uint32_t offset, char *text, uint32_t bytes_max);

/* ------------------------------------------------------------------------------- machine.c */

/* Makes the memory: first thing in main.  Stops the program if it cannot. */
void machine_make(void);

/* The A20 line: while it is closed, as at the beginning, addresses from 1 MB on mean those from 0
   on. */
void machine_open_a20(bool open);
bool machine_a20_is_open(void);

/* Is the vector still where it was at the beginning? */
bool machine_vector_is_ours(uint32_t vector);

/* Begins an interrupt: flags and return address on the program's stack, IF cleared. */
void machine_begin_interrupt(uint32_t vector);

/*
 * Runs an interrupt of the program's to its end.  false: too many are running already, or it did
 * not come back: the program has ended, and the registers are another's, which must not be touched.
 */
bool machine_call_interrupt(uint32_t vector);

/* What machine_call_interrupt waits for will not come: another program's registers are loaded. */
void machine_abandon(void);

/* Runs the program until it ends; its last word. */
uint32_t machine_run(void);

/* Ends machine_run, once what runs now returns. */
void machine_stop(uint32_t code);

/*
 * For waiting: so many microseconds, at most the time of a tick, or until a key comes; what came
 * meanwhile (interrupts) has been served.  With MACHINE_KEY a key is all that is waited for: time
 * passes as it may, unless the program wants its interrupts.  false: the program has ended
 * meanwhile, and the registers are another's.
 */
#define MACHINE_TICK 0xfffffffeu
#define MACHINE_KEY  0xffffffffu
bool machine_wait(uint32_t microseconds);

/* Counts the programs' ends: while it stays, the registers are those of the same program. */
unsigned int machine_epoch(void);

/* Ends the program with a sentence on the terminal, as it has done what no program may. */
void machine_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---------------------------------------------------------------------------------- bios.c */

void bios_reset(void);
/* An interrupt whose vector is ours; false: nobody knows it, and nothing happens. */
bool bios_interrupt(uint32_t vector);
/* What is due at each tick: the clock, the keyboard, the screen.  The first begins the program's
   interrupts, the second (for machine_wait) runs them to their end. */
void bios_tick(void);
void bios_tick_now(void);

/*
 * The next key (scan code << 8 | character): waited for, and with "take" taken.  false: the program
 * has ended meanwhile.  "idle" is DOS's way: INT 28h, again and again, while nothing comes.  The
 * others do not wait.
 */
bool bios_wait_key(bool take, uint16_t *key);
bool bios_wait_key_idle(uint16_t *key);
bool bios_look_key(uint16_t *key);
bool bios_peek_key(uint16_t *key); /* only in the ring: nobody is asked for keys */

/* ---------------------------------------------------------------------------------- ports.c */

uint32_t ports_in(uint32_t port, uint32_t bytes);
void ports_out(uint32_t port, uint32_t bytes, uint32_t value);
