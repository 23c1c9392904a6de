/* TEST: oracle=no timeout=60 */
/*
 * Bad addresses for every pointer of every trap: each call answers with an error or what it may,
 * the message stays ours or is gone, no right is lost, and good calls work afterwards.
 */
#include "lib/msg.h"

#define SELF mach_task_self()
#define PAGE 0x1000u

static vm_address_t read_only;
static vm_address_t hole;

/* Addresses that cannot be written, the last two with one good page before a bad one. */
static uint32_t bad_address(uint32_t index)
{
	const uint32_t addresses[] = {
		0x10,       0xff0,      0xbfffffff, 0xc0000000, 0xc0000001, 0xc0100000,
		0xfffff000, 0xfffffffc, 0xffffffff, hole,       read_only,  hole - 4,
	};

	return index < sizeof addresses / sizeof addresses[0] ? addresses[index] : 0;
}

static void check_send(void)
{
	mach_port_t port = port_new();

	test_group_begin("messages sent from bad addresses");
	for (uint32_t i = 0; bad_address(i) != 0; i++) {
		uint32_t address = bad_address(i);
		mach_msg_return_t result = MACH_MSG_SUCCESS;

		if (address == read_only) {
			continue;
		}
		result = mach_msg_trap((mach_msg_header_t *)address, MACH_SEND_MSG, 24, 0, 0, 0, 0);
		CHECK_KR(result, MACH_SEND_INVALID_DATA);
		result = mach_msg_trap((mach_msg_header_t *)address, MACH_SEND_MSG, 0xfffffffc, 0,
				       0, 0, 0);
		CHECK(result != MACH_MSG_SUCCESS);
	}
	test_group_end();
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	port_destroy(port);
}

static void check_receive(void)
{
	mach_port_t port = port_new();

	test_group_begin("messages received at bad addresses");
	for (uint32_t i = 0; bad_address(i) != 0; i++) {
		mach_msg_return_t result = MACH_MSG_SUCCESS;

		NEED_KR(msg_send_id(port, MACH_MSG_TYPE_MAKE_SEND, 5));
		result = mach_msg_trap((mach_msg_header_t *)bad_address(i),
				       MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 100, port, 100, 0);
		CHECK_KR(result, MACH_RCV_INVALID_DATA);
		(void)msg_receive_id(port, 0);
		CHECK_EQ(port_status(port).mps_msgcount, 0);
	}
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_MAKE_SEND, 6));
	CHECK_EQ(msg_receive_id(port, 0), 6);
	test_group_end();
	port_destroy(port);
}

static void check_print(void)
{
	test_group_begin("strings at bad addresses are not printed");
	for (uint32_t i = 0; bad_address(i) != 0; i++) {
		if (bad_address(i) != read_only) {
			mach_print((const char *)bad_address(i));
		}
	}
	mach_print(""); /* still there */
	test_group_end();
}

/* Only the word before the hole can be written: what the call made is ours. */
static void give_back(uint32_t address)
{
	CHECK_EQ(address, hole - 4);
	NEED_KR(vm_deallocate(SELF, *(vm_address_t *)address, PAGE));
	*(vm_address_t *)address = 0;
}

/* Results that cannot be delivered: what was made must not be lost, or not be made. */
static void check_results(void)
{
	test_group_begin("traps whose result goes to a bad address");
	for (uint32_t i = 0; bad_address(i) != 0; i++) {
		uint32_t address = bad_address(i);

		if (syscall_vm_allocate(SELF, (vm_address_t *)address, PAGE, TRUE) ==
		    KERN_SUCCESS) {
			give_back(address);
		}
		if (syscall_vm_map(SELF, (vm_address_t *)address, PAGE, 0, TRUE, MACH_PORT_NULL, 0,
				   FALSE, 3, 3, 1) == KERN_SUCCESS) {
			give_back(address);
		}
		CHECK_EQ(*(volatile uint32_t *)read_only, 0);
	}
	test_group_end();
}

/* A trap made with its arguments beyond the end of the stack. */
static void trap_without_stack(void *argument)
{
	__asm__ volatile("movl %0, %%esp\n movl $-66, %%eax\n .byte 0x9a,0,0,0,0,7,0\n ud2"
			 :
			 : "r"(argument)
			 : "eax");
}

static void check_arguments(void)
{
	struct test_fault fault;

	test_group_begin("arguments of a trap at bad addresses");
	for (uint32_t i = 0; bad_address(i) != 0; i++) {
		if (bad_address(i) == read_only) {
			continue;
		}
		CHECK(test_catch(&fault, trap_without_stack, (void *)bad_address(i)));
		CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	}
	test_group_end();
}

int main(int argc, char **argv)
{
	vm_address_t area = 0;

	test_begin(argc, argv, "hostile_pointers");
	NEED_KR(vm_allocate(SELF, &area, 4 * PAGE, TRUE));
	*(volatile uint32_t *)area = 0;
	read_only = area + 2 * PAGE;
	hole = area + PAGE;
	NEED_KR(vm_deallocate(SELF, hole, PAGE));
	NEED_KR(vm_protect(SELF, read_only, PAGE, FALSE, VM_PROT_READ));
	/* The hole stays one: nothing is placed there by its neighbours' calls. */
	NEED_KR(vm_allocate(SELF, &hole, PAGE, FALSE));
	NEED_KR(vm_protect(SELF, hole, PAGE, FALSE, VM_PROT_NONE));
	check_send();
	check_receive();
	check_print();
	check_arguments();
	check_results();
	NEED_KR(vm_deallocate(SELF, area, 4 * PAGE));
	test_end();
}
