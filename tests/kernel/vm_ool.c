/* TEST: oracle=yes */
/* Out-of-line memory is a snapshot: neither side sees what the other writes after the send. */
#include "lib/msg.h"

#define SELF mach_task_self()
#define PAGE 0x1000u

static mach_port_t port;

/* Queues "size" bytes from "data"; the receive comes later. */
static void send_memory(vm_address_t data, vm_size_t size, boolean_t deallocate)
{
	static struct msg msg;

	msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, size, (void *)data, deallocate);
	NEED_KR(msg_send(&msg));
}

static vm_address_t receive_memory(vm_size_t size)
{
	static struct msg msg;
	struct msg_item item = {.data = NULL};

	NEED_KR(msg_receive(&msg, port, 1000));
	CHECK(msg_item(&msg, &item));
	CHECK(!item.is_inline);
	CHECK_EQ(item.number, size);
	return (vm_address_t)item.data;
}

static boolean_t all_bytes(vm_address_t address, uint8_t value, vm_size_t size)
{
	for (vm_size_t i = 0; i < size; i++) {
		if (((volatile uint8_t *)address)[i] != value) {
			return FALSE;
		}
	}
	return TRUE;
}

static void check_snapshot(vm_offset_t skew, vm_size_t size)
{
	vm_address_t area = 0;
	vm_address_t first = 0;
	vm_address_t second = 0;

	NEED_KR(vm_allocate(SELF, &area, 8 * PAGE, TRUE));
	memset((void *)area, 1, 8 * PAGE);
	send_memory(area + skew, size, FALSE);
	memset((void *)area, 2, 8 * PAGE);
	send_memory(area + skew, size, FALSE);
	memset((void *)area, 3, 8 * PAGE);
	first = receive_memory(size);
	second = receive_memory(size);
	CHECK(all_bytes(first, 1, size));
	CHECK(all_bytes(second, 2, size));
	memset((void *)first, 9, size);
	CHECK(all_bytes(area, 3, 8 * PAGE));
	CHECK(all_bytes(second, 2, size));
	NEED_KR(vm_deallocate(SELF, area, 8 * PAGE));
	CHECK(all_bytes(second, 2, size));
	NEED_KR(vm_deallocate(SELF, first, size));
	NEED_KR(vm_deallocate(SELF, second, size));
}

/* Memory forwarded many times, changed on the way, is each time what it was when it was sent. */
static void check_forwarding(void)
{
	vm_address_t kept[10];
	vm_address_t area = 0;

	NEED_KR(vm_allocate(SELF, &area, 4 * PAGE, TRUE));
	for (int i = 0; i < 10; i++) {
		vm_address_t next = 0;

		memset((void *)(area + i % 4 * PAGE), 0x10 + i, PAGE);
		send_memory(area, 4 * PAGE, FALSE);
		next = receive_memory(4 * PAGE);
		kept[i] = area;
		area = next;
	}
	for (int i = 0; i < 10; i++) {
		for (int page = 0; page < 4; page++) {
			int writer = page > i % 4 ? i - i % 4 + page - 4 : i - i % 4 + page;

			CHECK(all_bytes(kept[i] + page * PAGE, writer < 0 ? 0 : 0x10 + writer,
					PAGE));
		}
		NEED_KR(vm_deallocate(SELF, kept[i], 4 * PAGE));
	}
	NEED_KR(vm_deallocate(SELF, area, 4 * PAGE));
}

static void load(void *argument)
{
	(void)*(volatile int *)argument;
}

/* With "deallocate" the memory leaves the sender. */
static void check_move(void)
{
	vm_address_t area = 0;
	vm_address_t got = 0;
	struct test_fault fault;

	NEED_KR(vm_allocate(SELF, &area, 3 * PAGE, TRUE));
	memset((void *)area, 7, 3 * PAGE);
	send_memory(area, 3 * PAGE, TRUE);
	CHECK(test_catch(&fault, load, (void *)area));
	CHECK_EQ(fault.code, KERN_INVALID_ADDRESS);
	got = receive_memory(3 * PAGE);
	CHECK(all_bytes(got, 7, 3 * PAGE));
	NEED_KR(vm_deallocate(SELF, got, 3 * PAGE));
}

/* Untouched memory travels as zeros. */
static void check_untouched(void)
{
	vm_address_t area = 0;
	vm_address_t got = 0;

	NEED_KR(vm_allocate(SELF, &area, 256 * PAGE, TRUE));
	*(volatile uint8_t *)(area + 100 * PAGE) = 1;
	send_memory(area, 256 * PAGE, FALSE);
	*(volatile uint8_t *)(area + 200 * PAGE) = 1;
	got = receive_memory(256 * PAGE);
	CHECK_EQ(*(volatile uint8_t *)(got + 100 * PAGE), 1);
	CHECK(all_bytes(got + 200 * PAGE, 0, PAGE));
	NEED_KR(vm_deallocate(SELF, got, 256 * PAGE));
	NEED_KR(vm_deallocate(SELF, area, 256 * PAGE));
}

/* What cannot be read is refused, with the message still ours. */
static void check_unreadable(void)
{
	static struct msg msg;
	vm_address_t area = 0;

	NEED_KR(vm_allocate(SELF, &area, 3 * PAGE, TRUE));
	NEED_KR(vm_protect(SELF, area + PAGE, PAGE, FALSE, VM_PROT_NONE));
	msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 3 * PAGE, (void *)area, FALSE);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_MEMORY);
	NEED_KR(vm_deallocate(SELF, area + PAGE, PAGE));
	msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 3 * PAGE, (void *)area, FALSE);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_MEMORY);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	NEED_KR(vm_deallocate(SELF, area, 3 * PAGE));
}

int main(int argc, char **argv)
{
	static const vm_size_t sizes[] = {1,    100,      1000,     PAGE - 1,
					  PAGE, PAGE + 1, 4 * PAGE, 5 * PAGE + 123};

	test_begin(argc, argv, "vm_ool");
	port = port_new();
	test_group_begin("out-of-line memory is a snapshot, whatever its size and alignment");
	for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		check_snapshot(0, sizes[i]);
		check_snapshot(PAGE - 3, sizes[i]);
	}
	test_group_end();
	test_group_begin("forwarded and changed ten times");
	check_forwarding();
	test_group_end();
	check_move();
	check_untouched();
	check_unreadable();
	port_destroy(port);
	test_end();
}
