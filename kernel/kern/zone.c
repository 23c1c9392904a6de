/* Zones. A zone hands out elements of slabs; a slab is a naturally aligned block of pages that
   begins with its header, so that the header of an element is found by masking its address.

   A slab is on zone->partial exactly while it has a free element. Full slabs are on no list: the
   first free puts them back. Free elements form a list through their first word; the second word is
   a poison derived from the element's address, so that a write after free and a second free are
   seen.

   The last few elements freed stay out of their slabs, on zone->cached: what comes and goes all the
   time touches only the zone and the element. */
#include <kern/zone.h>

#include <kern/string.h>
#include <kern/upcall.h>

#define SLAB_MAGIC     0x736c6162u /* "slab" */
#define SLAB_PAGES_MAX 8u
#define ELEMENT_MIN    (2u * (uint32_t)sizeof(void *))
#define ELEMENT_MAX    4096u
#define ALIGNMENT_MAX  1024u
#define POISON         0x5afe0bad
#define CACHED_MAX     16u
#define CACHED_BYTES   4096u /* roughly: large elements are cached in smaller number */

struct slab {
	uint32_t magic;
	uint32_t used; /* elements in use */
	struct zone *zone;
	struct free_element *free;
	struct list link; /* on zone->partial while free != NULL */
};

struct free_element {
	struct free_element *next;
	uintptr_t poison;
};

static struct list all_zones = {&all_zones, &all_zones};

static inline uintptr_t element_poison(const struct free_element *element)
{
	return (uintptr_t)element ^ POISON;
}

static inline struct slab *slab_of(const struct zone *zone, const void *element)
{
	return (struct slab *)((uintptr_t)element & zone->slab_mask);
}

static uint32_t element_alignment(uint32_t bytes)
{
	bool power_of_two = (bytes & (bytes - 1)) == 0;
	return power_of_two && bytes <= ALIGNMENT_MAX ? bytes : 8;
}

/* Where the first element of a slab lies. */
static uint32_t slab_first_offset(const struct zone *zone)
{
	uint32_t alignment = element_alignment(zone->element_bytes);
	return ((uint32_t)sizeof(struct slab) + alignment - 1) & ~(alignment - 1);
}

void zone_init(struct zone *zone, const char *name, uint32_t element_bytes, uint32_t cap)
{
	assert(element_bytes > 0 && element_bytes <= ELEMENT_MAX);
	memset(zone, 0, sizeof *zone);
	zone->name = name;
	zone->element_bytes = (element_bytes + 7) & ~7u;
	if (zone->element_bytes < ELEMENT_MIN) {
		zone->element_bytes = ELEMENT_MIN;
	}
	zone->cap = cap;
	/* The smallest slab that wastes at most an eighth of itself, or else the largest. */
	for (zone->slab_pages = 1;; zone->slab_pages *= 2) {
		uint32_t room = zone->slab_pages * PAGE_BYTES - slab_first_offset(zone);
		zone->slab_elements = room / zone->element_bytes;
		uint32_t waste =
			zone->slab_pages * PAGE_BYTES - zone->slab_elements * zone->element_bytes;
		if (waste * 8 <= zone->slab_pages * PAGE_BYTES ||
		    zone->slab_pages == SLAB_PAGES_MAX) {
			break;
		}
	}
	assert(zone->slab_elements > 0);
	zone->slab_mask = ~((uintptr_t)zone->slab_pages * PAGE_BYTES - 1);
	uint32_t fitting = CACHED_BYTES / zone->element_bytes;
	zone->cached_max = fitting == 0 ? 1 : fitting < CACHED_MAX ? fitting : CACHED_MAX;
	list_init(&zone->partial);
	list_add_tail(&all_zones, &zone->all);
}

/* Adds an empty slab to zone->partial. NULL: no pages. */
static struct slab *__attribute__((noinline, cold)) zone_grow(struct zone *zone)
{
	struct slab *slab = upcall_pages_alloc(zone->slab_pages);
	if (slab == NULL) {
		return NULL;
	}
	assert(slab_of(zone, slab) == slab); /* naturally aligned, or masking would not find it */
	slab->magic = SLAB_MAGIC;
	slab->used = 0;
	slab->zone = zone;
	slab->free = NULL;
	char *first = (char *)slab + slab_first_offset(zone);
	for (uint32_t i = zone->slab_elements; i > 0; i--) {
		struct free_element *element = (void *)(first + (i - 1) * zone->element_bytes);
		element->next = slab->free;
		element->poison = element_poison(element);
		slab->free = element;
	}
	list_add_head(&zone->partial, &slab->link);
	zone->empty_slabs++;
	return slab;
}

static inline void element_take(struct zone *zone, struct free_element *element)
{
	assert(element->poison == element_poison(element)); /* else: written to after its free */
	element->poison = 0;
	if (unlikely(++zone->in_use > zone->high_water)) {
		zone->high_water = zone->in_use;
	}
}

/* With nothing cached: from a slab. NULL: at the cap, or no pages. */
static void *__attribute__((noinline)) zone_alloc_from_slab(struct zone *zone)
{
	if (zone->cap != 0 && zone->in_use >= zone->cap) {
		zone->refused++;
		return NULL;
	}
	struct slab *slab = list_first(&zone->partial, struct slab, link);
	if (list_empty(&zone->partial)) {
		slab = zone_grow(zone);
		if (slab == NULL) {
			zone->refused++;
			return NULL;
		}
	}
	assert(slab->magic == SLAB_MAGIC);
	struct free_element *element = slab->free;
	element_take(zone, element);
	slab->free = element->next;
	if (slab->used++ == 0) {
		zone->empty_slabs--;
	}
	if (slab->free == NULL) {
		list_remove(&slab->link);
	}
	return element;
}

void *zone_alloc(struct zone *zone)
{
	struct free_element *element = zone->cached;
	if (unlikely(element == NULL)) {
		return zone_alloc_from_slab(zone);
	}
	zone->cached = element->next;
	zone->cached_count--;
	element_take(zone, element);
	return element;
}

void *zone_alloc_zero(struct zone *zone)
{
	void *element = zone_alloc(zone);
	if (element != NULL) {
		memset(element, 0, zone->element_bytes);
	}
	return element;
}

/* The poison of an element that is being freed may be there by chance or by a user's choice of
   data: only the lists know. Bounded by the elements of one slab. */
static void __attribute__((noinline, cold))
element_check_not_free(const struct zone *zone, const struct slab *slab,
		       const struct free_element *element)
{
	for (const struct free_element *other = zone->cached; other != NULL; other = other->next) {
		if (other == element) {
			panic("zone %s: %p freed twice", zone->name, (const void *)element);
		}
	}
	for (const struct free_element *other = slab->free; other != NULL; other = other->next) {
		if (other == element) {
			panic("zone %s: %p freed twice", zone->name, (const void *)element);
		}
	}
}

/* The slab has just become empty: one empty slab is kept, so that a lone element that comes and
   goes does not move pages each time. */
static void zone_slab_emptied(struct zone *zone, struct slab *slab)
{
	if (zone->empty_slabs == 0) {
		zone->empty_slabs = 1;
		return;
	}
	list_remove(&slab->link);
	slab->magic = 0;
	slab->zone = NULL;
	upcall_pages_free(slab, zone->slab_pages);
}

static void __attribute__((noinline))
zone_free_to_slab(struct zone *zone, struct slab *slab, struct free_element *element)
{
	assert(slab->magic == SLAB_MAGIC && slab->used > 0);
	if (slab->free == NULL) {
		list_add_head(&zone->partial, &slab->link); /* it was full */
	}
	element->next = slab->free;
	slab->free = element;
	if (--slab->used == 0) {
		zone_slab_emptied(zone, slab);
	}
}

void zone_free(struct zone *zone, void *pointer)
{
	struct free_element *element = pointer;
	struct slab *slab = slab_of(zone, element);
	if (unlikely(slab->zone != zone)) {
		panic("zone %s: %p freed, which is not its element", zone->name, pointer);
	}
	uintptr_t poison = element_poison(element);
	if (unlikely(element->poison == poison)) {
		element_check_not_free(zone, slab, element);
	}
	element->poison = poison;
	zone->in_use--;
	if (unlikely(zone->cached_count >= zone->cached_max)) {
		zone_free_to_slab(zone, slab, element);
		return;
	}
	element->next = zone->cached;
	zone->cached = element;
	zone->cached_count++;
}

struct zone *zone_next(const struct zone *previous)
{
	const struct list *link = previous != NULL ? &previous->all : &all_zones;
	if (link->next == &all_zones) {
		return NULL;
	}
	return list_entry(link->next, struct zone, all);
}
