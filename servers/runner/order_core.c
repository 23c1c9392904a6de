/* order_core.h */
#include "order_core.h"
#include "frame_core.h"

/* False: no room; nothing changed. */
static bool append(char *to, uint32_t *have, uint32_t room, const uint8_t *data, uint32_t bytes)
{
	if (bytes > room - *have) {
		return false;
	}
	for (uint32_t i = 0; i < bytes; i++) {
		to[*have + i] = (char)data[i];
	}
	*have += bytes;
	return true;
}

static const char *add_path(struct order_path *path, const uint8_t *data, uint32_t bytes)
{
	return append(path->text, &path->bytes, ORDER_PATH_MAX, data, bytes) ? 0
									     : "a path is too long";
}

static const char *add_strings(struct order_strings *strings, const uint8_t *data, uint32_t bytes)
{
	return append(strings->text, &strings->bytes, ORDER_STRINGS_MAX, data, bytes)
		       ? 0
		       : "arguments or environment are too long (64 KB each)";
}

const char *order_add(struct order *order, uint8_t kind, const uint8_t *data, uint32_t bytes)
{
	switch (kind) {
	case FRAME_PATH:
		return add_path(&order->path, data, bytes);
	case FRAME_DIRECTORY:
		return add_path(&order->directory, data, bytes);
	case FRAME_ARGUMENTS:
		return add_strings(&order->arguments, data, bytes);
	case FRAME_ENVIRONMENT:
		return add_strings(&order->environment, data, bytes);
	case FRAME_TERMINAL:
		order->wants_terminal = true;
		return order_size(order, data, bytes);
	default:
		return "a frame that no order has";
	}
}

const char *order_size(struct order *order, const uint8_t *data, uint32_t bytes)
{
	if (bytes != 4 || !order->wants_terminal) {
		return bytes != 4 ? "a size of another length" : "a size, but no terminal";
	}
	order->rows = (uint16_t)(data[0] | data[1] << 8);
	order->columns = (uint16_t)(data[2] | data[3] << 8);
	return 0;
}

static bool is_ended(const struct order_strings *strings)
{
	return strings->bytes == 0 || strings->text[strings->bytes - 1] == '\0';
}

const char *order_check(const struct order *order)
{
	if (order->path.bytes == 0 || order->directory.bytes == 0) {
		return "program or directory is missing";
	}
	return is_ended(&order->arguments) && is_ended(&order->environment)
		       ? 0
		       : "the last string has no end";
}

bool input_put(struct input_ring *ring, const uint8_t *data, uint32_t bytes)
{
	if (ring->ended || bytes > ORDER_INPUT_MAX - ring->count) {
		return false;
	}
	for (uint32_t i = 0; i < bytes; i++) {
		ring->bytes[(ring->first + ring->count + i) % ORDER_INPUT_MAX] = data[i];
	}
	ring->count += bytes;
	return true;
}

uint32_t input_peek(const struct input_ring *ring, uint8_t *data, uint32_t room)
{
	uint32_t bytes = room < ring->count ? room : ring->count;

	for (uint32_t i = 0; i < bytes; i++) {
		data[i] = ring->bytes[(ring->first + i) % ORDER_INPUT_MAX];
	}
	return bytes;
}

void input_drop(struct input_ring *ring, uint32_t bytes)
{
	ring->first = (ring->first + bytes) % ORDER_INPUT_MAX;
	ring->count -= bytes;
}
