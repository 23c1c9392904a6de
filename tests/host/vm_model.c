/* LINK: kernel/vm/page.c kernel/vm/object.c kernel/vm/object_copy.c kernel/vm/map.c
   kernel/vm/map_attributes.c kernel/vm/map_wire.c kernel/vm/map_fork.c kernel/vm/map_copy.c
   kernel/vm/fault.c kernel/vm/pager.c kernel/vm/upcall.c kernel/vm/vm_tree_core.c */
/* The whole VM layer against a model in which every address space is an array of pages of plain
   bytes: random sequences of everything that can be done, with reads, writes, forks, shared windows
   and messages in transit, then with allocations that fail. After each, all contents agree; in the
   end pages, charges and zone elements are back where they were. */
#include "vm_fakes.h"

#define SPACES 4u
#define COPIES 6u
#define STEPS  150000u

/* --- no pagers in this test */
struct ipc_port *pager_port_copy(struct ipc_port *pager)
{
	return pager;
}
void pager_port_release(struct ipc_port *pager)
{
	(void)pager;
}
bool pager_port_alive(const struct ipc_port *pager)
{
	(void)pager;
	return false;
}
kern_return_t pager_call_init(struct ipc_port *p, struct vm_object *o)
{
	(void)p;
	(void)o;
	return KERN_FAILURE;
}
kern_return_t pager_call_terminate(struct vm_object *o)
{
	(void)o;
	return KERN_SUCCESS;
}
kern_return_t pager_call_data_request(struct vm_object *o, uint32_t a, uint32_t b, int c)
{
	(void)o;
	(void)a;
	(void)b;
	(void)c;
	return KERN_FAILURE;
}
enum wait_result thread_wait(struct wait_queue *q, uint64_t d)
{
	(void)q;
	(void)d;
	abort();
}
void wait_queue_wake_all(struct wait_queue *q, enum wait_result r)
{
	(void)q;
	(void)r;
}
uint64_t clock_deadline_ms(uint32_t ms)
{
	return ms;
}

/* --- the model */
struct model_page {
	uint32_t refs; /* places that show it: shared memory has several */
	uint8_t bytes[PAGE_BYTES];
};

struct model_slot {
	struct model_page *page; /* NULL: a hole */
	vm_prot_t protection, max_protection;
	vm_inherit_t inheritance;
	bool wired;
};

struct space {
	struct task task;
	struct vm_map *map;
	struct model_slot slots[FAKE_PAGES];
};

struct transit {
	struct vm_map_copy *copy; /* NULL: unused */
	uint32_t offset, bytes;
	uint8_t *data;
};

static struct space spaces[SPACES];
static struct transit transits[COPIES];
static uint64_t seed;
static uint32_t step_number;
static const char *step_name;
static bool failing; /* allocations fail now and then */
static uint32_t shortages;

static uint32_t random_below(uint32_t bound)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % bound;
}

static void fail(const char *what)
{
	printf("not ok - step %u (%s): %s\n", step_number, step_name, what);
	abort();
}

/* A result: as expected, or a shortage (it may be found before another error is), if those may
   happen. True: it was a success. */
static bool settle(kern_return_t got, kern_return_t expected)
{
	if (got == KERN_RESOURCE_SHORTAGE && failing) {
		shortages++;
		return false;
	}
	if (got != expected) {
		printf("# expected %d, got %d\n", expected, got);
		fail("result");
	}
	return got == KERN_SUCCESS;
}

static struct model_page *model_page_new(void)
{
	struct model_page *page = calloc(1, sizeof *page);
	page->refs = 1;
	return page;
}

static void slot_clear(struct model_slot *slot)
{
	if (slot->page != NULL && --slot->page->refs == 0) {
		free(slot->page);
	}
	memset(slot, 0, sizeof *slot);
}

static void slot_fresh(struct model_slot *slot)
{
	slot_clear(slot);
	slot->page = model_page_new();
	slot->protection = VM_PROT_DEFAULT;
	slot->max_protection = VM_PROT_ALL;
	slot->inheritance = VM_INHERIT_COPY;
}

static uint32_t slot_of(uint32_t address)
{
	return (address - FAKE_LOW) >> PAGE_SHIFT;
}

static uint32_t address_of(uint32_t slot)
{
	return FAKE_LOW + (slot << PAGE_SHIFT);
}

/* First fit, or FAKE_PAGES. */
static uint32_t model_gap(const struct space *s, uint32_t pages)
{
	for (uint32_t at = 0; at + pages <= FAKE_PAGES; at++) {
		uint32_t run = 0;
		while (run < pages && s->slots[at + run].page == NULL) {
			run++;
		}
		if (run == pages) {
			return at;
		}
	}
	return FAKE_PAGES;
}

static bool model_mapped(const struct space *s, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++) {
		if (s->slots[i].page == NULL) {
			return false;
		}
	}
	return true;
}

static bool model_allows(const struct space *s, uint32_t first, uint32_t count, vm_prot_t access)
{
	for (uint32_t i = first; i < first + count; i++) {
		if ((s->slots[i].protection & access) == 0) {
			return false;
		}
	}
	return true;
}

static void random_range(uint32_t *first, uint32_t *count)
{
	*first = random_below(FAKE_PAGES);
	uint32_t most = random_below(6) == 0 ? 40 : 6;
	*count = 1 + random_below(most);
	if (*first + *count > FAKE_PAGES) {
		*count = FAKE_PAGES - *first;
	}
}

static struct space *random_space(void)
{
	return &spaces[random_below(SPACES)];
}

/* --- what a program does: it touches memory through the page tables, and faults */

/* The bytes behind an address, or NULL when the fault was refused: *result says why. */
static uint8_t *touch(struct space *s, uint32_t address, bool write, kern_return_t *result)
{
	*result = KERN_SUCCESS;
	for (uint32_t tries = 0; tries < 3; tries++) {
		struct fake_entry *entry = fake_entry(s->map->pmap, page_trunc(address));
		if (entry->protection &
		    (write ? VM_PROT_WRITE : VM_PROT_READ | VM_PROT_EXECUTE | VM_PROT_WRITE)) {
			char *page = entry->page != NULL ? vm_page_kernel_address(entry->page)
							 : vm_host_memory + entry->device;
			return (uint8_t *)page + (address & PAGE_MASK);
		}
		*result = vm_fault(s->map, address, write);
		if (*result != KERN_SUCCESS) {
			return NULL;
		}
	}
	fail("a fault succeeded but left nothing mapped");
	return NULL;
}

static kern_return_t expected_access(const struct model_slot *slot, bool write)
{
	if (slot->page == NULL) {
		return KERN_INVALID_ADDRESS;
	}
	if ((slot->protection & (write ? VM_PROT_WRITE : VM_PROT_READ | VM_PROT_EXECUTE)) == 0) {
		/* Write-only memory is readable once it is mapped; the model does not say when. */
		return KERN_PROTECTION_FAILURE;
	}
	return KERN_SUCCESS;
}

static void step_write(void)
{
	struct space *s = random_space();
	uint32_t address = FAKE_LOW + random_below(FAKE_PAGES * PAGE_BYTES);
	uint32_t bytes = 1 + random_below(3 * PAGE_BYTES);
	while (bytes > 0 && address < FAKE_HIGH) {
		uint32_t part = PAGE_BYTES - (address & PAGE_MASK);
		part = part < bytes ? part : bytes;
		struct model_slot *slot = &s->slots[slot_of(address)];
		kern_return_t result;
		uint8_t *to = touch(s, address, true, &result);
		if (!settle(result, expected_access(slot, true))) {
			return;
		}
		uint8_t value = (uint8_t)random_below(256);
		memset(to, value, part);
		memset(&slot->page->bytes[address & PAGE_MASK], value, part);
		address += part;
		bytes -= part;
	}
}

static void check_page(struct space *s, uint32_t slot)
{
	kern_return_t result;
	kern_return_t expected = expected_access(&s->slots[slot], false);
	if (expected == KERN_PROTECTION_FAILURE) {
		return;
	}
	uint8_t *from = touch(s, address_of(slot), false, &result);
	if (settle(result, expected) && memcmp(from, s->slots[slot].page->bytes, PAGE_BYTES) != 0) {
		printf("# space %u page %u\n", (unsigned)(s - spaces), slot);
		fail("contents");
	}
}

static void step_read(void)
{
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	struct space *s = random_space();
	for (uint32_t i = first; i < first + count; i++) {
		check_page(s, i);
	}
}

/* --- the calls */

static void step_allocate(void)
{
	struct space *s = random_space();
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	bool anywhere = random_below(2) == 0;
	uint32_t address = address_of(first) + random_below(PAGE_BYTES);
	uint32_t bytes = count * PAGE_BYTES - random_below(PAGE_BYTES);
	kern_return_t expected = KERN_SUCCESS;
	if (anywhere) {
		first = model_gap(s, count);
		expected = first == FAKE_PAGES ? KERN_NO_SPACE : KERN_SUCCESS;
	}
	for (uint32_t i = first; !anywhere && i < first + count; i++) {
		if (s->slots[i].page != NULL) {
			expected = KERN_NO_SPACE;
		}
	}
	if (!settle(vm_map_allocate(s->map, &address, bytes, anywhere), expected)) {
		return;
	}
	if (address != address_of(first)) {
		fail("address");
	}
	for (uint32_t i = first; i < first + count; i++) {
		slot_fresh(&s->slots[i]);
	}
}

static void step_deallocate(void)
{
	struct space *s = random_space();
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	if (!settle(vm_map_deallocate_range(s->map, address_of(first), count * PAGE_BYTES),
		    KERN_SUCCESS)) {
		return;
	}
	for (uint32_t i = first; i < first + count; i++) {
		slot_clear(&s->slots[i]);
	}
}

static void step_protect(void)
{
	struct space *s = random_space();
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	static const vm_prot_t choices[] = {0, 1, 1, 3, 3, 3, 7, 5, 2};
	vm_prot_t protection = choices[random_below(9)];
	bool set_max = random_below(12) == 0;
	kern_return_t expected = KERN_SUCCESS;
	for (uint32_t i = first; i < first + count; i++) {
		if (s->slots[i].page != NULL && (protection & ~s->slots[i].max_protection) != 0) {
			expected = KERN_PROTECTION_FAILURE;
		}
	}
	if (!settle(vm_map_protect(s->map, address_of(first), count * PAGE_BYTES, set_max,
				   protection),
		    expected)) {
		return;
	}
	for (uint32_t i = first; i < first + count; i++) {
		if (s->slots[i].page == NULL) {
			continue; /* holes are passed over */
		}
		if (set_max) {
			s->slots[i].max_protection = protection;
			s->slots[i].protection &= protection;
		} else {
			s->slots[i].protection = protection;
		}
	}
}

static void step_inherit(void)
{
	struct space *s = random_space();
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	vm_inherit_t inheritance = (vm_inherit_t)random_below(3);
	if (settle(vm_map_inherit(s->map, address_of(first), count * PAGE_BYTES, inheritance),
		   KERN_SUCCESS)) {
		for (uint32_t i = first; i < first + count; i++) {
			s->slots[i].inheritance = s->slots[i].page != NULL ? inheritance : 0;
		}
	}
}

static void space_clear(struct space *s)
{
	for (uint32_t i = 0; i < FAKE_PAGES; i++) {
		slot_clear(&s->slots[i]);
	}
}

static void step_fork(void)
{
	struct space *parent = random_space();
	struct space *child = random_space();
	if (parent == child) {
		return;
	}
	struct vm_map *map = vm_map_fork(parent->map, &child->task);
	if (map == NULL) {
		settle(KERN_RESOURCE_SHORTAGE, KERN_SUCCESS);
		return;
	}
	vm_map_terminate(child->map);
	vm_map_release(child->map);
	child->map = map;
	space_clear(child);
	for (uint32_t i = 0; i < FAKE_PAGES; i++) {
		const struct model_slot *from = &parent->slots[i];
		struct model_slot *to = &child->slots[i];
		if (from->page == NULL || from->inheritance == VM_INHERIT_NONE) {
			continue;
		}
		*to = *from;
		to->wired = false;
		if (from->inheritance == VM_INHERIT_SHARE) {
			from->page->refs++;
		} else {
			to->page = model_page_new();
			memcpy(to->page->bytes, from->page->bytes, PAGE_BYTES);
		}
	}
}

static void step_copyin(void)
{
	struct transit *t = &transits[random_below(COPIES)];
	struct space *s = random_space();
	if (t->copy != NULL) {
		return;
	}
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	uint32_t address = address_of(first);
	uint32_t bytes = count * PAGE_BYTES;
	if (random_below(2) == 0) {
		uint32_t skip = random_below(PAGE_BYTES);
		address += skip;
		bytes -= skip;
		uint32_t cut = random_below(PAGE_BYTES);
		bytes -= cut < bytes ? cut : 0;
		count = ((address & PAGE_MASK) + bytes + PAGE_MASK) >> PAGE_SHIFT;
	}
	bool destroy = random_below(3) == 0;
	kern_return_t expected = !model_mapped(s, first, count) ? KERN_INVALID_ADDRESS
				 : !model_allows(s, first, count, VM_PROT_READ)
					 ? KERN_PROTECTION_FAILURE
					 : KERN_SUCCESS;
	if (!settle(vm_map_copyin(s->map, address, bytes, destroy, &t->copy), expected)) {
		if (t->copy != NULL) {
			fail("a failed copyin left a copy");
		}
		return;
	}
	t->offset = address & PAGE_MASK;
	t->bytes = bytes;
	t->data = malloc(bytes);
	for (uint32_t i = 0; i < bytes; i++) {
		t->data[i] = s->slots[slot_of(address + i)].page->bytes[(address + i) & PAGE_MASK];
	}
	for (uint32_t i = first; destroy && i < first + count; i++) {
		slot_clear(&s->slots[i]);
	}
}

static void step_copyin_kernel(void)
{
	struct transit *t = &transits[random_below(COPIES)];
	if (t->copy != NULL) {
		return;
	}
	t->offset = 0;
	t->bytes = 1 + random_below(4 * PAGE_BYTES);
	t->data = malloc(t->bytes);
	memset(t->data, (int)random_below(256), t->bytes);
	if (!settle(vm_map_copyin_kernel(t->data, t->bytes, &t->copy), KERN_SUCCESS)) {
		free(t->data);
	}
}

static void transit_done(struct transit *t)
{
	t->copy = NULL;
	free(t->data);
	t->data = NULL;
}

static void step_copyout(void)
{
	struct transit *t = &transits[random_below(COPIES)];
	struct space *s = random_space();
	if (t->copy == NULL) {
		return;
	}
	uint32_t count = (t->offset + t->bytes + PAGE_MASK) >> PAGE_SHIFT;
	uint32_t first = model_gap(s, count);
	uint32_t address = 0;
	if (!settle(vm_map_copyout(s->map, &address, t->copy),
		    first == FAKE_PAGES ? KERN_NO_SPACE : KERN_SUCCESS)) {
		return;
	}
	if (address != address_of(first) + t->offset) {
		fail("address");
	}
	for (uint32_t i = first; i < first + count; i++) {
		slot_fresh(&s->slots[i]); /* zero around the data: nothing of the sender's page
					     leaks */
	}
	for (uint32_t i = 0; i < t->bytes; i++) {
		s->slots[slot_of(address + i)].page->bytes[(address + i) & PAGE_MASK] = t->data[i];
	}
	transit_done(t);
}

static void step_discard(void)
{
	struct transit *t = &transits[random_below(COPIES)];
	if (t->copy == NULL) {
		return;
	}
	uint32_t offset = random_below(t->bytes);
	uint32_t bytes = random_below(t->bytes - offset + 1);
	uint8_t *buffer = malloc(bytes + 1);
	if (!vm_map_copy_read(t->copy, offset, buffer, bytes) ||
	    memcmp(buffer, t->data + offset, bytes) != 0 ||
	    vm_map_copy_read(t->copy, offset, buffer, t->bytes - offset + 1)) {
		fail("reading a copy");
	}
	free(buffer);
	vm_map_copy_discard(t->copy);
	transit_done(t);
}

static kern_return_t expected_overwrite(const struct space *s, uint32_t first, uint32_t count)
{
	return first + count > FAKE_PAGES || !model_mapped(s, first, count) ? KERN_INVALID_ADDRESS
	       : !model_allows(s, first, count, VM_PROT_WRITE) ? KERN_PROTECTION_FAILURE
							       : KERN_SUCCESS;
}

static void model_overwrite(struct space *s, uint32_t first, const uint8_t *data, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		memcpy(s->slots[first + i].page->bytes, data + i * PAGE_BYTES, PAGE_BYTES);
	}
}

static void step_overwrite(void)
{
	struct transit *t = &transits[random_below(COPIES)];
	struct space *s = random_space();
	if (t->copy == NULL || failing) {
		return; /* a shortage may leave the first pages written */
	}
	uint32_t first = random_below(FAKE_PAGES);
	uint32_t count = t->bytes >> PAGE_SHIFT;
	kern_return_t expected = t->offset != 0 || (t->bytes & PAGE_MASK) != 0
					 ? KERN_INVALID_ARGUMENT
					 : expected_overwrite(s, first, count);
	if (settle(vm_map_copy_overwrite(s->map, address_of(first), t->copy), expected)) {
		model_overwrite(s, first, t->data, count);
		transit_done(t);
	}
}

static void step_copy_range(void)
{
	struct space *s = random_space();
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	uint32_t to = random_below(FAKE_PAGES);
	if (failing) {
		return;
	}
	kern_return_t expected = !model_mapped(s, first, count) ? KERN_INVALID_ADDRESS
				 : !model_allows(s, first, count, VM_PROT_READ)
					 ? KERN_PROTECTION_FAILURE
					 : expected_overwrite(s, to, count);
	if (!settle(vm_map_copy_range(s->map, address_of(first), count * PAGE_BYTES,
				      address_of(to)),
		    expected)) {
		return;
	}
	uint8_t *data = malloc(count * PAGE_BYTES);
	for (uint32_t i = 0; i < count; i++) {
		memcpy(data + i * PAGE_BYTES, s->slots[first + i].page->bytes, PAGE_BYTES);
	}
	model_overwrite(s, to, data, count);
	free(data);
}

/* A window of one space's memory seen in another (or the same), or a private copy of it. */
static void step_proxy(void)
{
	struct space *from = random_space();
	struct space *to = random_space();
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	struct vm_proxy proxy;
	kern_return_t result = vm_map_make_proxy(from->map, address_of(first), count * PAGE_BYTES,
						 VM_PROT_READ, &proxy);
	if (result != KERN_SUCCESS) {
		if (from->slots[first].page == NULL && result != KERN_INVALID_ADDRESS) {
			fail("a proxy of a hole");
		}
		return;
	}
	bool copy = random_below(2) == 0;
	uint32_t at = model_gap(to, count);
	uint32_t address = 0;
	result =
		vm_map_enter(to->map, &address, count * PAGE_BYTES, 0, true, proxy.object,
			     proxy.offset, copy, VM_PROT_DEFAULT, VM_PROT_DEFAULT, VM_INHERIT_COPY);
	vm_object_release(proxy.object);
	if (!settle(result, at == FAKE_PAGES ? KERN_NO_SPACE : KERN_SUCCESS)) {
		return;
	}
	if (address != address_of(at)) {
		fail("address");
	}
	for (uint32_t i = 0; i < count; i++) {
		slot_fresh(&to->slots[at + i]);
		to->slots[at + i].max_protection = VM_PROT_DEFAULT;
		struct model_page *page = from->slots[first + i].page;
		if (copy) {
			memcpy(to->slots[at + i].page->bytes, page->bytes, PAGE_BYTES);
		} else {
			free(to->slots[at + i].page);
			to->slots[at + i].page = page;
			page->refs++;
		}
	}
}

static void step_wire(void)
{
	struct space *s = random_space();
	uint32_t first;
	uint32_t count;
	random_range(&first, &count);
	if (random_below(2) == 0) {
		kern_return_t result =
			vm_map_wire(s->map, address_of(first), count * PAGE_BYTES, VM_PROT_NONE);
		settle(result, model_mapped(s, first, count) ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
		return;
	}
	kern_return_t expected = !model_mapped(s, first, count) ? KERN_INVALID_ADDRESS
				 : !model_allows(s, first, count, VM_PROT_READ)
					 ? KERN_PROTECTION_FAILURE
					 : KERN_SUCCESS;
	settle(vm_map_wire(s->map, address_of(first), count * PAGE_BYTES, VM_PROT_READ), expected);
}

static void space_start(struct space *s)
{
	s->map = vm_map_create(&s->task, FAKE_LOW, FAKE_HIGH);
	if (s->map == NULL) {
		abort();
	}
}

static void step_restart(void)
{
	struct space *s = random_space();
	uint32_t failing_one_in = zone_fail_one_in;
	vm_map_terminate(s->map);
	vm_map_release(s->map);
	space_clear(s);
	zone_fail_one_in = 0;
	space_start(s);
	zone_fail_one_in = failing_one_in;
}

/* --- checks */

/* The regions of a map, page by page, and what its page tables hold. */
static void check_space(struct space *s)
{
	uint32_t address = FAKE_LOW;
	struct vm_map_region_info info;
	if (!vm_tree_check(&s->map->tree)) {
		fail("tree");
	}
	while (address < FAKE_HIGH) {
		kern_return_t result = vm_map_region(s->map, address, &info);
		uint32_t start = result == KERN_SUCCESS ? info.start : FAKE_HIGH;
		for (; address < start; address += PAGE_BYTES) {
			if (s->slots[slot_of(address)].page != NULL) {
				fail("a region is missing");
			}
		}
		uint32_t end = result == KERN_SUCCESS ? info.start + info.bytes : FAKE_HIGH;
		for (; address < end; address += PAGE_BYTES) {
			const struct model_slot *slot = &s->slots[slot_of(address)];
			if (slot->page == NULL || slot->protection != info.protection ||
			    slot->max_protection != info.max_protection ||
			    slot->inheritance != info.inheritance) {
				fail("region attributes");
			}
		}
	}
	for (uint32_t i = 0; i < FAKE_PAGES; i++) {
		struct fake_entry *entry = fake_entry(s->map->pmap, address_of(i));
		struct vm_map_entry *region = vm_map_lookup(s->map, address_of(i));
		if (region != NULL && region->wired_count > 0 &&
		    region->protection & VM_PROT_READ &&
		    vm_object_page(region->object, vm_map_entry_index(region, address_of(i)))
				    ->wire_count == 0) {
			fail("a wired page is not");
		}
		if (entry->protection == VM_PROT_NONE) {
			continue;
		}
		if (region == NULL || (entry->protection & ~region->protection) != 0 ||
		    vm_object_page(region->object, vm_map_entry_index(region, address_of(i))) !=
			    entry->page ||
		    ((entry->protection & VM_PROT_WRITE) && entry->page->refs > 1)) {
			fail("the page tables hold what the map does not");
		}
	}
}

static void check_charges(void)
{
	static struct vm_object *seen[SPACES * FAKE_PAGES + COPIES];
	uint32_t count = 0;
	uint32_t used[SPACES] = {0};
	for (uint32_t k = 0; k < SPACES + COPIES; k++) {
		struct list single;
		list_init(&single);
		struct list *head = k < SPACES ? &spaces[k].map->entries : &single;
		struct list *link = k < SPACES ? head->next : NULL;
		while (link != head) {
			struct vm_object *object =
				k < SPACES ? list_entry(link, struct vm_map_entry, link)->object
				: transits[k - SPACES].copy != NULL
					? vm_map_copy_object(transits[k - SPACES].copy)
					: NULL;
			link = k < SPACES ? link->next : head;
			bool known = object == NULL;
			for (uint32_t i = 0; i < count && !known; i++) {
				known = seen[i] == object;
			}
			if (!known) {
				seen[count++] = object;
				if (object->charged != NULL) {
					used[container_of(object->charged, struct space, task) -
					     spaces] += object->resident;
				}
			}
		}
	}
	for (uint32_t i = 0; i < SPACES; i++) {
		if (spaces[i].task.quota.used != used[i]) {
			printf("# space %u is charged %u, its objects hold %u\n", i,
			       spaces[i].task.quota.used, used[i]);
			fail("charges");
		}
	}
}

static const struct {
	const char *name;
	void (*run)(void);
	uint32_t weight;
} steps[] = {
	{"allocate", step_allocate, 12},
	{"deallocate", step_deallocate, 6},
	{"write", step_write, 30},
	{"read", step_read, 12},
	{"protect", step_protect, 8},
	{"inherit", step_inherit, 5},
	{"fork", step_fork, 3},
	{"copyin", step_copyin, 12},
	{"copyout", step_copyout, 10},
	{"kernel copy", step_copyin_kernel, 2},
	{"discard", step_discard, 4},
	{"overwrite", step_overwrite, 6},
	{"copy range", step_copy_range, 5},
	{"proxy", step_proxy, 3},
	{"wire", step_wire, 5},
	{"restart", step_restart, 1},
};

static void run_step(void)
{
	uint32_t total = 0;
	for (uint32_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		total += steps[i].weight;
	}
	uint32_t pick = random_below(total);
	uint32_t i = 0;
	while (pick >= steps[i].weight) {
		pick -= steps[i++].weight;
	}
	step_name = steps[i].name;
	steps[i].run();
	check_space(random_space());
	if (step_number % 16 == 0) {
		check_charges();
	}
	if (step_number % 256 == 0) {
		for (uint32_t page = 0; page < SPACES * FAKE_PAGES; page++) {
			check_page(&spaces[page % SPACES], page / SPACES);
		}
	}
}

/* One run from a seed; then everything must be as before. */
static void run(uint64_t with_seed, uint32_t count, uint32_t fail_one_in, uint32_t quota)
{
	uint32_t free_pages = vm_page_free_count;
	uint32_t elements = zone_elements;
	seed = with_seed;
	failing = fail_one_in != 0 || quota != UINT32_MAX;
	for (uint32_t i = 0; i < SPACES; i++) {
		spaces[i].task.refs = 1;
		spaces[i].task.quota.limit = quota;
		space_start(&spaces[i]);
	}
	zone_fail_one_in = fail_one_in;
	for (step_number = 0; step_number < count; step_number++) {
		run_step();
	}
	zone_fail_one_in = 0;
	step_name = "end";
	for (uint32_t i = 0; i < COPIES; i++) {
		if (transits[i].copy != NULL) {
			vm_map_copy_discard(transits[i].copy);
			transit_done(&transits[i]);
		}
	}
	for (uint32_t i = 0; i < SPACES; i++) {
		vm_map_terminate(spaces[i].map);
		vm_map_release(spaces[i].map);
		space_clear(&spaces[i]);
	}
	for (uint32_t i = 0; i < SPACES; i++) { /* only now: they share objects */
		if (spaces[i].task.quota.used != 0 || spaces[i].task.refs != 1) {
			fail("charges or references are left");
		}
	}
	if (vm_page_free_count != free_pages || zone_elements != elements ||
	    vm_page_wired_count != 0) {
		printf("# free pages %u of %u, elements %u of %u, wired %u\n", vm_page_free_count,
		       free_pages, zone_elements, elements, vm_page_wired_count);
		fail("pages or elements are left");
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..3\n");
	fake_boot();
	for (uint32_t i = 1; i <= 3; i++) {
		run(i, STEPS / 3, 0, UINT32_MAX);
	}
	printf("ok 1 - maps agree with the byte model over %u random steps\n", STEPS);
	for (uint32_t i = 11; i <= 13; i++) {
		run(i, STEPS / 3, 6, UINT32_MAX);
	}
	printf("ok 2 - nothing is lost or changed when zones fail (%u shortages)\n", shortages);
	shortages = 0;
	run(21, STEPS / 3, 0, 40);
	run(22, STEPS / 3, 20, 20);
	printf("ok 3 - nor when a quota does (%u shortages)\n", shortages);
	return 0;
}
