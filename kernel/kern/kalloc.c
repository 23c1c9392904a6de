/* Blocks of any size: zones of powers of two, and contiguous pages beyond one page. */
#include <kern/zone.h>

#include <kern/upcall.h>

#define KALLOC_MIN_SHIFT 5u  /* 32 bytes */
#define KALLOC_MAX_SHIFT 12u /* 4096 bytes: the largest from a zone */
#define KALLOC_ZONES     (KALLOC_MAX_SHIFT - KALLOC_MIN_SHIFT + 1u)
#define KALLOC_BYTES_MAX 65536u
#define KALLOC_ZONE_CAP  (16u << 20) /* bytes that one zone may hold */
#define KALLOC_PAGES_CAP 8192u

static struct zone kalloc_zones[KALLOC_ZONES];
/* Only a name, a cap and counters for the blocks made of pages; its elements are pages. */
static struct zone kalloc_pages;

static inline uint32_t size_shift(uint32_t bytes)
{
	return bytes <= (1u << KALLOC_MIN_SHIFT) ? KALLOC_MIN_SHIFT
						 : 32u - (uint32_t)__builtin_clz(bytes - 1);
}

static void *kalloc_large(uint32_t bytes)
{
	if (bytes > KALLOC_BYTES_MAX) {
		kalloc_pages.refused++;
		return NULL;
	}
	uint32_t pages = 1u << (size_shift(bytes) - PAGE_SHIFT);
	void *block = NULL;
	if (kalloc_pages.in_use + pages <= kalloc_pages.cap) {
		block = upcall_pages_alloc(pages);
	}
	if (block == NULL) {
		kalloc_pages.refused++;
		return NULL;
	}
	kalloc_pages.in_use += pages;
	if (kalloc_pages.in_use > kalloc_pages.high_water) {
		kalloc_pages.high_water = kalloc_pages.in_use;
	}
	return block;
}

void *kalloc(uint32_t bytes)
{
	if (unlikely(bytes > (1u << KALLOC_MAX_SHIFT))) {
		return kalloc_large(bytes);
	}
	return zone_alloc(&kalloc_zones[size_shift(bytes) - KALLOC_MIN_SHIFT]);
}

void kfree(void *block, uint32_t bytes)
{
	assert(block != NULL && bytes <= KALLOC_BYTES_MAX);
	if (likely(bytes <= (1u << KALLOC_MAX_SHIFT))) {
		zone_free(&kalloc_zones[size_shift(bytes) - KALLOC_MIN_SHIFT], block);
		return;
	}
	uint32_t pages = 1u << (size_shift(bytes) - PAGE_SHIFT);
	assert(kalloc_pages.in_use >= pages && ((uintptr_t)block & PAGE_MASK) == 0);
	kalloc_pages.in_use -= pages;
	upcall_pages_free(block, pages);
}

void zone_bootstrap(void)
{
	static const char *const names[KALLOC_ZONES] = {
		"kalloc.32",  "kalloc.64",   "kalloc.128",  "kalloc.256",
		"kalloc.512", "kalloc.1024", "kalloc.2048", "kalloc.4096",
	};
	for (uint32_t i = 0; i < KALLOC_ZONES; i++) {
		uint32_t element_bytes = 1u << (KALLOC_MIN_SHIFT + i);
		zone_init(&kalloc_zones[i], names[i], element_bytes,
			  KALLOC_ZONE_CAP / element_bytes);
	}
	zone_init(&kalloc_pages, "kalloc.pages", PAGE_BYTES, KALLOC_PAGES_CAP);
}
