/* TEST: oracle=no icount=yes */
/* What virtual-8086 mode costs, in instructions: those that the kernel does for a program, a
   service of the monitor in the same thread, and the same by messages from another. */
#include "lib/v86.h"

#define SELF   mach_task_self()
#define ROUNDS 1000u

#define FLAGS_PAIR_MAX 600u /* two of CLI STI PUSHF POPF */
#define SERVICE_MAX    800u /* INT to the monitor and back */
#define REFLECT_MAX    950u /* INT through the program's table, and the handler's IRET */

static struct masix_v86_block block;

/* cx rounds of `body`, then HLT. */
#define LOOP(name, body)                                                                           \
	V86_CODE(name, "	movw $1000, %cx\n"                                                        \
		       "1:	" body "\n"                                                        \
		       "	decw %cx\n"                                                               \
		       "	jnz 1b\n"                                                                 \
		       "	hlt\n")
LOOP(empty, "nop");
LOOP(cli_sti, "cli; sti");
LOOP(pushf_popf, "pushfw; popfw");
LOOP(int, "int $0x21");
LOOP(in, "inb $0x61, %al");
LOOP(push_pop, "pushw %ax; popw %ax");

static uint64_t clock_now(void)
{
	uint32_t low = 0;
	uint32_t high = 0;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Instructions of a whole run; the monitor does nothing but to go on. */
static uint32_t measure_run(const uint8_t *code, const uint8_t *end, uint32_t flags)
{
	uint64_t begin = 0;

	v86_copy(V86_CODE_SEGMENT, 0, code, (uint32_t)(end - code));
	v86_block_init(&block);
	block.flags = flags;
	begin = clock_now();
	do {
		NEED_KR(masix_v86_run(&block));
	} while (block.reason != MASIX_V86_HLT);
	return (uint32_t)(clock_now() - begin);
}

static uint32_t measure(const uint8_t *code, const uint8_t *end, uint32_t flags)
{
	uint32_t empty = measure_run(v86_code_empty, v86_code_empty_end, 0);

	(void)measure_run(code, end, flags);
	return (measure_run(code, end, flags) - empty) / ROUNDS;
}

#define MEASURE(name, flags) measure(v86_code_##name, v86_code_##name##_end, flags)

static void checks(void *argument)
{
	uint32_t cost = 0;

	(void)argument;
	cost = MEASURE(push_pop, 0);
	CHECK(cost < 10);
	cost = MEASURE(cli_sti, 0);
	test_note("CLI and STI: %u instructions", cost);
	CHECK(cost < FLAGS_PAIR_MAX);
	cost = MEASURE(pushf_popf, 0);
	test_note("PUSHF and POPF: %u", cost);
	CHECK(cost < FLAGS_PAIR_MAX);
	cost = MEASURE(int, 0);
	test_note("INT to the monitor and back: %u", cost);
	CHECK(cost < SERVICE_MAX);
	cost = MEASURE(in, 0);
	test_note("IN to the monitor and back: %u", cost);
	CHECK(cost < SERVICE_MAX);
	v86_poke16(0, 0x21 * 4, 0);
	v86_poke16(0, 0x21 * 4 + 2, 0x4000);
	*v86_byte(0x4000, 0) = 0xcf;
	cost = MEASURE(int, MASIX_V86_REFLECT);
	test_note("INT through the program's table, and IRET: %u", cost);
	CHECK(cost < REFLECT_MAX);
}

/* The Mach way: each INT is a message to another thread, which reads and sets the state. */
static void check_messages(void)
{
	struct test_exception message;
	struct i386_thread_state state = {
		.efl = V86_EFL_VM | V86_EFL_IF,
		.cs = V86_CODE_SEGMENT,
		.ss = V86_STACK_SEGMENT,
		.uesp = V86_STACK_TOP,
	};
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;
	mach_port_t port = MACH_PORT_NULL;
	mach_port_t thread = MACH_PORT_NULL;
	uint64_t begin = 0;

	v86_copy(V86_CODE_SEGMENT, 0, v86_code_int, (uint32_t)(v86_code_int_end - v86_code_int));
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(thread_create(SELF, &thread));
	NEED_KR(thread_set_special_port(thread, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, count));
	NEED_KR(thread_resume(thread));
	begin = clock_now();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		NEED_KR(test_exception_receive(port, &message, 1000));
		NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state,
					 &count));
		state.eip += 2;
		NEED_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state,
					 count));
		NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	}
	test_note("INT as a message: %u", (uint32_t)(clock_now() - begin) / ROUNDS);
	NEED_KR(test_exception_receive(port, &message, 1000));
	CHECK_EQ(message.subcode & 0xff, 0xf4);
	NEED_KR(thread_terminate(thread));
	test_exception_drop(&message);
	NEED_KR(mach_port_deallocate(SELF, thread));
	NEED_KR(mach_port_destroy(SELF, port));
}

int main(int argc, char **argv)
{
	struct test_thread thread;

	v86_memory_make();
	test_begin(argc, argv, "v86_cost");
	test_thread_start(&thread, checks, NULL);
	CHECK(test_thread_join(&thread, 20000));
	check_messages();
	test_end();
}
