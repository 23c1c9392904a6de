/* TEST: oracle=yes */
/* vm_read, vm_write, vm_copy: overlapping, across holes and protections, between tasks. */
#include "lib/harness.h"

#define SELF  mach_task_self()
#define PAGE  0x1000u
#define PAGES 8

static vm_address_t area;
static uint8_t reference[PAGES * PAGE];

static void fill(void)
{
	for (uint32_t i = 0; i < PAGES * PAGE; i++) {
		reference[i] = (uint8_t)(i * 7 + (i >> 8));
	}
	memcpy((void *)area, reference, PAGES * PAGE);
}

static void check_read(void)
{
	static const struct {
		vm_offset_t offset;
		vm_size_t size;
	} cases[] = {
		{0, PAGE},     {0, 3 * PAGE},    {1, 1},       {PAGE - 1, 2},
		{5, 2 * PAGE}, {PAGE, PAGE - 1}, {4095, 8193}, {0, PAGES * PAGE},
	};

	test_group_begin("vm_read gives the bytes asked for, aligned or not");
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		vm_offset_t data = 0;
		mach_msg_type_number_t count = 0;

		CHECK_KR(vm_read(SELF, area + cases[i].offset, cases[i].size, &data, &count),
			 KERN_SUCCESS);
		CHECK_EQ(count, cases[i].size);
		CHECK(memcmp((void *)data, reference + cases[i].offset, count) == 0);
		*(uint8_t *)data ^= 0xff; /* what was read is ours: the source stays */
		CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
		NEED_KR(vm_deallocate(SELF, data, count));
	}
	test_group_end();
}

/* Where it writes must be whole pages, and what it writes aligned to them. */
static void check_write(void)
{
	static uint8_t source[4 * PAGE] __attribute__((aligned(4096)));

	for (uint32_t i = 0; i < sizeof source; i++) {
		source[i] = (uint8_t)(i * 13);
	}
	test_group_begin("vm_write changes the pages named");
	for (uint32_t size = PAGE; size <= 3 * PAGE; size += PAGE) {
		for (uint32_t offset = 0; offset < 5 * PAGE; offset += PAGE) {
			uint32_t skew = offset % (2 * PAGE);

			fill();
			CHECK_KR(vm_write(SELF, area + offset, (vm_offset_t)source + skew, size),
				 KERN_SUCCESS);
			memcpy(reference + offset, source + skew, size);
			CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
		}
	}
	test_group_end();
	fill();
	CHECK_KR(vm_write(SELF, area + 1, (vm_offset_t)source, PAGE), KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_write(SELF, area, (vm_offset_t)source, PAGE - 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_write(SELF, area, (vm_offset_t)source, 1), KERN_INVALID_ARGUMENT);
	CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
}

static void check_copy(void)
{
	static const struct {
		vm_offset_t from;
		vm_size_t size;
		vm_offset_t to;
	} cases[] = {
		{0, PAGE, 4 * PAGE},
		{0, 3 * PAGE, 4 * PAGE},
		{5 * PAGE, 3 * PAGE, PAGE},
		{0, PAGE, 0},
	};

	test_group_begin("vm_copy copies whole pages");
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fill();
		CHECK_KR(vm_copy(SELF, area + cases[i].from, cases[i].size, area + cases[i].to),
			 KERN_SUCCESS);
		memmove(reference + cases[i].to, reference + cases[i].from, cases[i].size);
		CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
		/* Later writes to the source do not reach the copy, nor the other way round. */
		((uint8_t *)area)[cases[i].from] ^= 0xff;
		reference[cases[i].from] ^= 0xff;
		CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
		((uint8_t *)area)[cases[i].to + 1] ^= 0xff;
		reference[cases[i].to + 1] ^= 0xff;
		CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
	}
	test_group_end();
	fill();
	CHECK_KR(vm_copy(SELF, area + 1, PAGE, area + 4 * PAGE), KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_copy(SELF, area, PAGE, area + 4 * PAGE + 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_copy(SELF, area, 100, area + 4 * PAGE), KERN_INVALID_ARGUMENT);
	CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
}

/* Source and destination overlap: the result is as if the source had been read first. */
static void check_overlap(void)
{
	static const int distances[] = {1, 2, 3, -1, -2};

	test_group_begin("overlapping copies take the source as it was");
	for (uint32_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
		uint32_t from = 2 * PAGE;
		uint32_t to = from + distances[i] * (int)PAGE;

		fill();
		CHECK_KR(vm_copy(SELF, area + from, 3 * PAGE, area + to), KERN_SUCCESS);
		memmove(reference + to, reference + from, 3 * PAGE);
		CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
	}
	test_group_end();
	fill();
}

static void check_holes(void)
{
	vm_offset_t data = 0;
	mach_msg_type_number_t count = 0;
	vm_address_t hole = area + 3 * PAGE;

	NEED_KR(vm_deallocate(SELF, hole, PAGE));
	CHECK_KR(vm_read(SELF, hole, PAGE, &data, &count), KERN_INVALID_ADDRESS);
	CHECK_KR(vm_read(SELF, hole - PAGE, 2 * PAGE, &data, &count), KERN_INVALID_ADDRESS);
	CHECK_KR(vm_read(SELF, hole - 1, 2, &data, &count), KERN_INVALID_ADDRESS);
	CHECK_KR(vm_write(SELF, hole, area, PAGE), KERN_INVALID_ADDRESS);
	CHECK_KR(vm_copy(SELF, hole, PAGE, area), KERN_INVALID_ADDRESS);
	CHECK_KR(vm_copy(SELF, area, PAGE, hole), KERN_INVALID_ADDRESS);
	CHECK(memcmp((void *)area, reference, 3 * PAGE) == 0);
	NEED_KR(vm_allocate(SELF, &hole, PAGE, FALSE));
	fill();
}

static void check_protected(void)
{
	vm_offset_t data = 0;
	mach_msg_type_number_t count = 0;
	vm_address_t page = area + 3 * PAGE;

	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_NONE));
	CHECK_KR(vm_read(SELF, page, PAGE, &data, &count), KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_copy(SELF, page, PAGE, area), KERN_PROTECTION_FAILURE);
	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_READ));
	CHECK_KR(vm_write(SELF, page, area, PAGE), KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_copy(SELF, area, PAGE, page), KERN_PROTECTION_FAILURE);
	CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
	NEED_KR(vm_protect(SELF, page, PAGE, FALSE, VM_PROT_DEFAULT));
}

static void check_other_task(void)
{
	mach_port_t task = MACH_PORT_NULL;
	vm_address_t address = 0x20000000;
	vm_offset_t data = 0;
	mach_msg_type_number_t count = 0;

	NEED_KR(task_create(SELF, FALSE, &task));
	NEED_KR(vm_allocate(task, &address, 4 * PAGE, FALSE));
	CHECK_KR(vm_write(task, address + PAGE, area, 2 * PAGE), KERN_SUCCESS);
	CHECK_KR(vm_read(task, address + PAGE + 3, PAGE, &data, &count), KERN_SUCCESS);
	CHECK(memcmp((void *)data, reference + 3, PAGE) == 0);
	NEED_KR(vm_deallocate(SELF, data, count));
	CHECK_KR(vm_read(task, address, 4 * PAGE, &data, &count), KERN_SUCCESS);
	CHECK_EQ(*(uint32_t *)data, 0);
	CHECK(memcmp((void *)(data + PAGE), reference, 2 * PAGE) == 0);
	NEED_KR(vm_deallocate(SELF, data, count));
	CHECK_KR(vm_read(task, area, PAGE, &data, &count), KERN_INVALID_ADDRESS);
	NEED_KR(task_terminate(task));
	CHECK_KR(vm_read(task, address, PAGE, &data, &count), MACH_SEND_INVALID_DEST);
	NEED_KR(mach_port_deallocate(SELF, task));
}

static void check_sizes(void)
{
	vm_offset_t data = 0;
	mach_msg_type_number_t count = 1;

	CHECK_KR(vm_read(SELF, area, 0, &data, &count), KERN_SUCCESS);
	CHECK_EQ(count, 0);
	CHECK_KR(vm_copy(SELF, area, 0, area + PAGE), KERN_SUCCESS);
	CHECK_KR(vm_write(SELF, area, area, 0), KERN_SUCCESS);
	CHECK(vm_read(SELF, area, 0xffffffffu, &data, &count) != KERN_SUCCESS);
	CHECK(vm_read(SELF, 0xbffff000u, 0x2000, &data, &count) != KERN_SUCCESS);
	CHECK(vm_read(SELF, 0xc0000000u, 0x1000, &data, &count) != KERN_SUCCESS);
	CHECK(vm_copy(SELF, 0xc0000000u, 0x1000, area) != KERN_SUCCESS);
	CHECK(vm_copy(SELF, area, 0x1000, 0xc0000000u) != KERN_SUCCESS);
	CHECK(vm_copy(SELF, area, 0xfffff000u, area + PAGE) != KERN_SUCCESS);
	CHECK(vm_write(SELF, 0xc0000000u, area, PAGE) != KERN_SUCCESS);
	CHECK(memcmp((void *)area, reference, PAGES * PAGE) == 0);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_copy");
	NEED_KR(vm_allocate(SELF, &area, PAGES * PAGE, TRUE));
	fill();
	check_read();
	check_write();
	check_copy();
	check_overlap();
	check_holes();
	check_protected();
	check_other_task();
	check_sizes();
	NEED_KR(vm_deallocate(SELF, area, PAGES * PAGE));
	test_end();
}
