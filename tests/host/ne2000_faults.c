/* NE2000: cards that do not work: nonsense in the ring, every length and next page, a card that
   vanishes, stops, or does not finish what it was told; at random, and after it all they work
   again. LINK: drivers/net/ne2000_core.c drivers/net/ne2000_ring_core.c
   drivers/net/ne2000_chip_core.c drivers/net/ne2000_start_core.c */
#include "ne2000_fake.h"
#include "tap.h"

#include <stdlib.h>

#define BURST 4u
/* Port accesses of one call, whatever the card does: some ms on a real bus. */
#define ACCESSES_MAX 20000u

static struct fake_chip fake;
static struct ne2000 chip;
static uint8_t *room[BURST];
static struct nic_frame frames[BURST];
static uint64_t now_ms = 1000;

static void open_card(bool qemu)
{
	fake_init(&fake, qemu);
	for (uint32_t i = 0; i < BURST; i++) {
		/* Not a byte more than the contract asks for. */
		room[i] = room[i] != NULL ? room[i] : malloc(NIC_FRAME_BYTES_MAX);
		frames[i] = (struct nic_frame){.data = room[i]};
	}
	if (ne2000_start(&chip, &fake_ports, &fake) != NE2000_FOUND) {
		CHECK(0, "the card of the test starts");
	}
}

static void pass(uint64_t time_ms)
{
	now_ms += time_ms;
	fake.now_us = now_ms * 1000;
}

static uint32_t most_accesses;

static uint32_t poll(uint32_t frames_max)
{
	uint32_t before = fake.accesses;
	uint32_t count = ne2000_poll(&chip, now_ms, frames, frames_max);
	uint32_t accesses = fake.accesses - before;
	most_accesses = accesses > most_accesses ? accesses : most_accesses;
	return count;
}

static bool receive(uint8_t mark, uint32_t bytes)
{
	uint8_t frame[2048];
	memset(frame, mark, sizeof frame);
	memcpy(frame, fake_address, 6);
	return fake_receive(&fake, frame, bytes);
}

static enum nic_result transmit(uint8_t mark, uint32_t bytes)
{
	uint8_t frame[NIC_FRAME_BYTES_MAX];
	uint32_t before = fake.accesses;
	memset(frame, mark, sizeof frame);
	enum nic_result result = ne2000_transmit(&chip, now_ms, frame, bytes);
	uint32_t accesses = fake.accesses - before;
	most_accesses = accesses > most_accesses ? accesses : most_accesses;
	return result;
}

/* With the card whole again: within how many polls do frames go both ways? 0: never. */
static uint32_t recovers(void)
{
	for (uint32_t tries = 1; tries <= 50; tries++) {
		uint64_t deadline_ms = chip.status.deadline_ms;
		now_ms =
			deadline_ms != NIC_NEVER && deadline_ms > now_ms ? deadline_ms : now_ms + 1;
		fake.now_us = now_ms * 1000;
		while (poll(BURST) > 0) {
		}
		fake_finish_sending(&fake);
		fake.sent_count = 0;
		bool sent = transmit(0x5e, 64) == NIC_OK;
		fake_finish_sending(&fake);
		(void)poll(0);
		fake_finish_sending(&fake);
		sent = sent && fake.sent_count > 0 && fake.sent[fake.sent_count - 1][20] == 0x5e;
		bool received = receive(0xa7, 99) && poll(BURST) == 1 && frames[0].bytes == 99 &&
				frames[0].data[98] == 0xa7;
		if (sent && received && chip.status.up) {
			return tries;
		}
	}
	return 0;
}

/* --------------------------------------------------------------------------- nonsense in memory */

/* One frame of 300 bytes (two pages) whose record says another length. */
static void test_lengths(void)
{
	uint32_t delivered = 0;
	uint32_t dead = 0;
	open_card(true);
	for (uint32_t length = 0; length <= 0xffff; length++) {
		uint32_t at = fake.curr * 256u;
		(void)receive(1, 300);
		fake.mem[at + 2] = (uint8_t)length;
		fake.mem[at + 3] = (uint8_t)(length >> 8);
		uint32_t count = poll(BURST);
		delivered += count;
		if (count == 1 && (frames[0].bytes != length - 4 || length < 64 || length > 508)) {
			CHECK(0, "length %u gives a frame of %u", length, frames[0].bytes);
		}
		dead += !receive(2, 60) || poll(BURST) != 1 || frames[0].data[59] != 2;
	}
	/* Two pages hold 253 to 508 bytes with record and checksum; one page and one more for the
	   chip's own sake 64 to 252. */
	CHECK(delivered == 445, "lengths that fit their pages are believed (%u)", delivered);
	CHECK(dead == 0, "after each of the others comes the next frame");
	CHECK(chip.status.counters.ring_resyncs > 60000 && chip.status.counters.restarts == 0,
	      "the ring is emptied, the card runs on");
	CHECK(most_accesses < 2000, "at most %u accesses a poll", most_accesses);
}

static void test_next_pages(void)
{
	uint32_t dead = 0;
	uint32_t wrong = 0;
	open_card(false);
	for (uint32_t page = 0; page <= 0xff; page++) {
		for (uint32_t bytes = 60; bytes <= 1514; bytes += 727) {
			uint32_t at = fake.curr * 256u;
			(void)receive(1, bytes);
			bool right = page == fake.mem[at + 1];
			bool one_more = page == fake_ring_next(&fake, fake.mem[at + 1]);
			(void)receive(1, bytes);
			fake.mem[at + 1] = (uint8_t)page;
			uint32_t count = poll(BURST);
			wrong += count != (right ? 2 : one_more ? 1 : 0);
			dead += !receive(2, 60) || poll(BURST) != 1 || frames[0].data[59] != 2;
		}
	}
	CHECK(wrong == 0, "every next page but the right one empties the ring");
	CHECK(dead == 0 && chip.status.counters.restarts == 0 && fake.violations == 0,
	      "and the card runs on");
}

static void test_status(void)
{
	open_card(true);
	uint32_t at = fake.curr * 256u;
	CHECK(receive(1, 100) && receive(2, 100), "a frame with errors and one without");
	fake.mem[at] = 0x02;
	CHECK(poll(BURST) == 1 && frames[0].data[99] == 2 && chip.status.counters.wire_errors == 1,
	      "the first is dropped");
	at = fake.curr * 256u;
	CHECK(receive(1, 300), "a frame that agrees with itself");
	fake.mem[at + 1] = (uint8_t)fake_ring_next(&fake, fake.mem[at + 1]);
	fake.mem[at + 2] = 700 & 0xff;
	fake.mem[at + 3] = 700 >> 8;
	CHECK(poll(BURST) == 0 && chip.status.counters.ring_resyncs == 1, "but not with CURR");
	CHECK(receive(1, 1530) && receive(2, 100), "a frame that is too long");
	CHECK(poll(BURST) == 1 && frames[0].data[99] == 2 && chip.status.counters.bad_lengths == 1,
	      "is dropped");
	for (uint32_t i = 0; i < 60; i++) {
		(void)receive(1, 60);
		fake.mem[(fake.curr - 1) * 256u] = 0;
		(void)poll(0);
	}
	CHECK(poll(1) == 0 && chip.status.deadline_ms == NIC_NEVER, "so are many");
}

static void test_current_page(void)
{
	uint32_t dead = 0;
	open_card(false);
	for (uint32_t page = 0; page <= 0xff; page++) {
		fake.curr = (uint8_t)page;
		(void)poll(BURST);
		(void)poll(BURST);
		dead += recovers() == 0;
	}
	CHECK(dead == 0 && chip.status.counters.restarts == 0xff + 1 - (0x80 - 0x4c),
	      "a current page outside of the ring: set up again");
}

/* --------------------------------------------------------------------- cards that do not answer */

static void test_vanished(void)
{
	open_card(true);
	CHECK(receive(1, 100), "a frame waits");
	fake.gone = true;
	CHECK(poll(BURST) == 0 && !chip.status.up, "the card is gone");
	CHECK(chip.status.deadline_ms == now_ms + NE2000_RETRY_MS, "and looked for again");
	CHECK(transmit(1, 100) == NIC_DOWN, "frames are refused");
	pass(NE2000_RETRY_MS);
	CHECK(poll(BURST) == 0 && !chip.status.up && chip.status.counters.restarts == 0, "in vain");
	fake.gone = false;
	fake_init(&fake, true); /* it has lost everything */
	pass(NE2000_RETRY_MS - 1);
	CHECK(poll(BURST) == 0 && !chip.status.up, "not before its time");
	pass(1);
	CHECK(poll(BURST) == 0 && chip.status.up && recovers() == 1, "it is there again");
	CHECK(chip.status.counters.restarts == 1, "counted");
	fake.gone = true;
	CHECK(transmit(1, 100) == NIC_DOWN && !chip.status.up, "a sender finds out, too");
	fake.gone = false;
	CHECK(recovers() != 0, "and it comes back");
	open_card(false);
	(void)transmit(1, 100);
	while (receive(1, 1000)) {
	}
	(void)poll(BURST);
	fake.gone = true;
	pass(NE2000_OVERWRITE_MS);
	CHECK(poll(BURST) == 0 && !chip.status.up && chip.status.counters.send_lost == 1,
	      "gone while its ring was full, with a frame to send");
}

static void test_stuck_transfers(void)
{
	open_card(true);
	CHECK(receive(1, 100), "a frame waits");
	fake.dma_stuck = true;
	most_accesses = 0;
	CHECK(poll(BURST) == 0 && chip.status.counters.dma_timeouts == 1, "a read that never ends");
	CHECK(chip.status.counters.restarts == 1, "the card is set up again");
	CHECK(transmit(1, 100) == NIC_DOWN && chip.status.counters.dma_timeouts == 2,
	      "a write that never ends");
	CHECK(chip.status.counters.send_lost == 1, "its frame is lost");
	CHECK(most_accesses < ACCESSES_MAX, "at most %u accesses", most_accesses);
	fake.dma_stuck = false;
	CHECK(recovers() == 1, "and it works again");
}

static void test_stuck_sender(void)
{
	open_card(false);
	fake.send_stuck = true;
	CHECK(transmit(1, 100) == NIC_OK && transmit(2, 100) == NIC_OK, "two frames");
	pass(NE2000_TRANSMIT_MS - 1);
	CHECK(poll(BURST) == 0 && chip.status.counters.restarts == 0, "have their time");
	CHECK(chip.status.deadline_ms == now_ms + 1, "which is told");
	pass(1);
	CHECK(poll(BURST) == 0 && chip.status.counters.restarts == 1 &&
		      chip.status.counters.send_lost == 2,
	      "and no more");
	fake.send_stuck = false;
	CHECK(recovers() == 1, "then others go out");
	CHECK(transmit(3, 100) == NIC_OK, "one whose end was not looked for");
	fake_finish_sending(&fake);
	pass(10 * NE2000_TRANSMIT_MS);
	CHECK(poll(BURST) == 0 && chip.status.counters.restarts == 1, "is not late");
}

static void test_stopped(void)
{
	open_card(false);
	fake.cr = 0x21;
	CHECK(poll(BURST) == 0 && chip.status.counters.restarts == 1 && recovers() == 1,
	      "a card that stopped by itself");
	fake.no_reset = true;
	fake.cr = 0x21;
	CHECK(poll(BURST) == 0 && !chip.status.up, "and one that cannot even be reset");
	fake.no_reset = false;
	CHECK(recovers() != 0, "until it can");
}

/* --------------------------------------------------------------------------------------- random */

static void break_something(uint64_t *state)
{
	switch (tap_random(state) % 10) {
	case 0:
		fake.gone = !fake.gone;
		break;
	case 1:
		fake.dma_stuck = !fake.dma_stuck;
		break;
	case 2:
		fake.send_stuck = !fake.send_stuck;
		break;
	case 3:
		fake.no_reset = !fake.no_reset;
		break;
	case 4:
		fake.curr = (uint8_t)tap_random(state);
		break;
	case 5:
		fake.isr = (uint8_t)tap_random(state);
		break;
	case 6:
		fake.cr = (fake.cr & 0x3f) ^ (uint8_t)(tap_random(state) & 0x3f);
		break;
	default:
		for (uint32_t i = 0; i < 32; i++) {
			uint32_t page = 0x4c + tap_random(state) % (0x80 - 0x4c);
			fake.mem[page * 256 + tap_random(state) % 4] = (uint8_t)tap_random(state);
		}
	}
}

static void test_random(uint64_t seed)
{
	uint64_t state = seed;
	open_card(seed & 1);
	fake.quiet = true;
	uint32_t bad = 0;
	most_accesses = 0;
	for (uint32_t step = 0; step < 3000; step++) {
		pass(tap_random(&state) % 20);
		switch (tap_random(&state) % 8) {
		case 0:
			if (tap_random(&state) % 8 == 0) {
				break_something(&state);
			}
			break;
		case 1:
		case 2:
			(void)transmit((uint8_t)step, 14 + tap_random(&state) % 1501);
			break;
		case 3:
			fake_finish_sending(&fake);
			fake.sent_count = 0;
			break;
		case 4:
		case 5:
			/* A chip that was told nonsense may not have a ring to store into. */
			if (fake.curr >= fake.pstart && fake.curr < fake.pstop) {
				(void)receive((uint8_t)step, 60 + tap_random(&state) % 1455);
			}
			break;
		default: {
			uint32_t count = poll(tap_random(&state) % (BURST + 1));
			for (uint32_t i = 0; i < count; i++) {
				bad += frames[i].bytes < 60 ||
				       frames[i].bytes > NIC_FRAME_BYTES_MAX;
			}
		}
		}
	}
	fake.gone = fake.dma_stuck = fake.send_stuck = fake.no_reset = false;
	uint32_t tries = recovers();
	CHECK(bad == 0 && most_accesses < ACCESSES_MAX && tries != 0,
	      "seed %llu: works again after %u polls; %u restarts, %u resyncs, at most %u accesses",
	      (unsigned long long)seed, tries, chip.status.counters.restarts,
	      chip.status.counters.ring_resyncs, most_accesses);
}

int main(void)
{
	test_lengths();
	test_next_pages();
	test_status();
	test_current_page();
	test_vanished();
	test_stuck_transfers();
	test_stuck_sender();
	test_stopped();
	for (uint64_t seed = 1; seed <= 40; seed++) {
		test_random(seed);
	}
	for (uint32_t i = 0; i < BURST; i++) {
		free(room[i]);
	}
	return tap_done();
}
