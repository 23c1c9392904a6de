/* The environment: a block of DOS's memory, whose segment children are given. */
#include "command.h"

#define ROOM_BYTES      1024 /* beside what there is already */
#define PSP_ENVIRONMENT 0x2c

static uint16_t segment;
static uint32_t bytes_max;
static char value[TEXT_LINE_BYTES];

/* Up to and with the empty string at the end. */
static uint32_t bytes_of(uint16_t from)
{
	uint32_t bytes = 0;

	while (far_get(from, (uint16_t)bytes) != 0 || far_get(from, (uint16_t)(bytes + 1)) != 0) {
		bytes++;
	}
	return bytes + 2;
}

void variables_start(uint32_t bytes_wanted)
{
	uint16_t psp = dos_segment();
	uint16_t parents =
		(uint16_t)(far_get(psp, PSP_ENVIRONMENT) | far_get(psp, PSP_ENVIRONMENT + 1) << 8);
	uint32_t bytes = parents != 0 ? bytes_of(parents) : 2;
	int block = 0;

	bytes_max = bytes + (bytes_wanted > ROOM_BYTES ? bytes_wanted : ROOM_BYTES);
	block = dos_simple(0x4800, (uint16_t)((bytes_max + 15) / 16), 0, NULL);
	if (block < 0) {
		segment = parents;
		bytes_max = bytes;
		return;
	}
	segment = (uint16_t)block;
	for (uint32_t i = 0; i < bytes; i++) {
		far_put(segment, (uint16_t)i, parents != 0 ? far_get(parents, (uint16_t)i) : 0);
	}
	/* As DOS does: the program's own environment is the one that it changes. */
	far_put(psp, PSP_ENVIRONMENT, (uint8_t)segment);
	far_put(psp, PSP_ENVIRONMENT + 1, (uint8_t)(segment >> 8));
	if (parents != 0) {
		struct dos_registers registers = {.ax = 0x4900, .es = parents};

		(void)dos_call(&registers);
	}
}

uint16_t variables_segment(void)
{
	return segment;
}

/* Where "NAME=" begins, and how many bytes the variable has with its 0. */
static bool find(const char *name, uint32_t *start, uint32_t *bytes)
{
	uint32_t at = 0;

	while (far_get(segment, (uint16_t)at) != 0) {
		const char *wanted = name;
		uint32_t end = at;

		while (*wanted != 0 &&
		       text_upper(*wanted) == (char)far_get(segment, (uint16_t)end)) {
			wanted++;
			end++;
		}
		*bytes = end;
		while (far_get(segment, (uint16_t)*bytes) != 0) {
			++*bytes;
		}
		++*bytes;
		if (*wanted == 0 && far_get(segment, (uint16_t)end) == '=') {
			*start = at;
			*bytes -= at;
			return true;
		}
		at = *bytes;
	}
	return false;
}

const char *variables_get(const char *name)
{
	uint32_t start = 0, bytes = 0, used = 0;

	if (!find(name, &start, &bytes)) {
		return NULL;
	}
	for (uint32_t i = text_length(name) + 1; i + 1 < bytes && used + 1 < sizeof value; i++) {
		value[used++] = (char)far_get(segment, (uint16_t)(start + i));
	}
	value[used] = 0;
	return value;
}

static void put(uint32_t *at, char character)
{
	far_put(segment, (uint16_t)(*at)++, (uint8_t)character);
}

bool variables_set(const char *name, const char *text)
{
	uint32_t start = 0, bytes = 0, all = bytes_of(segment), at = 0;

	if (find(name, &start, &bytes)) {
		for (uint32_t i = start; i + bytes < all; i++) {
			far_put(segment, (uint16_t)i, far_get(segment, (uint16_t)(i + bytes)));
		}
		all -= bytes;
		far_put(segment, (uint16_t)all, 0);
	}
	if (*text == 0) {
		if (all <= 2) {
			far_put(segment, 0, 0);
			far_put(segment, 1, 0);
		}
		return true;
	}
	/* The end is where the empty string is: an empty environment has two zeros. */
	at = far_get(segment, 0) == 0 ? 0 : bytes_of(segment) - 1;
	if (at + text_length(name) + text_length(text) + 3 > bytes_max) {
		return false;
	}
	while (*name != 0) {
		put(&at, text_upper(*name++));
	}
	put(&at, '=');
	while (*text != 0) {
		put(&at, *text++);
	}
	put(&at, 0);
	put(&at, 0);
	return true;
}

void variables_show(void)
{
	uint32_t at = 0;

	while (far_get(segment, (uint16_t)at) != 0) {
		char line[TEXT_LINE_BYTES];
		uint32_t used = 0;

		for (; far_get(segment, (uint16_t)at) != 0; at++) {
			if (used + 1 < sizeof line) {
				line[used++] = (char)far_get(segment, (uint16_t)at);
			}
		}
		line[used] = 0;
		at++;
		say("%s\r\n", line);
	}
}
