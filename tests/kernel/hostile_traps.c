/* TEST: oracle=no timeout=120 */
/*
 * Every trap number and many that are none, with garbage for arguments, by a child that holds only
 * its own rights: the kernel lives, answers, and has its objects back.
 */
#include "lib/harness.h"

#define SELF         mach_task_self()
#define RANDOM_CALLS 50000

static uint32_t random_state = 0x6d616368;

static uint32_t random_next(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 3 ^ random_state << 17;
}

static const uint32_t garbage[] = {
	0,          1,          2,          3,          0x10,       0xfff,      0x1000,
	0x7fffffff, 0x80000000, 0xb7ffffff, 0xbfffeffd, 0xbffffffc, 0xbfffffff, 0xc0000000,
	0xc0000001, 0xc0100000, 0xfffffffc, 0xffffffff, 0x08048000, 0x08048001,
};
#define GARBAGE (sizeof garbage / sizeof garbage[0])

/* Traps that end or stop the caller, or wait for ever: not with garbage that names ourselves. */
static boolean_t may_stop(int number)
{
	return number == -69 || number == -70 || number == -17 || number == -18 || number == -25 ||
	       number == -61 || number == -30;
}

static uint32_t call(int number, const uint32_t *w)
{
	return mach_trap_by_number(mach_gate, number, w[0], w[1], w[2], w[3], w[4], w[5], w[6],
				   w[7], w[8], w[9], w[10]);
}

static int every_number(void *argument)
{
	(void)argument;
	for (int number = -300; number <= -1; number++) {
		uint32_t words[11] = {0};

		if (may_stop(number)) {
			continue;
		}
		for (uint32_t i = 0; i < GARBAGE; i++) {
			for (int j = 0; j < 11; j++) {
				words[j] = garbage[(i + (i & 1 ? 0 : j)) % GARBAGE];
			}
			(void)call(number, words);
		}
	}
	return 0;
}

/* One trap each: unassigned numbers inside the table, zero and positive ones, extremes. */
static int number_under_test;

static int one_number(void *argument)
{
	uint32_t words[11] = {0};

	(void)argument;
	(void)call(number_under_test, words);
	return 0;
}

static void check_outside(void)
{
	static const int numbers[] = {0,
				      1,
				      10,
				      130,
				      -130,
				      -131,
				      -300,
				      0x7fffffff,
				      (int)0x80000000,
				      (int)0x80000001,
				      -1000000,
				      -0x10000000};

	test_group_begin("numbers beyond the table stop or fail the caller alone");
	for (uint32_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct test_task task;

		number_under_test = numbers[i];
		test_task_create(&task, one_number, NULL);
		NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
		test_task_run(&task);
		test_sleep_ms(20);
		test_task_kill(&task);
	}
	test_group_end();
}

/* Random arguments: names of its own space, addresses good and bad, sizes. */
static uint32_t random_word(void)
{
	switch (random_next() % 6) {
	case 0:
		return random_next() % 20;
	case 1:
		return garbage[random_next() % GARBAGE];
	case 2:
		return 0x08048000 + random_next() % 0x40000;
	case 3:
		return random_next() % 0x2000;
	case 4:
		return 0x1000 + random_next() % 4;
	default:
		return random_next();
	}
}

static int random_calls(void *argument)
{
	static const int numbers[] = {-25, -25, -26, -27, -28, -29, -39, -40, -59,
				      -60, -61, -64, -65, -66, -68, -71, -72, -73,
				      -74, -75, -76, -10, -11, -96, -97, -98};

	random_state += (uint32_t)argument;
	for (;;) {
		uint32_t words[11];
		int number = numbers[random_next() % (sizeof numbers / sizeof numbers[0])];

		for (int i = 0; i < 11; i++) {
			words[i] = random_word();
		}
		if (number == -25) {
			words[1] |= 0x110; /* time-outs, and short ones */
			words[5] %= 3;
		} else if (number == -61) {
			words[2] %= 3;
		} else if (number == -65 || number == -64) {
			words[2] %= 0x20000;
		}
		(*(volatile uint32_t *)argument)++;
		(void)call(number, words);
	}
	return 0;
}

/* Children are started until 50,000 calls were made: most end by freeing what they run on. */
static void check_random(void)
{
	vm_address_t count = 0x70000000; /* away from what random addresses hit */
	int children = 0;

	NEED_KR(vm_allocate(SELF, &count, 0x1000, FALSE));
	NEED_KR(vm_inherit(SELF, count, 0x1000, VM_INHERIT_SHARE));
	while (*(volatile uint32_t *)count < RANDOM_CALLS && children < 2000) {
		struct test_task task;
		uint32_t before = *(volatile uint32_t *)count;

		random_state += 12345;
		children++;
		test_task_create(&task, random_calls, (void *)count);
		NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
		test_task_run(&task);
		do {
			before = *(volatile uint32_t *)count;
			test_sleep_ms(30);
		} while (*(volatile uint32_t *)count != before &&
			 *(volatile uint32_t *)count < RANDOM_CALLS);
		test_task_kill(&task);
	}
	test_note("%u random calls by %d children", *(volatile uint32_t *)count, children);
	CHECK(*(volatile uint32_t *)count > RANDOM_CALLS / 10);
	NEED_KR(vm_deallocate(SELF, count, 0x1000));
}

int main(int argc, char **argv)
{
	struct test_task task;

	test_begin(argc, argv, "hostile_traps");
	test_task_create(&task, every_number, NULL);
	NEED_KR(task_set_special_port(task.task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
	test_task_run(&task);
	(void)test_task_join(&task);
	check_outside();
	check_random();
	CHECK_EQ((mach_host_self)() != 0, 1);
	NEED_KR(mach_port_deallocate(SELF, mach_host_self()));
	test_end();
}
