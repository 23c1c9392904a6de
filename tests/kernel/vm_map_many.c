/* TEST: oracle=no mem=128 timeout=20 */
/* One memory object in ten thousands of places of a task: mapping, touching, writing and unmapping
   them must not take the square of their number (the time limit sees to it). */
#include "lib/harness.h"
#include <gen/mach4.h>

#define SELF   mach_task_self()
#define PAGE   0x1000u
#define PLACES 20000u
#define PLACE  0x40000000u
#define RW     (VM_PROT_READ | VM_PROT_WRITE)

static void map_all(mach_port_t object)
{
	test_group_begin("the object is mapped in all places, which show it");
	for (uint32_t i = 0; i < PLACES; i++) {
		vm_address_t address = PLACE + i * PAGE;

		CHECK_KR(vm_map(SELF, &address, PAGE, 0, FALSE, object, 0, FALSE, RW, VM_PROT_ALL,
				VM_INHERIT_SHARE),
			 KERN_SUCCESS);
		CHECK_EQ(*(volatile uint32_t *)address, 4711 + i);
		*(volatile uint32_t *)address = 4712 + i;
	}
	test_group_end();
}

/* A private copy of the page makes each write fault once more. */
static void write_copied(void)
{
	vm_address_t copy = 0;

	NEED_KR(vm_allocate(SELF, &copy, PAGE, TRUE));
	test_group_begin("what was copied before a write stays as it was");
	for (uint32_t i = 0; i < 100; i++) {
		volatile uint32_t *word = (uint32_t *)(PLACE + i * 200 * PAGE);

		CHECK_KR(vm_copy(SELF, PLACE, PAGE, copy), KERN_SUCCESS);
		*word = i;
		CHECK_EQ(*(volatile uint32_t *)(PLACE + (PLACES - 1) * PAGE), i);
		CHECK(i == 0 || *(volatile uint32_t *)copy == i - 1);
	}
	test_group_end();
	NEED_KR(vm_deallocate(SELF, copy, PAGE));
}

int main(int argc, char **argv)
{
	vm_address_t source = PLACE - 16 * PAGE;
	mach_port_t object = MACH_PORT_NULL;

	test_begin(argc, argv, "vm_map_many");
	NEED_KR(vm_allocate(SELF, &source, PAGE, FALSE));
	*(volatile uint32_t *)source = 4711;
	NEED_KR(vm_region_create_proxy(SELF, source, VM_PROT_ALL, PAGE, &object));
	map_all(object);
	NEED_KR(mach_port_deallocate(SELF, object));
	write_copied();
	CHECK_KR(vm_deallocate(SELF, PLACE, PLACES * PAGE), KERN_SUCCESS);
	CHECK_EQ(*(volatile uint32_t *)source, 99);
	NEED_KR(vm_deallocate(SELF, source, PAGE));
	test_end();
}
