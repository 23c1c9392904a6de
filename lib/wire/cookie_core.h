/*
 * Cookies: proof that who asks can receive at its address, kept by nobody.  A cookie names when
 * and as the how-many-th it was made; the code binds it to address, node and incarnation.
 */
#pragma once

#include "suite_core.h"

struct wire_address {
	uint8_t bytes[WIRE_ADDRESS_BYTES_MAX]; /* opaque; what is not used is zero */
	uint8_t count;
};

bool wire_same_address(const struct wire_address *left, const struct wire_address *right);

/* Makes one; false: the suite failed. */
bool wire_make_cookie(const struct wire_suite *suite, const uint8_t secret[WIRE_KEY_BYTES],
		      uint64_t now_us, uint64_t serial, const struct wire_address *address,
		      const uint8_t node[WIRE_SHORT_ID_BYTES], uint64_t incarnation,
		      uint8_t cookie[WIRE_COOKIE_BYTES]);

/*
 * Whether it was made here for that node there within "age_us"; then *serial.  Once only: the
 * caller accepts a node's serials in ascending order.
 */
bool wire_check_cookie(const struct wire_suite *suite, const uint8_t secret[WIRE_KEY_BYTES],
		       uint64_t now_us, uint64_t age_us, const struct wire_address *address,
		       const uint8_t node[WIRE_SHORT_ID_BYTES], uint64_t incarnation,
		       const uint8_t cookie[WIRE_COOKIE_BYTES], uint64_t *serial);
