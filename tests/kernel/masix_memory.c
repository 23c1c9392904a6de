/* TEST: oracle=no */
/*
 * masix_memory_*: memory that its owner sizes and copies without mapping it, and shows to others
 * through windows; who pays for it; what becomes of mappings when it shrinks.
 */
#include "lib/harness.h"
#include <gen/mach4.h>
#include <gen/mach_host.h>
#include <gen/masix_host.h>

#define SELF mach_task_self()
#define PAGE 0x1000u
#define RW   (VM_PROT_READ | VM_PROT_WRITE)

static mach_port_t bank; /* a task without threads, which pays */
static char buffer[3 * PAGE];
static char other[3 * PAGE];

static mach_port_t memory_new(void)
{
	mach_port_t memory = MACH_PORT_NULL;

	NEED_KR(masix_memory_create(bank, &memory));
	return memory;
}

static mach_port_t window_new(mach_port_t memory, vm_prot_t protection, vm_size_t bytes)
{
	mach_port_t window = MACH_PORT_NULL;
	vm_offset_t zero = 0;

	NEED_KR(mach_port_mod_refs(SELF, memory, MACH_PORT_RIGHT_SEND, 1));
	NEED_KR(memory_object_create_proxy(SELF, protection, &memory, MACH_MSG_TYPE_MOVE_SEND, 1,
					   &zero, 1, &zero, 1, &bytes, 1, &window));
	return window;
}

static char *map(mach_port_t memory, vm_size_t bytes, boolean_t copy, vm_prot_t protection)
{
	vm_address_t address = 0;

	NEED_KR(vm_map(SELF, &address, bytes, 0, TRUE, memory, 0, copy, protection, protection,
		       VM_INHERIT_NONE));
	return (char *)address;
}

static void unmap(char *address, vm_size_t bytes)
{
	NEED_KR(vm_deallocate(SELF, (vm_address_t)address, bytes));
}

static natural_t charged(void)
{
	natural_t used = 0, limit = 0;

	NEED_KR(masix_task_pages(bank, &used, &limit));
	return used;
}

static void load(void *address)
{
	(void)*(volatile char *)address;
}

static void store(void *address)
{
	*(volatile char *)address = 1;
}

static kern_return_t fault_of(void (*function)(void *), char *address)
{
	struct test_fault fault;

	return test_catch(&fault, function, address) ? fault.code : KERN_SUCCESS;
}

static void check_copies(void)
{
	mach_port_t memory = memory_new();
	vm_size_t written = 0, bytes = 1;
	natural_t pages = 1;
	boolean_t executable = TRUE;

	CHECK_KR(masix_memory_info(memory, &bytes, &pages, &executable), KERN_SUCCESS);
	CHECK(bytes == 0 && pages == 0 && !executable);
	for (uint32_t i = 0; i < sizeof buffer; i++) {
		buffer[i] = (char)(i * 7 + i / PAGE);
	}
	/* Across pages, with an empty page in front. */
	CHECK_KR(masix_memory_write(memory, PAGE + 100, (vm_address_t)buffer, 2 * PAGE, &written),
		 KERN_SUCCESS);
	CHECK_EQ(written, 2 * PAGE);
	CHECK_KR(masix_memory_info(memory, &bytes, &pages, &executable), KERN_SUCCESS);
	CHECK_EQ(bytes, 4 * PAGE);
	CHECK_EQ(pages, 3);
	CHECK_EQ(charged(), 3);
	CHECK_KR(masix_memory_read(memory, PAGE + 100, (vm_address_t)other, 2 * PAGE),
		 KERN_SUCCESS);
	CHECK(memcmp(other, buffer, 2 * PAGE) == 0);
	memset(other, 1, PAGE);
	CHECK_KR(masix_memory_read(memory, 100, (vm_address_t)other, PAGE), KERN_SUCCESS);
	CHECK(other[0] == 0 && other[PAGE - 1] == 0);
	CHECK_EQ(charged(), 3); /* reading made no page */
	/* A discarded range: zeros, and whole pages come back. */
	CHECK_KR(masix_memory_discard(memory, PAGE + 200, 2 * PAGE), KERN_SUCCESS);
	CHECK_EQ(charged(), 2);
	CHECK_KR(masix_memory_read(memory, PAGE + 100, (vm_address_t)other, 2 * PAGE),
		 KERN_SUCCESS);
	CHECK(memcmp(other, buffer, 100) == 0 && other[100] == 0 && other[2 * PAGE - 1] == 0);
	CHECK_KR(masix_memory_read(memory, 3 * PAGE + 200, (vm_address_t)other, 1), KERN_SUCCESS);
	CHECK_KR(masix_memory_discard(memory, PAGE + 101, 2), KERN_SUCCESS);
	CHECK_KR(masix_memory_read(memory, PAGE + 100, (vm_address_t)other, 4), KERN_SUCCESS);
	CHECK(other[0] == buffer[0] && other[1] == 0 && other[2] == 0 && other[3] == buffer[3]);
	NEED_KR(mach_port_deallocate(SELF, memory));
	CHECK_EQ(charged(), 0);
}

static void check_refused(void)
{
	mach_port_t memory = memory_new();
	mach_port_t window = MACH_PORT_NULL;
	vm_size_t written = 0;

	CHECK_KR(masix_memory_set_size(memory, 100), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_memory_set_size(memory, 0xfffff000u), KERN_SUCCESS);
	CHECK_KR(masix_memory_set_size(memory, 2 * PAGE), KERN_SUCCESS);
	CHECK_KR(masix_memory_read(memory, PAGE, (vm_address_t)other, PAGE + 1),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_memory_read(memory, 0xfffffff0u, (vm_address_t)other, 0x20),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_memory_discard(memory, PAGE, PAGE + 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_memory_write(memory, 0xfffff000u, (vm_address_t)other, 1, &written),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_memory_read(memory, 0, 0x10, 1), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_memory_read(memory, 0, 0xc0000000u, 1), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_memory_write(memory, 0, 0x10, 1, &written), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_memory_write(memory, 0, 0xfffff000u, PAGE, &written), KERN_INVALID_ADDRESS);
	/* A window is no control. */
	window = window_new(memory, RW, 2 * PAGE);
	CHECK_KR(masix_memory_set_size(window, PAGE), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_memory_read(window, 0, (vm_address_t)other, 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_memory_set_size(SELF, PAGE), KERN_INVALID_ARGUMENT);
	NEED_KR(mach_port_deallocate(SELF, window));
	NEED_KR(mach_port_deallocate(SELF, memory));
}

/* Into another task's memory: across pages of both, into pages never touched, shared and read only.
 */
typedef kern_return_t copy_to_task_t(mach_port_t memory, vm_offset_t offset, mach_port_t task,
				     vm_address_t address, vm_size_t bytes);

static void check_copy_to_task(copy_to_task_t *copy_to_task, kern_return_t bad_name)
{
	mach_port_t memory = memory_new();
	mach_port_t window = window_new(memory, VM_PROT_READ, 2 * PAGE);
	mach_port_t no_reader = window_new(memory, VM_PROT_WRITE, 2 * PAGE);
	mach_port_t task = MACH_PORT_NULL, pager = MACH_PORT_NULL;
	vm_address_t there = 0x10000000, paged = 0x20000000, data = 0;
	mach_msg_type_number_t count = 0;
	vm_size_t written = 0;
	natural_t used = 0, limit = 0;

	for (uint32_t i = 0; i < 2 * PAGE; i++) {
		buffer[i] = (char)(i * 11 + 3);
	}
	NEED_KR(masix_memory_write(memory, 0, (vm_address_t)buffer, 2 * PAGE, &written));
	NEED_KR(masix_memory_set_size(memory, 3 * PAGE));
	NEED_KR(task_create(SELF, FALSE, &task));
	NEED_KR(vm_allocate(task, &there, 4 * PAGE, FALSE));
	CHECK_KR(copy_to_task(window, 100, task, there + PAGE - 50, 2 * PAGE - 100), KERN_SUCCESS);
	NEED_KR(vm_read(task, there, 4 * PAGE, &data, &count));
	CHECK(memcmp((char *)data + PAGE - 50, buffer + 100, 2 * PAGE - 100) == 0);
	CHECK(((char *)data)[PAGE - 51] == 0 && ((char *)data)[3 * PAGE - 150] == 0);
	/* What was read out keeps its bytes when the task's memory changes: it was shared by then.
	 */
	CHECK_KR(copy_to_task(memory, 0, task, there + PAGE, 4), KERN_SUCCESS);
	CHECK(memcmp((char *)data + PAGE, buffer + 150, 4) == 0);
	NEED_KR(vm_deallocate(SELF, data, count));
	NEED_KR(vm_read(task, there + PAGE, PAGE, &data, &count));
	CHECK(memcmp((char *)data, buffer, 4) == 0 &&
	      memcmp((char *)data + 4, buffer + 154, 60) == 0);
	NEED_KR(vm_deallocate(SELF, data, count));
	/* The last page of the object was never written: zeros, and no page for it. */
	NEED_KR(masix_task_pages(bank, &used, &limit));
	CHECK_KR(copy_to_task(memory, 2 * PAGE, task, there, PAGE), KERN_SUCCESS);
	CHECK_EQ(charged(), used);
	/* Refused. */
	CHECK_KR(copy_to_task(window, PAGE, task, there, PAGE + 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(copy_to_task(memory, 0xfffffff0u, task, there, 0x20), KERN_INVALID_ARGUMENT);
	CHECK_KR(copy_to_task(no_reader, 0, task, there, 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(copy_to_task(SELF, 0, task, there, 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(copy_to_task(memory, 0, memory, there, 1), bad_name);
	CHECK_KR(copy_to_task(memory, 0, task, there + 3 * PAGE + 10, PAGE), KERN_INVALID_ADDRESS);
	CHECK_KR(copy_to_task(memory, 0, task, 0xc0000000u, 1), KERN_INVALID_ADDRESS);
	CHECK_KR(copy_to_task(memory, 0, task, 0xfffffff0u, 0x20), KERN_INVALID_ADDRESS);
	NEED_KR(vm_protect(task, there, PAGE, FALSE, VM_PROT_READ));
	CHECK_KR(copy_to_task(memory, 0, task, there, 1), KERN_INVALID_ADDRESS);
	/* A pager that never answers keeps nobody waiting. */
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &pager));
	NEED_KR(mach_port_insert_right(SELF, pager, pager, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(vm_map(task, &paged, PAGE, 0, FALSE, pager, 0, FALSE, VM_PROT_ALL, VM_PROT_ALL,
		       VM_INHERIT_NONE));
	CHECK_KR(copy_to_task(memory, 0, task, paged, 1), KERN_INVALID_ADDRESS);
	NEED_KR(task_terminate(task));
	CHECK_KR(copy_to_task(memory, 0, task, there, 1), bad_name);
	NEED_KR(mach_port_deallocate(SELF, task));
	NEED_KR(mach_port_destroy(SELF, pager));
	NEED_KR(mach_port_deallocate(SELF, no_reader));
	NEED_KR(mach_port_deallocate(SELF, window));
	NEED_KR(mach_port_deallocate(SELF, memory));
}

/* Mappings and copies see the same bytes; the end moves under a mapping. */
static void check_mappings(void)
{
	mach_port_t memory = memory_new();
	mach_port_t window = window_new(memory, RW, 0x10000000);
	vm_size_t written = 0;
	char *seen = map(window, 4 * PAGE, FALSE, RW);
	char *private = NULL;

	CHECK_KR(fault_of(load, seen), KERN_MEMORY_ERROR);
	CHECK_KR(masix_memory_write(memory, 0, (vm_address_t) "first", 6, &written), KERN_SUCCESS);
	CHECK(memcmp(seen, "first", 6) == 0);
	memcpy(seen, "later", 6);
	CHECK_KR(masix_memory_read(memory, 0, (vm_address_t)other, 6), KERN_SUCCESS);
	CHECK(memcmp(other, "later", 6) == 0);
	CHECK_KR(fault_of(store, seen + PAGE), KERN_MEMORY_ERROR);
	/* A private copy ends where the object ended, and diverges. */
	private = map(window, 2 * PAGE, TRUE, RW);
	CHECK_KR(masix_memory_set_size(memory, 3 * PAGE), KERN_SUCCESS);
	CHECK_KR(fault_of(store, seen + 2 * PAGE), KERN_SUCCESS);
	CHECK_KR(fault_of(store, seen + 3 * PAGE), KERN_MEMORY_ERROR);
	CHECK_KR(masix_memory_write(memory, 0, (vm_address_t) "third", 6, &written), KERN_SUCCESS);
	CHECK(memcmp(private, "later", 6) == 0 && memcmp(seen, "third", 6) == 0);
	CHECK_KR(fault_of(load, private + PAGE), KERN_MEMORY_ERROR);
	memcpy(private, "mine!", 6);
	CHECK(memcmp(seen, "third", 6) == 0);
	/* A wired page goes as well. */
	NEED_KR(vm_wire(mach_host_self(), SELF, (vm_address_t)seen + 2 * PAGE, PAGE, RW));
	CHECK_KR(masix_memory_set_size(memory, PAGE), KERN_SUCCESS);
	CHECK_EQ(charged(), 1);
	CHECK_KR(fault_of(load, seen + 2 * PAGE), KERN_MEMORY_ERROR);
	CHECK_KR(masix_memory_set_size(memory, 3 * PAGE), KERN_SUCCESS);
	CHECK(seen[2 * PAGE] == 0 && memcmp(seen, "third", 6) == 0);
	CHECK_KR(masix_memory_discard(memory, 0, PAGE), KERN_SUCCESS);
	CHECK(seen[0] == 0);
	/* The mapping keeps the memory when the ports go. */
	NEED_KR(mach_port_deallocate(SELF, window));
	NEED_KR(mach_port_deallocate(SELF, memory));
	seen[1] = 1;
	unmap(seen, 4 * PAGE);
	unmap(private, 2 * PAGE);
	CHECK_EQ(charged(), 0);
}

/* A message's copy of the memory, and later writes on either way. */
static void check_out_of_line(void)
{
	mach_port_t memory = memory_new();
	vm_size_t written = 0;
	char *seen = NULL;
	char *copy = NULL;

	NEED_KR(masix_memory_write(memory, 0, (vm_address_t) "first", 6, &written));
	seen = map(memory, PAGE, FALSE, RW);
	copy = map(memory, PAGE, TRUE, RW);
	CHECK_KR(masix_memory_write(memory, 0, (vm_address_t) "other", 6, &written), KERN_SUCCESS);
	CHECK(memcmp(seen, "other", 6) == 0 && memcmp(copy, "first", 6) == 0);
	seen[0] = 'O';
	CHECK_KR(masix_memory_read(memory, 0, (vm_address_t)other, 6), KERN_SUCCESS);
	CHECK(memcmp(other, "Other", 6) == 0 && memcmp(copy, "first", 6) == 0);
	unmap(seen, PAGE);
	unmap(copy, PAGE);
	NEED_KR(mach_port_deallocate(SELF, memory));
}

static boolean_t is_executable(mach_port_t memory)
{
	vm_size_t bytes = 0;
	natural_t pages = 0;
	boolean_t executable = FALSE;

	NEED_KR(masix_memory_info(memory, &bytes, &pages, &executable));
	return executable;
}

static void check_executable(void)
{
	mach_port_t memory = memory_new();
	mach_port_t window = MACH_PORT_NULL;
	char *text = NULL;

	NEED_KR(masix_memory_set_size(memory, PAGE));
	window = window_new(memory, RW, PAGE);
	CHECK(!is_executable(memory));
	NEED_KR(mach_port_deallocate(SELF, window));
	window = window_new(memory, VM_PROT_READ | VM_PROT_EXECUTE, PAGE);
	CHECK(is_executable(memory));
	text = map(window, PAGE, FALSE, VM_PROT_READ | VM_PROT_EXECUTE);
	NEED_KR(mach_port_deallocate(SELF, window));
	CHECK(is_executable(memory));
	unmap(text, PAGE);
	CHECK(!is_executable(memory));
	NEED_KR(mach_port_deallocate(SELF, memory));
}

/* The task that pays has a quota, and who meets it gets an error or a fault. */
static void check_quota(void)
{
	mach_port_t memory = memory_new();
	natural_t used = 0, limit = 0;
	vm_size_t written = 0;
	char *seen = NULL;

	CHECK_KR(masix_task_lower_page_quota(bank, 2), KERN_SUCCESS);
	CHECK_KR(masix_task_lower_page_quota(bank, 3), KERN_INVALID_VALUE);
	CHECK_KR(masix_task_lower_page_quota(host_priv, 1), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_task_pages(bank, &used, &limit), KERN_SUCCESS);
	CHECK_EQ(limit, 2);
	CHECK_KR(masix_memory_write(memory, 100, (vm_address_t)buffer, 3 * PAGE - 100, &written),
		 KERN_SUCCESS);
	CHECK_EQ(written, 2 * PAGE - 100);
	CHECK_KR(masix_memory_write(memory, 2 * PAGE, (vm_address_t)buffer, 1, &written),
		 KERN_RESOURCE_SHORTAGE);
	NEED_KR(masix_memory_set_size(memory, 3 * PAGE));
	seen = map(memory, 3 * PAGE, FALSE, RW);
	CHECK_KR(fault_of(store, seen + 2 * PAGE), KERN_RESOURCE_SHORTAGE);
	CHECK(memcmp(seen + 100, buffer, 2 * PAGE - 100) == 0);
	CHECK_KR(masix_memory_discard(memory, 0, PAGE), KERN_SUCCESS);
	CHECK_KR(fault_of(store, seen + 2 * PAGE), KERN_SUCCESS);
	unmap(seen, 3 * PAGE);
	NEED_KR(mach_port_deallocate(SELF, memory));
	/* The task that paid may end first. */
	memory = memory_new();
	NEED_KR(masix_memory_write(memory, 0, (vm_address_t)buffer, PAGE, &written));
	NEED_KR(task_terminate(bank));
	CHECK_KR(masix_memory_read(memory, 0, (vm_address_t)other, PAGE), KERN_SUCCESS);
	CHECK(memcmp(other, buffer, PAGE) == 0);
	NEED_KR(mach_port_deallocate(SELF, memory));
	CHECK_KR(masix_memory_create(bank, &memory), MACH_SEND_INVALID_DEST);
	NEED_KR(mach_port_deallocate(SELF, bank));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "masix_memory");
	NEED_KR(task_create(SELF, FALSE, &bank));
	check_copies();
	check_refused();
	/* By message and by trap, which leaves names that it cannot use to the message. */
	check_copy_to_task(masix_memory_copy_to_task, KERN_INVALID_ARGUMENT);
	check_copy_to_task(syscall_masix_memory_copy_to_task, MACH_SEND_INTERRUPTED);
	check_mappings();
	check_out_of_line();
	check_executable();
	check_quota();
	test_end();
}
