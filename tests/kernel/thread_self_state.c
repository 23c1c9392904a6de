/* TEST: oracle=no */
/* The trap thread_set_self_state: newer than the oracle. A thread puts all its registers back at
 * once. */
#include "lib/harness.h"

static volatile uint32_t after[4]; /* eax, ebx, ecx, edx */
static volatile int jumped;

static void landed(void)
{
	__asm__ volatile("movl %%eax, %0\n movl %%ebx, %1\n movl %%ecx, %2\n movl %%edx, %3"
			 : "=m"(after[0]), "=m"(after[1]), "=m"(after[2]), "=m"(after[3]));
	jumped = 1;
	for (;;) {
		(void)swtch_pri(0); /* until it is killed */
	}
}

/* A thread may not ask the kernel for its own registers. */
static void state_of_self(struct i386_thread_state *state)
{
	memset(state, 0, sizeof *state);
	__asm__ volatile("movl %%cs, %0\n movl %%ss, %1\n movl %%ds, %2\n movl %%esp, %3"
			 : "=r"(state->cs), "=r"(state->ss), "=r"(state->ds), "=r"(state->uesp));
	state->es = state->ds;
	state->fs = state->ds;
	state->gs = state->ds;
}

static void jump(void *argument)
{
	struct i386_thread_state state;
	int flavor = (int)argument;

	state_of_self(&state);
	state.eax = 0x11111111;
	state.ebx = 0x22222222;
	state.ecx = 0x33333333;
	state.edx = 0x44444444;
	state.eip = (unsigned int)landed;
	(void)thread_set_self_state(flavor, (thread_state_t)&state, i386_THREAD_STATE_COUNT);
}

static void check_jump(int flavor)
{
	struct test_thread thread;

	jumped = 0;
	test_thread_start(&thread, jump, (void *)flavor);
	CHECK(TEST_WAIT_UNTIL(jumped));
	CHECK_EQ(after[0], 0x11111111);
	CHECK_EQ(after[1], 0x22222222);
	CHECK_EQ(after[2], 0x33333333);
	CHECK_EQ(after[3], 0x44444444);
	test_thread_kill(&thread);
}

static void check_refused(void)
{
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	state_of_self(&state);
	CHECK_KR(thread_set_self_state(i386_THREAD_STATE, (thread_state_t)&state, count - 1),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_self_state(i386_THREAD_STATE, (thread_state_t)&state, 0xffffffff),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_self_state(99, (thread_state_t)&state, count), KERN_INVALID_ARGUMENT);
	CHECK(thread_set_self_state(i386_THREAD_STATE, (thread_state_t)0xc0000000, count) !=
	      KERN_SUCCESS);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "thread_self_state");
	check_jump(i386_THREAD_STATE);
	check_jump(i386_REGS_SEGS_STATE);
	check_refused();
	test_end();
}
