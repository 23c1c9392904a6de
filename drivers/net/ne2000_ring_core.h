/* The receive ring. For the files of this driver alone. */
#pragma once

#include "ne2000_chip_core.h"

enum ring_result {
	RING_EMPTY,  /* at the last look */
	RING_MORE,   /* there may be more frames in it */
	RING_FAILED, /* the chip cannot go on like this: set it up again */
};

/* Moves frames from the ring to frames[*received] and on, at most until *received is frames_max. Of
   a ring that makes no sense everything is dropped (counted). */
enum ring_result ring_drain(struct ne2000 *chip, struct nic_frame *frames, uint32_t frames_max,
			    uint32_t *received);
