/* TEST: oracle=no */
/* Flavour XFLOAT, which the oracle does not have: the unit's registers and those of SSE. */
#include "lib/harness.h"
#include <gen/mach_i386.h>
#include <mach/machine/fp_reg.h>

#define STATE_WORDS 256

static natural_t words[STATE_WORDS] __attribute__((aligned(16)));
static volatile int loaded;
static volatile int stop;
static uint8_t threes[16] __attribute__((aligned(16)));
static uint8_t sevens[16] __attribute__((aligned(16)));
static volatile uint32_t control_after;
static volatile int integer_after;

/* SSE's registers are not the compiler's here: nothing else touches them. */
static void load_and_wait(void *argument)
{
	int value = (int)argument;

	__asm__ volatile("fninit\n fildl %0\n movups %1, %%xmm3" : : "m"(value), "m"(threes));
	loaded = 1;
	while (!stop) {
	}
	__asm__ volatile("movups %%xmm7, %0\n stmxcsr %1\n fistpl %2"
			 : "=m"(sevens), "=m"(control_after), "=m"(integer_after));
	loaded = 2;
}

static boolean_t all_bytes(const uint8_t *bytes, uint8_t value)
{
	for (int i = 0; i < 16; i++) {
		if (bytes[i] != value) {
			return FALSE;
		}
	}
	return TRUE;
}

static void check_read(mach_port_t thread, mach_msg_type_number_t size)
{
	struct i386_xfloat_state *state = (struct i386_xfloat_state *)words;
	struct i386_xfp_save image;
	mach_msg_type_number_t count = size - 1;

	CHECK_KR(thread_get_state(thread, i386_XFLOAT_STATE, words, &count), KERN_INVALID_ARGUMENT);
	count = STATE_WORDS;
	CHECK_KR(thread_get_state(thread, i386_XFLOAT_STATE, words, &count), KERN_SUCCESS);
	CHECK_EQ(count, size);
	CHECK_EQ(state->initialized, 1);
	memcpy(&image, state->hw_state, sizeof image);
	CHECK(all_bytes(image.fp_xreg_word[3], 0x33));
	CHECK_EQ(image.fp_control, 0x37f);
	CHECK_EQ(image.fp_mxcsr, 0x1f80);
	/* One register is in use, the one below the top of an empty stack: 7. */
	CHECK_EQ(image.fp_tag & 0x3fff, 0x3fff);
	CHECK(image.fp_tag != 0xffff);
}

static void check_written(mach_port_t thread, mach_msg_type_number_t size)
{
	struct i386_xfloat_state *state = (struct i386_xfloat_state *)words;
	struct i386_xfp_save image;

	memcpy(&image, state->hw_state, sizeof image);
	memset(image.fp_xreg_word[7], 0x77, 16);
	image.fp_mxcsr = 0xffff1fa0; /* the upper half is the processor's: it must not be loaded */
	memcpy(state->hw_state, &image, sizeof image);
	CHECK_KR(thread_set_state(thread, i386_XFLOAT_STATE, words, size - 1),
		 KERN_INVALID_ARGUMENT);
	state->fp_save_kind += 1;
	CHECK_KR(thread_set_state(thread, i386_XFLOAT_STATE, words, size), KERN_INVALID_ARGUMENT);
	state->fp_save_kind -= 1;
	CHECK_KR(thread_set_state(thread, i386_XFLOAT_STATE, words, size), KERN_SUCCESS);
}

int main(int argc, char **argv)
{
	struct test_thread thread;
	vm_size_t bytes = 0;

	test_begin(argc, argv, "thread_xfloat");
	memset(threes, 0x33, sizeof threes);
	CHECK_KR(i386_get_xstate_size(host_priv, &bytes), KERN_SUCCESS);
	CHECK(bytes >= sizeof(struct i386_xfloat_state) + sizeof(struct i386_xfp_save));
	test_thread_start(&thread, load_and_wait, (void *)4711);
	CHECK(TEST_WAIT_UNTIL(loaded == 1));
	NEED_KR(thread_suspend(thread.port));
	check_read(thread.port, bytes / sizeof(natural_t));
	check_written(thread.port, bytes / sizeof(natural_t));
	stop = 1;
	NEED_KR(thread_resume(thread.port));
	CHECK(TEST_WAIT_UNTIL(loaded == 2));
	CHECK(all_bytes(sevens, 0x77));
	CHECK_EQ(control_after, 0x1fa0);
	CHECK_EQ(integer_after, 4711);
	CHECK(test_thread_join(&thread, 0));
	test_end();
}
