/* TEST: oracle=no */
/*
 * A thread whose gs holds its own segment (masix_thread_set_tls) sleeps while the machine is idle,
 * and while others run that have no such segment: interrupts come with that selector still in gs,
 * and the descriptor gone.
 */
#include "lib/harness.h"
#include <gen/masix_host.h>
#include <masix/masix_host.h>

static volatile int stop;

static uint32_t read_gs(void)
{
	uint32_t word = 0;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(word));
	return word;
}

static void spin(void *argument)
{
	(void)argument;
	while (!stop) {
	}
}

int main(int argc, char **argv)
{
	static uint32_t block[2] = {0x1234, 0};
	uint32_t base = (uint32_t)block;
	mach_port_t thread = MACH_PORT_NULL;
	struct test_thread other;

	test_begin(argc, argv, "tls_sleep");
	thread = (mach_thread_self)();
	CHECK_KR(masix_thread_set_tls(thread, 0, (base & 0xffff) << 16 | 0xffff,
				      (base & 0xff000000) | 0x00cff200 | (base >> 16 & 0xff)),
		 KERN_SUCCESS);
	__asm__ volatile("movl %0, %%gs" : : "r"(MASIX_TLS_SELECTOR(0)));
	CHECK_EQ(read_gs(), 0x1234);
	test_sleep_ms(50);
	CHECK_EQ(read_gs(), 0x1234);
	test_thread_start(&other, spin, NULL);
	for (int i = 0; i < 20; i++) {
		test_sleep_ms(5);
	}
	stop = 1;
	CHECK(test_thread_join(&other, 0));
	CHECK_EQ(read_gs(), 0x1234);
	__asm__ volatile("movl %0, %%gs" : : "r"(0));
	CHECK_KR(masix_thread_set_tls(thread, 0, 0, 0), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(mach_task_self(), thread));
	test_end();
}
