#include <serv/io_perm_core.h>

void io_bitmap_set(uint8_t *bitmap, struct io_range range, bool allow)
{
	for (uint32_t port = range.from; port <= range.to; port++) {
		uint8_t bit = (uint8_t)(1u << (port % 8u));
		if (allow) {
			bitmap[port / 8u] &= (uint8_t)~bit;
		} else {
			bitmap[port / 8u] |= bit;
		}
	}
}

bool io_bitmap_allows(const uint8_t *bitmap, struct io_range range)
{
	for (uint32_t port = range.from; port <= range.to; port++) {
		if ((bitmap[port / 8u] & (1u << (port % 8u))) != 0) {
			return false;
		}
	}
	return true;
}
