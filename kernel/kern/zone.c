/* Zones. A zone hands out elements of slabs; a slab is a naturally aligned block of pages that begins
   with its header, so that the header of an element is found by masking its address.

   A slab is on zone->partial exactly while it has a free element. Full slabs are on no list: the first
   free puts them back. Free elements form a list through their first word; the second word is a poison
   derived from the element's address, so that a write after free and a second free are seen. */
#include <kern/zone.h>

#include <kern/string.h>
#include <kern/upcall.h>

#define SLAB_MAGIC      0x736c6162u /* "slab" */
#define SLAB_PAGES_MAX  8u
#define ELEMENT_MIN     (2u * (uint32_t)sizeof(void *))
#define ELEMENT_MAX     4096u
#define ALIGNMENT_MAX   1024u
#define POISON          0x5afe0bad

struct slab {
	uint32_t magic;
	uint32_t used;          /* elements in use */
	struct zone *zone;
	struct free_element *free;
	struct list link;       /* on zone->partial while free != NULL */
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
	return (struct slab *)((uintptr_t)element & ~((uintptr_t)zone->slab_pages * PAGE_BYTES - 1));
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
		uint32_t waste = zone->slab_pages * PAGE_BYTES - zone->slab_elements * zone->element_bytes;
		if (waste * 8 <= zone->slab_pages * PAGE_BYTES || zone->slab_pages == SLAB_PAGES_MAX) {
			break;
		}
	}
	assert(zone->slab_elements > 0);
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

void *zone_alloc(struct zone *zone)
{
	/* in_use >= cap, where a cap of 0 becomes the largest number and so never refuses. */
	if (unlikely(zone->in_use > zone->cap - 1u)) {
		zone->refused++;
		return NULL;
	}
	struct slab *slab = list_first(&zone->partial, struct slab, link);
	if (unlikely(list_empty(&zone->partial))) {
		slab = zone_grow(zone);
		if (slab == NULL) {
			zone->refused++;
			return NULL;
		}
	}
	struct free_element *element = slab->free;
	assert(element->poison == element_poison(element)); /* else: written to after its free */
	slab->free = element->next;
	element->poison = 0;
	if (slab->used++ == 0) {
		zone->empty_slabs--;
	}
	if (unlikely(slab->free == NULL)) {
		list_remove(&slab->link);
	}
	if (unlikely(++zone->in_use > zone->high_water)) {
		zone->high_water = zone->in_use;
	}
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
   data: only the list knows. Bounded by the elements of one slab. */
static void __attribute__((noinline, cold))
element_check_not_free(const struct slab *slab, const struct free_element *element)
{
	for (const struct free_element *other = slab->free; other != NULL; other = other->next) {
		if (other == element) {
			panic("zone %s: %p freed twice", slab->zone->name, (const void *)element);
		}
	}
}

/* The slab has just become empty: one empty slab is kept, so that a lone element that comes and goes
   does not move pages each time. */
static void __attribute__((noinline)) zone_slab_emptied(struct zone *zone, struct slab *slab)
{
	if (zone->empty_slabs == 0) {
		zone->empty_slabs = 1;
		return;
	}
	list_remove(&slab->link);
	slab->magic = 0;
	upcall_pages_free(slab, zone->slab_pages);
}

void zone_free(struct zone *zone, void *pointer)
{
	struct free_element *element = pointer;
	struct slab *slab = slab_of(zone, element);
	if (unlikely(slab->magic != SLAB_MAGIC || slab->zone != zone || slab->used == 0)) {
		panic("zone %s: %p freed, which is not its element", zone->name, pointer);
	}
	uintptr_t poison = element_poison(element);
	if (unlikely(element->poison == poison)) {
		element_check_not_free(slab, element);
	}
	element->poison = poison;
	element->next = slab->free;
	slab->free = element;
	if (unlikely(element->next == NULL)) {
		list_add_head(&zone->partial, &slab->link); /* it was full */
	}
	zone->in_use--;
	if (--slab->used == 0) {
		zone_slab_emptied(zone, slab);
	}
}

struct zone *zone_next(const struct zone *previous)
{
	const struct list *link = previous != NULL ? &previous->all : &all_zones;
	if (link->next == &all_zones) {
		return NULL;
	}
	return list_entry(link->next, struct zone, all);
}
