/* What the VM code needs of the rest of the kernel, for host tests: an array as physical memory,
   page tables that check what they are told, zones that count and can be made to fail. */
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kern/clock.h>
#include <kern/counter.h>
#include <kern/machine.h>
#include <kern/sched.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/upcall.h>
#include <kern/zone.h>
#include <mach/memory_object.h>
#include <mach/vm_wire.h>
#include <vm/map.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pager.h>
#include <vm/pmap.h>

#define FAKE_RAM_PAGES    3072u /* what vm_page_bootstrap is given */
#define FAKE_DEVICE_PAGES 16u   /* beyond it */
#define FAKE_LOW          0x1000u
#define FAKE_PAGES        64u /* of each address space */
#define FAKE_HIGH         (FAKE_LOW + FAKE_PAGES * PAGE_BYTES)

char *vm_host_memory;
struct thread *current;

void panic(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	printf("not ok - panic: ");
	vprintf(format, arguments);
	printf("\n");
	abort();
}

void assert_failed(const char *expression, const char *file, int line)
{
	panic("assertion %s failed at %s:%d", expression, file, line);
}

void task_reference(struct task *task)
{
	task->refs++;
}

void task_release(struct task *task)
{
	assert(task->refs > 1); /* the test itself holds one */
	task->refs--;
}

/* --- zones */
static uint32_t zone_fail_one_in; /* 0: never */
static uint64_t zone_seed = 1;

void zone_init(struct zone *zone, const char *name, uint32_t element_bytes, uint32_t cap)
{
	memset(zone, 0, sizeof *zone);
	zone->name = name;
	zone->element_bytes = element_bytes;
	zone->cap = cap;
	static struct list all = {&all, &all};
	list_add_tail(&all, &zone->all);
}

static uint32_t zones_in_use(struct zone *any)
{
	uint32_t sum = any->in_use;
	(void)any;
	return sum;
}

static uint32_t zone_elements; /* in use in all zones together */

void *zone_alloc(struct zone *zone)
{
	zone_seed = zone_seed * 6364136223846793005u + 1442695040888963407u;
	if (zone_fail_one_in != 0 && (zone_seed >> 33) % zone_fail_one_in == 0) {
		zone->refused++;
		return NULL;
	}
	zone->in_use++;
	zone_elements++;
	void *element = malloc(zone->element_bytes);
	memset(element, 0xa5, zone->element_bytes);
	return element;
}

void *zone_alloc_zero(struct zone *zone)
{
	void *element = zone_alloc(zone);
	return element != NULL ? memset(element, 0, zone->element_bytes) : NULL;
}

void zone_free(struct zone *zone, void *element)
{
	assert(zones_in_use(zone) > 0);
	zone->in_use--;
	zone_elements--;
	free(element);
}

/* --- page tables: an array per address space. The page's pv.pmap says that it is mapped somewhere,
   pv.address how often. */
struct fake_entry {
	struct vm_page *page;
	uint32_t device; /* physical, when there is no page */
	vm_prot_t protection;
};
struct fake_table {
	struct fake_entry entries[FAKE_PAGES];
};
struct pmap kernel_pmap;
struct pmap *pmap_loaded;
static struct pmap *fake_pmaps[16];

void pmap_zones_init(void)
{
}

struct pmap *pmap_create(void)
{
	struct pmap *pmap = calloc(1, sizeof *pmap);
	pmap->directory = calloc(1, sizeof(struct fake_table));
	for (uint32_t i = 0; i < 16; i++) {
		if (fake_pmaps[i] == NULL) {
			fake_pmaps[i] = pmap;
			return pmap;
		}
	}
	abort();
}

static struct fake_entry *fake_entry(struct pmap *pmap, uint32_t address)
{
	assert(address >= FAKE_LOW && address < FAKE_HIGH);
	return &((struct fake_table *)(void *)pmap->directory)
			->entries[(address - FAKE_LOW) >> PAGE_SHIFT];
}

static void fake_clear(struct pmap *pmap, struct fake_entry *entry)
{
	if (entry->protection == VM_PROT_NONE) {
		return;
	}
	if (entry->page != NULL && --entry->page->pv.address == 0) {
		entry->page->pv.pmap = NULL;
		entry->page->writable = 0;
	}
	memset(entry, 0, sizeof *entry);
	pmap->resident--;
}

void pmap_remove(struct pmap *pmap, uint32_t start, uint32_t end)
{
	for (; start < end; start += PAGE_BYTES) {
		fake_clear(pmap, fake_entry(pmap, start));
	}
}

void pmap_destroy(struct pmap *pmap)
{
	pmap_remove(pmap, FAKE_LOW, FAKE_HIGH);
	assert(pmap->resident == 0);
	for (uint32_t i = 0; i < 16; i++) {
		if (fake_pmaps[i] == pmap) {
			fake_pmaps[i] = NULL;
		}
	}
	free(pmap->directory);
	free(pmap);
}

kern_return_t pmap_enter(struct pmap *pmap, uint32_t address, struct vm_page *page,
			 vm_prot_t protection)
{
	struct fake_entry *entry = fake_entry(pmap, address);
	assert((address & PAGE_MASK) == 0 && protection != VM_PROT_NONE);
	assert(page->refs == 1 || (protection & VM_PROT_WRITE) == 0);
	fake_clear(pmap, entry);
	entry->page = page;
	entry->protection = protection;
	page->pv.pmap = pmap;
	page->pv.address++;
	if (protection & VM_PROT_WRITE) {
		page->writable = 1;
	}
	pmap->resident++;
	return KERN_SUCCESS;
}

bool pmap_enter_hint(struct pmap *pmap, uint32_t address, struct vm_page *page,
		     vm_prot_t protection)
{
	return fake_entry(pmap, address)->protection == VM_PROT_NONE &&
	       pmap_enter(pmap, address, page, protection) == KERN_SUCCESS;
}

kern_return_t pmap_enter_device(struct pmap *pmap, uint32_t address, uint32_t physical,
				vm_prot_t protection)
{
	struct fake_entry *entry = fake_entry(pmap, address);
	fake_clear(pmap, entry);
	entry->device = physical;
	entry->protection = protection;
	pmap->resident++;
	return KERN_SUCCESS;
}

void pmap_protect(struct pmap *pmap, uint32_t start, uint32_t end, vm_prot_t protection)
{
	for (; start < end; start += PAGE_BYTES) {
		struct fake_entry *entry = fake_entry(pmap, start);
		if ((entry->protection & protection) == 0) {
			fake_clear(pmap, entry);
		} else {
			entry->protection &= protection;
		}
	}
}

void pmap_page_protect(struct vm_page *page, vm_prot_t protection)
{
	if ((protection & VM_PROT_WRITE) == 0) {
		page->writable = 0;
	}
	for (uint32_t i = 0; i < 16; i++) {
		for (uint32_t a = FAKE_LOW; fake_pmaps[i] != NULL && a < FAKE_HIGH;
		     a += PAGE_BYTES) {
			if (fake_entry(fake_pmaps[i], a)->page == page) {
				pmap_protect(fake_pmaps[i], a, a + PAGE_BYTES, protection);
			}
		}
	}
}

void pmap_collect(struct pmap *pmap)
{
	(void)pmap;
}

void pmap_zero_page(void *page)
{
	memset(page, 0, PAGE_BYTES);
}

void pmap_copy_page(void *to, const void *from)
{
	memcpy(to, from, PAGE_BYTES);
}

static void fake_boot(void)
{
	vm_host_memory = calloc(FAKE_RAM_PAGES + FAKE_DEVICE_PAGES, PAGE_BYTES);
	struct vm_boot_range usable[] = {{0, 160 * PAGE_BYTES},
					 {256 * PAGE_BYTES, FAKE_RAM_PAGES * PAGE_BYTES}};
	struct vm_boot_range taken[] = {{256 * PAGE_BYTES, 300 * PAGE_BYTES + 17},
					{310 * PAGE_BYTES, 311 * PAGE_BYTES}};
	vm_page_bootstrap(usable, 2, taken, 2);
	vm_page_release_range(310 * PAGE_BYTES, 311 * PAGE_BYTES);
	vm_init();
}
