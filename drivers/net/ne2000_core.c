/* Life of a card that was found: transmitting, being set up again, the filter, and polls. Receiving
   is in ne2000_ring_core.c. */
#include "ne2000_ring_core.h"

static bool is_sending(const struct ne2000 *chip)
{
	return chip->transmit_bytes[chip->sending] != 0;
}

/* An interrupt for a finished transmission is worth its price only if a second one waits for it; a
   sender that was told NIC_BUSY waits for the same. */
static void interrupts_open(struct ne2000 *chip)
{
	bool waits = chip->transmit_bytes[!chip->sending] != 0;
	chip->interrupts_masked = false;
	chip_write(chip, DP_IMR, chip->interrupts | (waits ? ISR_SENT | ISR_SEND_ERROR : 0));
}

static void deadline_update(struct ne2000 *chip, uint64_t now_ms)
{
	uint64_t deadline_ms = NIC_NEVER;
	if (chip->state == NE2000_OVERWRITTEN || chip->state == NE2000_DOWN) {
		deadline_ms = chip->wait_until_ms;
	} else if (chip->state == NE2000_RUNNING) {
		deadline_ms = chip->interrupts_masked ? now_ms
			      : is_sending(chip)      ? chip->transmit_deadline_ms
						      : NIC_NEVER;
	}
	chip->status.deadline_ms = deadline_ms;
}

/* ---------------------------------------------------------------------------- the card's health */

static void go_down(struct ne2000 *chip, uint64_t now_ms)
{
	for (uint32_t i = 0; i < 2; i++) {
		chip->status.counters.send_lost += chip->transmit_bytes[i] != 0;
		chip->transmit_bytes[i] = 0;
	}
	chip->state = NE2000_DOWN;
	chip->status.up = false;
	chip->interrupts_masked = true;
	chip->wait_until_ms = now_ms + NE2000_RETRY_MS;
}

/* Whatever was in the ring or on its way out is lost. */
static void restart(struct ne2000 *chip, uint64_t now_ms)
{
	go_down(chip, now_ms);
	if (!chip_reset(chip) || !chip_set_up(chip)) {
		return;
	}
	chip->status.counters.restarts++;
	chip->state = NE2000_RUNNING;
	chip->status.up = true;
	interrupts_open(chip);
}

static bool is_gone(struct ne2000 *chip)
{
	return chip_read(chip, DP_CR) == 0xff;
}

/* False: the card is not as this driver left it, and is down or was set up again. */
static bool is_healthy(struct ne2000 *chip, uint64_t now_ms)
{
	uint8_t command = chip_read(chip, DP_CR);
	if (command == 0xff) {
		go_down(chip, now_ms);
		return false;
	}
	bool late = is_sending(chip) && now_ms >= chip->transmit_deadline_ms &&
		    (chip_read(chip, DP_ISR) & (ISR_SENT | ISR_SEND_ERROR)) == 0;
	if ((command & (CR_STOP | CR_START)) != CR_START || late) {
		restart(chip, now_ms);
		return false;
	}
	return true;
}

/* --------------------------------------------------------------------------------- transmitting */

static uint32_t transmit_page(const struct ne2000 *chip, uint32_t buffer)
{
	return chip->memory_start + buffer * NE2000_TRANSMIT_PAGES;
}

static void transmit_begin(struct ne2000 *chip, uint64_t now_ms)
{
	uint32_t bytes = chip->transmit_bytes[chip->sending];
	chip_write(chip, DP_TPSR, transmit_page(chip, chip->sending));
	chip_write(chip, DP_TBCR0, bytes & 0xff);
	chip_write(chip, DP_TBCR1, bytes >> 8);
	chip_write(chip, DP_CR, CR_NO_DMA | CR_START | CR_TRANSMIT);
	chip->transmit_deadline_ms = now_ms + NE2000_TRANSMIT_MS;
}

/* Looks whether the transmission under way has ended, and begins the one that waits. */
static void transmit_reap(struct ne2000 *chip, uint64_t now_ms)
{
	if (!is_sending(chip)) {
		return;
	}
	uint8_t ended = chip_read(chip, DP_ISR) & (ISR_SENT | ISR_SEND_ERROR);
	if (ended == 0) {
		return;
	}
	chip_write(chip, DP_ISR, ended);
	struct nic_counters *counters = &chip->status.counters;
	if ((ended & ISR_SEND_ERROR) != 0) {
		counters->send_errors++;
	} else {
		counters->frames_sent++;
		counters->bytes_sent += chip->transmit_bytes[chip->sending];
	}
	chip->transmit_bytes[chip->sending] = 0;
	chip->sending = !chip->sending;
	if (is_sending(chip)) {
		transmit_begin(chip, now_ms);
	}
}

static bool transmit_copy(struct ne2000 *chip, uint32_t buffer, const void *frame, uint32_t bytes)
{
	uint32_t address = transmit_page(chip, buffer) * NE2000_PAGE_BYTES;
	if (bytes >= NIC_FRAME_BYTES_PADDED) {
		chip->transmit_bytes[buffer] = (uint16_t)bytes;
		return chip_memory_write(chip, address, frame, bytes);
	}
	uint8_t padded[NIC_FRAME_BYTES_PADDED] = {0};
	__builtin_memcpy(padded, frame, bytes);
	chip->transmit_bytes[buffer] = NIC_FRAME_BYTES_PADDED;
	return chip_memory_write(chip, address, padded, sizeof padded);
}

/* A frame in one of two buffers, while the chip runs. */
static enum nic_result transmit(struct ne2000 *chip, uint64_t now_ms, const void *frame,
				uint32_t bytes)
{
	if (is_gone(chip)) {
		go_down(chip, now_ms);
		return NIC_DOWN;
	}
	transmit_reap(chip, now_ms);
	bool first = !is_sending(chip);
	uint32_t buffer = first ? chip->sending : !chip->sending;
	bool free = chip->transmit_bytes[buffer] == 0;
	if (free && !transmit_copy(chip, buffer, frame, bytes)) {
		restart(chip, now_ms);
		return NIC_DOWN;
	}
	if (free && first) {
		transmit_begin(chip, now_ms);
		return NIC_OK;
	}
	if (!chip->interrupts_masked) {
		interrupts_open(chip);
	}
	return free ? NIC_OK : NIC_BUSY;
}

enum nic_result ne2000_transmit(struct ne2000 *chip, uint64_t now_ms, const void *frame,
				uint32_t bytes)
{
	if (bytes < NIC_HEADER_BYTES || bytes > NIC_FRAME_BYTES_MAX) {
		return NIC_BAD_LENGTH;
	}
	enum nic_result result = NIC_DOWN;
	if (chip->state == NE2000_RUNNING) {
		result = transmit(chip, now_ms, frame, bytes);
	} else if (chip->state == NE2000_OVERWRITTEN) {
		result = NIC_BUSY;
	}
	chip->status.counters.send_busy += result == NIC_BUSY;
	deadline_update(chip, now_ms);
	return result;
}

/* ------------------------------------------------------------------------- a ring that was full */

/* The data sheet's steps 1 to 3 (section 7, Buffer Ring Overflow). The chip ends what it is at. */
static void overwrite_begin(struct ne2000 *chip, uint64_t now_ms)
{
	chip->status.counters.overwrites++;
	chip->resend = (chip_read(chip, DP_CR) & CR_TRANSMIT) != 0;
	chip_write(chip, DP_CR, CR_NO_DMA | CR_STOP);
	chip->state = NE2000_OVERWRITTEN;
	chip->wait_until_ms = now_ms + NE2000_OVERWRITE_MS;
}

/* Steps 4 to 11: frames are taken out while the chip runs in loopback, where none comes in. */
static uint32_t overwrite_end(struct ne2000 *chip, uint64_t now_ms, struct nic_frame *frames,
			      uint32_t frames_max)
{
	chip_write(chip, DP_RBCR0, 0);
	chip_write(chip, DP_RBCR1, 0);
	if ((chip_read(chip, DP_ISR) & (ISR_SENT | ISR_SEND_ERROR)) != 0) {
		chip->resend = false;
	}
	chip_write(chip, DP_TCR, TCR_LOOPBACK);
	chip_write(chip, DP_CR, CR_NO_DMA | CR_START);
	uint32_t received = 0;
	if (ring_drain(chip, frames, frames_max, &received) == RING_FAILED) {
		restart(chip, now_ms);
		return received;
	}
	chip_write(chip, DP_ISR, ISR_OVERWRITE);
	chip_write(chip, DP_TCR, TCR_NORMAL);
	chip_set_filter(chip);
	chip->state = NE2000_RUNNING;
	if (chip->resend && is_sending(chip)) {
		transmit_begin(chip, now_ms);
	}
	return received;
}

/* ----------------------------------------------------------------------------------------- poll */

static void read_counters(struct ne2000 *chip)
{
	struct nic_counters *counters = &chip->status.counters;
	counters->wire_errors += chip_read(chip, DP_CNTR0);
	counters->wire_errors += chip_read(chip, DP_CNTR1);
	counters->missed += chip_read(chip, DP_CNTR2);
}

/* Interrupts are masked at the card from the beginning of a poll until the ring is seen empty; so
   what comes meanwhile makes a new edge on an ISA line, however late. */
static uint32_t poll_running(struct ne2000 *chip, uint64_t now_ms, struct nic_frame *frames,
			     uint32_t frames_max)
{
	uint32_t received = 0;
	if (!is_healthy(chip, now_ms)) {
		return 0;
	}
	chip_write(chip, DP_IMR, 0);
	chip->interrupts_masked = true;
	uint8_t events = chip_read(chip, DP_ISR);
	chip_write(chip, DP_ISR, events & (ISR_RECEIVED | ISR_RECEIVE_ERROR | ISR_COUNTERS));
	if ((events & ISR_COUNTERS) != 0) {
		read_counters(chip);
	}
	if ((events & ISR_OVERWRITE) != 0) {
		overwrite_begin(chip, now_ms);
		return 0;
	}
	transmit_reap(chip, now_ms);
	switch (ring_drain(chip, frames, frames_max, &received)) {
	case RING_EMPTY:
		interrupts_open(chip);
		break;
	case RING_MORE:
		break;
	case RING_FAILED:
		restart(chip, now_ms);
		break;
	}
	return received;
}

uint32_t ne2000_poll(struct ne2000 *chip, uint64_t now_ms, struct nic_frame *frames,
		     uint32_t frames_max)
{
	uint32_t received = 0;
	if (chip->state == NE2000_DOWN && now_ms >= chip->wait_until_ms) {
		restart(chip, now_ms);
	}
	if (chip->state == NE2000_OVERWRITTEN && now_ms >= chip->wait_until_ms && frames_max > 0) {
		if (is_gone(chip)) {
			go_down(chip, now_ms);
		} else {
			received = overwrite_end(chip, now_ms, frames, frames_max);
		}
	}
	if (chip->state == NE2000_RUNNING) {
		received += poll_running(chip, now_ms, frames + received, frames_max - received);
	}
	deadline_update(chip, now_ms);
	return received;
}

/* --------------------------------------------------------------------------------- filter, stop */

uint32_t ne2000_multicast_bit(const uint8_t address[NIC_ADDRESS_BYTES])
{
	uint32_t crc = 0xffffffffu;
	for (uint32_t i = 0; i < NIC_ADDRESS_BYTES; i++) {
		for (uint32_t bit = 0; bit < 8; bit++) {
			uint32_t carry = (crc >> 31) ^ ((address[i] >> bit) & 1);
			crc = (crc << 1) ^ (carry != 0 ? 0x04c11db7u : 0);
		}
	}
	return crc >> 26;
}

bool ne2000_set_filter(struct ne2000 *chip, const struct nic_filter *filter)
{
	if (!nic_filter_is_valid(filter)) {
		return false;
	}
	chip->filter = *filter;
	if (chip->state == NE2000_RUNNING) {
		chip_set_filter(chip);
	}
	return true;
}

void ne2000_stop(struct ne2000 *chip)
{
	chip_write(chip, DP_CR, CR_NO_DMA | CR_STOP);
	chip_write(chip, DP_IMR, 0);
	chip->state = NE2000_STOPPED;
	chip->status.up = false;
	chip->status.deadline_ms = NIC_NEVER;
}
