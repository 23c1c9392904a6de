/*
 * The PC's two interrupt controllers (Intel 8259A): sixteen requests, of which 8 to 15 come by the
 * second chip and so by request 2 of the first.  Request 0 goes before 1, and so on.  Neither
 * rotating priorities nor the special modes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PIC_REQUESTS 16u

struct pic {
	uint8_t requests, served, mask; /* a bit each; served: until the end of interrupt */
	uint8_t vector;                 /* of its first request */
	uint8_t word;                   /* of the initialization, that comes next; 0: none */
	bool single, wants_fourth;      /* what its first word said */
	bool ends_by_itself;
	bool shows_served; /* what its first port reads */
};

struct pics {
	struct pic chips[2];
};

/* As a BIOS leaves them: vectors 08 and 70 (hexadecimal), the lines that a PC uses open. */
void pics_reset(struct pics *pics);

void pics_raise(struct pics *pics, uint32_t request);
void pics_lower(struct pics *pics, uint32_t request); /* it asks no more */

/* The request that is to be served now, -1: none, for it is masked or a higher one is served. */
int pics_next(const struct pics *pics);

/* It is served from now on; returns its vector. */
uint8_t pics_take(struct pics *pics, uint32_t request);

bool pics_is_masked(const struct pics *pics, uint32_t request);
bool pics_is_served(const struct pics *pics, uint32_t request);

/* The end of interrupt that a BIOS's handler gives. */
void pics_end(struct pics *pics, uint32_t request);

/* Ports 20 and 21, a0 and a1. */
uint8_t pics_in(const struct pics *pics, uint32_t port);
void pics_out(struct pics *pics, uint32_t port, uint8_t value);
