/* Physical pages: who has them, and the list of those that nobody has. */
#include <kern/quota.h>
#include <kern/upcall.h>
#include <vm/page.h>
#include <vm/pmap.h>

uint32_t vm_page_count;
uint32_t vm_page_free_count;
uint32_t vm_page_wired_count;
struct vm_event_counts vm_event_counts;

static struct vm_page *page_array; /* one for each frame below page_frames, holes too */
static uint32_t page_frames;
static struct list free_list = {&free_list, &free_list};
/* The reserve is one run of frames, whose free pages are on a list of their own: when ordinary
   memory has taken all the rest, in small pieces, the kernel's slabs and stacks of several pages
   still find room. */
static uint32_t reserve_first, reserve_end;
static struct list reserve_list = {&reserve_list, &reserve_list};
/* With so many free ones or fewer, programs get none. */
static uint32_t ordinary_floor = VM_PAGE_KERNEL_RESERVE;
static uint32_t contiguous_hint; /* where the last search for a run ended */

#ifdef KERNEL
#define PHYSICAL_BASE ((char *)KERNEL_BASE)
#else
/* On the host a test gives an array in place of physical memory. */
extern char *vm_host_memory;
#define PHYSICAL_BASE vm_host_memory
#endif

uint32_t vm_page_physical(const struct vm_page *page)
{
	return (uint32_t)(page - page_array) << PAGE_SHIFT;
}

void *vm_page_kernel_address(const struct vm_page *page)
{
	return PHYSICAL_BASE + vm_page_physical(page);
}

struct vm_page *vm_page_of_physical(uint32_t physical)
{
	uint32_t frame = physical >> PAGE_SHIFT;
	if (frame >= page_frames || !page_array[frame].ram) {
		return NULL;
	}
	return &page_array[frame];
}

uint32_t vm_page_memory_end(void)
{
	return page_frames << PAGE_SHIFT;
}

void *vm_physical_kernel_address(uint32_t physical)
{
	return physical < VM_PHYSICAL_LIMIT ? PHYSICAL_BASE + physical : NULL;
}

struct vm_page *vm_page_of_kernel_address(const void *address)
{
	return vm_page_of_physical((uint32_t)((const char *)address - PHYSICAL_BASE));
}

/* Takes a page off the free list. */
static void page_take(struct vm_page *page)
{
	assert(page->free && page->refs == 0);
	list_remove(&page->link);
	page->free = 0;
	page->refs = 1;
	page->dirty = 0;
	page->referenced = 0;
	page->contiguous = 0;
	page->writable = 0;
	vm_page_free_count--;
}

static bool in_reserve(uint32_t frame)
{
	return frame - reserve_first < reserve_end - reserve_first;
}

/* A page that may come from the reserve when there is no other. */
static struct vm_page *page_alloc_above(uint32_t floor)
{
	if (vm_page_free_count <= floor) {
		return NULL;
	}
	struct list *list = list_empty(&free_list) ? &reserve_list : &free_list;
	struct vm_page *page = list_first(list, struct vm_page, link);
	page_take(page);
	return page;
}

/* What is on the free list; less if a part of it is not for everybody. */
struct vm_page *vm_page_alloc(uint32_t reserve)
{
	if (reserve < RESERVE_ESSENTIAL && list_empty(&free_list)) {
		return NULL;
	}
	return page_alloc_above(reserve == RESERVE_NONE ? ordinary_floor : VM_PAGE_KERNEL_RESERVE);
}

void vm_page_free(struct vm_page *page)
{
	assert(!page->free && page->ram);
	assert(page->pv.pmap == NULL && page->wire_count == 0);
	page->free = 1;
	page->refs = 0;
	list_add_head(in_reserve((uint32_t)(page - page_array)) ? &reserve_list : &free_list,
		      &page->link);
	vm_page_free_count++;
}

/* How many pages from `first` on are free, at most count. */
static uint32_t free_run(uint32_t first, uint32_t count)
{
	uint32_t run = 0;
	while (run < count && page_array[first + run].free) {
		run++;
	}
	return run;
}

/* Takes the first free run from slot `start` on and once around. With `reserve`, only runs of the
   reserve, else only others. */
static struct vm_page *take_run(uint32_t count, uint32_t start, uint32_t slots, bool reserve)
{
	uint32_t slot = start;
	for (uint32_t tried = 0; tried < slots; tried++, slot++) {
		if (slot >= slots) {
			slot = 0;
		}
		uint32_t first = slot * count;
		bool inside = in_reserve(first) || in_reserve(first + count - 1);
		if (inside != reserve || free_run(first, count) != count) {
			continue;
		}
		for (uint32_t i = 0; i < count; i++) {
			page_take(&page_array[first + i]);
			page_array[first + i].contiguous = 1;
		}
		contiguous_hint = first + count;
		return &page_array[first];
	}
	return NULL;
}

/* The search goes on where the last one ended: long only when memory is almost gone or in small
   pieces. */
struct vm_page *vm_page_alloc_contiguous(uint32_t count, uint32_t floor, uint32_t limit)
{
	uint32_t frames =
		limit != 0 && limit >> PAGE_SHIFT < page_frames ? limit >> PAGE_SHIFT : page_frames;
	assert(count != 0 && (count & (count - 1)) == 0);
	if (vm_page_free_count < floor + count || frames < count) {
		return NULL;
	}
	struct vm_page *page = take_run(count, contiguous_hint / count, frames / count, false);
	if (page == NULL && floor < VM_PAGE_RESERVE) {
		page = take_run(count, reserve_first / count, frames / count, true);
	}
	return page;
}

void *upcall_pages_alloc(uint32_t count)
{
	struct vm_page *page =
		count == 1 ? page_alloc_above(0) : vm_page_alloc_contiguous(count, 0, 0);
	if (page == NULL) {
		return NULL;
	}
	vm_page_wired_count += count;
	return vm_page_kernel_address(page);
}

void upcall_pages_free(void *pages, uint32_t count)
{
	struct vm_page *page = vm_page_of_kernel_address(pages);
	assert(page != NULL);
	vm_page_wired_count -= count;
	for (uint32_t i = 0; i < count; i++) {
		assert(page[i].refs == 1);
		vm_page_free(&page[i]);
	}
}

/* --- boot ---------------------------------------------------------------------------- */

static bool overlaps(uint32_t start, uint32_t end, const struct vm_boot_range *ranges,
		     uint32_t count, uint32_t *past)
{
	for (uint32_t i = 0; i < count; i++) {
		if (start < ranges[i].end && ranges[i].start < end) {
			*past = ranges[i].end;
			return true;
		}
	}
	return false;
}

/* The first place in usable memory for `bytes` bytes that nothing has taken. */
static uint32_t find_boot_room(const struct vm_boot_range *usable, uint32_t usable_count,
			       const struct vm_boot_range *taken, uint32_t taken_count,
			       uint32_t bytes)
{
	for (uint32_t i = 0; i < usable_count; i++) {
		uint32_t top =
			usable[i].end < VM_PHYSICAL_LIMIT ? usable[i].end : VM_PHYSICAL_LIMIT;
		/* Frame 0 holds the BIOS's tables, and its address looks like a NULL. */
		uint32_t start =
			usable[i].start < PAGE_BYTES ? PAGE_BYTES : page_round(usable[i].start);
		while (start < top && top - start >= bytes) {
			uint32_t past = 0;
			if (!overlaps(start, start + bytes, taken, taken_count, &past)) {
				return start;
			}
			start = page_round(past);
		}
	}
	panic("no room for the page array (%u bytes) in the memory that the boot loader reports",
	      bytes);
}

/* Makes one frame free. */
static void page_give(uint32_t frame)
{
	struct vm_page *page = &page_array[frame];
	if (page->ram) {
		return; /* the boot loader's ranges may overlap */
	}
	page->ram = 1;
	page->free = 1;
	list_add_tail(&free_list, &page->link);
	vm_page_count++;
	vm_page_free_count++;
}

/* Sets the highest run of free frames aside that is long enough (of half the memory at most). */
static void reserve_choose(void)
{
	uint32_t count = vm_page_count / 2 < VM_PAGE_RESERVE ? vm_page_count / 2 : VM_PAGE_RESERVE;
	uint32_t first = page_frames - count;
	while (first > 0 && free_run(first, count) != count) {
		first--;
	}
	if (free_run(first, count) != count) {
		return; /* memory in very small pieces: then there is no reserve */
	}
	reserve_first = first;
	reserve_end = first + count;
	if (vm_page_count / 4 > VM_PAGE_RESERVE + VM_PAGE_SERVER_RESERVE) {
		ordinary_floor = VM_PAGE_RESERVE + VM_PAGE_SERVER_RESERVE;
	}
	for (uint32_t frame = first; frame < reserve_end; frame++) {
		list_remove(&page_array[frame].link);
		list_add_tail(&reserve_list, &page_array[frame].link);
	}
}

void vm_page_bootstrap(const struct vm_boot_range *usable, uint32_t usable_count,
		       const struct vm_boot_range *taken, uint32_t taken_count)
{
	page_frames = 0;
	for (uint32_t i = 0; i < usable_count; i++) {
		uint32_t top =
			usable[i].end < VM_PHYSICAL_LIMIT ? usable[i].end : VM_PHYSICAL_LIMIT;
		if (top >> PAGE_SHIFT > page_frames) {
			page_frames = top >> PAGE_SHIFT;
		}
	}
	uint32_t bytes = page_round(page_frames * sizeof(struct vm_page));
	uint32_t array = find_boot_room(usable, usable_count, taken, taken_count, bytes);
	page_array = (struct vm_page *)(void *)(PHYSICAL_BASE + array);
	__builtin_memset(page_array, 0, page_frames * sizeof(struct vm_page));
	for (uint32_t frame = 0; frame < page_frames; frame++) {
		list_init(&page_array[frame].link);
	}
	for (uint32_t i = 0; i < usable_count; i++) {
		uint32_t top =
			usable[i].end < VM_PHYSICAL_LIMIT ? usable[i].end : VM_PHYSICAL_LIMIT;
		uint32_t frame = usable[i].start < PAGE_BYTES
					 ? 1
					 : page_round(usable[i].start) >> PAGE_SHIFT;
		for (; frame < top >> PAGE_SHIFT; frame++) {
			uint32_t start = frame << PAGE_SHIFT;
			uint32_t past;
			bool in_array = start >= array && start < array + bytes;
			if (!in_array &&
			    !overlaps(start, start + PAGE_BYTES, taken, taken_count, &past)) {
				page_give(frame);
			}
		}
	}
	reserve_choose();
	contiguous_hint = page_frames / 2;
}

void vm_page_release_range(uint32_t start, uint32_t end)
{
	uint32_t last = page_trunc(end) >> PAGE_SHIFT;
	for (uint32_t frame = page_round(start) >> PAGE_SHIFT; frame < last && frame < page_frames;
	     frame++) {
		page_give(frame);
	}
}
