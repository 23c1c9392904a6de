/* The roster with what its core leaves out: the signature, and that ids belong to their keys. */
#pragma once

#include "roster_core.h"

/*
 * Opens a roster of at least version_min whose signature is the cluster's.  Nothing of it is used
 * unless this returns null; else it is the reason, as a sentence without a full stop.
 * crypto_start comes first.
 */
const char *roster_check(struct roster *roster, const void *bytes, size_t size,
			 uint64_t version_min, const uint8_t cluster_public[ROSTER_PUBLIC_BYTES]);
