/* Who may use which I/O ports, lines and physical memory: no two owners the same.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GRANTS_MAX 256u

enum grant_result {
	GRANT_NEW,
	GRANT_KNOWN, /* that owner has exactly this already */
	GRANT_TAKEN, /* a part of it is another's */
	GRANT_FULL,
	GRANT_INVALID, /* nothing, or beyond the end */
};

struct grant {
	uint32_t kind; /* PROCESS_RESOURCE_* */
	uint32_t first;
	uint32_t count;
	uint32_t owner;
	bool shared; /* a line of PCI cards, which may have it together */
};

struct grants {
	uint32_t count;
	struct grant entries[GRANTS_MAX];
};

/* "last" is the largest number of that kind. */
enum grant_result grant_add(struct grants *grants, const struct grant *wanted, uint32_t last);
