/* TEST: oracle=yes */
/* Memory out of line: copied or moved, unaligned, several regions, nothing, bad ranges. */
#include "lib/msg.h"

#define SELF mach_task_self()
#define PAGE 4096u

static mach_port_t port;
static struct msg msg;

static void begin(void)
{
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
}

static uint8_t *pages_new(unsigned int count)
{
	vm_address_t address = 0;

	NEED_KR(vm_allocate(SELF, &address, count * PAGE, TRUE));
	for (unsigned int i = 0; i < count * PAGE; i++) {
		((uint8_t *)address)[i] = (uint8_t)(i * 13 + i / PAGE);
	}
	return (uint8_t *)address;
}

static void pages_free(const void *address, unsigned int bytes)
{
	NEED_KR(vm_deallocate(SELF, (vm_address_t)address, bytes));
}

static boolean_t mapped(const void *address)
{
	vm_address_t start = (vm_address_t)address;
	vm_size_t size = 0;
	vm_prot_t protection = 0;
	vm_prot_t protection_max = 0;
	vm_inherit_t inheritance = 0;
	boolean_t shared = FALSE;
	mach_port_t object = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	if (vm_region(SELF, &start, &size, &protection, &protection_max, &inheritance, &shared,
		      &object, &offset) != KERN_SUCCESS) {
		return FALSE;
	}
	if (object != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, object);
	}
	return start <= (vm_address_t)address;
}

/* Sends "bytes" from "data" and compares what arrives. */
static void check_copy(const uint8_t *data, unsigned int bytes, boolean_t is_long)
{
	struct msg_item item;

	begin();
	(is_long ? msg_add_ool_long : msg_add_ool)(&msg, MACH_MSG_TYPE_BYTE, 8, bytes, data, FALSE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_bits,
		 MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND));
	CHECK(msg_item(&msg, &item));
	CHECK_EQ(item.number, bytes);
	CHECK_EQ(item.is_inline, FALSE);
	CHECK(item.data != data);
	CHECK_EQ(memcmp(item.data, data, bytes), 0);
	pages_free(item.data, bytes);
}

static void check_sizes(void)
{
	static const unsigned int offsets[] = {0, 1, 4, 100, 4095};
	static const unsigned int sizes[] = {1, 3, 100, 4000, 4096, 4097, 8192, 12000, 16384};
	uint8_t *data = pages_new(8);

	test_group_begin("ranges of many sizes at many offsets arrive whole");
	for (size_t o = 0; o < sizeof offsets / sizeof offsets[0]; o++) {
		for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
			if (sizes[s] < 4096) {
				check_copy(data + offsets[o], sizes[s], FALSE);
			}
			check_copy(data + offsets[o], sizes[s], TRUE);
		}
	}
	test_group_end();
	pages_free(data, 8 * PAGE);
}

/* A copy is a copy: neither side sees what the other writes afterwards. */
static void check_independence(void)
{
	uint8_t *data = pages_new(4);
	uint8_t *copy = NULL;
	struct msg_item item;

	begin();
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 4 * PAGE, data, FALSE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	data[0] = 0xee;
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK(msg_item(&msg, &item));
	copy = (uint8_t *)item.data;
	CHECK_EQ(copy[0], 0);
	data[PAGE] = 0xdd;
	copy[2 * PAGE] = 0xcc;
	CHECK_EQ(copy[PAGE], 1);
	CHECK_EQ(data[2 * PAGE], 2);
	pages_free(data, 4 * PAGE);
	CHECK_EQ(copy[3 * PAGE + 1], 16);
	CHECK_EQ(copy[2 * PAGE], 0xcc);
	pages_free(copy, 4 * PAGE);
}

static void check_move(void)
{
	uint8_t *data = pages_new(4);
	struct msg_item item;

	begin();
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 4 * PAGE, data, TRUE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK(!mapped(data));
	CHECK(!mapped(data + 3 * PAGE));
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK(msg_item(&msg, &item));
	CHECK_EQ(((const uint8_t *)item.data)[3 * PAGE + 1], 16);
	pages_free(item.data, 4 * PAGE);
	/* Small and unaligned: the pages that hold the range go. */
	data = pages_new(3);
	begin();
	msg_add_ool(&msg, MACH_MSG_TYPE_BYTE, 8, 20, data + PAGE + 10, TRUE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK(mapped(data));
	CHECK(!mapped(data + PAGE));
	CHECK(mapped(data + 2 * PAGE));
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK(msg_item(&msg, &item));
	CHECK_EQ(((const uint8_t *)item.data)[0], (uint8_t)((PAGE + 10) * 13 + 1));
	pages_free(item.data, 20);
	pages_free(data, PAGE);
	pages_free(data + 2 * PAGE, PAGE);
}

static void check_several(void)
{
	uint8_t *data = pages_new(3);
	struct msg_item items[3];

	begin();
	for (unsigned int i = 0; i < 3; i++) {
		msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, PAGE - 7, data + i * PAGE + 3, FALSE);
		msg_add_int(&msg, i);
	}
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	test_group_begin("three regions and three integers in one message");
	for (unsigned int i = 0; i < 3; i++) {
		CHECK(msg_item(&msg, &items[i]));
		CHECK_EQ(memcmp(items[i].data, data + i * PAGE + 3, PAGE - 7), 0);
		CHECK_EQ(msg_item_int(&msg), i);
	}
	for (unsigned int i = 0; i < 3; i++) {
		pages_free(items[i].data, PAGE - 7);
	}
	test_group_end();
	pages_free(data, 3 * PAGE);
}

static void check_nothing(void)
{
	struct msg_item item;

	begin();
	msg_add_ool(&msg, MACH_MSG_TYPE_BYTE, 8, 0, (void *)0x12345, FALSE);
	msg_add_ool(&msg, MACH_MSG_TYPE_MAKE_SEND, 32, 0, (void *)0x12345, TRUE);
	msg_add_ool(&msg, MACH_MSG_TYPE_BYTE, 8, 0, (void *)0xfffffff0, TRUE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	test_group_begin("regions of no length arrive as null pointers");
	for (int i = 0; i < 3; i++) {
		CHECK(msg_item(&msg, &item));
		CHECK_EQ(item.number, 0);
		CHECK_EQ((uint32_t)item.data, 0);
	}
	test_group_end();
}

static mach_msg_return_t send_range(const void *data, unsigned int bytes, boolean_t deallocate)
{
	begin();
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, bytes, data, deallocate);
	return msg_send(&msg);
}

static void check_bad_ranges(void)
{
	uint8_t *data = pages_new(4);

	pages_free(data + 2 * PAGE, PAGE);
	CHECK_KR(send_range(data, 3 * PAGE, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(send_range(data + PAGE, PAGE + 1, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(send_range(data + 2 * PAGE, 1, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(send_range((void *)0xfffff000, 8192, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(send_range((void *)0xbffff000, 8192, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(send_range((void *)0xd0000000, 64, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(send_range(data, 0x1fffffff, FALSE), MACH_SEND_INVALID_MEMORY);
	NEED_KR(vm_protect(SELF, (vm_address_t)data + PAGE, PAGE, FALSE, VM_PROT_NONE));
	CHECK_KR(send_range(data, 2 * PAGE, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK_KR(send_range(data + PAGE, 20, FALSE), MACH_SEND_INVALID_MEMORY);
	CHECK(mapped(data));
	CHECK_EQ(data[1], 13);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	/* A good region before a bad one: kept or gone, but not half (GNU Mach: gone). */
	begin();
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 20, data, TRUE);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 20, data + 2 * PAGE, FALSE);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_MEMORY);
	if (mapped(data)) {
		pages_free(data, PAGE);
	}
	pages_free(data + PAGE, PAGE);
	pages_free(data + 3 * PAGE, PAGE);
}

/* Memory in a message that nobody receives is given back. */
static void check_dropped(void)
{
	uint8_t *data = pages_new(16);
	mach_port_t other = port_new_send();

	test_group_begin("memory in messages that die with their port");
	for (int i = 0; i < 5; i++) {
		msg_begin(&msg, other, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
		msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, 16 * PAGE - i, data, FALSE);
		CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	}
	CHECK_EQ(port_status(other).mps_msgcount, 5);
	test_group_end();
	port_destroy(other);
	CHECK_EQ(data[1], 13);
	pages_free(data, 16 * PAGE);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "ool");
	port = port_new_send();
	check_sizes();
	check_independence();
	check_move();
	check_several();
	check_nothing();
	check_bad_ranges();
	check_dropped();
	port_destroy(port);
	test_end();
}
