/* TEST: oracle=no network=two-ne2000 timeout=120 */
/* The driver of drivers/net on QEMU's two NE2000s, PCI and ISA, on one wire: every length, bursts,
   a full ring, filters, and interrupts as messages, both ways. */
#include "lib/nic.h"
#include <gen/mach_i386.h>

static struct test_nic pci;
static struct test_nic isa;
static uint8_t frame[NIC_FRAME_BYTES_MAX];

static const uint8_t *address_of(const struct test_nic *nic)
{
	return nic->card.nic.status->address;
}

static enum nic_result send(struct test_nic *from, const struct test_nic *to, uint32_t number,
			    uint32_t bytes)
{
	test_frame_make(frame, address_of(to), address_of(from), number, bytes);
	return nic_transmit(&from->card.nic, test_now_ms(), frame, bytes);
}

static boolean_t is_frame(const struct nic_frame *got, uint32_t number, uint32_t bytes)
{
	return got->bytes == bytes && test_frame_number(got->data, got->bytes) == (int)number;
}

static void check_found(const struct test_nic *nic, uint8_t node)
{
	const uint8_t address[] = {0x52, 0x54, 0x00, 0x77, 0x00, node};

	CHECK(memcmp(address_of(nic), address, sizeof address) == 0);
	CHECK_EQ(nic->card.chip.memory_end, 0xc0);
	CHECK_EQ(nic->card.chip.wide, TRUE);
	CHECK_EQ(nic->card.nic.status->up, TRUE);
}

static void check_not_found(void)
{
	static struct ne2000_card card;
	enum ne2000_error error = NE2000_FOUND;
	mach_port_t permission = MACH_PORT_NULL;

	NEED_KR(i386_io_perm_create(device_master, 0x240, 0x25f, &permission));
	CHECK_KR(ne2000_io_open(&card, permission, 0x240, &error), KERN_FAILURE);
	CHECK_EQ(error, NE2000_NO_ANSWER);
	CHECK_KR(ne2000_io_open(&card, permission, 0xfff0, &error), KERN_INVALID_ARGUMENT);
	NEED_KR(mach_port_deallocate(mach_task_self(), permission));
}

/* One frame at a time, each told by an interrupt of its own. */
static void check_lengths(struct test_nic *from, struct test_nic *to, const char *text)
{
	uint32_t before = to->interrupts;

	test_group_begin(text);
	for (uint32_t bytes = NIC_FRAME_BYTES_PADDED; bytes <= NIC_FRAME_BYTES_MAX; bytes++) {
		CHECK_EQ(send(from, to, bytes, bytes), NIC_OK);
		CHECK_EQ(test_nic_wait(to, 2000), 1);
		CHECK(is_frame(&to->frames[0], bytes, bytes));
	}
	CHECK_EQ(to->interrupts - before, NIC_FRAME_BYTES_MAX - NIC_FRAME_BYTES_PADDED + 1);
	CHECK_EQ(test_nic_wait(to, 0), -1);
	CHECK_EQ(test_nic_wait(from, 0), -1); /* for its own frames, or their ends */
	test_group_end();
}

/* Takes what is in the ring; after a poll that was filled there is no interrupt, but a poll owed.
 */
static uint32_t drain(struct test_nic *nic, uint32_t number, uint32_t bytes)
{
	uint32_t total = 0;
	int count = test_nic_wait(nic, 2000);

	while (count > 0) {
		for (int i = 0; i < count; i++) {
			CHECK(is_frame(&nic->frames[i], number + total++, bytes));
		}
		count = (uint32_t)count < TEST_NIC_BURST ? 0 : (int)test_nic_poll(nic);
	}
	return total;
}

static void check_bursts(struct test_nic *from, struct test_nic *to, const char *text)
{
	uint32_t number = 1000;

	test_group_begin(text);
	for (uint32_t count = 1; count <= 60; count++) {
		for (uint32_t i = 0; i < count; i++) {
			CHECK_EQ(send(from, to, number + i, 300), NIC_OK);
		}
		/* 300 bytes are two pages of 116, and room for a long frame is wanted. */
		uint32_t fit = count < 55 ? count : 55;
		CHECK_EQ(drain(to, number, 300), fit);
		number += count;
	}
	test_group_end();
}

static void check_full_ring(struct test_nic *from, struct test_nic *to, const char *text)
{
	test_group_begin(text);
	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < 40; i++) {
			CHECK_EQ(send(from, to, i, NIC_FRAME_BYTES_MAX), NIC_OK);
		}
		CHECK_EQ(drain(to, 0, NIC_FRAME_BYTES_MAX), 19);
		CHECK_EQ(send(from, to, 99, 64), NIC_OK);
		CHECK_EQ(drain(to, 99, 64), 1);
	}
	CHECK_EQ(to->card.nic.status->counters.ring_resyncs, 0);
	CHECK_EQ(to->card.nic.status->counters.restarts, 0);
	test_group_end();
}

/* Frames that come while the line is masked, before the poll or after it, are told. */
static void check_acknowledge(struct test_nic *from, struct test_nic *to, const char *text)
{
	test_group_begin(text);
	for (uint32_t i = 0; i < 200; i++) {
		CHECK_EQ(send(from, to, i, 64), NIC_OK);
		test_yield(); /* the line is masked, the message is there, or not yet */
		CHECK_EQ(send(from, to, i + 1, 64), NIC_OK);
		CHECK_EQ(test_nic_wait(to, 2000), 2);
		/* Now without a wait: the message lies in the port when the ring is empty again. */
		CHECK_EQ(send(from, to, i, 64), NIC_OK);
		CHECK_EQ(test_nic_poll(to), 1);
		CHECK_EQ(send(from, to, i + 2, 64), NIC_OK);
		CHECK_EQ(test_nic_wait(to, 2000), 1);
		CHECK(is_frame(&to->frames[0], i + 2, 64));
	}
	test_group_end();
}

static boolean_t hears(struct test_nic *from, struct test_nic *to, const uint8_t *address)
{
	test_frame_make(frame, address, address_of(from), 7, 100);
	CHECK_EQ(nic_transmit(&from->card.nic, test_now_ms(), frame, 100), NIC_OK);
	return test_nic_poll(to) == 1;
}

static void check_filter(struct test_nic *from, struct test_nic *to)
{
	static const uint8_t broadcast[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t group[] = {0x03, 0x00, 0x4d, 0x61, 0x73, 0x78};
	static const uint8_t stranger[] = {0x52, 0x54, 0x00, 0x77, 0x00, 0x99};
	struct nic_filter filter = {.broadcast = TRUE};

	CHECK(hears(from, to, broadcast));
	CHECK(!hears(from, to, group));
	CHECK(!hears(from, to, stranger));
	filter.multicast_count = 1;
	memcpy(filter.multicast[0], group, sizeof group);
	CHECK(nic_set_filter(&to->card.nic, &filter));
	CHECK(hears(from, to, group));
	filter = (struct nic_filter){.promiscuous = TRUE};
	CHECK(nic_set_filter(&to->card.nic, &filter));
	CHECK(hears(from, to, stranger));
	filter = (struct nic_filter){.broadcast = FALSE};
	CHECK(nic_set_filter(&to->card.nic, &filter));
	CHECK(!hears(from, to, broadcast));
	CHECK(hears(from, to, address_of(to)));
	/* Messages of interrupts that polls were ahead of. */
	while (test_nic_wait(to, 50) >= 0) {
	}
}

static void check_stop(struct test_nic *from, struct test_nic *to)
{
	nic_stop(&to->card.nic);
	CHECK_EQ(send(from, to, 1, 64), NIC_OK);
	CHECK_EQ(test_nic_wait(to, 50), -1);
	CHECK_EQ(send(to, from, 1, 64), NIC_DOWN);
}

int main(int argc, char **argv)
{
	uint32_t base = 0;
	uint32_t line = 0;

	test_begin(argc, argv, "nic_ne2000");
	check_not_found();
	CHECK(test_nic_find_pci(&base, &line));
	test_nic_open(&pci, base, line);
	check_found(&pci, 1);
	CHECK(test_nic_find_isa(&base, &line));
	test_nic_open(&isa, base, line);
	check_found(&isa, 2);
	check_lengths(&pci, &isa, "every length from PCI to ISA");
	check_lengths(&isa, &pci, "every length from ISA to PCI");
	check_bursts(&pci, &isa, "bursts from PCI to ISA");
	check_bursts(&isa, &pci, "bursts from ISA to PCI");
	check_full_ring(&pci, &isa, "more than the ring of ISA holds");
	check_full_ring(&isa, &pci, "more than the ring of PCI holds");
	check_acknowledge(&pci, &isa, "frames while the line of ISA is masked");
	check_acknowledge(&isa, &pci, "frames while the line of PCI is masked");
	check_filter(&pci, &isa);
	check_filter(&isa, &pci);
	check_stop(&pci, &isa);
	test_nic_close(&pci);
	test_nic_close(&isa);
	test_end();
}
