/* The contract of nic.h over the rules of the chip. */
#include "ne2000.h"

#include <stddef.h>

static struct ne2000 *chip_of(struct nic *nic)
{
	return &((struct ne2000_card *)((char *)nic - offsetof(struct ne2000_card, nic)))->chip;
}

static uint32_t card_poll(struct nic *nic, uint64_t now_ms, struct nic_frame *frames,
			  uint32_t frames_max)
{
	return ne2000_poll(chip_of(nic), now_ms, frames, frames_max);
}

static enum nic_result card_transmit(struct nic *nic, uint64_t now_ms, const void *frame,
				     uint32_t bytes)
{
	return ne2000_transmit(chip_of(nic), now_ms, frame, bytes);
}

static bool card_set_filter(struct nic *nic, const struct nic_filter *filter)
{
	return ne2000_set_filter(chip_of(nic), filter);
}

static void card_stop(struct nic *nic)
{
	ne2000_stop(chip_of(nic));
}

static const struct nic_ops card_ops = {
	.poll = card_poll,
	.transmit = card_transmit,
	.set_filter = card_set_filter,
	.stop = card_stop,
};

enum ne2000_error ne2000_open(struct ne2000_card *card, const struct ne2000_ports *ports,
			      void *context)
{
	card->nic.ops = &card_ops;
	card->nic.status = &card->chip.status;
	return ne2000_start(&card->chip, ports, context);
}

const char *ne2000_error_string(enum ne2000_error error)
{
	switch (error) {
	case NE2000_FOUND:
		return "found";
	case NE2000_NO_ANSWER:
		return "nothing at these ports behaves like an NE2000";
	case NE2000_NO_PROM:
		return "the card has no NE2000's address PROM for 16-bit slots";
	case NE2000_NO_MEMORY:
		return "the card has too little packet memory at 4000h";
	}
	return "unknown error";
}
