/*
 * Cryptography that costs next to nothing and keeps nothing secret, but whose seal fails on any
 * changed byte, and whose agreement is Diffie-Hellman, in a group that a child could break.
 */
#pragma once

#include "wire/suite_core.h"

extern const struct wire_suite cheap_suite;

/* "static_key" [WIRE_PRIVATE_BYTES] must stay. */
struct wire_arithmetic cheap_arithmetic(uint8_t *static_key);

/* The chance that key pairs are made of; whoever links this has it. */
uint64_t cheap_random(void);
