/* Objects whose owner sets their size and moves their data without mapping them: files, say. */
#include <kern/machine.h>
#include <vm/map.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pmap.h>

/* Takes [first, end) out of every page table and unwires what is wired there: an entry that loses
   pages is not wired any more. */
static void unmap_range(struct vm_object *object, uint32_t first, uint32_t end)
{
	list_for_each(link, &object->mappings)
	{
		struct vm_map_entry *entry = list_entry(link, struct vm_map_entry, object_link);
		uint32_t entry_first = entry->offset >> PAGE_SHIFT;
		uint32_t entry_end = vm_map_entry_index(entry, entry->node.end);
		uint32_t from = first > entry_first ? first : entry_first;
		uint32_t to = end < entry_end ? end : entry_end;
		if (from >= to) {
			continue;
		}
		if (entry->wired_count > 0) {
			vm_map_entry_unwire(entry);
		}
		pmap_remove(entry->map->pmap,
			    entry->node.start + ((from - entry_first) << PAGE_SHIFT),
			    entry->node.start + ((to - entry_first) << PAGE_SHIFT));
	}
}

static void drop_range(struct vm_object *object, uint32_t first, uint32_t end)
{
	if (first < end && object->resident > 0) {
		unmap_range(object, first, end);
		vm_object_drop_pages(object, first, end);
	}
}

void vm_object_set_pages(struct vm_object *object, uint32_t pages)
{
	assert(object->anonymous && object->shared && pages <= VM_OBJECT_PAGES_MAX);
	uint32_t old = object->pages;
	object->pages = pages;
	drop_range(object, pages, old);
}

/* Makes a part of one page zero. */
static kern_return_t clear_part(struct vm_object *object, uint32_t start, uint32_t end)
{
	struct vm_page *page = vm_object_page(object, start >> PAGE_SHIFT);
	if (page == NULL || start == end) {
		return KERN_SUCCESS;
	}
	kern_return_t result = vm_object_own_page(object, start >> PAGE_SHIFT, &page);
	if (result == KERN_SUCCESS) {
		char *data = vm_page_kernel_address(page);
		__builtin_memset(data + (start & PAGE_MASK), 0, end - start);
	}
	return result;
}

kern_return_t vm_object_discard(struct vm_object *object, uint32_t start, uint32_t end)
{
	assert(start <= end);
	uint32_t first = (start >> PAGE_SHIFT) + ((start & PAGE_MASK) != 0);
	uint32_t last = end >> PAGE_SHIFT;
	if (first > last) { /* inside one page */
		return clear_part(object, start, end);
	}
	drop_range(object, first, last);
	kern_return_t head = clear_part(object, start, first << PAGE_SHIFT);
	kern_return_t tail = clear_part(object, last << PAGE_SHIFT, end);
	return head != KERN_SUCCESS ? head : tail;
}

/* What is left of a page from the offset on, or of the copy. */
static uint32_t part_of(uint32_t offset, uint32_t bytes)
{
	uint32_t left = PAGE_BYTES - (offset & PAGE_MASK);
	return bytes < left ? bytes : left;
}

/* A reference of our own keeps the page, whatever becomes of its slot while the copy waits for a
   pager: who writes meanwhile gets a page of its own, as if it were shared copy-on-write. */
static bool copy_page_out(struct vm_page *page, uint32_t at, struct uaddr to, uint32_t bytes)
{
	page->refs++;
	bool good = copyout((const char *)vm_page_kernel_address(page) + at, to, bytes);
	vm_page_unref(page);
	return good;
}

kern_return_t vm_object_read(struct vm_object *object, uint32_t offset, struct uaddr to,
			     uint32_t bytes)
{
	for (uint32_t done = 0; done < bytes;) {
		uint32_t part = part_of(offset + done, bytes - done);
		struct vm_page *page = vm_object_page(object, (offset + done) >> PAGE_SHIFT);
		page = page != NULL ? page : vm_page_zero;
		if (!copy_page_out(page, (offset + done) & PAGE_MASK, uaddr(to.value + done),
				   part)) {
			return KERN_INVALID_ADDRESS;
		}
		done += part;
	}
	return KERN_SUCCESS;
}

/* Where to write in another's memory; NULL: nowhere.  Pagers, which could be awaited for ever, and
   devices are not asked. */
static char *writable(struct vm_map *map, uint32_t address)
{
	char *to = pmap_writable(map->pmap, address);
	if (to != NULL) {
		return to;
	}
	const struct vm_map_entry *entry = vm_map_lookup(map, address);
	if (entry == NULL || (entry->object != NULL && !entry->object->anonymous) ||
	    vm_fault(map, page_trunc(address), true) != KERN_SUCCESS) {
		return NULL;
	}
	return pmap_writable(map->pmap, address);
}

kern_return_t vm_object_copy_to_map(struct vm_object *object, uint32_t offset, struct vm_map *map,
				    uint32_t address, uint32_t bytes)
{
	for (uint32_t done = 0; done < bytes;) {
		uint32_t part = part_of(offset + done, bytes - done);
		part = part_of(address + done, part);
		/* The page to copy may be another one after this. */
		char *to = writable(map, address + done);
		if (to == NULL) {
			return KERN_INVALID_ADDRESS;
		}
		struct vm_page *page = vm_object_page(object, (offset + done) >> PAGE_SHIFT);
		page = page != NULL ? page : vm_page_zero;
		__builtin_memmove(to,
				  (const char *)vm_page_kernel_address(page) +
					  ((offset + done) & PAGE_MASK),
				  part);
		done += part;
	}
	return KERN_SUCCESS;
}

/* The page to write to: made, or made the object's own. */
static kern_return_t page_for_write(struct vm_object *object, uint32_t index, struct vm_page **page)
{
	*page = vm_object_page(object, index);
	return *page != NULL ? vm_object_own_page(object, index, page)
			     : vm_object_zero_fill(object, index, page);
}

kern_return_t vm_object_write(struct vm_object *object, uint32_t offset, struct uaddr from,
			      uint32_t bytes, uint32_t *written)
{
	for (*written = 0; *written < bytes;) {
		uint32_t at = offset + *written;
		uint32_t part = part_of(at, bytes - *written);
		struct vm_page *page = NULL;
		kern_return_t result = page_for_write(object, at >> PAGE_SHIFT, &page);
		if (result != KERN_SUCCESS) {
			return result;
		}
		if (object->pages <= at >> PAGE_SHIFT) {
			object->pages = (at >> PAGE_SHIFT) + 1;
		}
		/* As in copy_page_out. What is lost when the slot gets another page meanwhile is
		   this caller's data alone, who copies from memory that a pager has. */
		page->refs++;
		bool good = copyin(uaddr(from.value + *written),
				   (char *)vm_page_kernel_address(page) + (at & PAGE_MASK), part);
		vm_page_unref(page);
		if (!good) {
			return KERN_INVALID_ADDRESS;
		}
		*written += part;
	}
	return KERN_SUCCESS;
}

bool vm_object_executable(const struct vm_object *object)
{
	if (object->executable > 0) {
		return true;
	}
	list_for_each(link, &object->mappings)
	{
		const struct vm_map_entry *entry =
			list_entry(link, struct vm_map_entry, object_link);
		if ((entry->max_protection & VM_PROT_EXECUTE) != 0) {
			return true;
		}
	}
	return false;
}
