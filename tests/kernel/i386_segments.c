/* TEST: oracle=yes */
/* i386_set_gdt: thread-local segments, and the descriptors that are refused. */
#include "lib/harness.h"
#include <gen/mach_i386.h>

#define SELF mach_task_self()

static uint32_t blocks[4][4];
static volatile int wrong;
static volatile int finished;

/* A flat data segment (present, ring 3, 32 bits, writable) with a base and 4 GB. */
static struct descriptor data_segment(uint32_t base)
{
	struct descriptor descriptor = {
		.low_word = (base & 0xffff) << 16 | 0xffff,
		.high_word = (base & 0xff000000) | 0x00cff200 | (base >> 16 & 0xff),
	};

	return descriptor;
}

static uint32_t load_gs(uint32_t selector)
{
	uint32_t word = 0;

	__asm__ volatile("movl %1, %%gs\n movl %%gs:0, %0" : "=r"(word) : "r"(selector));
	return word;
}

static void loop(void *argument)
{
	uint32_t index = (uint32_t)argument;
	int selector = -1;
	mach_port_t thread = (mach_thread_self)();

	NEED_KR(i386_set_gdt(thread, &selector, data_segment((uint32_t)blocks[index])));
	NEED_KR(mach_port_deallocate(SELF, thread));
	(void)load_gs((uint32_t)selector);
	for (int i = 0; i < 300000; i++) {
		uint32_t word = 0;

		__asm__ volatile("movl %%gs:0, %0" : "=r"(word));
		if (word != 1000 + index) {
			wrong++;
		}
	}
	finished++;
}

static void check_threads(void)
{
	struct test_thread threads[4];

	for (int i = 0; i < 4; i++) {
		blocks[i][0] = 1000 + i;
		test_thread_start(&threads[i], loop, (void *)i);
	}
	for (int i = 0; i < 4; i++) {
		(void)test_thread_join(&threads[i], 20000);
	}
	CHECK_EQ(finished, 4);
	CHECK_EQ(wrong, 0);
}

static void check_slots(mach_port_t thread)
{
	struct descriptor got = {0, 0};
	int selector = -1;

	CHECK_KR(i386_set_gdt(thread, &selector, data_segment((uint32_t)blocks[0])), KERN_SUCCESS);
	CHECK_EQ(selector, 0x4b);
	CHECK_EQ(load_gs(0x4b), 1000);
	selector = -1;
	CHECK_KR(i386_set_gdt(thread, &selector, data_segment((uint32_t)blocks[1])), KERN_SUCCESS);
	CHECK_EQ(selector, 0x53);
	CHECK_EQ(load_gs(0x53), 1001);
	CHECK_EQ(load_gs(0x4b), 1000);
	selector = -1;
	CHECK_KR(i386_set_gdt(thread, &selector, data_segment(0)), KERN_NO_SPACE);
	CHECK_KR(i386_get_gdt(thread, 0x4b, &got), KERN_SUCCESS);
	CHECK_EQ(got.low_word, data_segment((uint32_t)blocks[0]).low_word);
	/* By name; the segment of the running thread changes at once. */
	selector = 0x4b;
	CHECK_KR(i386_set_gdt(thread, &selector, data_segment((uint32_t)blocks[2])), KERN_SUCCESS);
	CHECK_EQ(load_gs(0x4b), 1002);
	__asm__ volatile("movl %0, %%gs" : : "r"(0));
}

/* What would give away the kernel is refused: gates, system segments, ring 0. */
static void check_refused(mach_port_t thread)
{
	struct descriptor descriptor = data_segment(0);
	int selector = 0x4b;

	selector = 0x08;
	CHECK_KR(i386_set_gdt(thread, &selector, descriptor), KERN_INVALID_ARGUMENT);
	selector = 0x1000;
	CHECK_KR(i386_set_gdt(thread, &selector, descriptor), KERN_INVALID_ARGUMENT);
	selector = 0x4b;
	descriptor.high_word = 0x00cf9200; /* ring 0 data */
	CHECK_KR(i386_set_gdt(thread, &selector, descriptor), KERN_INVALID_ARGUMENT);
	descriptor.high_word = 0x0000ec00; /* a call gate */
	CHECK_KR(i386_set_gdt(thread, &selector, descriptor), KERN_INVALID_ARGUMENT);
	descriptor.high_word = 0x0000e900; /* a TSS */
	CHECK_KR(i386_set_gdt(thread, &selector, descriptor), KERN_INVALID_ARGUMENT);
	descriptor = (struct descriptor){0, 0}; /* empties the slot */
	CHECK_KR(i386_set_gdt(thread, &selector, descriptor), KERN_SUCCESS);
}

int main(int argc, char **argv)
{
	mach_port_t thread = MACH_PORT_NULL;

	test_begin(argc, argv, "i386_segments");
	check_threads();
	thread = (mach_thread_self)();
	check_slots(thread);
	check_refused(thread);
	NEED_KR(mach_port_deallocate(SELF, thread));
	test_end();
}
