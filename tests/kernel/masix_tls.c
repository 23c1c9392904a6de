/* TEST: oracle=no */
/* A thread's three segments 33, 3b and 43 (masix_thread_set_tls): each thread's own, and harmless.
 */
#include "lib/harness.h"
#include <gen/mach_i386.h>
#include <gen/masix_host.h>

#define SELF    mach_task_self()
#define THREADS 4
#define ROUNDS  200000

static uint32_t blocks[THREADS][MASIX_TLS_COUNT][4];
static volatile int wrong;
static volatile int finished;

/* A data segment (present, ring 3, 32 bits, writable) of 4 GB. */
static uint32_t low_word(const void *base)
{
	return ((uint32_t)base & 0xffff) << 16 | 0xffff;
}

static uint32_t high_word(const void *base)
{
	return ((uint32_t)base & 0xff000000) | 0x00cff200 | ((uint32_t)base >> 16 & 0xff);
}

static uint32_t read_gs(void)
{
	uint32_t word = 0;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(word));
	return word;
}

static uint32_t load_gs(uint32_t selector)
{
	__asm__ volatile("movl %0, %%gs" : : "r"(selector));
	return read_gs();
}

static void loop(void *argument)
{
	uint32_t index = (uint32_t)argument;
	mach_port_t thread = (mach_thread_self)();

	for (int i = 0; i < MASIX_TLS_COUNT; i++) {
		NEED_KR(masix_thread_set_tls(thread, i, low_word(blocks[index][i]),
					     high_word(blocks[index][i])));
	}
	NEED_KR(mach_port_deallocate(SELF, thread));
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t which = i % MASIX_TLS_COUNT;

		if (load_gs(MASIX_TLS_SELECTOR(which)) != 1000 + 10 * index + which) {
			wrong++;
		}
		if (i % 1000 == 0) {
			test_yield();
			if (read_gs() != 1000 + 10 * index + which) {
				wrong++;
			}
		}
	}
	finished++;
}

static void check_threads(void)
{
	struct test_thread threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		for (int j = 0; j < MASIX_TLS_COUNT; j++) {
			blocks[i][j][0] = 1000 + 10 * i + j;
		}
		test_thread_start(&threads[i], loop, (void *)i);
	}
	test_group_begin("each thread has segments of its own");
	for (int i = 0; i < THREADS; i++) {
		CHECK(test_thread_join(&threads[i], 20000));
	}
	CHECK_EQ(finished, THREADS);
	CHECK_EQ(wrong, 0);
	test_group_end();
}

static void load_selector(void *argument)
{
	(void)load_gs((uint32_t)argument);
}

static void check_own(mach_port_t thread)
{
	natural_t low = 1;
	natural_t high = 1;
	struct test_fault fault;

	CHECK_KR(masix_thread_get_tls(thread, 1, &low, &high), KERN_SUCCESS);
	CHECK_EQ(low, 0);
	CHECK_EQ(high, 0);
	CHECK_KR(masix_thread_set_tls(thread, 1, low_word(blocks[2][1]), high_word(blocks[2][1])),
		 KERN_SUCCESS);
	CHECK_EQ(load_gs(0x3b), 1021);
	CHECK_KR(masix_thread_get_tls(thread, 1, &low, &high), KERN_SUCCESS);
	CHECK_EQ(low, low_word(blocks[2][1]));
	CHECK_EQ(high, high_word(blocks[2][1]));
	CHECK_KR(masix_thread_set_tls(thread, 1, low_word(blocks[3][2]), high_word(blocks[3][2])),
		 KERN_SUCCESS);
	CHECK_EQ(load_gs(0x3b), 1032);
	/* Another thread has none of it. */
	CHECK(test_catch(&fault, load_selector, (void *)0x3b));
	CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
	/* Taken away while gs holds it. */
	CHECK_KR(masix_thread_set_tls(thread, 1, 0, 0), KERN_SUCCESS);
	__asm__ volatile("movl %0, %%gs" : : "r"(0));
}

/* For a thread that does not run yet. */
static void read_into(void *argument)
{
	*(volatile uint32_t *)argument = load_gs(0x43);
}

static void check_other_thread(void)
{
	struct test_thread thread;
	volatile uint32_t word = 0;

	test_thread_create(&thread, read_into, (void *)&word);
	CHECK_KR(masix_thread_set_tls(thread.port, 2, low_word(blocks[1][1]),
				      high_word(blocks[1][1])),
		 KERN_SUCCESS);
	NEED_KR(thread_resume(thread.port));
	CHECK(test_thread_join(&thread, 0));
	CHECK_EQ(word, 1011);
}

/* What would give more than ring 3 has, or is no data segment. */
static void check_refused(mach_port_t thread)
{
	static const uint32_t harmful[] = {
		0x00cf9200, /* data of ring 0 */
		0x00cfb200, /* data of ring 1 */
		0x00cf7200, /* not present */
		0x00cffa00, /* code */
		0x00cffe00, /* conforming code */
		0x0000ec00, /* call gate */
		0x0000ee00, /* interrupt gate */
		0x0000e500, /* task gate */
		0x0000e900, /* TSS */
		0x0000e200, /* local descriptor table */
	};
	natural_t low = 1;
	natural_t high = 1;

	test_group_begin("harmful descriptors are refused");
	for (unsigned int i = 0; i < sizeof harmful / sizeof harmful[0]; i++) {
		CHECK_KR(masix_thread_set_tls(thread, 0, 0xffff, harmful[i]), KERN_INVALID_VALUE);
	}
	CHECK_KR(masix_thread_get_tls(thread, 0, &low, &high), KERN_SUCCESS);
	CHECK_EQ(low, 0);
	CHECK_EQ(high, 0);
	test_group_end();
	CHECK_KR(masix_thread_set_tls(thread, -1, 0, 0), KERN_INVALID_VALUE);
	CHECK_KR(masix_thread_set_tls(thread, MASIX_TLS_COUNT, 0, 0), KERN_INVALID_VALUE);
	CHECK_KR(masix_thread_get_tls(thread, MASIX_TLS_COUNT, &low, &high), KERN_INVALID_VALUE);
	CHECK_KR(masix_thread_set_tls(SELF, 0, 0, 0), KERN_INVALID_ARGUMENT);
}

int main(int argc, char **argv)
{
	mach_port_t thread = MACH_PORT_NULL;

	test_begin(argc, argv, "masix_tls");
	check_threads();
	thread = (mach_thread_self)();
	check_own(thread);
	check_other_thread();
	check_refused(thread);
	NEED_KR(mach_port_deallocate(SELF, thread));
	test_end();
}
