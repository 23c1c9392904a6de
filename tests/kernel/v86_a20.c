/* TEST: oracle=no */
/*
 * The A20 line of a 16-bit program is how its monitor maps the 64 KB above 1 MB: as memory of its
 * own, or as the first 64 KB once more.
 */
#include "lib/v86.h"
#include <gen/mach4.h>

#define SELF       mach_task_self()
#define HIGH       0x100000u
#define HIGH_BYTES 0x10000u
#define RW         (VM_PROT_READ | VM_PROT_WRITE)

static struct masix_v86_block block;

/* Writes 1234 at ffff:0510, which is linear 100500, and reads 0000:0500. */
V86_CODE(wrap, "	movw $0xffff, %ax\n"
	       "	movw %ax, %es\n"
	       "	xorw %ax, %ax\n"
	       "	movw %ax, %ds\n"
	       "	movw $0x5555, %ds:(0x500)\n"
	       "	movw $0x1234, %es:(0x510)\n"
	       "	movw %ds:(0x500), %bx\n"
	       "	hlt\n");

static void a20_set(boolean_t open)
{
	vm_address_t address = HIGH;
	mach_port_t proxy = MACH_PORT_NULL;

	(void)vm_deallocate(SELF, HIGH, HIGH_BYTES);
	if (open) {
		NEED_KR(vm_allocate(SELF, &address, HIGH_BYTES, FALSE));
		return;
	}
	NEED_KR(vm_region_create_proxy(SELF, 0, RW, HIGH_BYTES, &proxy));
	NEED_KR(vm_map(SELF, &address, HIGH_BYTES, 0, FALSE, proxy, 0, FALSE, RW, RW,
		       VM_INHERIT_SHARE));
	NEED_KR(mach_port_deallocate(SELF, proxy));
}

static void check_wrap(uint32_t expected)
{
	v86_block_init(&block);
	NEED_KR(masix_v86_run(&block));
	CHECK_EQ(block.reason, MASIX_V86_HLT);
	CHECK_EQ(block.registers.ebx & 0xffff, expected);
	CHECK_EQ(v86_peek16(0xffff, 0x510), 0x1234);
}

static void checks(void *argument)
{
	(void)argument;
	test_group_begin("A20 by mapping");
	v86_copy(V86_CODE_SEGMENT, 0, v86_code_wrap, (uint32_t)(v86_code_wrap_end - v86_code_wrap));
	for (int round = 0; round < 10; round++) {
		a20_set(FALSE);
		check_wrap(0x1234);
		a20_set(TRUE);
		check_wrap(0x5555);
	}
	test_group_end();
}

int main(int argc, char **argv)
{
	struct test_thread thread;

	v86_memory_make();
	NEED_KR(vm_deallocate(SELF, HIGH, HIGH_BYTES));
	/* A first proxy splits the region for good. */
	a20_set(FALSE);
	NEED_KR(vm_deallocate(SELF, HIGH, HIGH_BYTES));
	test_begin(argc, argv, "v86_a20");
	test_thread_start(&thread, checks, NULL);
	CHECK(test_thread_join(&thread, 20000));
	NEED_KR(vm_deallocate(SELF, HIGH, HIGH_BYTES));
	test_end();
}
