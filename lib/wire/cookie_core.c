#include "cookie_core.h"

#include "frame_core.h"

bool wire_same_address(const struct wire_address *left, const struct wire_address *right)
{
	return left->count == right->count &&
	       __builtin_memcmp(left->bytes, right->bytes, sizeof left->bytes) == 0;
}

static bool make_code(const struct wire_suite *suite, const uint8_t secret[WIRE_KEY_BYTES],
		      uint64_t issued_us, uint64_t serial, const struct wire_address *address,
		      const uint8_t node[WIRE_SHORT_ID_BYTES], uint64_t incarnation,
		      uint8_t code[WIRE_DIGEST_BYTES])
{
	uint8_t bytes[8 + 8 + 1 + WIRE_ADDRESS_BYTES_MAX + WIRE_SHORT_ID_BYTES + 8];
	struct wire_writer writer = wire_writer(bytes, sizeof bytes);
	wire_write_u64(&writer, issued_us);
	wire_write_u64(&writer, serial);
	wire_write_u8(&writer, address->count);
	wire_write_copy(&writer, address->bytes, WIRE_ADDRESS_BYTES_MAX);
	wire_write_copy(&writer, node, WIRE_SHORT_ID_BYTES);
	wire_write_u64(&writer, incarnation);
	return !writer.failed && suite->mac(suite->context, secret, bytes, sizeof bytes, code);
}

bool wire_make_cookie(const struct wire_suite *suite, const uint8_t secret[WIRE_KEY_BYTES],
		      uint64_t now_us, uint64_t serial, const struct wire_address *address,
		      const uint8_t node[WIRE_SHORT_ID_BYTES], uint64_t incarnation,
		      uint8_t cookie[WIRE_COOKIE_BYTES])
{
	uint8_t code[WIRE_DIGEST_BYTES];
	if (!make_code(suite, secret, now_us, serial, address, node, incarnation, code)) {
		return false;
	}
	struct wire_writer writer = wire_writer(cookie, WIRE_COOKIE_BYTES);
	wire_write_u64(&writer, now_us);
	wire_write_u64(&writer, serial);
	wire_write_copy(&writer, code, WIRE_MAC_BYTES);
	return !writer.failed;
}

bool wire_check_cookie(const struct wire_suite *suite, const uint8_t secret[WIRE_KEY_BYTES],
		       uint64_t now_us, uint64_t age_us, const struct wire_address *address,
		       const uint8_t node[WIRE_SHORT_ID_BYTES], uint64_t incarnation,
		       const uint8_t cookie[WIRE_COOKIE_BYTES], uint64_t *serial)
{
	uint8_t code[WIRE_DIGEST_BYTES];
	struct wire_reader reader = wire_reader(cookie, WIRE_COOKIE_BYTES);
	uint64_t issued_us = wire_read_u64(&reader);
	*serial = wire_read_u64(&reader);
	if (issued_us > now_us || now_us - issued_us > age_us) {
		return false;
	}
	return make_code(suite, secret, issued_us, *serial, address, node, incarnation, code) &&
	       suite->match(code, reader.at, WIRE_MAC_BYTES);
}
