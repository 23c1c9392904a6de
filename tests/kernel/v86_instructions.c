/* TEST: oracle=no */
/*
 * masix_v86_run, one instruction at a time: what the kernel does itself, what comes back to the
 * monitor and with what, at the edges of segments, pages and of what is an instruction at all.
 */
#include "lib/v86.h"

#define SELF mach_task_self()
#define PAGE 0x1000u

#define HOLE 0x50000u

static struct masix_v86_block block;

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* The code at V86_CODE_SEGMENT:offset, with HLT behind it, and a block to run it. */
static void prepare_at(uint32_t offset, const uint8_t *code, uint32_t bytes)
{
	v86_copy(V86_CODE_SEGMENT, offset, code, bytes);
	*v86_byte(V86_CODE_SEGMENT, (offset + bytes) & 0xffff) = 0xf4;
	v86_block_init(&block);
	block.registers.eip = offset;
}

static void run(void)
{
	NEED_KR(masix_v86_run(&block));
}

static void run_code(const uint8_t *code, uint32_t bytes)
{
	prepare_at(0, code, bytes);
	run();
}

/* It went on to the HLT behind the code. */
static void check_halted(uint32_t eip)
{
	CHECK_EQ(block.reason, MASIX_V86_HLT);
	CHECK_EQ(block.registers.eip, eip + 1);
	CHECK_EQ(block.length, 1);
}

static void check_exception(uint32_t vector, uint32_t eip)
{
	CHECK_EQ(block.reason, MASIX_V86_EXCEPTION);
	CHECK_EQ(block.vector, vector);
	CHECK_EQ(block.registers.eip, eip);
}

/* --------------------------------------------------------------------------- all registers */

static void check_registers(void)
{
	struct masix_v86_registers want = {
		.edi = 0x11111111,
		.esi = 0x22222222,
		.ebp = 0x33333333,
		.ebx = 0x44444444,
		.edx = 0x55555555,
		.ecx = 0x66666666,
		.eax = 0x77777777,
		.cs = V86_CODE_SEGMENT,
		.eflags = 0x00240cd7 | V86_EFL_IF | V86_EFL_NT | V86_EFL_IOPL,
		.esp = 0x88881234,
		.ss = 0x2345,
		.es = 0x1f,
		.ds = 0x1f,
		.fs = 0xffff,
		.gs = 0x0003,
	};

	test_group_begin("every register goes in and comes out");
	prepare_at(0, BYTES(0x90));
	block.registers = want;
	run();
	want.eip = 2;
	check_halted(1);
	for (uint32_t i = 0; i < sizeof want / 4; i++) {
		CHECK_EQ(((uint32_t *)&block.registers)[i], ((uint32_t *)&want)[i]);
	}
	test_group_end();
	test_group_begin("what is too wide is cut");
	prepare_at(0, BYTES(0x90));
	block.registers.cs |= 0xabcd0000;
	block.registers.ss |= 0xabcd0000;
	block.registers.ds |= 0xabcd0000;
	block.registers.eip |= 0xabcd0000;
	block.registers.eflags = ~V86_EFL_TF;
	run();
	check_halted(1);
	CHECK_EQ(block.registers.cs, V86_CODE_SEGMENT);
	CHECK_EQ(block.registers.ss, V86_STACK_SEGMENT);
	CHECK_EQ(block.registers.ds, V86_DATA_SEGMENT);
	CHECK_EQ(block.registers.eflags, 0x00247ed7);
	test_group_end();
}

/* -------------------------------------------------------------------------------- flags */

static void check_cli_sti(void)
{
	test_group_begin("CLI and STI");
	run_code(BYTES(0xfa));
	check_halted(1);
	CHECK_EQ(block.registers.eflags & V86_EFL_IF, 0);
	run_code(BYTES(0xfa, 0xfb));
	check_halted(2);
	CHECK_EQ(block.registers.eflags & V86_EFL_IF, V86_EFL_IF);
	run_code(BYTES(0x66, 0x26, 0x67, 0xfa));
	check_halted(4);
	CHECK_EQ(block.registers.eflags & V86_EFL_IF, 0);
	test_group_end();
}

static void check_pushf(void)
{
	static const uint32_t values[] = {2, 2 | V86_EFL_IF, 0x7ed7, 0x00247ed7, V86_EFL_NT | 2};

	test_group_begin("PUSHF");
	for (uint32_t i = 0; i < sizeof values / 4; i++) {
		prepare_at(0, BYTES(0x9c));
		block.registers.eflags = values[i];
		block.registers.esp = 0xabcd1000;
		run();
		check_halted(1);
		CHECK_EQ(block.registers.esp, 0xabcd0ffe);
		CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, 0xffe), values[i] & 0xffff);
		prepare_at(0, BYTES(0x66, 0x9c));
		block.registers.eflags = values[i];
		run();
		check_halted(2);
		CHECK_EQ(block.registers.esp, 0xffc);
		CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, 0xffc), values[i] & 0xffff);
		CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, 0xffe), values[i] >> 16);
	}
	test_group_end();
}

static void check_popf(void)
{
	test_group_begin("POPF");
	for (uint32_t bit = 0; bit < 32; bit++) {
		if (1u << bit == V86_EFL_TF) {
			continue; /* check_trace */
		}
		uint32_t want = ((1u << bit) & 0x00247ed5) | 2;
		prepare_at(0, BYTES(0x66, 0x9d));
		v86_poke16(V86_STACK_SEGMENT, 0x1000, 1u << bit);
		v86_poke16(V86_STACK_SEGMENT, 0x1002, (1u << bit) >> 16);
		run();
		check_halted(2);
		CHECK_EQ(block.registers.eflags, want);
		CHECK_EQ(block.registers.esp, 0x1004);
		prepare_at(0, BYTES(0x9d));
		block.registers.eflags = V86_EFL_AC | V86_EFL_ID;
		v86_poke16(V86_STACK_SEGMENT, 0x1000, 1u << bit);
		run();
		check_halted(1);
		CHECK_EQ(block.registers.eflags, (want & 0xffff) | V86_EFL_AC | V86_EFL_ID);
		CHECK_EQ(block.registers.esp, 0x1002);
	}
	test_group_end();
}

static void poke_frame(uint32_t sp, uint32_t bytes, uint32_t eip, uint32_t cs, uint32_t flags)
{
	uint32_t values[3] = {eip, cs, flags};

	for (uint32_t i = 0; i < 3; i++) {
		v86_poke16(V86_STACK_SEGMENT, (sp + i * bytes) & 0xffff, values[i]);
		if (bytes == 4) {
			v86_poke16(V86_STACK_SEGMENT, (sp + i * bytes + 2) & 0xffff,
				   values[i] >> 16);
		}
	}
}

static void check_iret(void)
{
	test_group_begin("IRET");
	*v86_byte(V86_CODE_SEGMENT + 1, 0x100) = 0xf4;
	prepare_at(0, BYTES(0xcf));
	poke_frame(0x1000, 2, 0x100, V86_CODE_SEGMENT + 1, 0xffff & ~V86_EFL_TF);
	run();
	check_halted(0x100);
	CHECK_EQ(block.registers.cs, V86_CODE_SEGMENT + 1);
	CHECK_EQ(block.registers.esp, 0x1006);
	CHECK_EQ(block.registers.eflags, 0x7ed7);
	prepare_at(0, BYTES(0x66, 0xcf));
	poke_frame(0x1000, 4, 0x100, 0xffff0000 | (V86_CODE_SEGMENT + 1), V86_EFL_ID);
	block.registers.esp = 0x55551000;
	run();
	check_halted(0x100);
	CHECK_EQ(block.registers.cs, V86_CODE_SEGMENT + 1);
	CHECK_EQ(block.registers.esp, 0x5555100c);
	CHECK_EQ(block.registers.eflags, V86_EFL_ID | 2);
	prepare_at(0, BYTES(0x66, 0xcf));
	poke_frame(0x1000, 4, 0x10100, V86_CODE_SEGMENT + 1, 2);
	run();
	check_exception(13, 0);
	CHECK_EQ(block.registers.esp, 0x1000);
	CHECK_EQ(block.registers.cs, V86_CODE_SEGMENT);
	CHECK_EQ(block.registers.eflags, V86_EFL_IF | 2);
	test_group_end();
}

static void check_stack_ends(void)
{
	test_group_begin("the stack segment's ends");
	prepare_at(0, BYTES(0x9c));
	block.registers.esp = 0;
	run();
	check_halted(1);
	CHECK_EQ(block.registers.esp, 0xfffe);
	CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, 0xfffe), V86_EFL_IF | 2);
	prepare_at(0, BYTES(0x9d));
	block.registers.esp = 0x1234fffe;
	run();
	check_halted(1);
	CHECK_EQ(block.registers.esp, 0x12340000);
	prepare_at(0, BYTES(0xcf));
	poke_frame(0xfffc, 2, 0x77, V86_CODE_SEGMENT, 2);
	*v86_byte(V86_CODE_SEGMENT, 0x77) = 0xf4;
	block.registers.esp = 0xfffc;
	run();
	check_halted(0x77);
	CHECK_EQ(block.registers.esp, 2);
	prepare_at(0, BYTES(0x9c));
	block.registers.esp = 1;
	run();
	check_exception(12, 0);
	CHECK_EQ(block.registers.esp, 1);
	prepare_at(0, BYTES(0x66, 0x9d));
	block.registers.esp = 0xfffd;
	run();
	check_exception(12, 0);
	CHECK_EQ(block.registers.esp, 0xfffd);
	test_group_end();
}

static void check_prefixes(void)
{
	uint8_t code[16];

	test_group_begin("prefixes up to 15 bytes, and no more");
	memset(code, 0x66, sizeof code);
	code[14] = 0xfa;
	run_code(code, 15);
	check_halted(15);
	CHECK_EQ(block.registers.eflags & V86_EFL_IF, 0);
	code[14] = 0x66;
	code[15] = 0xfa;
	run_code(code, 16);
	check_exception(13, 0);
	CHECK_EQ(block.registers.eflags & V86_EFL_IF, V86_EFL_IF);
	run_code(BYTES(0xf0, 0xfa));
	check_exception(6, 0);
	run_code(BYTES(0xf0, 0xcd, 0x21));
	check_exception(6, 0);
	test_group_end();
}

static void check_code_ends(void)
{
	test_group_begin("the code segment's end");
	prepare_at(0xffff, BYTES(0xfa));
	run();
	check_halted(0);
	CHECK_EQ(block.registers.eflags & V86_EFL_IF, 0);
	*v86_byte(V86_CODE_SEGMENT + 0x1000, 0) = 0x21;
	prepare_at(0xffff, BYTES(0xcd));
	run();
	check_exception(13, 0xffff);
	prepare_at(0xfffe, BYTES(0xcd, 0x21));
	run();
	CHECK_EQ(block.reason, MASIX_V86_INT);
	CHECK_EQ(block.registers.eip, 0);
	test_group_end();
}

/* --------------------------------------------------------------------- to the monitor */

static void check_int(void)
{
	test_group_begin("INT");
	for (uint32_t vector = 0; vector < 256; vector += 15) {
		run_code(BYTES(0x90, 0xcd, (uint8_t)vector));
		CHECK_EQ(block.reason, MASIX_V86_INT);
		CHECK_EQ(block.vector, vector);
		CHECK_EQ(block.length, 2);
		CHECK_EQ(block.registers.eip, 3);
		CHECK_EQ(block.registers.esp, V86_STACK_TOP);
		run();
		check_halted(3);
	}
	run_code(BYTES(0x66, 0x2e, 0xcd, 0x80));
	CHECK_EQ(block.reason, MASIX_V86_INT);
	CHECK_EQ(block.vector, 0x80);
	CHECK_EQ(block.length, 4);
	test_group_end();
}

static void check_port(const uint8_t *code, uint32_t bytes, uint32_t reason, uint32_t port,
		       uint32_t port_bytes, uint32_t access, uint32_t segment)
{
	prepare_at(0, code, bytes);
	block.registers.edx = 0xabcd03da;
	block.registers.fs = 0x4444;
	block.registers.ds = 0x5555;
	block.registers.es = 0x6666;
	block.registers.ecx = 7;
	block.registers.eax = 0x12345678;
	run();
	CHECK_EQ(block.reason, reason);
	CHECK_EQ(block.length, bytes);
	CHECK_EQ(block.registers.eip, bytes);
	CHECK_EQ(block.port, port);
	CHECK_EQ(block.bytes, port_bytes);
	CHECK_EQ(block.access, access);
	CHECK_EQ(block.segment, segment);
	CHECK_EQ(block.registers.eax, 0x12345678);
	CHECK_EQ(block.registers.ecx, 7);
}

static void check_ports(void)
{
	test_group_begin("IN and OUT");
	check_port(BYTES(0xe4, 0x61), MASIX_V86_IN, 0x61, 1, 0, 0);
	check_port(BYTES(0xe5, 0x61), MASIX_V86_IN, 0x61, 2, 0, 0);
	check_port(BYTES(0x66, 0xe5, 0xff), MASIX_V86_IN, 0xff, 4, 0, 0);
	check_port(BYTES(0x66, 0xe4, 0x20), MASIX_V86_IN, 0x20, 1, 0, 0);
	check_port(BYTES(0xec), MASIX_V86_IN, 0x3da, 1, 0, 0);
	check_port(BYTES(0xed), MASIX_V86_IN, 0x3da, 2, 0, 0);
	check_port(BYTES(0xe6, 0x20), MASIX_V86_OUT, 0x20, 1, 0, 0);
	check_port(BYTES(0xe7, 0x20), MASIX_V86_OUT, 0x20, 2, 0, 0);
	check_port(BYTES(0xee), MASIX_V86_OUT, 0x3da, 1, 0, 0);
	check_port(BYTES(0x66, 0xef), MASIX_V86_OUT, 0x3da, 4, 0, 0);
	check_port(BYTES(0x6c), MASIX_V86_IN, 0x3da, 1, MASIX_V86_STRING, 0x6666);
	check_port(BYTES(0xf3, 0x6d), MASIX_V86_IN, 0x3da, 2, MASIX_V86_STRING | MASIX_V86_REPEAT,
		   0x6666);
	check_port(BYTES(0x6e), MASIX_V86_OUT, 0x3da, 1, MASIX_V86_STRING, 0x5555);
	check_port(BYTES(0xf2, 0x64, 0x67, 0x66, 0x6f), MASIX_V86_OUT, 0x3da, 4,
		   MASIX_V86_STRING | MASIX_V86_REPEAT | MASIX_V86_ADDRESS_32, 0x4444);
	check_port(BYTES(0x26, 0x6c), MASIX_V86_IN, 0x3da, 1, MASIX_V86_STRING, 0x6666);
	check_port(BYTES(0x2e, 0x6e), MASIX_V86_OUT, 0x3da, 1, MASIX_V86_STRING, V86_CODE_SEGMENT);
	check_port(BYTES(0x36, 0x6e), MASIX_V86_OUT, 0x3da, 1, MASIX_V86_STRING, V86_STACK_SEGMENT);
	test_group_end();
}

/* ---------------------------------------------------------------------------- exceptions */

static void check_faults(void)
{
	test_group_begin("exceptions of the processor");
	run_code(BYTES(0x90, 0xcc));
	check_exception(3, 2);
	CHECK_EQ(block.exception, EXC_BREAKPOINT);
	CHECK_EQ(block.code, EXC_I386_BPT);
	prepare_at(0, BYTES(0xce));
	run();
	check_halted(1);
	prepare_at(0, BYTES(0xce));
	block.registers.eflags |= V86_EFL_OF;
	run();
	check_exception(4, 1);
	prepare_at(0, BYTES(0x62, 0x06, 0x00, 0x02)); /* bound ax, [0200] */
	v86_poke16(V86_DATA_SEGMENT, 0x200, 1);
	v86_poke16(V86_DATA_SEGMENT, 0x202, 9);
	block.registers.eax = 10;
	run();
	check_exception(5, 0);
	run_code(BYTES(0x31, 0xc9, 0xf7, 0xf1)); /* div cx */
	check_exception(0, 2);
	CHECK_EQ(block.exception, EXC_ARITHMETIC);
	run_code(BYTES(0x0f, 0x0b));
	check_exception(6, 0);
	CHECK(block.instruction_bytes >= 2);
	CHECK_EQ(block.instruction[0], 0x0f);
	CHECK_EQ(block.instruction[1], 0x0b);
	test_group_end();
}

static void check_refused(const uint8_t *code, uint32_t bytes, uint32_t vector)
{
	run_code(code, bytes);
	check_exception(vector, 0);
	CHECK_EQ(block.instruction_bytes, 15);
	CHECK(memcmp(block.instruction, code, bytes) == 0);
	CHECK_EQ(block.exception, EXC_BAD_INSTRUCTION);
	if (vector == 13) {
		CHECK(memcmp(&block.subcode, code, bytes < 4 ? bytes : 4) == 0);
	}
}

static void check_privileged(void)
{
	test_group_begin("what this mode cannot do is named");
	check_refused(BYTES(0x0f, 0x01, 0x16, 0x00, 0x01), 13); /* lgdt [0100] */
	check_refused(BYTES(0x0f, 0x01, 0x1e, 0x00, 0x01), 13); /* lidt */
	check_refused(BYTES(0x0f, 0x01, 0xf0), 13);             /* lmsw ax */
	check_refused(BYTES(0x0f, 0x20, 0xc0), 13);             /* mov eax, cr0 */
	check_refused(BYTES(0x0f, 0x22, 0xc0), 13);             /* mov cr0, eax */
	check_refused(BYTES(0x0f, 0x22, 0xd8), 13);             /* mov cr3, eax */
	check_refused(BYTES(0x0f, 0x23, 0xf8), 13);             /* mov dr7, eax */
	check_refused(BYTES(0x0f, 0x06), 13);                   /* clts */
	check_refused(BYTES(0x0f, 0x08), 13);                   /* invd */
	check_refused(BYTES(0x0f, 0x30), 13);                   /* wrmsr */
	check_refused(BYTES(0x0f, 0x34), 13);                   /* sysenter */
	check_refused(BYTES(0x0f, 0x00, 0xd8), 6);              /* ltr ax */
	check_refused(BYTES(0x0f, 0x00, 0xd0), 6);              /* lldt ax */
	test_group_end();
}

static void check_trace(void)
{
	test_group_begin("single steps");
	prepare_at(0, BYTES(0x90, 0xfa, 0x9c, 0x90));
	block.registers.eflags |= V86_EFL_TF;
	for (uint32_t eip = 1; eip <= 4; eip++) {
		run();
		check_exception(1, eip);
		CHECK_EQ(block.code, EXC_I386_SGL);
		CHECK_EQ(block.registers.eflags & V86_EFL_TF, V86_EFL_TF);
	}
	CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, 0xffe), V86_EFL_TF | 2);
	/* POPF that sets it: after the next instruction. */
	prepare_at(0, BYTES(0x9d, 0x90, 0x90));
	v86_poke16(V86_STACK_SEGMENT, 0x1000, V86_EFL_TF | V86_EFL_IF);
	run();
	check_exception(1, 2);
	/* And one that clears it: at once, for the last time. */
	prepare_at(0, BYTES(0x9d, 0x90, 0x90));
	v86_poke16(V86_STACK_SEGMENT, 0x1000, V86_EFL_IF);
	block.registers.eflags |= V86_EFL_TF;
	run();
	check_exception(1, 1);
	CHECK_EQ(block.registers.eflags & V86_EFL_TF, 0);
	run();
	check_halted(3);
	test_group_end();
}

static void check_memory_faults(void)
{
	const vm_address_t page = HOLE;

	test_group_begin("memory that cannot be reached");
	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_NONE));
	prepare_at(0, BYTES(0xa0, 0x34, 0x02)); /* mov al, [0234] */
	block.registers.ds = 0x5000;
	run();
	check_exception(14, 0);
	CHECK_EQ(block.exception, EXC_BAD_ACCESS);
	CHECK_EQ(block.code, KERN_PROTECTION_FAILURE);
	CHECK_EQ(block.subcode, 0x50234);
	prepare_at(0, BYTES(0x9c));
	block.registers.ss = 0x5000;
	block.registers.esp = 0x100;
	run();
	check_exception(14, 0);
	CHECK_EQ(block.subcode, 0x500fe);
	CHECK_EQ(block.registers.esp, 0x100);
	prepare_at(0, BYTES(0xcf));
	block.registers.ss = 0x5000;
	block.registers.esp = 0x100;
	run();
	check_exception(14, 0);
	prepare_at(0, BYTES(0x90));
	block.registers.cs = 0x5000;
	run();
	check_exception(14, 0);
	CHECK_EQ(block.instruction_bytes, 0);
	/* The last instruction before the hole, and one that goes into it. */
	*v86_byte(0x4fff, 0x0e) = 0xfa;
	*v86_byte(0x4fff, 0x0f) = 0xf4;
	v86_block_init(&block);
	block.registers.cs = 0x4fff;
	block.registers.eip = 0x0e;
	run();
	check_halted(0x0f);
	CHECK_EQ(block.registers.eflags & V86_EFL_IF, 0);
	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_READ));
	prepare_at(0, BYTES(0x9c));
	block.registers.ss = 0x5000;
	block.registers.esp = 0x100;
	run();
	check_exception(14, 0);
	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_DEFAULT));
	run();
	check_halted(1);
	test_group_end();
}

static void check_float(void)
{
	uint32_t bits = 0;

	test_group_begin("floating point");
	prepare_at(0,
		   BYTES(0xdb, 0xe3, 0xd9, 0xeb, 0xd9, 0x1e, 0x00, 0x03)); /* fninit fldpi fstp */
	run();
	check_halted(8);
	bits = v86_peek16(V86_DATA_SEGMENT, 0x300) | v86_peek16(V86_DATA_SEGMENT, 0x302) << 16;
	CHECK_EQ(bits, 0x40490fdb);
	test_group_end();
}

/* --------------------------------------------------------------------------------- block */

static void run_block(void *address)
{
	(void)masix_v86_run(address);
}

/* The program makes its own block unwritable, so to speak: it is when the run should end. */
static void check_blocks(void)
{
	vm_address_t memory = 0;
	struct masix_v86_block *own = NULL;
	struct test_fault fault;

	test_group_begin("bad blocks");
	CHECK_KR(masix_v86_run(NULL + 0x40000000), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_v86_run((void *)((uint32_t)&block + 1)), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_v86_run((void *)0xbffffffc), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_v86_run((void *)0xc0000000), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_v86_run((void *)0xfffffffc), KERN_INVALID_ADDRESS);
	NEED_KR(vm_allocate(SELF, &memory, PAGE, TRUE));
	own = (struct masix_v86_block *)memory;
	prepare_at(0, BYTES(0x90));
	*own = block;
	NEED_KR(vm_protect(SELF, memory, PAGE, FALSE, VM_PROT_READ));
	CHECK(test_catch(&fault, run_block, own));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.subcode, memory);
	CHECK(fault.state.efl & V86_EFL_VM);
	CHECK_EQ(fault.state.cs, V86_CODE_SEGMENT);
	NEED_KR(vm_deallocate(SELF, memory, PAGE));
	test_group_end();
}

/* The block cannot be written when an INT comes: whoever puts that right loses nothing. */
static void check_block_later(void)
{
	struct test_thread thread;
	struct test_exception message;
	struct i386_thread_state state;
	struct masix_v86_block *own = NULL;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;
	vm_address_t memory = 0;
	mach_port_t port = MACH_PORT_NULL;

	test_group_begin("a block that can be written later");
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(vm_allocate(SELF, &memory, PAGE, TRUE));
	own = (struct masix_v86_block *)memory;
	prepare_at(0, BYTES(0xcd, 0x21));
	*own = block;
	NEED_KR(vm_protect(SELF, memory, PAGE, FALSE, VM_PROT_READ));
	test_thread_create(&thread, run_block, own);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.exception, EXC_BAD_ACCESS);
	NEED_KR(thread_get_state(thread.port, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				 &count));
	CHECK_EQ(state.eip, 0);
	NEED_KR(vm_protect(SELF, memory, PAGE, FALSE, VM_PROT_DEFAULT));
	NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	CHECK(test_thread_join(&thread, 5000));
	CHECK_EQ(own->reason, MASIX_V86_INT);
	CHECK_EQ(own->vector, 0x21);
	CHECK_EQ(own->registers.eip, 2);
	NEED_KR(vm_deallocate(SELF, memory, PAGE));
	NEED_KR(mach_port_destroy(SELF, port));
	test_group_end();
}

static void checks(void *argument)
{
	(void)argument;
	check_registers();
	check_cli_sti();
	check_pushf();
	check_popf();
	check_iret();
	check_stack_ends();
	check_prefixes();
	check_code_ends();
	check_int();
	check_ports();
	check_faults();
	check_privileged();
	check_trace();
	check_memory_faults();
	check_float();
	check_blocks();
	check_block_later();
}

int main(int argc, char **argv)
{
	struct test_thread thread;

	v86_memory_make();
	/* What check_memory_faults does splits the region for good. */
	NEED_KR(vm_protect(SELF, HOLE, PAGE, FALSE, VM_PROT_NONE));
	NEED_KR(vm_protect(SELF, HOLE, PAGE, FALSE, VM_PROT_DEFAULT));
	test_begin(argc, argv, "v86_instructions");
	/* What the kernel keeps for the mode goes with the thread. */
	test_thread_start(&thread, checks, NULL);
	CHECK(test_thread_join(&thread, 20000));
	test_end();
}
