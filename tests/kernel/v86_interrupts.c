/* TEST: oracle=no */
/*
 * masix_v86_run: interrupts for a program, when its IF lets them; programs that spin; INT and
 * exceptions that go through the program's own table.
 */
#include "lib/v86.h"

#define SELF mach_task_self()

#define PROGRAM_SEGMENT 0x4000u
#define SERVICE_SEGMENT 0xf000u

static struct masix_v86_block block;
static volatile int running;

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void prepare(const uint8_t *code, uint32_t bytes, uint32_t eflags)
{
	v86_copy(V86_CODE_SEGMENT, 0, code, bytes);
	*v86_byte(V86_CODE_SEGMENT, bytes) = 0xf4;
	v86_block_init(&block);
	block.registers.eflags = eflags | 2;
}

static void check_returns(uint32_t reason, uint32_t eip, uint32_t eflags)
{
	NEED_KR(masix_v86_run(&block));
	CHECK_EQ(block.reason, reason);
	CHECK_EQ(block.registers.eip, eip);
	CHECK_EQ(block.registers.eflags, eflags | 2);
}

/* Where a pending interrupt is taken. */
static void check_pending_at(const uint8_t *code, uint32_t bytes, uint32_t eip)
{
	prepare(code, bytes, 0);
	block.pending = 1;
	check_returns(MASIX_V86_INTERRUPT, eip, V86_EFL_IF);
}

static void check_pending(void)
{
	test_group_begin("a pending interrupt waits for IF");
	prepare(BYTES(0x90), V86_EFL_IF);
	block.pending = 1;
	check_returns(MASIX_V86_INTERRUPT, 0, V86_EFL_IF);
	block.pending = 0;
	check_returns(MASIX_V86_HLT, 2, V86_EFL_IF);
	prepare(BYTES(0x90), 0);
	block.pending = 1;
	check_returns(MASIX_V86_HLT, 2, 0);
	/* STI: after the instruction behind it. */
	check_pending_at(BYTES(0x90, 0xfb, 0x90, 0x90), 3);
	check_pending_at(BYTES(0xfb, 0x9c, 0x90), 2);
	CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, 0xffe), V86_EFL_IF | 2);
	check_pending_at(BYTES(0xfb, 0xfb, 0x90), 2);
	/* mov ss moves no interrupt into what belongs together: the step goes past both. */
	prepare(BYTES(0xfb, 0xfa, 0x90), 0);
	block.pending = 1;
	check_returns(MASIX_V86_HLT, 4, 0);
	prepare(BYTES(0xfb), 0); /* sti; hlt */
	block.pending = 1;
	check_returns(MASIX_V86_HLT, 2, V86_EFL_IF);
	check_returns(MASIX_V86_INTERRUPT, 2, V86_EFL_IF);
	prepare(BYTES(0xfb, 0xcd, 0x10), 0);
	block.pending = 1;
	check_returns(MASIX_V86_INT, 3, V86_EFL_IF);
	prepare(BYTES(0xfb, 0x0f, 0x0b), 0);
	block.pending = 1;
	check_returns(MASIX_V86_EXCEPTION, 1, V86_EFL_IF);
	CHECK_EQ(block.vector, 6);
	/* POPF and IRET: at once. */
	v86_poke16(V86_STACK_SEGMENT, 0x1000, V86_EFL_IF);
	check_pending_at(BYTES(0x9d, 0x90), 1);
	v86_poke16(V86_STACK_SEGMENT, 0x1000, 0x55);
	v86_poke16(V86_STACK_SEGMENT, 0x1002, V86_CODE_SEGMENT);
	v86_poke16(V86_STACK_SEGMENT, 0x1004, V86_EFL_IF);
	check_pending_at(BYTES(0xcf, 0x90), 0x55);
	/* A program that is stepped gets its step first. */
	prepare(BYTES(0xfb, 0x90), V86_EFL_TF);
	block.pending = 1;
	check_returns(MASIX_V86_EXCEPTION, 1, V86_EFL_IF | V86_EFL_TF);
	CHECK_EQ(block.vector, 1);
	check_returns(MASIX_V86_INTERRUPT, 1, V86_EFL_IF | V86_EFL_TF);
	test_group_end();
}

/* ------------------------------------------------------------------ from another thread */

static void spin(void *argument)
{
	(void)argument;
	running = 1;
	NEED_KR(masix_v86_run(&block));
	running = 0;
}

static void check_spins(const uint8_t *code, uint32_t bytes, boolean_t at_once, uint32_t reason)
{
	struct test_thread thread;
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	prepare(code, bytes, V86_EFL_IF);
	test_thread_start(&thread, spin, NULL);
	CHECK(TEST_WAIT_UNTIL(running));
	test_sleep_ms(30);
	CHECK_EQ(running, 1);
	NEED_KR(thread_get_state(thread.port, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				 &count));
	CHECK(state.efl & V86_EFL_VM);
	CHECK_EQ(state.cs, V86_CODE_SEGMENT);
	CHECK_EQ(state.ds, V86_DATA_SEGMENT);
	CHECK(state.eip <= bytes);
	/* Nothing is pending: a look changes nothing. */
	CHECK_KR(masix_thread_post_v86(thread.port, FALSE), KERN_SUCCESS);
	test_sleep_ms(10);
	CHECK_EQ(running, 1);
	block.pending = 1;
	CHECK_KR(masix_thread_post_v86(thread.port, FALSE), KERN_SUCCESS);
	if (at_once) {
		test_sleep_ms(10);
		CHECK_EQ(running, 1);
		CHECK_KR(masix_thread_post_v86(thread.port, TRUE), KERN_SUCCESS);
	}
	CHECK(test_thread_join(&thread, 5000));
	CHECK_EQ(block.reason, reason);
	CHECK_EQ(block.registers.cs, V86_CODE_SEGMENT);
}

static void post_before(void *argument)
{
	mach_port_t thread = (mach_thread_self)();

	(void)argument;
	prepare(BYTES(0xfa, 0xeb, 0xfe), 0);
	CHECK_KR(masix_thread_post_v86(thread, TRUE), KERN_SUCCESS);
	NEED_KR(masix_v86_run(&block));
	CHECK_EQ(block.reason, MASIX_V86_POSTED);
	CHECK_EQ(block.registers.eip, 0);
	NEED_KR(mach_port_deallocate(SELF, thread));
}

static void check_posts(void)
{
	struct test_thread thread;

	test_group_begin("interrupts from another thread");
	check_spins(BYTES(0xeb, 0xfe), FALSE, MASIX_V86_INTERRUPT);
	check_spins(BYTES(0xfa, 0xeb, 0xfe), TRUE, MASIX_V86_POSTED);
	check_spins(BYTES(0xfa, 0x9c, 0x9d, 0xeb, 0xfc), TRUE, MASIX_V86_POSTED);
	test_thread_start(&thread, post_before, NULL);
	CHECK(test_thread_join(&thread, 5000));
	CHECK_KR(masix_thread_post_v86(SELF, TRUE), KERN_INVALID_ARGUMENT);
	test_group_end();
}

/* --------------------------------------------------------------------- the program's table */

static void set_vector(uint32_t vector, uint32_t segment, uint32_t offset)
{
	v86_poke16(0, vector * 4, offset);
	v86_poke16(0, vector * 4 + 2, segment);
}

static void prepare_reflecting(const uint8_t *code, uint32_t bytes, uint32_t eflags)
{
	prepare(code, bytes, eflags);
	block.flags = MASIX_V86_REFLECT;
	block.service_segment = SERVICE_SEGMENT;
}

static void check_frame(uint32_t sp, uint32_t ip, uint32_t eflags)
{
	CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, sp & 0xffff), ip);
	CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, (sp + 2) & 0xffff), V86_CODE_SEGMENT);
	CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, (sp + 4) & 0xffff), eflags | 2);
}

static void check_reflect(void)
{
	test_group_begin("INT through the program's table");
	set_vector(0x60, PROGRAM_SEGMENT, 0x10); /* a handler of its own */
	set_vector(0x21, SERVICE_SEGMENT, 0x21);
	*v86_byte(PROGRAM_SEGMENT, 0x10) = 0xf4;
	prepare_reflecting(BYTES(0x90, 0xcd, 0x60), V86_EFL_IF | V86_EFL_NT | V86_EFL_CF);
	check_returns(MASIX_V86_HLT, 0x11, V86_EFL_NT | V86_EFL_CF);
	CHECK_EQ(block.registers.cs, PROGRAM_SEGMENT);
	CHECK_EQ(block.registers.esp, V86_STACK_TOP - 6);
	check_frame(V86_STACK_TOP - 6, 3, V86_EFL_IF | V86_EFL_NT | V86_EFL_CF);
	*v86_byte(PROGRAM_SEGMENT, 0x10) = 0xcf; /* iret */
	prepare_reflecting(BYTES(0x90, 0xcd, 0x60), V86_EFL_IF);
	check_returns(MASIX_V86_HLT, 4, V86_EFL_IF);
	CHECK_EQ(block.registers.esp, V86_STACK_TOP);
	/* The services' segment, and no flag: the monitor. */
	prepare_reflecting(BYTES(0x90, 0xcd, 0x21), V86_EFL_IF);
	check_returns(MASIX_V86_INT, 3, V86_EFL_IF);
	CHECK_EQ(block.vector, 0x21);
	prepare(BYTES(0xcd, 0x60), V86_EFL_IF);
	check_returns(MASIX_V86_INT, 2, V86_EFL_IF);
	/* A stack that wraps, and one that cannot. */
	*v86_byte(PROGRAM_SEGMENT, 0x10) = 0xf4;
	prepare_reflecting(BYTES(0xcd, 0x60), 0);
	block.registers.esp = 0x77770004;
	check_returns(MASIX_V86_HLT, 0x11, 0);
	CHECK_EQ(block.registers.esp, 0x7777fffe);
	check_frame(0xfffe, 2, 0);
	prepare_reflecting(BYTES(0xcd, 0x60), 0);
	block.registers.esp = 3;
	check_returns(MASIX_V86_EXCEPTION, 0, 0);
	CHECK_EQ(block.vector, 12);
	CHECK_EQ(block.registers.esp, 3);
	test_group_end();
}

static void check_reflect_faults(void)
{
	test_group_begin("exceptions through the program's table");
	for (uint32_t vector = 0; vector < 8; vector++) {
		set_vector(vector, PROGRAM_SEGMENT, 0x20);
	}
	*v86_byte(PROGRAM_SEGMENT, 0x20) = 0xf4;
	prepare_reflecting(BYTES(0x31, 0xc9, 0xf7, 0xf1), V86_EFL_IF);
	NEED_KR(masix_v86_run(&block));
	CHECK_EQ(block.reason, MASIX_V86_HLT);
	CHECK_EQ(v86_peek16(V86_STACK_SEGMENT, V86_STACK_TOP - 6), 2);
	prepare_reflecting(BYTES(0xcc), V86_EFL_IF);
	check_returns(MASIX_V86_HLT, 0x21, 0);
	check_frame(V86_STACK_TOP - 6, 1, V86_EFL_IF);
	prepare_reflecting(BYTES(0x90), V86_EFL_IF | V86_EFL_TF);
	check_returns(MASIX_V86_HLT, 0x21, 0);
	check_frame(V86_STACK_TOP - 6, 1, V86_EFL_IF | V86_EFL_TF);
	prepare_reflecting(BYTES(0x0f, 0x0b), V86_EFL_IF);
	check_returns(MASIX_V86_EXCEPTION, 0, V86_EFL_IF);
	CHECK_EQ(block.vector, 6);
	set_vector(0, SERVICE_SEGMENT, 0);
	prepare_reflecting(BYTES(0x31, 0xc9, 0xf7, 0xf1), 0);
	NEED_KR(masix_v86_run(&block));
	CHECK_EQ(block.reason, MASIX_V86_EXCEPTION);
	CHECK_EQ(block.vector, 0);
	test_group_end();
}

static void checks(void *argument)
{
	(void)argument;
	check_pending();
	check_reflect();
	check_reflect_faults();
}

int main(int argc, char **argv)
{
	struct test_thread thread;

	v86_memory_make();
	test_begin(argc, argv, "v86_interrupts");
	test_thread_start(&thread, checks, NULL);
	CHECK(test_thread_join(&thread, 20000));
	check_posts();
	test_end();
}
