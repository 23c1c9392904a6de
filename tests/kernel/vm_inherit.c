/* TEST: oracle=yes timeout=60 */
/* What a child task gets: share, copy, none, through grandchildren too, and 20 generations. */
#include "lib/harness.h"

#define SELF        mach_task_self()
#define PAGE        0x1000u
#define GENERATIONS 20
#define CHAIN_PAGES 16

static vm_address_t shared;
static vm_address_t copied;
static vm_address_t absent;

static void check_child_view(uint32_t expected_copy)
{
	vm_address_t address = absent;
	vm_size_t size = 0;
	vm_prot_t protection = 0;
	vm_prot_t maximum = 0;
	vm_inherit_t inheritance = 0;
	boolean_t is_shared = FALSE;
	mach_port_t name = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	CHECK_EQ(*(volatile uint32_t *)copied, expected_copy);
	CHECK_KR(vm_region(SELF, &address, &size, &protection, &maximum, &inheritance, &is_shared,
			   &name, &offset),
		 KERN_SUCCESS);
	CHECK(address >= absent + PAGE);
}

static int grandchild(void *argument)
{
	(void)argument;
	check_child_view(200);
	CHECK_EQ(*(volatile uint32_t *)shared, 2);
	*(volatile uint32_t *)shared = 3;
	*(volatile uint32_t *)copied = 300;
	return test_child_failures();
}

static int child(void *argument)
{
	struct test_task task;

	(void)argument;
	check_child_view(100);
	CHECK_EQ(*(volatile uint32_t *)shared, 1);
	*(volatile uint32_t *)shared = 2;
	*(volatile uint32_t *)copied = 200;
	test_task_create(&task, grandchild, NULL);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK_EQ(*(volatile uint32_t *)shared, 3);
	CHECK_EQ(*(volatile uint32_t *)copied, 200);
	return test_child_failures();
}

static void check_kinds(void)
{
	struct test_task task;

	NEED_KR(vm_allocate(SELF, &shared, PAGE, TRUE));
	NEED_KR(vm_allocate(SELF, &copied, PAGE, TRUE));
	NEED_KR(vm_allocate(SELF, &absent, PAGE, TRUE));
	CHECK_KR(vm_inherit(SELF, shared, PAGE, VM_INHERIT_SHARE), KERN_SUCCESS);
	CHECK_KR(vm_inherit(SELF, copied, PAGE, VM_INHERIT_COPY), KERN_SUCCESS);
	CHECK_KR(vm_inherit(SELF, absent, PAGE, VM_INHERIT_NONE), KERN_SUCCESS);
	CHECK_KR(vm_inherit(SELF, absent, PAGE, 3), KERN_INVALID_ARGUMENT);
	*(volatile uint32_t *)shared = 1;
	*(volatile uint32_t *)copied = 100;
	*(volatile uint32_t *)absent = 1;
	test_task_create(&task, child, NULL);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK_EQ(*(volatile uint32_t *)shared, 3);
	CHECK_EQ(*(volatile uint32_t *)copied, 100);
	NEED_KR(vm_deallocate(SELF, shared, PAGE));
	NEED_KR(vm_deallocate(SELF, copied, PAGE));
	NEED_KR(vm_deallocate(SELF, absent, PAGE));
}

/* Sharing begins before the first touch: both sides then see one page, whoever touches it first. */
static int touch_second(void *argument)
{
	(void)argument;
	*(volatile uint32_t *)(shared + PAGE) = 77;
	return test_child_failures();
}

static void check_untouched_share(void)
{
	struct test_task task;

	NEED_KR(vm_allocate(SELF, &shared, 2 * PAGE, TRUE));
	NEED_KR(vm_inherit(SELF, shared, 2 * PAGE, VM_INHERIT_SHARE));
	test_task_create(&task, touch_second, NULL);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK_EQ(*(volatile uint32_t *)(shared + PAGE), 77);
	CHECK_EQ(*(volatile uint32_t *)shared, 0);
	NEED_KR(vm_deallocate(SELF, shared, 2 * PAGE));
}

/* -------------------------------------------------- a chain of copies, each changed at random */

static uint32_t random_state;

static uint32_t random_next(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

static uint32_t model[GENERATIONS + 1][CHAIN_PAGES];

/* Reads a page's first word in another task, which may never have run. */
static uint32_t peek(mach_port_t task, vm_address_t address)
{
	vm_offset_t data = 0;
	mach_msg_type_number_t count = 0;
	uint32_t word = 0;

	NEED_KR(vm_read(task, address & ~(PAGE - 1), PAGE, &data, &count));
	word = *(uint32_t *)(data + address % PAGE);
	NEED_KR(vm_deallocate(SELF, data, count));
	return word;
}

static void poke(mach_port_t task, vm_address_t address, uint32_t word)
{
	static uint8_t buffer[PAGE] __attribute__((aligned(4096)));

	memset(buffer, (int)word, PAGE);
	*(uint32_t *)buffer = word;
	NEED_KR(vm_write(task, address, (vm_offset_t)buffer, PAGE));
}

static void check_model(mach_port_t task, vm_address_t address, const uint32_t *expected)
{
	for (int page = 0; page < CHAIN_PAGES; page++) {
		CHECK_EQ(peek(task, address + page * PAGE), expected[page]);
	}
}

/*
 * Generation i is a child of a generation chosen at random among those before it; parent and child
 * are both written to; in the end each is what the model says, also after half of them have gone.
 */
static void check_generations(void)
{
	mach_port_t tasks[GENERATIONS + 1] = {MACH_PORT_NULL};
	vm_address_t address = 0;

	random_state = 20261121;
	NEED_KR(task_create(SELF, FALSE, &tasks[0]));
	NEED_KR(vm_allocate(tasks[0], &address, CHAIN_PAGES * PAGE, TRUE));
	for (int i = 1; i <= GENERATIONS; i++) {
		int parent = i < 10 ? i - 1 : (int)(random_next() % i);

		NEED_KR(task_create(tasks[parent], TRUE, &tasks[i]));
		memcpy(model[i], model[parent], sizeof model[i]);
		for (int write = 0; write < 6; write++) {
			int who = write % 2 == 0 ? i : parent;
			uint32_t page = random_next() % CHAIN_PAGES;
			uint32_t word = random_next();

			model[who][page] = word;
			poke(tasks[who], address + page * PAGE, word);
		}
	}
	test_group_begin("20 generations hold what was written to each");
	for (int i = 0; i <= GENERATIONS; i++) {
		check_model(tasks[i], address, model[i]);
	}
	test_group_end();
	for (int i = 0; i <= GENERATIONS; i += 2) {
		NEED_KR(task_terminate(tasks[i]));
		NEED_KR(mach_port_deallocate(SELF, tasks[i]));
	}
	test_group_begin("the others do too after every second one has ended");
	for (int i = 1; i <= GENERATIONS; i += 2) {
		check_model(tasks[i], address, model[i]);
		NEED_KR(task_terminate(tasks[i]));
		NEED_KR(mach_port_deallocate(SELF, tasks[i]));
	}
	test_group_end();
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_inherit");
	check_kinds();
	check_untouched_share();
	check_generations();
	test_end();
}
