/* An NE2000 as a nic (nic.h): ISA and PCI cards alike, which differ in how their ports and line are
   found out, and in nothing here. */
#pragma once

#include "ne2000_core.h"
#include "nic.h"

struct ne2000_card {
	struct nic nic;
	struct ne2000 chip;
};

/* Starts the card behind a table of port accesses; card->nic is then ready. Stays where it is until
   nic_stop. Errors: those of ne2000_start, with nothing to give back. */
enum ne2000_error ne2000_open(struct ne2000_card *card, const struct ne2000_ports *ports,
			      void *context);

/* An error as a sentence. */
const char *ne2000_error_string(enum ne2000_error error);
