/* TEST: oracle=no */
/* Counters and zones by name, and the trace ring: what it takes, where one reads on, how it wraps.
 */
#include "lib/msg.h"
#include <gen/mach_host.h>
#include <gen/masix_host.h>

#define SELF         mach_task_self()
#define RING_RECORDS 1024
#define MESSAGE_ID   0x7ace

/* As kern/trace.h has it: 24 bytes. */
struct record {
	uint64_t time_ns;
	uint16_t kind;
	uint16_t thread;
	uint32_t task;
	uint32_t a;
	uint32_t b;
};
_Static_assert(sizeof(struct record) == 24, "records travel");

enum { KIND_SEND = 2, KIND_RECEIVE = 3, KIND_KERNEL_RPC = 4, KIND_FAULT = 5, KIND_TASK = 9 };

static int64_t counter(const char *name)
{
	masix_counter_array_t counters = NULL;
	mach_msg_type_number_t count = 0;
	int64_t value = -1;

	NEED_KR(masix_counters(host_priv, &counters, &count));
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (strncmp(counters[i].name, name, MASIX_NAME_BYTES) == 0) {
			value = counters[i].value;
		}
	}
	NEED_KR(vm_deallocate(SELF, (vm_address_t)counters, count * sizeof counters[0]));
	return value;
}

static void read_nowhere(void *argument)
{
	(void)*(volatile int *)argument;
}

static void check_counters(void)
{
	masix_counter_array_t counters = NULL;
	mach_msg_type_number_t count = 0;
	struct test_fault fault;
	int64_t before = counter("exceptions");

	CHECK(before >= 0);
	CHECK(test_catch(&fault, read_nowhere, (void *)0x10));
	CHECK(counter("exceptions") == before + 1);
	CHECK_KR(masix_counters(mach_host_self(), &counters, &count), KERN_INVALID_HOST);
	NEED_KR(masix_counters(host_priv, &counters, &count));
	test_group_begin("counters have names, no two the same");
	CHECK(count > 0);
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		CHECK(counters[i].name[0] != 0 && counters[i].name[MASIX_NAME_BYTES - 1] == 0);
		CHECK(counters[i].value >= 0);
		for (mach_msg_type_number_t j = 0; j < i; j++) {
			CHECK(strcmp(counters[i].name, counters[j].name) != 0);
		}
	}
	test_group_end();
	NEED_KR(vm_deallocate(SELF, (vm_address_t)counters, count * sizeof counters[0]));
}

static void check_zones(void)
{
	masix_zone_array_t zones = NULL;
	mach_msg_type_number_t count = 0;

	CHECK_KR(masix_zones(mach_host_self(), &zones, &count), KERN_INVALID_HOST);
	NEED_KR(masix_zones(host_priv, &zones, &count));
	test_group_begin("zones have names, sizes and caps that hold");
	CHECK(count > 5);
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		CHECK(zones[i].name[0] != 0 && zones[i].name[MASIX_NAME_BYTES - 1] == 0);
		CHECK(zones[i].element_bytes > 0);
		CHECK(zones[i].in_use <= zones[i].high_water);
		if (!CHECK(zones[i].cap == 0 || zones[i].high_water <= zones[i].cap)) {
			test_note("%s: %u, cap %u", zones[i].name, zones[i].high_water,
				  zones[i].cap);
		}
	}
	test_group_end();
	NEED_KR(vm_deallocate(SELF, (vm_address_t)zones, count * sizeof zones[0]));
}

/* The last answer of the ring; give_back when it has been looked at. */
static struct record *records;
static mach_msg_type_number_t bytes;

static kern_return_t read_ring(int64_t since, int64_t *next)
{
	vm_offset_t memory = 0;
	kern_return_t result = masix_trace_read(host_priv, since, &memory, &bytes, next);

	records = (struct record *)memory;
	return result;
}

static void give_back(void)
{
	if (bytes > 0) {
		NEED_KR(vm_deallocate(SELF, (vm_address_t)records, bytes));
	}
}

static int count_records(uint16_t kind, uint32_t a)
{
	int number = 0;

	for (mach_msg_type_number_t i = 0; i < bytes / sizeof records[0]; i++) {
		number += records[i].kind == kind && records[i].a == a;
	}
	return number;
}

/* Where the ring ends now. */
static int64_t ring_end(void)
{
	int64_t next = 0;
	int64_t position = 0;

	for (;;) {
		NEED_KR(read_ring(position, &next));
		give_back();
		if (bytes == 0 || next - position < RING_RECORDS / 2) {
			return next;
		}
		position = next;
	}
}

static void check_messages(void)
{
	mach_port_t port = port_new_send();
	int64_t start = 0;
	int64_t next = 0;
	int64_t number = 0;
	masix_digest_t digest;
	natural_t used = 0;
	natural_t limit = 0;

	NEED_KR(masix_task_get_info(host_priv, SELF, &number, digest, &used, &limit));
	CHECK_KR(masix_trace_control(mach_host_self(), 0), KERN_INVALID_HOST);
	CHECK_KR(masix_trace_control(host_priv, 0x8), KERN_INVALID_VALUE);
	CHECK_KR(masix_trace_control(host_priv, 0x80000000), KERN_INVALID_VALUE);
	CHECK_KR(masix_trace_control(host_priv, MASIX_TRACE_MESSAGES), KERN_SUCCESS);
	start = ring_end();
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, MESSAGE_ID));
	CHECK_EQ(msg_receive_id(port, 0), MESSAGE_ID);
	CHECK_KR(masix_trace_control(host_priv, 0), KERN_SUCCESS);
	CHECK_KR(read_ring(start, &next), KERN_SUCCESS);
	CHECK(next - start == bytes / sizeof records[0]);
	CHECK_EQ(count_records(KIND_SEND, MESSAGE_ID), 1);
	CHECK_EQ(count_records(KIND_RECEIVE, MESSAGE_ID), 1);
	test_group_begin("records are ordered by time and name their task");
	for (mach_msg_type_number_t i = 0; i < bytes / sizeof records[0]; i++) {
		CHECK(i == 0 || records[i].time_ns >= records[i - 1].time_ns);
		CHECK_EQ(records[i].task, (uint32_t)number);
	}
	test_group_end();
	give_back();
	/* Switched off, it takes nothing; nothing new is no bytes. */
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, MESSAGE_ID));
	CHECK_EQ(msg_receive_id(port, 0), MESSAGE_ID);
	start = next;
	CHECK_KR(read_ring(start, &next), KERN_SUCCESS);
	CHECK_EQ(bytes, 0);
	CHECK(next == start);
	CHECK_KR(read_ring(start + 1, &next), KERN_INVALID_VALUE);
	CHECK_KR(read_ring(-1, &next), KERN_INVALID_VALUE);
	CHECK_KR(masix_trace_read(mach_host_self(), 0, (vm_offset_t *)&records, &bytes, &next),
		 KERN_INVALID_HOST);
	port_destroy(port);
}

/* A call of the kernel is there as well, once it is answered. */
static void check_kernel_calls(void)
{
	int64_t start = 0;
	int64_t next = 0;
	time_value_t time;

	NEED_KR(masix_trace_control(host_priv, MASIX_TRACE_MESSAGES));
	start = ring_end();
	NEED_KR(host_get_time(mach_host_self(), &time));
	NEED_KR(masix_trace_control(host_priv, 0));
	NEED_KR(read_ring(start, &next));
	CHECK_EQ(count_records(KIND_KERNEL_RPC, 2634), 1); /* host_get_time */
	give_back();
}

static void check_wrap(void)
{
	mach_port_t port = port_new_send();
	int64_t start = 0;
	int64_t next = 0;
	int64_t end = 0;

	NEED_KR(masix_trace_control(host_priv, MASIX_TRACE_MESSAGES));
	start = ring_end();
	for (int i = 0; i < RING_RECORDS; i++) {
		NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, MESSAGE_ID + i));
		(void)msg_receive_id(port, 0);
	}
	NEED_KR(masix_trace_control(host_priv, 0));
	end = ring_end();
	CHECK(end - start >= 2 * RING_RECORDS);
	/* The oldest are gone: the answer begins with the oldest that is there. */
	CHECK_KR(read_ring(start, &next), KERN_SUCCESS);
	CHECK(next == end);
	CHECK_EQ(bytes, RING_RECORDS * sizeof records[0]);
	CHECK_EQ(count_records(KIND_SEND, MESSAGE_ID), 0);
	CHECK_EQ(count_records(KIND_SEND, MESSAGE_ID + RING_RECORDS - 1), 1);
	give_back();
	CHECK_KR(read_ring(end - 10, &next), KERN_SUCCESS);
	CHECK_EQ(bytes, 10 * sizeof records[0]);
	give_back();
	port_destroy(port);
}

static void check_faults(void)
{
	struct test_fault fault;
	int64_t start = 0;
	int64_t next = 0;

	NEED_KR(masix_trace_control(host_priv, MASIX_TRACE_FAULTS));
	start = ring_end();
	CHECK(test_catch(&fault, read_nowhere, (void *)0x10));
	NEED_KR(read_ring(start, &next));
	CHECK(count_records(KIND_FAULT, 0x10) >= 1);
	CHECK_EQ(count_records(KIND_SEND, MESSAGE_ID), 0);
	give_back();
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "masix_trace");
	check_counters();
	check_zones();
	check_messages();
	check_kernel_calls();
	check_wrap();
	check_faults();
	test_end();
}
