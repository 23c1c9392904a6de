/* Finding out what card there is: is it a DP8390, its address, its memory, its data port. */
#include "ne2000_chip_core.h"

#define PROM_BYTES 32u

/* CURR keeps any page number of packet memory; nothing else at these ports would. */
static bool looks_like_dp8390(struct ne2000 *chip)
{
	bool kept = true;
	chip_write(chip, DP_CR, CR_NO_DMA | CR_STOP | CR_PAGE_1);
	for (uint32_t page = 0x4d; page <= 0x72; page += 0x25) {
		chip_write(chip, DP_CURR, page);
		kept &= chip_read(chip, DP_CURR) == page;
	}
	chip_write(chip, DP_CR, CR_NO_DMA | CR_STOP);
	return kept && (chip_read(chip, DP_CR) & ~CR_NO_DMA) == CR_STOP;
}

/* Each byte of the PROM fills a word of a card in a 16-bit slot, whose mark is 57h in the last two.
   (QEMU spoils those between address and mark at every reset but the first.) */
static bool read_address(struct ne2000 *chip)
{
	uint8_t prom[PROM_BYTES] = {0};
	uint8_t any = 0;
	if (!chip_memory_read(chip, 0, prom, sizeof prom) || prom[28] != 0x57 || prom[30] != 0x57) {
		return false;
	}
	for (uint32_t i = 0; i < NIC_ADDRESS_BYTES; i++) {
		chip->status.address[i] = prom[2 * i];
		any |= prom[2 * i];
	}
	return any != 0 && (prom[0] & 1) == 0;
}

static uint32_t page_mark(uint32_t page)
{
	return page | (page ^ 0xff) << 8 | (page ^ 0x5a) << 16 | 0xa5000000u;
}

/* Marks every page, the lowest last, so that memory seen twice does not count twice. Returns one
   past the last page that keeps its mark. */
static uint32_t measure_memory(struct ne2000 *chip)
{
	uint32_t page = NE2000_MEMORY_END;
	while (page-- > NE2000_MEMORY_START) {
		uint32_t mark = page_mark(page);
		if (!chip_memory_write(chip, page * NE2000_PAGE_BYTES, &mark, sizeof mark)) {
			return NE2000_MEMORY_START;
		}
	}
	for (page = NE2000_MEMORY_START; page < NE2000_MEMORY_END; page++) {
		uint32_t mark = 0;
		if (!chip_memory_read(chip, page * NE2000_PAGE_BYTES, &mark, sizeof mark) ||
		    mark != page_mark(page)) {
			break;
		}
	}
	return page;
}

/* Writes one way and reads the other. A card that does not know 32 bits there delivers every second
   word, or never ends. */
static bool is_wide(struct ne2000 *chip)
{
	static const uint8_t pattern[16] = "Masix and NE2000";
	uint32_t address = chip->memory_start * NE2000_PAGE_BYTES;
	for (uint32_t writes_wide = 0; writes_wide < 2; writes_wide++) {
		uint8_t blank[sizeof pattern] = {0};
		uint8_t got[sizeof pattern] = {0};
		chip->wide = false;
		bool done = chip_memory_write(chip, address, blank, sizeof blank);
		chip->wide = writes_wide != 0;
		done = done && chip_memory_write(chip, address, pattern, sizeof pattern);
		chip->wide = writes_wide == 0;
		done = done && chip_memory_read(chip, address, got, sizeof got);
		if (!done || __builtin_memcmp(got, pattern, sizeof pattern) != 0) {
			return false;
		}
	}
	return true;
}

static enum ne2000_error examine(struct ne2000 *chip)
{
	if (!chip_reset(chip) || !looks_like_dp8390(chip)) {
		return NE2000_NO_ANSWER;
	}
	chip_set_quiet(chip);
	if (!read_address(chip)) {
		return NE2000_NO_PROM;
	}
	uint32_t memory_end = measure_memory(chip);
	if (memory_end < NE2000_MEMORY_START + NE2000_PAGES_MIN) {
		return NE2000_NO_MEMORY;
	}
	chip->memory_start = NE2000_MEMORY_START;
	chip->ring_start = NE2000_MEMORY_START + 2 * NE2000_TRANSMIT_PAGES;
	chip->memory_end = (uint8_t)memory_end;
	chip->wide = is_wide(chip);
	/* What the trial of the data port may have left behind. */
	return chip_reset(chip) && chip_set_up(chip) ? NE2000_FOUND : NE2000_NO_ANSWER;
}

enum ne2000_error ne2000_start(struct ne2000 *chip, const struct ne2000_ports *ports, void *context)
{
	*chip = (struct ne2000){
		.ports = ports,
		.context = context,
		.status.deadline_ms = NIC_NEVER,
		.interrupts = ISR_RECEIVED | ISR_RECEIVE_ERROR | ISR_OVERWRITE | ISR_COUNTERS,
		.filter.broadcast = true,
	};
	enum ne2000_error error = examine(chip);
	chip->status.counters = (struct nic_counters){0};
	if (error != NE2000_FOUND) {
		if (error != NE2000_NO_ANSWER) {
			ne2000_stop(chip);
		}
		return error;
	}
	chip->state = NE2000_RUNNING;
	chip->status.up = true;
	chip_write(chip, DP_IMR, chip->interrupts);
	return NE2000_FOUND;
}
