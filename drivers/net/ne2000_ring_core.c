/* The receive ring: pages from ring_start to memory_end, of which the chip fills those from CURR
   and has filled those from next_page up to CURR. Before each frame stand four bytes: status, the
   page where the next frame begins, and the bytes of these four and the frame (data sheet, section
   7). What memory says is believed only as far as it agrees with CURR. */
#include "ne2000_ring_core.h"

/* Frames that are looked at and dropped in one call: a flood of them must not keep us here. */
#define SKIPPED_MAX 64u

#define RECORD_BYTES 4u
#define CHECK_BYTES  4u /* the frame's checksum, for which there is room in the ring */

enum frame_result { FRAME_TAKEN, FRAME_SKIPPED, FRAME_NONSENSE, FRAME_FAILED };

static bool in_ring(const struct ne2000 *chip, uint32_t page)
{
	return page >= chip->ring_start && page < chip->memory_end;
}

static uint32_t ring_pages(const struct ne2000 *chip)
{
	return chip->memory_end - chip->ring_start;
}

/* Pages from one page of the ring on to another. */
static uint32_t distance(const struct ne2000 *chip, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + ring_pages(chip) - from;
}

static uint8_t read_current(struct ne2000 *chip)
{
	chip_select_page(chip, CR_PAGE_1);
	uint8_t current = chip_read(chip, DP_CURR);
	chip_select_page(chip, 0);
	return current;
}

/* The boundary stays one page behind: equal to CURR it would mean a full ring to one chip and an
   empty one to another. */
static void advance_to(struct ne2000 *chip, uint8_t page)
{
	uint32_t before = page == chip->ring_start ? chip->memory_end - 1u : page - 1u;
	chip->next_page = page;
	chip_write(chip, DP_BNRY, before);
}

/* The chip does not wrap by itself at the end of the ring in every case. */
static bool read_wrapped(struct ne2000 *chip, uint32_t address, uint8_t *data, uint32_t bytes)
{
	uint32_t end = chip->memory_end * NE2000_PAGE_BYTES;
	uint32_t before_end = end - address < bytes ? end - address : bytes;
	if (!chip_memory_read(chip, address, data, before_end)) {
		return false;
	}
	return before_end == bytes || chip_memory_read(chip, chip->ring_start * NE2000_PAGE_BYTES,
						       data + before_end, bytes - before_end);
}

/* A frame takes whole pages, and with its checksum; one more page is a chip's own business. All of
   it lies before CURR. */
static bool makes_sense(const struct ne2000 *chip, uint32_t next, uint32_t bytes, uint32_t current)
{
	uint32_t pages = (bytes + CHECK_BYTES + NE2000_PAGE_BYTES - 1) / NE2000_PAGE_BYTES;
	uint32_t taken = in_ring(chip, next) ? distance(chip, chip->next_page, next) : 0;
	return bytes >= RECORD_BYTES && (taken == pages || taken == pages + 1) &&
	       taken <= distance(chip, chip->next_page, current);
}

/* Looks at the frame at next_page, which is not CURR; FRAME_TAKEN and FRAME_SKIPPED go past it. */
static enum frame_result take_frame(struct ne2000 *chip, uint32_t current, struct nic_frame *frame)
{
	struct nic_counters *counters = &chip->status.counters;
	uint32_t address = chip->next_page * NE2000_PAGE_BYTES;
	uint8_t record[RECORD_BYTES] = {0};
	if (!chip_memory_read(chip, address, record, sizeof record)) {
		return FRAME_FAILED;
	}
	uint32_t bytes = record[2] | (uint32_t)record[3] << 8;
	if (!makes_sense(chip, record[1], bytes, current)) {
		return FRAME_NONSENSE;
	}
	bytes -= RECORD_BYTES;
	enum frame_result result = FRAME_SKIPPED;
	if ((record[0] & RECEIVED_OK) == 0) {
		counters->wire_errors++;
	} else if (bytes < NIC_FRAME_BYTES_PADDED || bytes > NIC_FRAME_BYTES_MAX) {
		counters->bad_lengths++;
	} else if (!read_wrapped(chip, address + RECORD_BYTES, frame->data, bytes)) {
		return FRAME_FAILED;
	} else if (!nic_filter_accepts(&chip->filter, chip->status.address, frame->data)) {
		counters->filtered++;
	} else {
		frame->bytes = bytes;
		counters->frames_received++;
		counters->bytes_received += bytes;
		result = FRAME_TAKEN;
	}
	advance_to(chip, record[1]);
	return result;
}

enum ring_result ring_drain(struct ne2000 *chip, struct nic_frame *frames, uint32_t frames_max,
			    uint32_t *received)
{
	uint32_t skipped = 0;
	for (;;) {
		uint8_t current = read_current(chip);
		if (!in_ring(chip, current)) {
			return RING_FAILED;
		}
		if (current == chip->next_page) {
			return RING_EMPTY;
		}
		while (chip->next_page != current) {
			if (*received >= frames_max || skipped >= SKIPPED_MAX) {
				return RING_MORE;
			}
			switch (take_frame(chip, current, &frames[*received])) {
			case FRAME_TAKEN:
				(*received)++;
				break;
			case FRAME_SKIPPED:
				skipped++;
				break;
			case FRAME_NONSENSE:
				chip->status.counters.ring_resyncs++;
				advance_to(chip, current);
				skipped++;
				break;
			case FRAME_FAILED:
				return RING_FAILED;
			}
		}
	}
}
