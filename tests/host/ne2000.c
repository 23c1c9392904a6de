/* NE2000: cards that work, by the data sheet and with QEMU's ways: what is found out, every length,
   the ring's end, two transmit buffers, interrupts, a full ring, filters, traffic at random.
   LINK: drivers/net/ne2000_core.c drivers/net/ne2000_ring_core.c drivers/net/ne2000_chip_core.c
   drivers/net/ne2000_start_core.c */
#include "ne2000_fake.h"
#include "tap.h"

#define BURST 16u

static struct fake_chip fake;
static struct ne2000 chip;
static uint8_t room[BURST][NIC_FRAME_BYTES_MAX];
static struct nic_frame frames[BURST];
static uint64_t now_ms = 1000;

static void open_card(bool qemu)
{
	fake_init(&fake, qemu);
	fake.now_us = now_ms * 1000;
	for (uint32_t i = 0; i < BURST; i++) {
		frames[i] = (struct nic_frame){.data = room[i]};
	}
	if (ne2000_start(&chip, &fake_ports, &fake) != NE2000_FOUND) {
		CHECK(0, "the card of the test starts");
	}
}

static uint32_t poll(uint32_t frames_max)
{
	return ne2000_poll(&chip, now_ms, frames, frames_max);
}

static void pass(uint64_t time_ms)
{
	now_ms += time_ms;
	fake.now_us = now_ms * 1000;
}

/* A frame to the card whose bytes all depend on its number. */
static void make_frame(uint8_t *frame, uint32_t number, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		frame[i] = (uint8_t)(number * 31 + i * 7 + (i >> 8));
	}
	memcpy(frame, fake_address, 6);
}

static bool receive(uint32_t number, uint32_t bytes)
{
	uint8_t frame[NIC_FRAME_BYTES_MAX];
	make_frame(frame, number, bytes);
	return fake_receive(&fake, frame, bytes);
}

static bool is_frame(const struct nic_frame *got, uint32_t number, uint32_t bytes)
{
	uint8_t frame[NIC_FRAME_BYTES_MAX] = {0};
	make_frame(frame, number, bytes);
	return got->bytes == (bytes < 60 ? 60 : bytes) && memcmp(got->data, frame, got->bytes) == 0;
}

static enum nic_result transmit(uint32_t number, uint32_t bytes)
{
	uint8_t frame[NIC_FRAME_BYTES_MAX + 1];
	make_frame(frame, number, bytes);
	return ne2000_transmit(&chip, now_ms, frame, bytes);
}

static bool was_sent(uint32_t index, uint32_t number, uint32_t bytes)
{
	struct nic_frame got = {.data = fake.sent[index], .bytes = fake.sent_bytes[index]};
	return index < fake.sent_count && is_frame(&got, number, bytes);
}

/* ------------------------------------------------------------------------------------- starting */

static void test_start(void)
{
	open_card(true);
	CHECK(memcmp(chip.status.address, fake_address, 6) == 0, "the address is the PROM's");
	CHECK(chip.memory_end == 0xc0 && chip.ring_start == 0x4c, "QEMU's 32 KB are all used");
	CHECK(chip.wide, "its data port is used with 32 bits");
	CHECK(chip.status.up && chip.status.deadline_ms == NIC_NEVER, "nothing is due");
	CHECK(chip.status.counters.dma_timeouts == 0, "the trials of the start are not counted");
	CHECK(fake.imr == 0x35, "interrupts are open");
	open_card(false);
	CHECK(chip.memory_end == 0x80 && !chip.wide, "16 KB, 16 bits");
	CHECK(memcmp(fake.par, fake_address, 6) == 0, "the chip is told its address");
	fake_init(&fake, false);
	fake.mirrors = true;
	CHECK(ne2000_start(&chip, &fake_ports, &fake) == NE2000_FOUND && chip.memory_end == 0x80,
	      "memory that shows twice counts once");
	fake_init(&fake, false);
	fake.wide = true;
	fake.memory_end = 0xa000;
	CHECK(ne2000_start(&chip, &fake_ports, &fake) == NE2000_FOUND && chip.memory_end == 0xa0 &&
		      chip.wide,
	      "24 KB, 32 bits");
	CHECK(fake.violations == 0, "by the data sheet");
}

static enum ne2000_error start_error(void)
{
	enum ne2000_error error = ne2000_start(&chip, &fake_ports, &fake);
	CHECK(!chip.status.up && chip.state == NE2000_STOPPED && fake.accesses < 20000,
	      "... after %u accesses", fake.accesses);
	return error;
}

static void test_start_errors(void)
{
	fake_init(&fake, false);
	fake.gone = true;
	CHECK(start_error() == NE2000_NO_ANSWER, "no card: all ones");
	fake_init(&fake, false);
	fake.zeroes = true;
	CHECK(start_error() == NE2000_NO_ANSWER, "no card: all zeroes");
	fake_init(&fake, false);
	fake.no_reset = true;
	CHECK(start_error() == NE2000_NO_ANSWER, "a reset without an answer");
	fake_init(&fake, false);
	fake.mem[30] = 0x42;
	CHECK(start_error() == NE2000_NO_PROM && (fake.cr & 1) != 0, "an 8-bit slot's PROM");
	fake_init(&fake, false);
	memset(fake.mem, 0, 12);
	CHECK(start_error() == NE2000_NO_PROM, "an address of zeroes");
	fake_init(&fake, false);
	fake.mem[0] = 0x01;
	CHECK(start_error() == NE2000_NO_PROM, "a multicast address");
	fake_init(&fake, false);
	fake.memory_end = 0x5900;
	CHECK(start_error() == NE2000_NO_MEMORY && (fake.cr & 1) != 0, "too little memory");
	fake_init(&fake, false);
	fake.dma_stuck = true;
	CHECK(start_error() == NE2000_NO_PROM, "memory that does not answer");
}

/* -------------------------------------------------------------------------------------- lengths */

static void test_transmit_lengths(bool qemu)
{
	uint32_t good = 0;
	open_card(qemu);
	for (uint32_t bytes = NIC_HEADER_BYTES; bytes <= NIC_FRAME_BYTES_MAX; bytes++) {
		fake.sent_count = 0;
		good += transmit(bytes, bytes) == NIC_OK;
		fake_finish_sending(&fake);
		if (!was_sent(0, bytes, bytes)) {
			CHECK(0, "%u bytes are sent", bytes);
		}
	}
	(void)poll(BURST);
	CHECK(good == 1501 && chip.status.counters.frames_sent == 1501, "every length is sent");
	fake.sent_count = 0;
	CHECK(transmit(1, NIC_HEADER_BYTES - 1) == NIC_BAD_LENGTH &&
		      transmit(1, NIC_FRAME_BYTES_MAX + 1) == NIC_BAD_LENGTH &&
		      transmit(1, 0) == NIC_BAD_LENGTH && fake.sent_count == 0,
	      "others are refused");
	CHECK(fake.violations == 0, "by the data sheet");
}

/* 1455 frames go round the ring many times, each with its end elsewhere. */
static void test_receive_lengths(bool qemu, bool extra_page)
{
	uint32_t good = 0;
	open_card(qemu);
	fake.extra_page = extra_page;
	for (uint32_t bytes = NIC_HEADER_BYTES; bytes <= NIC_FRAME_BYTES_MAX; bytes++) {
		bool received = receive(bytes, bytes) && poll(BURST) == 1;
		good += received && is_frame(&frames[0], bytes, bytes);
	}
	CHECK(good == 1501, "every length is received (%u)", good);
	CHECK(chip.status.counters.ring_resyncs == 0 && fake.violations == 0, "without a doubt");
}

static void test_bursts(bool qemu)
{
	uint32_t number = 0;
	uint32_t expected = 0;
	uint32_t wrong = 0;
	open_card(qemu);
	while (number < 500) {
		while (receive(number, 60 + number * 37 % 1455) && number % 7 != 6) {
			number++;
		}
		number++;
		pass(10);
		uint32_t count = BURST;
		while (count == BURST || chip.status.deadline_ms <= now_ms) {
			count = poll(BURST);
			for (uint32_t i = 0; i < count; i++) {
				/* Those for which there was no room are missing, nothing else. */
				while (!is_frame(&frames[i], expected, 60 + expected * 37 % 1455) &&
				       expected < number) {
					expected++;
				}
				wrong += expected >= number;
				expected++;
			}
		}
	}
	CHECK(wrong == 0 && chip.status.counters.frames_received > 400, "bursts come in order");
	CHECK(fake.violations == 0, "by the data sheet");
}

/* ----------------------------------------------------------------------------- double buffering */

static void test_two_buffers(void)
{
	open_card(false);
	CHECK(transmit(1, 100) == NIC_OK, "a first frame");
	CHECK((fake.imr & FAKE_PTX) == 0, "for whose end nobody waits");
	CHECK(chip.status.deadline_ms == now_ms + NE2000_TRANSMIT_MS, "but there is a limit to it");
	CHECK(transmit(2, 200) == NIC_OK, "a second one while it is sent");
	CHECK((fake.imr & FAKE_PTX) != 0, "which waits for the first one's end");
	CHECK(transmit(3, 300) == NIC_BUSY && chip.status.counters.send_busy == 1, "no third one");
	fake_finish_sending(&fake);
	CHECK(fake.line && was_sent(0, 1, 100), "the end of the first is told");
	CHECK(poll(BURST) == 0 && fake.sending, "and the second goes out");
	CHECK(transmit(3, 300) == NIC_OK, "now the third finds room");
	fake_finish_sending(&fake);
	CHECK(transmit(4, 400) == NIC_OK, "without an interrupt in between too");
	fake_finish_sending(&fake);
	(void)poll(BURST);
	fake_finish_sending(&fake);
	CHECK(was_sent(1, 2, 200) && was_sent(2, 3, 300) && was_sent(3, 4, 400), "in their order");
	(void)poll(BURST);
	CHECK(!fake.line && (fake.imr & FAKE_PTX) == 0 && chip.status.deadline_ms == NIC_NEVER,
	      "and silence");
	fake.send_fails = true;
	CHECK(transmit(5, 64) == NIC_OK, "a frame with too many collisions");
	fake_finish_sending(&fake);
	(void)poll(BURST);
	CHECK(chip.status.counters.send_errors == 1 && chip.status.counters.frames_sent == 4,
	      "is counted");
	fake.send_fails = false;
	CHECK(transmit(6, 64) == NIC_OK, "and does not stop the next");
	fake_finish_sending(&fake);
	CHECK(was_sent(5, 6, 64), "one");
	CHECK(fake.violations == 0, "by the data sheet");
}

/* ----------------------------------------------------------------------------------- interrupts */

static void test_interrupts(bool qemu)
{
	open_card(qemu);
	uint32_t edges = fake.edges;
	CHECK(receive(1, 64) && receive(2, 64) && fake.line && fake.edges == edges + 1,
	      "frames make one edge");
	CHECK(poll(1) == 1 && !fake.line, "a poll that fills what it was given owes another");
	CHECK(chip.status.deadline_ms == now_ms, "and says so");
	CHECK(receive(3, 64) && !fake.line, "the card does not interrupt meanwhile");
	CHECK(poll(BURST) == 2 && !fake.line && chip.status.deadline_ms == NIC_NEVER, "the others");
	edges = fake.edges;
	CHECK(receive(4, 64) && fake.edges == edges + 1, "the next frame makes an edge");
	CHECK(poll(0) == 0, "a poll without room");
	CHECK(poll(1) == 1 && poll(1) == 0, "and with");
	edges = fake.edges;
	CHECK(receive(5, 64) && fake.edges == edges + 1, "and the next");
	CHECK(poll(BURST) == 1 && fake.imr == 0x35, "nothing else is open");
	ne2000_stop(&chip);
	CHECK(!receive(6, 64) && !fake.line && poll(BURST) == 0 && transmit(1, 64) == NIC_DOWN,
	      "a stopped card is silent");
}

/* A frame that comes between the last look at the ring and the opening of interrupts. */
static uint8_t late_in8(void *context, uint32_t offset)
{
	uint8_t value = fake_in8(context, offset);
	static uint32_t looks;
	if (offset == 7 && fake.cr >> 6 == 1 && ++looks == 1) {
		receive(9, 64);
	}
	return value;
}

static void test_late_frame(void)
{
	open_card(true);
	struct ne2000_ports late = fake_ports;
	late.in8 = late_in8;
	chip.ports = &late;
	uint32_t edges = fake.edges;
	CHECK(poll(BURST) == 0, "a frame comes just after the last look");
	CHECK(fake.line && fake.edges == edges + 1, "and makes an edge all the same");
	CHECK(poll(BURST) == 1 && is_frame(&frames[0], 9, 64), "it is there");
}

/* ------------------------------------------------------------------------------------ full ring */

static uint32_t fill_ring(void)
{
	uint32_t number = 0;
	while (receive(number, 1000)) {
		number++;
	}
	return number;
}

static void test_overwrite(bool sends, bool ends_by_itself)
{
	open_card(false);
	fake.now_us += ends_by_itself;
	CHECK(!sends || transmit(77, 500) == NIC_OK, "a frame is being sent");
	uint32_t stored = fill_ring();
	CHECK(stored == 12 && fake.overwritten, "%u frames fill 16 KB", stored);
	CHECK(!receive(99, 64), "nothing more comes in");
	CHECK(poll(BURST) == 0 && (fake.cr & FAKE_STP) != 0, "the chip is stopped");
	CHECK(chip.status.deadline_ms == now_ms + NE2000_OVERWRITE_MS, "and given time");
	CHECK(poll(BURST) == 0 && transmit(78, 64) == NIC_BUSY, "before which nothing is done");
	ne2000_set_filter(&chip, &(struct nic_filter){.broadcast = false});
	pass(NE2000_OVERWRITE_MS);
	uint32_t count = poll(5);
	CHECK(count == 5 && is_frame(&frames[0], 0, 1000) && is_frame(&frames[4], 4, 1000),
	      "what was in the ring is there");
	CHECK(!fake.overwritten && (fake.cr & FAKE_STP) == 0, "the chip runs");
	CHECK((fake.rcr & 4) == 0, "with the filter set meanwhile");
	count = poll(BURST);
	CHECK(count == stored - 5 && is_frame(&frames[count - 1], stored - 1, 1000), "all of it");
	fake_finish_sending(&fake);
	CHECK(fake.sent_count == sends, "the frame is sent once");
	CHECK(receive(100, 64) && fake.line && poll(BURST) == 1 && is_frame(&frames[0], 100, 64),
	      "and frames come again");
	CHECK(chip.status.counters.overwrites == 1 && chip.status.counters.restarts == 0 &&
		      fake.violations == 0,
	      "by the data sheet");
}

static void test_full_silently(void)
{
	open_card(true);
	uint32_t stored = fill_ring();
	CHECK(stored == 28, "%u frames fill QEMU's ring", stored);
	CHECK(poll(BURST) == 16 && poll(BURST) == stored - 16 && poll(BURST) == 0, "all come");
	CHECK(receive(100, 1514) && poll(BURST) == 1 && is_frame(&frames[0], 100, 1514),
	      "and more");
	CHECK(chip.status.counters.overwrites == 0, "nothing is said about those that were lost");
}

static void test_counters(void)
{
	open_card(false);
	fake.counters[0] = 3;
	fake.counters[1] = 4;
	fake.counters[2] = 200;
	fake.isr |= FAKE_CNT;
	(void)poll(BURST);
	CHECK(chip.status.counters.wire_errors == 7 && chip.status.counters.missed == 200,
	      "the chip's counters are added up");
	(void)poll(BURST);
	CHECK(chip.status.counters.missed == 200 && !fake.line, "once");
}

/* --------------------------------------------------------------------------------------- filter */

static bool hears(const uint8_t *address)
{
	uint8_t frame[64] = {0};
	memcpy(frame, address, 6);
	(void)fake_receive(&fake, frame, sizeof frame);
	return poll(BURST) == 1;
}

static void test_filter(bool qemu)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t other[6] = {0x52, 0x54, 0x00, 0x77, 0x00, 0x02};
	static const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
	uint8_t twin[6] = {0x03, 0, 0, 0, 0, 0};
	open_card(qemu);
	for (uint32_t i = 0; ne2000_multicast_bit(twin) != ne2000_multicast_bit(group); i++) {
		twin[5] = (uint8_t)i;
		twin[4] = (uint8_t)(i >> 8);
	}
	CHECK(hears(broadcast) && hears(fake_address) && !hears(other) && !hears(group),
	      "at first: broadcasts and its own");
	struct nic_filter filter = {.multicast_count = 1};
	memcpy(filter.multicast[0], group, 6);
	CHECK(ne2000_set_filter(&chip, &filter), "one group");
	CHECK(hears(group) && hears(fake_address) && !hears(broadcast), "that and no broadcasts");
	CHECK(!hears(twin) && chip.status.counters.filtered == 1, "not its twin by hash");
	filter.promiscuous = true;
	CHECK(ne2000_set_filter(&chip, &filter) && hears(other) && hears(twin) && hears(broadcast),
	      "everything");
	filter.multicast_count = NIC_MULTICAST_MAX + 1;
	CHECK(!ne2000_set_filter(&chip, &filter) && hears(other), "too many groups");
	filter = (struct nic_filter){.multicast_count = 1};
	memcpy(filter.multicast[0], other, 6);
	CHECK(!ne2000_set_filter(&chip, &filter) && hears(broadcast), "no group's address");
}

static void test_multicast_bits(void)
{
	/* The upper six bits of the CRC-32 of the address, most significant bit first (worked out
	   with zlib's crc32). */
	static const uint8_t first[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
	static const uint8_t second[6] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x01};
	static const uint8_t third[6] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e};
	CHECK(ne2000_multicast_bit(first) == 31, "01:00:5e:00:00:01");
	CHECK(ne2000_multicast_bit(second) == 62, "33:33:00:00:00:01");
	CHECK(ne2000_multicast_bit(third) == 33, "01:80:c2:00:00:0e");
}

/* --------------------------------------------------------------------------------------- random */

#define EXPECTED_MAX 256u

/* Everything at random but faults: what the ring took comes out, in order, and what was sent with
   NIC_OK goes out, in order. */
static void test_random(bool qemu, uint64_t seed)
{
	static uint32_t expected[EXPECTED_MAX][2], going[EXPECTED_MAX][2];
	uint32_t first = 0, last = 0, sent = 0, out = 0, wrong = 0, number = 0;
	uint64_t state = seed;
	open_card(qemu);
	fake.extra_page = !qemu && (seed & 1) != 0;
	for (uint32_t step = 0; step < 4000; step++) {
		uint32_t what = tap_random(&state) % 8;
		uint32_t bytes = 60 + tap_random(&state) % (NIC_FRAME_BYTES_MAX - 59);
		pass(tap_random(&state) % 3);
		if (what < 3 && receive(number, bytes)) {
			expected[last % EXPECTED_MAX][0] = number;
			expected[last++ % EXPECTED_MAX][1] = bytes;
		} else if (what < 5 && transmit(number, bytes) == NIC_OK) {
			going[sent % EXPECTED_MAX][0] = number;
			going[sent++ % EXPECTED_MAX][1] = bytes;
		} else if (what == 5) {
			fake_finish_sending(&fake);
		} else if (what > 5) {
			uint32_t count = poll(tap_random(&state) % (BURST + 1));
			for (uint32_t i = 0; i < count; i++, first++) {
				wrong += first == last ||
					 !is_frame(&frames[i], expected[first % EXPECTED_MAX][0],
						   expected[first % EXPECTED_MAX][1]);
			}
		}
		for (uint32_t i = 0; i < fake.sent_count; i++, out++) {
			wrong += out == sent || !was_sent(i, going[out % EXPECTED_MAX][0],
							  going[out % EXPECTED_MAX][1]);
		}
		fake.sent_count = 0;
		number++;
	}
	for (uint32_t i = 0; i < 100; i++) {
		pass(1);
		fake_finish_sending(&fake);
		first += poll(BURST);
	}
	out += fake.sent_count;
	CHECK(wrong == 0 && first == last && out == sent && fake.violations == 0 &&
		      chip.status.counters.restarts == 0,
	      "seed %llu: %u frames in, %u out, %u times full", (unsigned long long)seed, first,
	      out, chip.status.counters.overwrites);
}

int main(void)
{
	test_start();
	test_start_errors();
	for (uint32_t qemu = 0; qemu < 2; qemu++) {
		test_transmit_lengths(qemu);
		test_receive_lengths(qemu, false);
		test_bursts(qemu);
		test_interrupts(qemu);
		test_filter(qemu);
	}
	test_receive_lengths(false, true);
	test_two_buffers();
	test_late_frame();
	for (uint32_t kind = 0; kind < 4; kind++) {
		test_overwrite(kind & 1, kind & 2);
	}
	test_full_silently();
	test_counters();
	test_multicast_bits();
	for (uint64_t seed = 1; seed <= 20; seed++) {
		test_random(seed % 2, seed);
	}
	return tap_done();
}
