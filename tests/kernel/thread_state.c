/* TEST: oracle=yes */
/* thread_get_state and thread_set_state: flavours, counts, what the kernel makes of flags. */
#include "lib/harness.h"

#define SELF mach_task_self()

static volatile uint32_t counter;

static void spin(void *argument)
{
	(void)argument;
	for (;;) {
		counter++;
	}
}

static void check_counts(mach_port_t thread)
{
	unsigned int words[64];
	mach_msg_type_number_t count = 16;

	CHECK_KR(thread_get_state(thread, i386_THREAD_STATE, words, &count), KERN_INVALID_ARGUMENT);
	count = 0;
	CHECK(thread_get_state(thread, i386_REGS_SEGS_STATE, words, &count) != KERN_SUCCESS);
	count = 64;
	CHECK_KR(thread_get_state(thread, i386_THREAD_STATE, words, &count), KERN_SUCCESS);
	CHECK_EQ(count, 17);
	count = 64;
	CHECK_KR(thread_get_state(thread, i386_FLOAT_STATE, words, &count), KERN_SUCCESS);
	CHECK_EQ(count, i386_FLOAT_STATE_COUNT);
	count = 64;
	CHECK_KR(thread_get_state(thread, 99, words, &count), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_state(thread, i386_THREAD_STATE, words, 16), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_state(thread, i386_FLOAT_STATE, words, 3), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_state(thread, 99, words, 17), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_state(thread, 0, words, 17), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_set_state(thread, -1, words, 17), KERN_INVALID_ARGUMENT);
}

static void check_flags(mach_port_t thread)
{
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count));
	CHECK_EQ(state.cs & 3, 3);
	CHECK_EQ(state.ss & 3, 3);
	CHECK_EQ(state.ds & 3, 3);
	CHECK(state.efl & 0x200);
	/* No IOPL, no NT, no RF; IF stays on; what is harmless is kept. */
	state.efl = 0x3000 | 0x4000 | 0x10000 | 0x400 | 0x1;
	CHECK_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, count),
		 KERN_SUCCESS);
	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count));
	CHECK_EQ(state.efl & (0x3000 | 0x4000 | 0x10000), 0);
	CHECK_EQ(state.efl & 0x601, 0x601);
}

/* Selectors of the kernel, or of nothing, are refused and change nothing. */
static void check_selectors(mach_port_t thread)
{
	struct i386_thread_state good;
	struct i386_thread_state state;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&good, &count));
	state = good;
	state.cs = 0x08;
	CHECK_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, count),
		 KERN_INVALID_ARGUMENT);
	state = good;
	state.ss = 0x10;
	CHECK_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, count),
		 KERN_INVALID_ARGUMENT);
	state = good;
	state.cs = 0;
	CHECK_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, count),
		 KERN_INVALID_ARGUMENT);
	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count));
	CHECK_EQ(state.cs, good.cs);
	/* Flavour 1 takes the default selectors, whatever is said. */
	state.cs = 0x08;
	state.ss = 0x10;
	state.ds = 0;
	CHECK_KR(thread_set_state(thread, i386_THREAD_STATE, (thread_state_t)&state, count),
		 KERN_SUCCESS);
	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, &count));
	CHECK_EQ(state.cs, good.cs);
	CHECK_EQ(state.ss, good.ss);
}

static volatile struct i386_thread_state seen;

/* Notes the registers it was started with and stops there. */
void note_registers(void);
__asm__("note_registers:\n"
	"	movl %eax, seen+44\n movl %ecx, seen+40\n movl %edx, seen+36\n"
	"	movl %ebx, seen+32\n movl %ebp, seen+24\n movl %esi, seen+20\n"
	"	movl %edi, seen+16\n movl %esp, seen+60\n movl $1, counter\n"
	"1:	jmp 1b\n");

static void check_registers(void)
{
	mach_port_t thread = MACH_PORT_NULL;
	static char stack[256] __attribute__((aligned(16)));
	struct i386_thread_state state = {
		.eax = 0x11111111,
		.ecx = 0x22222222,
		.edx = 0x33333333,
		.ebx = 0x44444444,
		.ebp = 0x55555555,
		.esi = 0x66666666,
		.edi = 0x77777777,
	};
	struct i386_thread_state later;
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	state.eip = (unsigned int)note_registers;
	state.uesp = (unsigned int)(stack + 128);
	counter = 0;
	NEED_KR(thread_create(SELF, &thread));
	CHECK_KR(thread_set_state(thread, i386_THREAD_STATE, (thread_state_t)&state, count),
		 KERN_SUCCESS);
	NEED_KR(thread_resume(thread));
	CHECK(TEST_WAIT_UNTIL(counter == 1));
	CHECK_EQ(seen.eax, 0x11111111);
	CHECK_EQ(seen.ecx, 0x22222222);
	CHECK_EQ(seen.edx, 0x33333333);
	CHECK_EQ(seen.ebx, 0x44444444);
	CHECK_EQ(seen.ebp, 0x55555555);
	CHECK_EQ(seen.esi, 0x66666666);
	CHECK_EQ(seen.edi, 0x77777777);
	CHECK_EQ(seen.uesp, (unsigned int)(stack + 128));
	NEED_KR(thread_suspend(thread));
	CHECK_KR(thread_get_state(thread, i386_THREAD_STATE, (thread_state_t)&later, &count),
		 KERN_SUCCESS);
	CHECK_EQ(later.ebx, 0x44444444);
	CHECK_EQ(later.edi, 0x77777777);
	CHECK(later.eip > (unsigned int)note_registers);
	CHECK(later.eip < (unsigned int)note_registers + 64);
	NEED_KR(thread_terminate(thread));
	CHECK_KR(thread_get_state(thread, i386_THREAD_STATE, (thread_state_t)&later, &count),
		 MACH_SEND_INVALID_DEST);
	NEED_KR(mach_port_deallocate(SELF, thread));
}

int main(int argc, char **argv)
{
	struct test_thread thread;

	test_begin(argc, argv, "thread_state");
	test_thread_create(&thread, spin, NULL);
	check_counts(thread.port);
	check_flags(thread.port);
	check_selectors(thread.port);
	test_thread_kill(&thread);
	check_registers();
	test_end();
}
