/* Page tables of the i386: two levels, 4 KB pages for user space, 4 MB pages for the kernel's
   linear view of physical memory (Intel SDM vol. 3, 4.3 "32-bit paging"). */
#include <kern/upcall.h>
#include <kern/zone.h>
#include <vm/page.h>
#include <vm/pmap.h>

#define PTE_PRESENT        0x001u
#define PTE_WRITE          0x002u
#define PTE_USER           0x004u
#define PTE_UNCACHED       0x018u /* write-through and cache disable */
#define PTE_ACCESSED       0x020u
#define PTE_DIRTY          0x040u
#define PTE_MANAGED        0x200u /* free for software: this entry has a reverse-map entry */
#define PTE_FRAME          0xfffff000u
#define TABLE_ENTRIES      1024u
#define TABLE_SHIFT        22u
#define TABLE_SPAN         (1u << TABLE_SHIFT)
#define USER_TABLES        (USER_TOP >> TABLE_SHIFT)
#define INVALIDATE_MAX     16u /* above, reloading CR3 is cheaper than one invlpg for each page */
#define CACHED_TABLES      8u
#define PV_MAX             256u /* mappings of one page: what searches its list stays short */
#define CACHED_DIRECTORIES 4u
#define CR0_WRITE_PROTECT  0x10000u

extern uint32_t boot_page_directory[TABLE_ENTRIES];

_Static_assert(sizeof kernel_pmap.tables * 8 == USER_TABLES, "a bit for each user table");
struct pmap kernel_pmap;
struct pmap *pmap_loaded;

static struct zone pmap_zone;
static struct zone pv_zone;
/* Page tables that are all zero, and directories whose user half is: their next user need not clear
   them. */
static uint32_t *cached_tables[CACHED_TABLES];
static uint32_t cached_table_count;
static uint32_t *cached_directories[CACHED_DIRECTORIES];
static uint32_t cached_directory_count;

#ifdef KERNEL
static inline void load_cr3(uint32_t physical)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(physical) : "memory");
}

static inline void invalidate(uint32_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void write_protect_kernel(void)
{
	uint32_t cr0;
	__asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("movl %0, %%cr0" : : "r"(cr0 | CR0_WRITE_PROTECT) : "memory");
}
#else
/* On the host a test plays the processor, and remembers what it was told to forget. */
void load_cr3(uint32_t physical);
void invalidate(uint32_t address);
void write_protect_kernel(void);
#endif

/* What became stale while several entries of a pmap changed. */
struct flush {
	struct pmap *pmap;
	uint32_t count;
	uint32_t addresses[INVALIDATE_MAX];
};

static inline void flush_add(struct flush *flush, uint32_t address)
{
	if (flush->count < INVALIDATE_MAX) {
		flush->addresses[flush->count] = address;
	}
	flush->count++;
}

static void flush_now(const struct flush *flush)
{
	/* Another directory's entries left the TLB when CR3 was last loaded: no user page is
	   global. */
	if (flush->pmap != pmap_loaded) {
		return;
	}
	if (flush->count > INVALIDATE_MAX) {
		load_cr3(flush->pmap->directory_phys);
		return;
	}
	for (uint32_t i = 0; i < flush->count; i++) {
		invalidate(flush->addresses[i]);
	}
}

void pmap_zero_page(void *page)
{
	uint32_t count = PAGE_BYTES / 4;
	__asm__ volatile("rep stosl" : "+D"(page), "+c"(count) : "a"(0) : "memory");
}

void pmap_copy_page(void *to, const void *from)
{
	uint32_t count = PAGE_BYTES / 4;
	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

void pmap_zones_init(void)
{
	zone_init(&pmap_zone, "pmap", sizeof(struct pmap), 0);
	zone_init(&pv_zone, "pmap.reverse", sizeof(struct pv_entry), 0);
}

void pmap_init(void)
{
	kernel_pmap.directory = boot_page_directory;
	kernel_pmap.directory_phys = (uint32_t)boot_page_directory - KERNEL_BASE;
	/* The boot code ran at its physical address for a moment; nobody does any more. */
	for (uint32_t i = 0; i < USER_TABLES; i++) {
		boot_page_directory[i] = 0;
	}
	pmap_loaded = &kernel_pmap;
	load_cr3(kernel_pmap.directory_phys);
	/* WP: the kernel's writes to read-only user pages fault too, so copy-on-write holds for
	   copyout. */
	write_protect_kernel();
}

void pmap_load(struct pmap *pmap)
{
	if (pmap_loaded != pmap) {
		pmap_loaded = pmap;
		load_cr3(pmap->directory_phys);
	}
}

static uint32_t *table_of(uint32_t directory_entry)
{
	return (uint32_t *)(KERNEL_BASE + (directory_entry & PTE_FRAME));
}

/* --- tables and directories ---------------------------------------------------------- */

static uint32_t *table_alloc(void)
{
	if (cached_table_count > 0) {
		return cached_tables[--cached_table_count];
	}
	uint32_t *table = upcall_pages_alloc(1);
	if (table != NULL) {
		pmap_zero_page(table);
	}
	return table;
}

/* The table is all zero. */
static void table_free(uint32_t *table)
{
	if (cached_table_count < CACHED_TABLES) {
		cached_tables[cached_table_count++] = table;
	} else {
		upcall_pages_free(table, 1);
	}
}

static uint32_t *directory_alloc(void)
{
	if (cached_directory_count > 0) {
		return cached_directories[--cached_directory_count];
	}
	uint32_t *directory = upcall_pages_alloc(1);
	if (directory != NULL) {
		/* The kernel's half is complete from boot on, and the same everywhere. */
		pmap_copy_page(directory, kernel_pmap.directory);
	}
	return directory;
}

struct pmap *pmap_create(void)
{
	struct pmap *pmap = zone_alloc(&pmap_zone);
	if (pmap == NULL) {
		return NULL;
	}
	pmap->directory = directory_alloc();
	if (pmap->directory == NULL) {
		zone_free(&pmap_zone, pmap);
		return NULL;
	}
	pmap->directory_phys = (uint32_t)pmap->directory - KERNEL_BASE;
	pmap->resident = 0;
	__builtin_memset(pmap->tables, 0, sizeof pmap->tables);
	return pmap;
}

void pmap_destroy(struct pmap *pmap)
{
	assert(pmap != &kernel_pmap);
	if (pmap_loaded == pmap) {
		pmap_load(&kernel_pmap);
	}
	pmap_remove(pmap, 0, USER_TOP);
	assert(pmap->resident == 0);
	for (uint32_t word = 0; word < USER_TABLES / 32; word++) {
		while (pmap->tables[word] != 0) {
			uint32_t i = word * 32 + (uint32_t)__builtin_ctz(pmap->tables[word]);
			pmap->tables[word] &= pmap->tables[word] - 1;
			table_free(table_of(pmap->directory[i]));
			pmap->directory[i] = 0;
		}
	}
	if (cached_directory_count < CACHED_DIRECTORIES) {
		cached_directories[cached_directory_count++] = pmap->directory;
	} else {
		upcall_pages_free(pmap->directory, 1);
	}
	zone_free(&pmap_zone, pmap);
}

static bool table_empty(const uint32_t *table)
{
	for (uint32_t i = 0; i < TABLE_ENTRIES; i++) {
		if (table[i] != 0) {
			return false;
		}
	}
	return true;
}

void pmap_collect(struct pmap *pmap)
{
	for (uint32_t i = 0; i < USER_TABLES; i++) {
		if (pmap->directory[i] != 0 && table_empty(table_of(pmap->directory[i]))) {
			upcall_pages_free(table_of(pmap->directory[i]), 1);
			pmap->directory[i] = 0;
			pmap->tables[i / 32] &= ~(1u << i % 32);
		}
	}
	/* The processor may cache directory entries: SDM vol. 3, 4.10.3. */
	if (pmap_loaded == pmap) {
		load_cr3(pmap->directory_phys);
	}
	while (cached_table_count > 0) {
		upcall_pages_free(cached_tables[--cached_table_count], 1);
	}
	while (cached_directory_count > 0) {
		upcall_pages_free(cached_directories[--cached_directory_count], 1);
	}
}

/* --- reverse maps -------------------------------------------------------------------- */

static inline uint32_t managed_bit(const struct vm_page *page)
{
	return page->unmanaged ? 0 : PTE_MANAGED;
}

/* The first is in the page itself; false: the zone is exhausted. */
static bool pv_add(struct vm_page *page, struct pmap *pmap, uint32_t address)
{
	if (page->unmanaged) {
		return true;
	}
	if (unlikely(page->pv_count >= PV_MAX)) {
		pmap_page_protect(
			page,
			VM_PROT_NONE); /* the others come back by faults, if anybody needs them */
	}
	if (page->pv.pmap == NULL) {
		page->pv_count = 1;
		page->pv.pmap = pmap;
		page->pv.address = address;
		page->pv.next = NULL;
		return true;
	}
	struct pv_entry *pv = zone_alloc(&pv_zone);
	if (pv == NULL) {
		return false;
	}
	pv->pmap = pmap;
	pv->address = address;
	pv->next = page->pv.next;
	page->pv.next = pv;
	page->pv_count++;
	return true;
}

static void pv_remove(struct vm_page *page, struct pmap *pmap, uint32_t address)
{
	page->pv_count--;
	if (page->pv.pmap == pmap && page->pv.address == address) {
		struct pv_entry *next = page->pv.next;
		if (next == NULL) {
			page->pv.pmap = NULL;
			page->writable = 0;
			return;
		}
		page->pv = *next;
		zone_free(&pv_zone, next);
		return;
	}
	struct pv_entry **link = &page->pv.next;
	while (*link != NULL) {
		struct pv_entry *pv = *link;
		if (pv->pmap == pmap && pv->address == address) {
			*link = pv->next;
			zone_free(&pv_zone, pv);
			return;
		}
		link = &pv->next;
	}
	panic("a page table maps %x without a reverse-map entry", address);
}

/* --- entries ------------------------------------------------------------------------- */

/* NULL: there is no table. */
static inline uint32_t *entry_of(struct pmap *pmap, uint32_t address)
{
	uint32_t directory_entry = pmap->directory[address >> TABLE_SHIFT];
	if (directory_entry == 0) {
		return NULL;
	}
	return &table_of(directory_entry)[(address >> PAGE_SHIFT) & (TABLE_ENTRIES - 1)];
}

static inline void collect_bits(struct vm_page *page, uint32_t entry)
{
	if (entry & PTE_DIRTY) {
		page->dirty = 1;
	}
	if (entry & PTE_ACCESSED) {
		page->referenced = 1;
	}
}

/* Empties an entry that is present. The caller flushes. */
static void entry_clear(struct pmap *pmap, uint32_t *entry, uint32_t address)
{
	uint32_t old = *entry;
	*entry = 0;
	pmap->resident--;
	if (old & PTE_MANAGED) {
		struct vm_page *page = vm_page_of_physical(old & PTE_FRAME);
		collect_bits(page, old);
		pv_remove(page, pmap, address);
	}
}

/* The entry for an address, with a new table if need be. NULL: no page for it. */
static uint32_t *entry_make(struct pmap *pmap, uint32_t address)
{
	uint32_t *entry = entry_of(pmap, address);
	if (likely(entry != NULL)) {
		return entry;
	}
	uint32_t *table = table_alloc();
	if (table == NULL) {
		return NULL;
	}
	uint32_t index = address >> TABLE_SHIFT;
	pmap->tables[index / 32] |= 1u << index % 32;
	pmap->directory[index] =
		((uint32_t)table - KERNEL_BASE) | PTE_PRESENT | PTE_WRITE | PTE_USER;
	return &table[(address >> PAGE_SHIFT) & (TABLE_ENTRIES - 1)];
}

kern_return_t pmap_enter(struct pmap *pmap, uint32_t address, struct vm_page *page,
			 vm_prot_t protection)
{
	assert((address & PAGE_MASK) == 0 && address < USER_TOP);
	uint32_t *entry = entry_make(pmap, address);
	if (entry == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t physical = vm_page_physical(page);
	uint32_t old = *entry;
	uint32_t wanted = physical | PTE_PRESENT | managed_bit(page);
	if ((old & (PTE_FRAME | PTE_PRESENT | PTE_MANAGED)) != wanted) {
		if (!pv_add(page, pmap, address)) {
			return KERN_RESOURCE_SHORTAGE;
		}
		if (old != 0) {
			entry_clear(pmap, entry, address);
		}
		pmap->resident++;
	}
	uint32_t value = wanted | PTE_USER | (*entry & (PTE_DIRTY | PTE_ACCESSED));
	if (protection & VM_PROT_WRITE) {
		value |= PTE_WRITE;
		page->writable = 1;
	}
	*entry = value;
	if (old != 0 && pmap == pmap_loaded) {
		invalidate(address);
	}
	return KERN_SUCCESS;
}

bool pmap_enter_hint(struct pmap *pmap, uint32_t address, struct vm_page *page,
		     vm_prot_t protection)
{
	uint32_t *entry = entry_of(pmap, address);
	if (entry == NULL || *entry != 0 || page->pv_count >= PV_MAX ||
	    !pv_add(page, pmap, address)) {
		return false;
	}
	uint32_t value = vm_page_physical(page) | PTE_PRESENT | PTE_USER | managed_bit(page);
	if (protection & VM_PROT_WRITE) {
		value |= PTE_WRITE;
		page->writable = 1;
	}
	*entry = value;
	pmap->resident++;
	return true;
}

kern_return_t pmap_enter_device(struct pmap *pmap, uint32_t address, uint32_t physical,
				vm_prot_t protection)
{
	uint32_t *entry = entry_make(pmap, address);
	if (entry == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t old = *entry;
	if (old != 0) {
		entry_clear(pmap, entry, address);
	}
	*entry = (physical & PTE_FRAME) | PTE_PRESENT | PTE_USER | PTE_UNCACHED |
		 (protection & VM_PROT_WRITE ? PTE_WRITE : 0);
	pmap->resident++;
	if (old != 0 && pmap == pmap_loaded) {
		invalidate(address);
	}
	return KERN_SUCCESS;
}

/* The end of the part of [address, end) that one table covers. Tables end at USER_TOP at the
   latest. */
static uint32_t table_end(uint32_t address, uint32_t end)
{
	uint32_t boundary = (address & ~(TABLE_SPAN - 1)) + TABLE_SPAN;
	return boundary < end ? boundary : end;
}

#define EMPTY_PAGES 8u

/* How many pages at `entry`, before `stop`, certainly have nothing mapped: 0, it was not looked. A
   stack of megabytes has a few pages at its end. */
static inline uint32_t empty_pages(const uint32_t *entry, uint32_t start, uint32_t stop)
{
	if (stop - start < EMPTY_PAGES * PAGE_BYTES ||
	    (entry[0] | entry[1] | entry[2] | entry[3] | entry[4] | entry[5] | entry[6] | entry[7]) !=
		    0) {
		return 0;
	}
	return EMPTY_PAGES;
}

void pmap_remove(struct pmap *pmap, uint32_t start, uint32_t end)
{
	struct flush flush;
	flush.pmap = pmap;
	flush.count = 0;
	while (start < end && pmap->resident > 0) {
		uint32_t stop = table_end(start, end);
		uint32_t *entry = entry_of(pmap, start);
		while (entry != NULL && start < stop) {
			uint32_t pages = empty_pages(entry, start, stop);
			if (pages == 0) {
				pages = 1;
				if (*entry != 0) {
					entry_clear(pmap, entry, start);
					flush_add(&flush, start);
				}
			}
			start += pages * PAGE_BYTES;
			entry += pages;
		}
		start = stop;
	}
	flush_now(&flush);
}

void pmap_protect(struct pmap *pmap, uint32_t start, uint32_t end, vm_prot_t protection)
{
	if (protection & VM_PROT_WRITE) {
		return; /* what may be written is made so by faults */
	}
	if ((protection & (VM_PROT_READ | VM_PROT_EXECUTE)) == 0) {
		pmap_remove(pmap, start, end);
		return;
	}
	struct flush flush;
	flush.pmap = pmap;
	flush.count = 0;
	while (start < end) {
		uint32_t stop = table_end(start, end);
		uint32_t *entry = entry_of(pmap, start);
		for (; entry != NULL && start < stop; start += PAGE_BYTES, entry++) {
			if (*entry & PTE_WRITE) {
				*entry &= ~PTE_WRITE;
				flush_add(&flush, start);
			}
		}
		start = stop;
	}
	flush_now(&flush);
}

void pmap_page_protect(struct vm_page *page, vm_prot_t protection)
{
	if (protection & VM_PROT_WRITE) {
		return;
	}
	if ((protection & (VM_PROT_READ | VM_PROT_EXECUTE)) == 0) {
		while (page->pv.pmap != NULL) {
			struct pmap *pmap = page->pv.pmap;
			uint32_t address = page->pv.address;
			entry_clear(pmap, entry_of(pmap, address), address);
			if (pmap == pmap_loaded) {
				invalidate(address);
			}
		}
		return;
	}
	page->writable = 0;
	for (struct pv_entry *pv = &page->pv; pv != NULL && pv->pmap != NULL; pv = pv->next) {
		uint32_t *entry = entry_of(pv->pmap, pv->address);
		if (*entry & PTE_WRITE) {
			*entry &= ~PTE_WRITE;
			if (pv->pmap == pmap_loaded) {
				invalidate(pv->address);
			}
		}
	}
}

uint32_t pmap_extract(struct pmap *pmap, uint32_t address)
{
	uint32_t *entry = address < USER_TOP ? entry_of(pmap, address) : NULL;
	if (entry == NULL || *entry == 0) {
		return 0xffffffffu;
	}
	return (*entry & PTE_FRAME) | (address & PAGE_MASK);
}

void *pmap_writable(struct pmap *pmap, uint32_t address)
{
	const uint32_t wanted = PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_MANAGED;
	uint32_t *entry = address < USER_TOP ? entry_of(pmap, address) : NULL;
	if (entry == NULL || (*entry & wanted) != wanted) {
		return NULL;
	}
	*entry |= PTE_ACCESSED | PTE_DIRTY;
	return (void *)(KERNEL_BASE + (*entry & PTE_FRAME) + (address & PAGE_MASK));
}
