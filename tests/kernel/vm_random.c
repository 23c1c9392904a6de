/* TEST: oracle=yes timeout=60 */
/* 3000 random vm operations, a fixed seed, against a model of one byte and one state a page. */
#include "lib/harness.h"

#define SELF  mach_task_self()
#define PAGE  0x1000u
#define PAGES 64
#define STEPS 3000
#define AREA  0x60000000u
#define RW    (VM_PROT_READ | VM_PROT_WRITE)

/* A page's value when it is not mapped. */
#define HOLE (-1)

static int model[PAGES];
static vm_prot_t protections[PAGES];
static uint32_t random_state = 0x4d617369;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 12) % limit;
}

static uint8_t *page_at(uint32_t page)
{
	return (uint8_t *)(AREA + page * PAGE);
}

/* Does every page of the range exist with at least this protection? */
static boolean_t allows(uint32_t first, uint32_t count, vm_prot_t protection)
{
	for (uint32_t i = first; i < first + count; i++) {
		if (model[i] == HOLE || (protections[i] & protection) != protection) {
			return FALSE;
		}
	}
	return TRUE;
}

static void set_range(uint32_t first, uint32_t count, int value)
{
	for (uint32_t i = first; i < first + count; i++) {
		model[i] = value;
		protections[i] = RW;
	}
}

static void step_allocate(uint32_t first, uint32_t count)
{
	vm_address_t address = (vm_address_t)page_at(first);
	boolean_t is_free = TRUE;

	for (uint32_t i = first; i < first + count; i++) {
		is_free = is_free && model[i] == HOLE;
	}
	CHECK_KR(vm_allocate(SELF, &address, count * PAGE, FALSE),
		 is_free ? KERN_SUCCESS : KERN_NO_SPACE);
	if (is_free) {
		set_range(first, count, 0);
	}
}

static void step_protect(uint32_t first, uint32_t count)
{
	vm_prot_t protection = random_below(2) ? RW : VM_PROT_READ;

	CHECK_KR(vm_protect(SELF, (vm_address_t)page_at(first), count * PAGE, FALSE, protection),
		 KERN_SUCCESS);
	for (uint32_t i = first; i < first + count; i++) {
		protections[i] = protection;
	}
}

static void step_write(uint32_t first, uint32_t count, uint8_t value)
{
	for (uint32_t i = first; i < first + count; i++) {
		if (allows(i, 1, VM_PROT_WRITE)) {
			page_at(i)[random_below(PAGE)] = value;
			memset(page_at(i), value, PAGE);
			model[i] = value;
		}
	}
}

static void step_copy(uint32_t first, uint32_t count)
{
	uint32_t to = random_below(PAGES - count + 1);
	int source[PAGES];
	kern_return_t result = vm_copy(SELF, (vm_address_t)page_at(first), count * PAGE,
				       (vm_address_t)page_at(to));

	if (!allows(first, count, VM_PROT_READ) || !allows(to, count, VM_PROT_WRITE)) {
		CHECK(result == KERN_INVALID_ADDRESS || result == KERN_PROTECTION_FAILURE);
		return;
	}
	CHECK_KR(result, KERN_SUCCESS);
	memcpy(source, model + first, count * sizeof source[0]);
	memcpy(model + to, source, count * sizeof source[0]);
}

static void step_read(uint32_t first, uint32_t count)
{
	vm_offset_t data = 0;
	mach_msg_type_number_t size = 0;
	kern_return_t result =
		vm_read(SELF, (vm_address_t)page_at(first), count * PAGE, &data, &size);

	if (!allows(first, count, VM_PROT_READ)) {
		CHECK(result == KERN_INVALID_ADDRESS);
		return;
	}
	CHECK_KR(result, KERN_SUCCESS);
	for (uint32_t i = 0; i < count; i++) {
		CHECK_EQ(((uint8_t *)data)[i * PAGE + 17], model[first + i]);
		((uint8_t *)data)[i * PAGE + 17] ^= 0xff;
	}
	NEED_KR(vm_deallocate(SELF, data, size));
}

/* A child that never runs: made while the model is as it is, it keeps that. */
static mach_port_t snapshot_task;
static int snapshot[PAGES];

static void step_fork(void)
{
	if (MACH_PORT_VALID(snapshot_task)) {
		for (uint32_t i = 0; i < PAGES; i += 3) {
			vm_offset_t data = 0;
			mach_msg_type_number_t size = 0;
			kern_return_t result = vm_read(snapshot_task, (vm_address_t)page_at(i),
						       PAGE, &data, &size);

			CHECK_KR(result, snapshot[i] == HOLE ? KERN_INVALID_ADDRESS : KERN_SUCCESS);
			if (result == KERN_SUCCESS) {
				CHECK_EQ(*(uint8_t *)data, snapshot[i]);
				NEED_KR(vm_deallocate(SELF, data, size));
			}
		}
		NEED_KR(task_terminate(snapshot_task));
		NEED_KR(mach_port_deallocate(SELF, snapshot_task));
	}
	NEED_KR(task_create(SELF, TRUE, &snapshot_task));
	memcpy(snapshot, model, sizeof snapshot);
}

static void check_memory(void)
{
	for (uint32_t i = 0; i < PAGES; i++) {
		if (model[i] != HOLE) {
			CHECK_EQ(page_at(i)[0], model[i]);
			CHECK_EQ(page_at(i)[PAGE - 1], model[i]);
		}
	}
}

static void step(uint32_t number)
{
	uint32_t count = 1 + random_below(random_below(4) == 0 ? 20 : 4);
	uint32_t first = random_below(PAGES - count + 1);

	switch (random_below(9)) {
	case 0:
	case 1:
		step_allocate(first, count);
		break;
	case 2:
		CHECK_KR(vm_deallocate(SELF, (vm_address_t)page_at(first), count * PAGE),
			 KERN_SUCCESS);
		set_range(first, count, HOLE);
		break;
	case 3:
		step_protect(first, count);
		break;
	case 4:
	case 5:
		step_write(first, count, (uint8_t)number);
		break;
	case 6:
		step_copy(first, count);
		break;
	case 7:
		step_read(first, count);
		break;
	default:
		if (number % 8 == 0) {
			step_fork();
		}
		break;
	}
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "vm_random");
	set_range(0, PAGES, HOLE);
	test_group_begin("3000 random operations, as in the model");
	for (uint32_t number = 0; number < STEPS; number++) {
		step(number);
		if (number % 16 == 0) {
			check_memory();
		}
	}
	check_memory();
	test_group_end();
	NEED_KR(vm_deallocate(SELF, AREA, PAGES * PAGE));
	if (MACH_PORT_VALID(snapshot_task)) {
		NEED_KR(task_terminate(snapshot_task));
		NEED_KR(mach_port_deallocate(SELF, snapshot_task));
	}
	test_end();
}
