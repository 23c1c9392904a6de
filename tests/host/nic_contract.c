/* The contract of drivers/net/nic.h, which the NE2000 and the fake nic keep alike.
   LINK: drivers/net/ne2000.c drivers/net/ne2000_core.c drivers/net/ne2000_ring_core.c
   drivers/net/ne2000_chip_core.c drivers/net/ne2000_start_core.c drivers/net/fake_nic.c */
#include "../../drivers/net/fake_nic.h"
#include "../../drivers/net/ne2000.h"
#include "ne2000_fake.h"
#include "tap.h"

#define BURST 4u

static struct fake_chip chip;
static struct ne2000_card card;
static struct fake_nic fake;
static uint8_t room[BURST][NIC_FRAME_BYTES_MAX];
static struct nic_frame frames[BURST];

/* The wire's side of a nic under test. */
struct subject {
	const char *name;
	struct nic *nic;
	bool (*deliver)(const void *frame, uint32_t bytes);
	uint32_t (*take)(void *frame); /* the next frame sent */
	bool (*interrupts)(void);
	void (*set_there)(bool there);
};

static bool card_deliver(const void *frame, uint32_t bytes)
{
	return fake_receive(&chip, frame, bytes);
}

static uint32_t card_take(void *frame)
{
	fake_finish_sending(&chip);
	if (chip.sent_count == 0) {
		return 0;
	}
	uint32_t bytes = chip.sent_bytes[0];
	memcpy(frame, chip.sent[0], bytes);
	chip.sent_count--;
	memmove(chip.sent, chip.sent + 1, sizeof chip.sent - sizeof chip.sent[0]);
	memmove(chip.sent_bytes, chip.sent_bytes + 1,
		sizeof chip.sent_bytes - sizeof chip.sent_bytes[0]);
	return bytes;
}

static bool card_interrupts(void)
{
	return chip.line;
}

static void card_set_there(bool there)
{
	chip.gone = !there;
}

static bool fake_deliver(const void *frame, uint32_t bytes)
{
	return fake_nic_deliver(&fake, frame, bytes);
}

static uint32_t fake_take(void *frame)
{
	return fake_nic_take(&fake, frame);
}

static bool fake_interrupts(void)
{
	return fake.interrupt;
}

static void fake_set_there(bool there)
{
	fake_nic_set_up(&fake, there);
}

static const struct subject subjects[] = {
	{"ne2000", &card.nic, card_deliver, card_take, card_interrupts, card_set_there},
	{"fake", &fake.nic, fake_deliver, fake_take, fake_interrupts, fake_set_there},
};

static uint8_t frame[NIC_FRAME_BYTES_MAX + 1];

static const uint8_t *frame_to(const uint8_t *address, uint8_t mark)
{
	memset(frame, mark, sizeof frame);
	memcpy(frame, address, 6);
	return frame;
}

static void test_receive(const struct subject *subject)
{
	struct nic *nic = subject->nic;
	const char *name = subject->name;
	CHECK(memcmp(nic->status->address, fake_address, 6) == 0 && nic->status->up &&
		      nic->status->deadline_ms == NIC_NEVER && !subject->interrupts(),
	      "%s: up and quiet", name);
	for (uint8_t i = 0; i < 6; i++) {
		(void)subject->deliver(frame_to(fake_address, i), 60u + 100u * i);
	}
	CHECK(subject->interrupts(), "%s: frames interrupt", name);
	CHECK(nic_poll(nic, 5, frames, BURST) == BURST && frames[3].bytes == 360 &&
		      frames[3].data[359] == 3,
	      "%s: a first poll", name);
	CHECK(!subject->interrupts() && nic->status->deadline_ms == 5, "%s: owes a second", name);
	CHECK(nic_poll(nic, 6, frames, BURST) == 2 && frames[1].data[20] == 5, "%s: the rest",
	      name);
	CHECK(nic->status->deadline_ms == NIC_NEVER && nic->status->counters.frames_received == 6 &&
		      nic->status->counters.bytes_received == 1860,
	      "%s: counted", name);
	(void)subject->deliver(frame_to(fake_address, 9), 20);
	CHECK(subject->interrupts() && nic_poll(nic, 7, frames, BURST) == 1 &&
		      frames[0].bytes == 60 && frames[0].data[19] == 9 && frames[0].data[20] == 0,
	      "%s: short frames come padded", name);
}

static void test_transmit(const struct subject *subject)
{
	struct nic *nic = subject->nic;
	const char *name = subject->name;
	uint8_t got[2048];
	CHECK(nic_transmit(nic, 8, frame_to(fake_address, 1), 13) == NIC_BAD_LENGTH &&
		      nic_transmit(nic, 8, frame, 1515) == NIC_BAD_LENGTH,
	      "%s: bad lengths", name);
	CHECK(nic_transmit(nic, 8, frame, 14) == NIC_OK &&
		      nic_transmit(nic, 8, frame, 1514) == NIC_OK,
	      "%s: two frames", name);
	CHECK(nic_transmit(nic, 8, frame, 100) == NIC_BUSY && nic->status->counters.send_busy == 1,
	      "%s: busy", name);
	CHECK(subject->take(got) == 60 && got[13] == 1 && got[14] == 0, "%s: the first", name);
	CHECK(subject->interrupts() && nic_poll(nic, 9, frames, BURST) == 0, "%s: there is room",
	      name);
	CHECK(nic_transmit(nic, 9, frame, 100) == NIC_OK, "%s: for the third", name);
	CHECK(subject->take(got) == 1514 && nic_poll(nic, 9, frames, BURST) == 0 &&
		      subject->take(got) == 100 && subject->take(got) == 0,
	      "%s: in order", name);
	(void)nic_poll(nic, 9, frames, BURST);
	CHECK(nic->status->counters.frames_sent == 3 && nic->status->counters.bytes_sent == 1674,
	      "%s: counted", name);
}

static void test_filter(const struct subject *subject)
{
	static const uint8_t group[6] = {1, 2, 3, 4, 5, 6};
	static const uint8_t other[6] = {2, 2, 3, 4, 5, 6};
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct nic *nic = subject->nic;
	const char *name = subject->name;
	struct nic_filter filter = {.multicast_count = 1};
	memcpy(filter.multicast[0], other, 6);
	CHECK(!nic_set_filter(nic, &filter), "%s: no multicast address", name);
	(void)subject->deliver(frame_to(all, 1), 64);
	(void)subject->deliver(frame_to(group, 2), 64);
	CHECK(nic_poll(nic, 10, frames, BURST) == 1, "%s: the filter is as before", name);
	memcpy(filter.multicast[0], group, 6);
	CHECK(nic_set_filter(nic, &filter), "%s: a group", name);
	(void)subject->deliver(frame_to(all, 1), 64);
	(void)subject->deliver(frame_to(group, 2), 64);
	(void)subject->deliver(frame_to(other, 3), 64);
	CHECK(nic_poll(nic, 10, frames, BURST) == 1 && frames[0].data[6] == 2, "%s: that alone",
	      name);
}

static void test_life(const struct subject *subject)
{
	struct nic *nic = subject->nic;
	const char *name = subject->name;
	subject->set_there(false);
	CHECK(nic_poll(nic, 20, frames, BURST) == 0 && !nic->status->up, "%s: the card is gone",
	      name);
	CHECK(nic_transmit(nic, 20, frame_to(fake_address, 1), 64) == NIC_DOWN, "%s: down", name);
	subject->set_there(true);
	(void)nic_poll(nic, 2000, frames, BURST);
	CHECK(nic->status->up, "%s: up again", name);
	(void)subject->deliver(frame_to(fake_address, 7), 64);
	CHECK(nic_poll(nic, 2001, frames, BURST) == 1 && frames[0].data[63] == 7, "%s: works",
	      name);
	nic_stop(nic);
	(void)subject->deliver(frame_to(fake_address, 1), 64);
	CHECK(!subject->interrupts() && nic_poll(nic, 2002, frames, BURST) == 0 &&
		      nic_transmit(nic, 2002, frame, 64) == NIC_DOWN && !nic->status->up &&
		      nic->status->deadline_ms == NIC_NEVER,
	      "%s: stopped for good", name);
}

int main(void)
{
	for (uint32_t i = 0; i < BURST; i++) {
		frames[i].data = room[i];
	}
	fake_init(&chip, false);
	CHECK(ne2000_open(&card, &fake_ports, &chip) == NE2000_FOUND, "the NE2000 opens");
	fake_nic_open(&fake, fake_address);
	for (uint32_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
		test_receive(&subjects[i]);
		test_transmit(&subjects[i]);
		test_filter(&subjects[i]);
		test_life(&subjects[i]);
	}
	uint32_t stored = 0;
	fake_nic_open(&fake, fake_address);
	while (fake_nic_deliver(&fake, frame_to(fake_address, 1), 64)) {
		stored++;
	}
	CHECK(stored == FAKE_NIC_FRAMES_MAX && fake.status.counters.missed == 1,
	      "fake: a full ring drops");
	for (int error = NE2000_FOUND; error <= NE2000_NO_MEMORY + 1; error++) {
		CHECK(ne2000_error_string((enum ne2000_error)error)[0] != 0, "error %d has words",
		      error);
	}
	return tap_done();
}
