/* struct user_desc (Linux's asm/ldt.h), and the processor's form of it (Intel SDM vol. 3, 3.4.5).
 */
#pragma once

#include <stdint.h>

struct unix_segment {
	uint32_t entry, base, limit;
	uint32_t bits; /* seg_32bit 0, contents 1-2, read_exec_only 3, limit_in_pages 4,
			  seg_not_present 5, useable 6 */
};

/* Selector 33 (hexadecimal) is entry 6: Linux's GDT_ENTRY_TLS_MIN on i386. */
#define UNIX_SEGMENT_FIRST 6u

/* The words of masix_thread_set_tls, which refuses those that are no data segment. */
static inline void unix_segment_encode(const struct unix_segment *s, uint32_t words[2])
{
	uint32_t type = 0x10u | (s->bits & 0x6u) << 1 | ((s->bits & 0x8u) != 0 ? 0u : 2u) | 1u;

	words[0] = (s->base & 0xffff) << 16 | (s->limit & 0xffff);
	words[1] = (s->base & 0xff000000) | (s->base >> 16 & 0xff) | type << 8 | 0x6000u |
		   ((s->bits & 0x20) != 0 ? 0u : 0x8000u) | (s->limit & 0xf0000) |
		   (s->bits >> 6 & 1) << 20 | (s->bits & 1) << 22 | (s->bits >> 4 & 1) << 23;
}
