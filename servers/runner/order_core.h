/*
 * What the host wants to have run, put together from its frames.  Pure; nothing of it is trusted:
 * the Unix server looks at the strings themselves.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ORDER_PATH_MAX    4096u /* longer than any path may be, so that the Unix server says so */
#define ORDER_STRINGS_MAX 0x10000u /* arguments; environment */
#define ORDER_INPUT_MAX   0x8000u  /* of standard input: what waits in this server */

struct order_path {
	uint32_t bytes;
	char text[ORDER_PATH_MAX];
};

struct order_strings {
	uint32_t bytes;
	char text[ORDER_STRINGS_MAX];
};

/* Begins as zeros. */
struct order {
	struct order_path path, directory;
	struct order_strings arguments, environment;
	bool wants_terminal;
	uint16_t rows, columns; /* of it; 0: not known */
};

/* A frame of the order.  Null, or what is wrong with it, as the end of a sentence. */
const char *order_add(struct order *order, uint8_t kind, const uint8_t *data, uint32_t bytes);

/* A frame of the terminal's size, of the order or after it.  The same. */
const char *order_size(struct order *order, const uint8_t *data, uint32_t bytes);

/* Null, or what is missing. */
const char *order_check(const struct order *order);

/* Standard input on its way: a ring.  Begins as zeros. */
struct input_ring {
	uint32_t first, count;
	bool ended;
	uint8_t bytes[ORDER_INPUT_MAX];
};

/* False: more than was granted, or after the end; nothing is kept. */
bool input_put(struct input_ring *ring, const uint8_t *data, uint32_t bytes);

/* Copies the oldest bytes, which stay until input_drop; returns how many. */
uint32_t input_peek(const struct input_ring *ring, uint8_t *data, uint32_t room);
void input_drop(struct input_ring *ring, uint32_t bytes);
