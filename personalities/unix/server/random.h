/* Random bytes for programs (getrandom, AT_RANDOM, /dev/urandom), and what the processor has. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* KERN_FAILURE: the processor has no RDRAND. */
int random_start(void);
void random_bytes(void *bytes, size_t count);

/* CPUID.1's edx. */
uint32_t cpu_features(void);
