/* LINK: kernel/vm/page.c kernel/vm/object.c kernel/vm/object_copy.c kernel/vm/map.c
   kernel/vm/map_attributes.c kernel/vm/map_wire.c kernel/vm/map_fork.c kernel/vm/map_copy.c
   kernel/vm/fault.c kernel/vm/pager.c kernel/vm/upcall.c kernel/vm/vm_tree_core.c */
/* Faults on external memory objects, with a pager that answers from inside the wait: in time, late,
   with an error, never, or dead. And device memory. */
#include "vm_fakes.h"

/* --- the pager */
enum answer { SUPPLY, UNAVAILABLE, DATA_ERROR, DIE, INTERRUPT, DESTROY, END_TASK };
static enum answer answer;
static bool alive = true;
static bool ready_at_once = true;
static uint32_t initialized, terminated, requested, waits, rights;
static uint32_t last_offset;
static struct vm_object *asked; /* the object of an unanswered data_request */
static struct task task;
static struct vm_map *map;

struct ipc_port *pager_port_copy(struct ipc_port *pager)
{
	rights++;
	return pager;
}

void pager_port_release(struct ipc_port *pager)
{
	(void)pager;
	rights--;
}

bool pager_port_alive(const struct ipc_port *pager)
{
	(void)pager;
	return alive;
}

kern_return_t pager_call_init(struct ipc_port *pager, struct vm_object *object)
{
	(void)pager;
	initialized++;
	asked = object;
	return ready_at_once ? vm_object_pager_ready(object, false, MEMORY_OBJECT_COPY_NONE)
			     : KERN_SUCCESS;
}

kern_return_t pager_call_terminate(struct vm_object *object)
{
	(void)object;
	terminated++;
	return KERN_SUCCESS;
}

kern_return_t pager_call_data_request(struct vm_object *object, uint32_t offset, uint32_t bytes,
				      int access)
{
	(void)access;
	if (!alive || bytes != PAGE_BYTES) {
		return KERN_FAILURE;
	}
	asked = object;
	last_offset = offset;
	requested++;
	return KERN_SUCCESS;
}

static struct vm_map_copy *page_of(uint8_t value)
{
	static uint8_t data[PAGE_BYTES];
	struct vm_map_copy *copy;
	memset(data, value, sizeof data);
	if (vm_map_copyin_kernel(data, sizeof data, &copy) != KERN_SUCCESS) {
		abort();
	}
	return copy;
}

enum wait_result thread_wait(struct wait_queue *queue, uint64_t deadline)
{
	(void)queue;
	(void)deadline;
	if (++waits > 50) {
		panic("a fault waits for ever");
	}
	if (!ready_at_once && waits < 3) {
		return WAIT_TIMED_OUT;
	}
	if (!ready_at_once) {
		ready_at_once = true;
		return vm_object_pager_ready(asked, false, MEMORY_OBJECT_COPY_NONE) == KERN_SUCCESS
			       ? WAIT_AWAKENED
			       : WAIT_TIMED_OUT;
	}
	switch (answer) {
	case SUPPLY:
		if (vm_object_pager_supply(asked, last_offset,
					   page_of((uint8_t)(last_offset >> PAGE_SHIFT)), 0,
					   false) != KERN_SUCCESS) {
			abort();
		}
		return WAIT_AWAKENED;
	case UNAVAILABLE:
		if (vm_object_pager_unavailable(asked, 0, 0xfffff000u) != KERN_SUCCESS) {
			abort();
		}
		return WAIT_AWAKENED;
	case DATA_ERROR:
		if (vm_object_pager_error(asked, last_offset, PAGE_BYTES, KERN_FAILURE) !=
		    KERN_SUCCESS) {
			abort();
		}
		return WAIT_AWAKENED;
	case DIE:
		alive = false;
		return WAIT_TIMED_OUT;
	case INTERRUPT:
		return WAIT_INTERRUPTED;
	case DESTROY:
		if (vm_object_pager_destroy(asked, KERN_SUCCESS) != KERN_SUCCESS) {
			abort();
		}
		return WAIT_AWAKENED;
	case END_TASK:
		vm_map_terminate(map);
		vm_map_release(map);
		map = NULL;
		return WAIT_INTERRUPTED;
	}
	abort();
}

void wait_queue_wake_all(struct wait_queue *queue, enum wait_result result)
{
	(void)queue;
	(void)result;
}

uint64_t clock_deadline_ms(uint32_t ms)
{
	return ms;
}

/* --- the tests */
static uint32_t number;

static void ok(bool good, const char *what)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++number, what);
	if (!good) {
		exit(1);
	}
}

static struct ipc_port *const port = (struct ipc_port *)0x1230;

/* Maps 8 pages of the pager's object. */
static uint32_t map_object(bool copy)
{
	struct vm_object *object;
	uint32_t address = 0;
	waits = 0;
	if (vm_object_enter_pager(port, 8 * PAGE_BYTES, &object) != KERN_SUCCESS) {
		return 0;
	}
	kern_return_t result = vm_map_enter(map, &address, 8 * PAGE_BYTES, 0, true, object, 0, copy,
					    VM_PROT_DEFAULT, VM_PROT_ALL, VM_INHERIT_COPY);
	vm_object_release(object);
	return result == KERN_SUCCESS ? address : 0;
}

static uint8_t byte_at(uint32_t address)
{
	struct fake_entry *entry = fake_entry(map->pmap, page_trunc(address));
	return ((uint8_t *)vm_page_kernel_address(entry->page))[address & PAGE_MASK];
}

static void unmap_all(void)
{
	if (vm_map_deallocate_range(map, FAKE_LOW, FAKE_HIGH - FAKE_LOW) != KERN_SUCCESS) {
		abort();
	}
}

static void test_supply(void)
{
	answer = SUPPLY;
	uint32_t address = map_object(false);
	uint32_t before = requested;
	ok(vm_fault(map, address + 3 * PAGE_BYTES, false) == KERN_SUCCESS &&
		   byte_at(address + 3 * PAGE_BYTES) == 3,
	   "a read fault brings the pager's page");
	ok(vm_fault(map, address + 3 * PAGE_BYTES, true) == KERN_SUCCESS && requested == before + 1,
	   "a page that is there is not asked for again");
	ok(vm_object_pager_supply(asked, 5 * PAGE_BYTES, page_of(99), 0, false) == KERN_SUCCESS &&
		   vm_fault(map, address + 5 * PAGE_BYTES, false) == KERN_SUCCESS &&
		   byte_at(address + 5 * PAGE_BYTES) == 99 && requested == before + 1,
	   "a page that nobody asked for is taken");
	ok(vm_object_pager_supply(asked, 5 * PAGE_BYTES, page_of(77), 0, false) == KERN_SUCCESS &&
		   byte_at(address + 5 * PAGE_BYTES) == 99,
	   "a page that is present is left");
	ok(vm_object_pager_supply(asked, 5, page_of(1), 0, false) == KERN_INVALID_ARGUMENT,
	   "an odd offset is refused");
	uint32_t again = map_object(false);
	ok(again != address && initialized == 1 &&
		   vm_fault(map, again + 3 * PAGE_BYTES, false) == KERN_SUCCESS &&
		   requested == before + 1,
	   "a second mapping is of the same object");
	unmap_all();
	ok(terminated == 1 && rights == 0 && task.quota.used == 0,
	   "the last mapping ends the object");
}

static void test_copy(void)
{
	struct vm_map_copy *copy;
	uint8_t bytes[4];
	answer = SUPPLY;
	uint32_t address = map_object(false);
	ok(vm_map_copyin(map, address + PAGE_BYTES, 2 * PAGE_BYTES, false, &copy) == KERN_SUCCESS &&
		   vm_map_copy_read(copy, PAGE_BYTES, bytes, 4) && bytes[3] == 2,
	   "copying fetches what it copies");
	vm_map_copy_discard(copy);
	uint32_t private = map_object(true);
	ok(vm_fault(map, private + 7 * PAGE_BYTES, true) == KERN_SUCCESS &&
		   byte_at(private + 7 * PAGE_BYTES) == 7 &&
		   vm_fault(map, address + 7 * PAGE_BYTES, false) == KERN_SUCCESS &&
		   fake_entry(map->pmap, private + 7 * PAGE_BYTES)->page !=
			   fake_entry(map->pmap, address + 7 * PAGE_BYTES)->page,
	   "a private mapping has pages of its own");
	unmap_all();
}

static void test_failures(void)
{
	ready_at_once = false;
	answer = UNAVAILABLE;
	uint32_t address = map_object(false);
	uint32_t before = requested;
	ok(vm_fault(map, address, true) == KERN_SUCCESS && byte_at(address) == 0 &&
		   requested == before + 1,
	   "a fault waits for memory_object_ready, and data_unavailable means zero");
	answer = DATA_ERROR;
	ok(vm_fault(map, address + PAGE_BYTES, false) == KERN_MEMORY_ERROR,
	   "data_error fails the fault");
	answer = INTERRUPT;
	before = requested;
	ok(vm_fault(map, address + 2 * PAGE_BYTES, false) == KERN_ABORTED,
	   "a wait can be interrupted");
	answer = SUPPLY;
	ok(vm_fault(map, address + 2 * PAGE_BYTES, false) == KERN_SUCCESS &&
		   requested == before + 1,
	   "its page is not asked for twice");
	task.quota.limit = task.quota.used;
	ok(vm_fault(map, address + 4 * PAGE_BYTES, false) == KERN_RESOURCE_SHORTAGE,
	   "the quota holds for pagers' pages");
	task.quota.limit = UINT32_MAX;
	answer = DIE;
	ok(vm_fault(map, address + 3 * PAGE_BYTES, false) == KERN_MEMORY_ERROR,
	   "the pager's death ends the wait");
	ok(vm_fault(map, address + 6 * PAGE_BYTES, false) == KERN_MEMORY_ERROR &&
		   vm_fault(map, address, false) == KERN_SUCCESS,
	   "later faults fail at once, pages that are there stay");
	unmap_all();
	ok(map_object(false) == 0, "a dead port is not mapped");
	alive = true;
	answer = DESTROY;
	address = map_object(false);
	ok(vm_fault(map, address, false) == KERN_MEMORY_ERROR,
	   "memory_object_destroy fails faults");
	unmap_all();
}

static void test_device(void)
{
	struct vm_object *object = vm_object_create_device(FAKE_RAM_PAGES << PAGE_SHIFT, 4);
	uint32_t address = 0;
	memset(vm_host_memory + (FAKE_RAM_PAGES << PAGE_SHIFT), 42, PAGE_BYTES);
	ok(vm_map_enter(map, &address, 5 * PAGE_BYTES, 0, true, object, 0, false, VM_PROT_DEFAULT,
			VM_PROT_ALL, VM_INHERIT_SHARE) == KERN_SUCCESS &&
		   vm_fault(map, address + PAGE_BYTES, true) == KERN_SUCCESS &&
		   fake_entry(map->pmap, address + PAGE_BYTES)->device == (FAKE_RAM_PAGES + 1)
										  << PAGE_SHIFT,
	   "device memory is mapped as it is");
	ok(vm_fault(map, address + 4 * PAGE_BYTES, false) == KERN_MEMORY_ERROR,
	   "and not beyond its end");
	struct vm_map_copy *copy;
	uint8_t byte = 0;
	ok(vm_map_copyin(map, address, PAGE_BYTES, false, &copy) == KERN_SUCCESS &&
		   vm_map_copy_read(copy, 9, &byte, 1) && byte == 42 &&
		   vm_map_copy_overwrite(map, address + PAGE_BYTES, copy) == KERN_SUCCESS &&
		   vm_host_memory[((FAKE_RAM_PAGES + 1) << PAGE_SHIFT) + 7] == 42,
	   "it is copied by value, both ways");
	vm_object_release(object);
	unmap_all();
}

/* One rule each of what the vm_* calls promise, beyond what the model test draws at random. */
static void test_calls(void)
{
	uint32_t address = 12345;
	ok(vm_map_allocate(map, &address, 0, true) == KERN_SUCCESS && address == 0,
	   "allocating nothing gives address 0");
	ok(vm_map_allocate(map, &address, 0xffffffffu, true) == KERN_NO_SPACE,
	   "allocating everything is refused");
	address = 0;
	ok(vm_map_allocate(map, &address, PAGE_BYTES, false) == KERN_INVALID_ADDRESS,
	   "below the map is no place");
	ok(vm_map_deallocate_range(map, 0xfffff000u, 0x2000u) == KERN_INVALID_ADDRESS &&
		   vm_map_deallocate_range(map, 0, 0xfffff000u) == KERN_SUCCESS,
	   "deallocating holes succeeds, wrapping around does not");
	address = FAKE_LOW + 1;
	ok(vm_map_enter(map, &address, PAGE_BYTES, 0x3fff, true, NULL, 0, false, 3, 7,
			VM_INHERIT_COPY) == KERN_SUCCESS &&
		   address == 0x4000,
	   "a mask aligns, and the search begins at the address given");
	ok(vm_map_enter(map, &address, PAGE_BYTES, 0, false, NULL, 0, false, 3, 7,
			VM_INHERIT_COPY) == KERN_NO_SPACE,
	   "what is taken is taken");
	ok(vm_map_enter(map, &address, PAGE_BYTES, 0, true, NULL, 0, false, 7, 3,
			VM_INHERIT_COPY) == KERN_INVALID_ARGUMENT,
	   "no more access than the greatest");
	map->size_limit_cur = 2 * PAGE_BYTES;
	ok(vm_map_allocate(map, &address, 2 * PAGE_BYTES, true) == KERN_NO_SPACE &&
		   vm_map_allocate(map, &address, PAGE_BYTES, true) == KERN_SUCCESS,
	   "vm_set_size_limit holds");
	map->size_limit_cur = UINT32_MAX;
	unmap_all();
	for (uint32_t i = 0; i < 32; i++) {
		address = FAKE_LOW + i * PAGE_BYTES;
		if (vm_map_allocate(map, &address, PAGE_BYTES, false) != KERN_SUCCESS ||
		    vm_fault(map, address, true) != KERN_SUCCESS) {
			abort();
		}
	}
	ok(map->entry_count == 1, "memory that is allocated page by page is one entry");
	unmap_all();
	uint32_t physical;
	ok(vm_map_allocate_contiguous(map, 3 * PAGE_BYTES, 0, 4 * PAGE_BYTES, &address,
				      &physical) == KERN_SUCCESS &&
		   physical % (4 * PAGE_BYTES) == 0 && vm_page_wired_count == 3 &&
		   vm_page_physical(fake_entry(map->pmap, address + 2 * PAGE_BYTES)->page) ==
			   physical + 2 * PAGE_BYTES,
	   "contiguous memory is contiguous, aligned and wired");
	unmap_all();
	ok(vm_map_wire_all(map, VM_WIRE_FUTURE) == KERN_SUCCESS &&
		   vm_map_allocate(map, &address, 2 * PAGE_BYTES, true) == KERN_SUCCESS &&
		   vm_page_wired_count == 2 && vm_map_wire_all(map, VM_WIRE_NONE) == KERN_SUCCESS &&
		   vm_page_wired_count == 0,
	   "vm_wire_all wires what comes");
	unmap_all();
}

static void test_machine_full(void)
{
	uint32_t count = 0;
	struct vm_map *maps[128];
	kern_return_t result = KERN_SUCCESS;
	uint32_t used = 0;
	while (result == KERN_SUCCESS && used < 14) {
		maps[used] = vm_map_create(&task, FAKE_LOW, FAKE_HIGH);
		uint32_t address = FAKE_LOW;
		struct vm_page *page;
		if (vm_map_allocate(maps[used], &address, FAKE_HIGH - FAKE_LOW, false) !=
		    KERN_SUCCESS) {
			abort();
		}
		for (; address < FAKE_HIGH && result == KERN_SUCCESS; address += PAGE_BYTES) {
			result = vm_fault(maps[used], address, true);
			count += result == KERN_SUCCESS;
		}
		used++;
		while (used == 13 && (page = vm_page_alloc(RESERVE_NONE)) != NULL) {
			vm_page_wired_count++; /* the rest of the machine goes elsewhere */
			static struct list away = {&away, &away};
			list_add_head(&away, &page->link);
		}
	}
	ok(result == KERN_RESOURCE_SHORTAGE && vm_page_free_count == VM_PAGE_RESERVE &&
		   task.quota.used == count,
	   "touching memory ends in a shortage when the machine is full");
	task.quota.reserve = RESERVE_ESSENTIAL;
	ok(vm_fault(maps[used - 1], FAKE_HIGH - PAGE_BYTES, true) == KERN_SUCCESS,
	   "but not for a task with a reserve");
	for (uint32_t i = 0; i < used; i++) {
		vm_map_terminate(maps[i]);
		vm_map_release(maps[i]);
	}
	ok(task.quota.used == 0 && vm_page_free_count == VM_PAGE_RESERVE + count,
	   "and freeing restores everything");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	fake_boot();
	task.refs = 1;
	task.quota.limit = UINT32_MAX;
	static struct thread thread;
	thread.task = &task;
	current = &thread;
	map = vm_map_create(&task, FAKE_LOW, FAKE_HIGH);
	uint32_t free_pages = vm_page_free_count;
	uint32_t elements = zone_elements;
	test_supply();
	test_copy();
	test_failures();
	test_device();
	test_calls();
	ok(vm_page_free_count == free_pages && zone_elements == elements && rights == 0 &&
		   initialized == terminated,
	   "pages, zone elements and rights are back");
	answer = END_TASK;
	uint32_t address = map_object(false);
	ok(vm_fault(map, address, false) == KERN_ABORTED, "the task may end while its fault waits");
	ok(task.quota.used == 0 && task.refs == 1 && rights == 0, "and takes all with it");
	test_machine_full();
	printf("1..%u\n", number);
	return 0;
}
