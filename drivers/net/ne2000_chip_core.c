/* The chip's registers and the card's memory. */
#include "ne2000_chip_core.h"

/* An access to a port takes about 1 us on an ISA bus. */
#define DMA_READS_MAX   1000u
#define RESET_READS_MAX 2000u

static bool dma_wait(struct ne2000 *chip)
{
	for (uint32_t reads = 0; reads < DMA_READS_MAX; reads++) {
		if ((chip_read(chip, DP_ISR) & ISR_DMA_DONE) != 0) {
			chip_write(chip, DP_ISR, ISR_DMA_DONE);
			return true;
		}
	}
	chip->status.counters.dma_timeouts++;
	return false;
}

static uint32_t unit_bytes(const struct ne2000 *chip)
{
	return chip->wide ? 4 : 2;
}

/* The chip counts whole units. */
static void dma_begin(struct ne2000 *chip, uint32_t address, uint32_t bytes, uint32_t command)
{
	uint32_t unit = unit_bytes(chip);
	bytes = (bytes + unit - 1) / unit * unit;
	chip_write(chip, DP_CR, CR_NO_DMA | CR_START);
	chip_write(chip, DP_ISR, ISR_DMA_DONE);
	chip_write(chip, DP_RBCR0, bytes & 0xff);
	chip_write(chip, DP_RBCR1, bytes >> 8);
	chip_write(chip, DP_RSAR0, address & 0xff);
	chip_write(chip, DP_RSAR1, address >> 8);
	chip_write(chip, DP_CR, command | CR_START);
}

static void data_in(struct ne2000 *chip, void *data, uint32_t units)
{
	if (chip->wide) {
		chip->ports->in32(chip->context, NE_DATA, data, units);
	} else {
		chip->ports->in16(chip->context, NE_DATA, data, units);
	}
}

static void data_out(struct ne2000 *chip, const void *data, uint32_t units)
{
	if (chip->wide) {
		chip->ports->out32(chip->context, NE_DATA, data, units);
	} else {
		chip->ports->out16(chip->context, NE_DATA, data, units);
	}
}

bool chip_memory_read(struct ne2000 *chip, uint32_t address, void *data, uint32_t bytes)
{
	uint32_t unit = unit_bytes(chip);
	uint32_t rest = bytes % unit;
	uint8_t last[4];
	dma_begin(chip, address, bytes, CR_READ);
	data_in(chip, data, bytes / unit);
	if (rest != 0) {
		data_in(chip, last, 1);
		__builtin_memcpy((uint8_t *)data + bytes - rest, last, rest);
	}
	return dma_wait(chip);
}

bool chip_memory_write(struct ne2000 *chip, uint32_t address, const void *data, uint32_t bytes)
{
	uint32_t unit = unit_bytes(chip);
	uint32_t rest = bytes % unit;
	uint8_t last[4] = {0};
	dma_begin(chip, address, bytes, CR_WRITE);
	data_out(chip, data, bytes / unit);
	if (rest != 0) {
		__builtin_memcpy(last, (const uint8_t *)data + bytes - rest, rest);
		data_out(chip, last, 1);
	}
	return dma_wait(chip);
}

bool chip_reset(struct ne2000 *chip)
{
	chip_write(chip, NE_RESET, chip_read(chip, NE_RESET));
	for (uint32_t reads = 0; reads < RESET_READS_MAX; reads++) {
		if ((chip_read(chip, DP_ISR) & ISR_RESET) != 0) {
			return true;
		}
	}
	return false;
}

/* The data sheet's order of initialisation (section 8), up to the ring. */
static void set_up_stopped(struct ne2000 *chip)
{
	chip_write(chip, DP_CR, CR_NO_DMA | CR_STOP);
	chip_write(chip, DP_DCR, DCR_FIFO_8 | DCR_NO_LOOPBACK | DCR_WORDS);
	chip_write(chip, DP_RBCR0, 0);
	chip_write(chip, DP_RBCR1, 0);
	chip_write(chip, DP_RCR, RCR_MONITOR);
	chip_write(chip, DP_TCR, TCR_LOOPBACK);
	chip_write(chip, DP_IMR, 0);
	chip_write(chip, DP_ISR, 0xff);
}

/* A chip that does not know monitor mode (QEMU's) cannot store into a ring without pages. */
void chip_set_quiet(struct ne2000 *chip)
{
	set_up_stopped(chip);
	chip_write(chip, DP_PSTART, NE2000_MEMORY_START);
	chip_write(chip, DP_PSTOP, NE2000_MEMORY_START);
	chip_write(chip, DP_BNRY, NE2000_MEMORY_START);
	chip_write(chip, DP_CR, CR_NO_DMA | CR_START);
}

void chip_set_filter(struct ne2000 *chip)
{
	const struct nic_filter *filter = &chip->filter;
	uint64_t bits = filter->promiscuous ? ~0ull : 0;
	uint32_t accept = 0;
	for (uint32_t i = 0; i < filter->multicast_count; i++) {
		bits |= 1ull << ne2000_multicast_bit(filter->multicast[i]);
	}
	accept |= bits != 0 ? RCR_MULTICAST : 0;
	accept |= filter->broadcast || filter->promiscuous ? RCR_BROADCAST : 0;
	accept |= filter->promiscuous ? RCR_PROMISCUOUS : 0;
	chip_select_page(chip, CR_PAGE_1);
	for (uint32_t i = 0; i < 8; i++) {
		chip_write(chip, DP_MAR0 + i, (uint32_t)(bits >> (8 * i)) & 0xff);
	}
	chip_select_page(chip, 0);
	chip_write(chip, DP_RCR, accept);
}

bool chip_set_up(struct ne2000 *chip)
{
	set_up_stopped(chip);
	chip_write(chip, DP_PSTART, chip->ring_start);
	chip_write(chip, DP_PSTOP, chip->memory_end);
	chip_write(chip, DP_BNRY, chip->ring_start);
	chip->next_page = chip->ring_start + 1;
	chip_write(chip, DP_CR, CR_NO_DMA | CR_STOP | CR_PAGE_1);
	for (uint32_t i = 0; i < NIC_ADDRESS_BYTES; i++) {
		chip_write(chip, DP_PAR0 + i, chip->status.address[i]);
	}
	chip_write(chip, DP_CURR, chip->next_page);
	bool kept = chip_read(chip, DP_CURR) == chip->next_page;
	chip_write(chip, DP_CR, CR_NO_DMA | CR_STOP);
	chip_write(chip, DP_CR, CR_NO_DMA | CR_START);
	chip_write(chip, DP_TCR, TCR_NORMAL);
	chip_set_filter(chip);
	return kept;
}
