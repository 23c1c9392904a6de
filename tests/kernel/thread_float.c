/* TEST: oracle=yes */
/* The floating-point registers belong to the thread: loops of several threads do not mix. */
#include "lib/harness.h"

#define SELF    mach_task_self()
#define THREADS 4
#define ROUNDS  60000

static volatile int mixed;
static volatile int finished;

/*
 * Keeps eight values of its own in the x87 stack while others run, and looks at them again: any
 * register of another thread shows.  Preempted at any instruction.
 */
static void float_loop(void *argument)
{
	uint32_t seed = (uint32_t)argument;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t values[4] = {seed, seed * 3, seed * 7, seed + (uint32_t)round};
		uint32_t back[4] = {0};

		__asm__ volatile("fildl (%0)\n fildl 4(%0)\n fildl 8(%0)\n fildl 12(%0)\n"
				 "movl $40, %%ecx\n 1: decl %%ecx\n jnz 1b\n"
				 "fistpl 12(%1)\n fistpl 8(%1)\n fistpl 4(%1)\n fistpl (%1)"
				 :
				 : "r"(values), "r"(back)
				 : "ecx", "memory", "cc");
		if (memcmp(values, back, sizeof values) != 0) {
			mixed++;
		}
	}
	finished++;
}

static void sse_loop(void *argument)
{
	uint32_t seed = (uint32_t)argument;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t values[4] = {seed, seed * 3, seed * 7, seed + (uint32_t)round};
		uint32_t back[4] = {0};

		__asm__ volatile("movups (%0), %%xmm7\n"
				 "movl $40, %%ecx\n 1: decl %%ecx\n jnz 1b\n"
				 "movups %%xmm7, (%1)"
				 :
				 : "r"(values), "r"(back)
				 : "ecx", "memory", "cc");
		if (memcmp(values, back, sizeof values) != 0) {
			mixed++;
		}
	}
	finished++;
}

static void check_mix(void)
{
	struct test_thread threads[2 * THREADS];

	for (int i = 0; i < 2 * THREADS; i++) {
		test_thread_start(&threads[i], i < THREADS ? float_loop : sse_loop,
				  (void *)(1000001 * (i + 1)));
	}
	for (int i = 0; i < 2 * THREADS; i++) {
		(void)test_thread_join(&threads[i], 30000);
	}
	CHECK_EQ(finished, 2 * THREADS);
	CHECK_EQ(mixed, 0);
}

static volatile uint16_t first_control;
static volatile uint32_t first_mxcsr;

static void read_first(void *argument)
{
	uint16_t control = 0x37f;
	uint32_t mxcsr = 0;

	(void)argument;
	__asm__ volatile("fldcw %0" : : "m"(control));
	control = 0;
	__asm__ volatile("fnstcw %0\n stmxcsr %1" : "=m"(control), "=m"(mxcsr));
	first_control = control;
	first_mxcsr = mxcsr;
}

/* The control words of two threads are two. */
static void check_fresh(void)
{
	struct test_thread thread;
	uint16_t control = 0x0c7f;

	__asm__ volatile("fldcw %0" : : "m"(control));
	test_thread_start(&thread, read_first, NULL);
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(first_control, 0x37f);
	CHECK_EQ(first_mxcsr, 0x1f80);
	__asm__ volatile("fnstcw %0" : "=m"(control));
	CHECK_EQ(control, 0x0c7f);
	__asm__ volatile("fninit");
}

static volatile int stop;

static void load_and_wait(void *argument)
{
	uint32_t value = (uint32_t)argument;

	__asm__ volatile("fninit\n fildl %0" : : "m"(value));
	finished = 1;
	while (!stop) {
	}
	__asm__ volatile("fistpl %0" : "=m"(value));
	finished = (int)value;
}

/* The float state can be read and written by others. */
static void check_state(void)
{
	struct test_thread thread;
	struct i386_float_state state = {.fpkind = -1};
	mach_msg_type_number_t count = i386_FLOAT_STATE_COUNT;

	finished = 0;
	stop = 0;
	test_thread_start(&thread, load_and_wait, (void *)12345);
	CHECK(TEST_WAIT_UNTIL(finished == 1));
	NEED_KR(thread_suspend(thread.port));
	CHECK_KR(thread_get_state(thread.port, i386_FLOAT_STATE, (thread_state_t)&state, &count),
		 KERN_SUCCESS);
	CHECK_EQ(state.initialized, 1);
	/* 12345 = 1.5069... * 2^13: the 80-bit register 0x400c c0e4 0000 0000 0000 at byte 28. */
	CHECK_EQ(*(uint32_t *)(state.hw_state + 28 + 4), 0xc0e40000);
	CHECK_EQ(*(uint16_t *)(state.hw_state + 28 + 8), 0x400c);
	*(uint16_t *)(state.hw_state + 28 + 8) = 0x400d; /* doubled */
	CHECK_KR(thread_set_state(thread.port, i386_FLOAT_STATE, (thread_state_t)&state, count),
		 KERN_SUCCESS);
	stop = 1;
	NEED_KR(thread_resume(thread.port));
	CHECK(test_thread_join(&thread, 0));
	/* The oracle loses the registers that it is given. */
	if (mach_kernel_is_masix) {
		CHECK_EQ(finished, 24690);
	} else {
		test_skip("finished == 24690", "this kernel drops the registers it is given");
	}
}

int main(int argc, char **argv)
{
	/* This thread keeps its floating-point registers as long as it lives: no leak. */
	__asm__ volatile("fninit");
	test_begin(argc, argv, "thread_float");
	check_fresh();
	check_mix();
	check_state();
	test_end();
}
