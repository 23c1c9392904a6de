/* A puppet asks the ACS for another server, as lib/trust does; the test is linked with lib/trust.
 */
#pragma once

#include "acs_boot.h"
#include <trust/proof.h>

/* What the ACS gives: the key of the two, a ticket with it for the other, its inter-server port. */
struct introduction {
	uint8_t key[CRYPTO_KEY_BYTES];
	acs_ticket_t ticket;
	mach_port_t port;
};

/* "trusted" and "secret": what "asker" got when it registered. */
void introduce(mach_port_t trusted, const acs_secret_t secret, const char *asker,
	       const char *server, struct introduction *introduction);
