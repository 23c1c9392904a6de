/* ONLY: i686 */
/* LINK: kernel/vm/page.c */
/* The page tables against arrays, with a processor that keeps every translation it ever used until
   it is told to forget it: a missing invalidation shows as a stale one. Memory lies at KERNEL_BASE,
   as in the kernel. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <kern/zone.h>
#include <vm/page.h>
#include <kern/quota.h>
#include <vm/pmap.h>

#include "../../kernel/i386/pmap.c"

#define RAM_PAGES 2048u
#define PMAPS     3u
#define PLACES    96u /* addresses that the test uses, over several tables */
#define PAGES     48u
#define STEPS     200000u

char *vm_host_memory;
uint32_t boot_page_directory[1024] __attribute__((aligned(4096)));

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

static uint32_t zone_elements;
static bool zone_fails;

void zone_init(struct zone *zone, const char *name, uint32_t element_bytes, uint32_t cap)
{
	memset(zone, 0, sizeof *zone);
	zone->name = name;
	zone->element_bytes = element_bytes;
	zone->cap = cap;
}

void *zone_alloc(struct zone *zone)
{
	if (zone_fails) {
		return NULL;
	}
	zone_elements++;
	return malloc(zone->element_bytes);
}

void zone_free(struct zone *zone, void *element)
{
	(void)zone;
	zone_elements--;
	free(element);
}

/* --- the processor */
struct translation {
	bool valid;
	uint32_t physical;
	bool write;
};
static struct translation tlb[PLACES];
static uint32_t cr3;
static bool kernel_protected;

static uint64_t seed = 7;

static uint32_t random_below(uint32_t bound)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % bound;
}

/* Scattered, with neighbours: runs of 8 pages in 12 tables, one run across a table's end and one at
   the top of user space. */
static uint32_t address_of(uint32_t place)
{
	uint32_t run = place / 8;
	uint32_t base =
		run == 11 ? USER_TOP - 8 * PAGE_BYTES : (run + 1) * 0x01000000u - 4 * PAGE_BYTES;
	return base + place % 8 * PAGE_BYTES;
}

void load_cr3(uint32_t physical)
{
	cr3 = physical;
	memset(tlb, 0, sizeof tlb);
}

void invalidate(uint32_t address)
{
	for (uint32_t i = 0; i < PLACES; i++) {
		if (address_of(i) == address) {
			tlb[i].valid = false;
		}
	}
}

void write_protect_kernel(void)
{
	kernel_protected = true;
}

/* What the tables that CR3 names say; false: nothing. */
static bool walk(uint32_t directory, uint32_t address, struct translation *result)
{
	const uint32_t *table = (const uint32_t *)(vm_host_memory + directory);
	uint32_t entry = table[address >> 22];
	if ((entry & (PTE_PRESENT | PTE_USER)) != (PTE_PRESENT | PTE_USER)) {
		return false;
	}
	table = (const uint32_t *)(vm_host_memory + (entry & ~PAGE_MASK));
	entry = table[address >> PAGE_SHIFT & 1023u];
	result->valid = (entry & (PTE_PRESENT | PTE_USER)) == (PTE_PRESENT | PTE_USER);
	result->physical = entry & ~PAGE_MASK;
	result->write = (entry & PTE_WRITE) != 0;
	return result->valid;
}

/* --- the model */
struct mapping {
	struct vm_page *page;
	uint32_t device;
	bool mapped, write;
};
static struct pmap *pmaps[PMAPS];
static struct mapping model[PMAPS][PLACES];
static struct vm_page *pages[PAGES];
static uint32_t step_number;

static void fail(const char *what)
{
	printf("not ok - step %u: %s\n", step_number, what);
	abort();
}

static void step_enter(uint32_t k, uint32_t place, bool hint)
{
	struct vm_page *page = pages[random_below(PAGES)];
	bool write = random_below(2) == 0;
	struct mapping *m = &model[k][place];
	vm_prot_t protection = write ? VM_PROT_DEFAULT : VM_PROT_READ;
	zone_fails = random_below(20) == 0;
	bool done =
		hint ? pmap_enter_hint(pmaps[k], address_of(place), page, protection)
		     : pmap_enter(pmaps[k], address_of(place), page, protection) == KERN_SUCCESS;
	if (hint && done && m->mapped) {
		fail("a hint replaced a mapping");
	}
	if (!done && !hint && !zone_fails) {
		fail("a page could not be entered");
	}
	zone_fails = false;
	if (done) {
		*m = (struct mapping){page, 0, true, write};
	}
}

static void step_device(uint32_t k, uint32_t place)
{
	uint32_t physical = 0xfd000000u + random_below(16) * PAGE_BYTES;
	if (pmap_enter_device(pmaps[k], address_of(place), physical, VM_PROT_DEFAULT) !=
	    KERN_SUCCESS) {
		fail("device memory could not be entered");
	}
	model[k][place] = (struct mapping){NULL, physical, true, true};
}

static void step_range(uint32_t k, uint32_t place, bool remove)
{
	uint32_t start = address_of(place);
	uint32_t bytes = (random_below(4) == 0 ? 0x2000u : 4u) * PAGE_BYTES;
	uint32_t end = start > USER_TOP - bytes ? USER_TOP : start + bytes;
	if (remove) {
		pmap_remove(pmaps[k], start, end);
	} else {
		pmap_protect(pmaps[k], start, end, VM_PROT_READ);
	}
	for (uint32_t i = 0; i < PLACES; i++) {
		if (address_of(i) >= start && address_of(i) < end) {
			model[k][i].mapped = model[k][i].mapped && !remove;
			model[k][i].write = false;
		}
	}
}

static void step_page(void)
{
	struct vm_page *page = pages[random_below(PAGES)];
	bool remove = random_below(2) == 0;
	pmap_page_protect(page, remove ? VM_PROT_NONE : VM_PROT_READ);
	if (page->writable) {
		fail("a page counts as writable after it was protected");
	}
	for (uint32_t i = 0; i < PMAPS * PLACES; i++) {
		struct mapping *m = &model[i / PLACES][i % PLACES];
		if (m->mapped && m->page == page) {
			m->mapped = !remove;
			m->write = false;
		}
	}
}

static void step_access(void)
{
	uint32_t place = random_below(PLACES);
	struct translation t;
	if (!tlb[place].valid && walk(cr3, address_of(place), &t)) {
		tlb[place] = t;
	}
}

static void check(uint32_t k, uint32_t place)
{
	const struct mapping *m = &model[k][place];
	struct translation t = {0};
	bool mapped = walk(pmaps[k]->directory_phys, address_of(place), &t);
	uint32_t physical = m->page != NULL ? vm_page_physical(m->page) : m->device;
	if (mapped != m->mapped || (mapped && (t.physical != physical || t.write != m->write))) {
		fail("the tables are not what was entered");
	}
	if (pmap_extract(pmaps[k], address_of(place) + 5) !=
	    (mapped ? physical + 5 : 0xffffffffu)) {
		fail("pmap_extract");
	}
	if (mapped && m->write && m->page != NULL && !m->page->writable) {
		fail("a page is writable and does not say so");
	}
}

static void check_tlb(void)
{
	for (uint32_t k = 0; k < PMAPS; k++) {
		for (uint32_t i = 0; i < PLACES && pmaps[k]->directory_phys == cr3; i++) {
			const struct mapping *m = &model[k][i];
			uint32_t physical = m->page != NULL ? vm_page_physical(m->page) : m->device;
			if (tlb[i].valid && (!m->mapped || tlb[i].physical != physical ||
					     (tlb[i].write && !m->write))) {
				fail("the processor still has a stale translation");
			}
		}
	}
}

static void step_recreate(uint32_t k)
{
	pmap_destroy(pmaps[k]);
	memset(model[k], 0, sizeof model[k]);
	pmaps[k] = pmap_create();
	if (pmaps[k] == NULL || memcmp(pmaps[k]->directory, boot_page_directory, 4096) != 0) {
		fail("a new directory is not the kernel's");
	}
}

static void run_step(void)
{
	uint32_t k = random_below(PMAPS);
	uint32_t place = random_below(PLACES);
	switch (random_below(24)) {
	case 0 ... 6:
		step_enter(k, place, false);
		break;
	case 7 ... 8:
		step_enter(k, place, true);
		break;
	case 9:
		step_device(k, place);
		break;
	case 10 ... 11:
		step_range(k, place, random_below(2) == 0);
		break;
	case 12:
		step_page();
		break;
	case 13:
		pmap_load(pmaps[k]);
		break;
	case 14:
		if (random_below(40) == 0) {
			pmap_collect(pmaps[k]);
		} else if (random_below(20) == 0) {
			step_recreate(k);
		}
		break;
	default:
		step_access();
		break;
	}
	check(k, place);
	check_tlb();
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	vm_host_memory = mmap((void *)KERNEL_BASE, RAM_PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (vm_host_memory != (void *)KERNEL_BASE) {
		printf("1..0 # SKIP this machine has no room for the program at 3 GB\n");
		return 0;
	}
	printf("1..2\n");
	struct vm_boot_range usable = {0, RAM_PAGES * PAGE_BYTES};
	vm_page_bootstrap(&usable, 1, NULL, 0);
	pmap_init();
	pmap_zones_init();
	boot_page_directory[768] = 0x83;
	uint32_t free_pages = vm_page_free_count;
	for (uint32_t i = 0; i < PAGES; i++) {
		pages[i] = vm_page_alloc(RESERVE_NONE);
	}
	for (uint32_t i = 0; i < PMAPS; i++) {
		pmaps[i] = pmap_create();
	}
	for (step_number = 0; step_number < STEPS; step_number++) {
		run_step();
	}
	printf("ok 1 - page tables agree with the model over %u steps\n", STEPS);
	struct pmap *last = pmap_create();
	for (uint32_t i = 0; i < PMAPS; i++) {
		pmap_destroy(pmaps[i]);
	}
	pmap_collect(last); /* the cached tables and directories go back too */
	pmap_destroy(last);
	last = pmap_create();
	pmap_collect(last);
	for (uint32_t i = 0; i < PAGES; i++) {
		vm_page_free(pages[i]);
	}
	bool good = zone_elements == 1 && vm_page_free_count == free_pages - 1 && kernel_protected;
	printf("%s 2 - nothing is left but the one directory (%u elements, %u of %u pages free)\n",
	       good ? "ok" : "not ok", zone_elements, vm_page_free_count, free_pages);
	return !good;
}
