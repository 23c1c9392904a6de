/* The kernel's objects in use, zone by zone: only Masix tells (masix_zones). */
#pragma once

#include <mach/mach_types.h>

/* Remembers how many objects of each zone are in use. */
void test_zones_remember(mach_port_t host);

/* Are there as many now?  With "tell", prints each zone that differs. */
boolean_t test_zones_at_baseline(mach_port_t host, boolean_t tell);

/* From now on fewer objects than at the beginning are right, too. */
void test_zones_may_fall(void);
