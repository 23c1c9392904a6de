/* TEST: oracle=no mem=64 args="server=${file}"
   modules="build/tests/kernel/file.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=4 $(file=task-create) $(task-resume)" */
/*
 * The file server: data shared with mappings, the end of file under them, execution, much at a
 * time, a full file system and its recovery, who dies with everything open.
 */
#include "lib/files.h"
#include "lib/msg.h"
#include <gen/masix_host.h>

#define ANY     files_any.words, 0
#define SELF    mach_task_self()
#define PAGE    0x1000u
#define RW      (FILE_READ | FILE_WRITE)
#define PROT_RW (VM_PROT_READ | VM_PROT_WRITE)
#define PROT_RX (VM_PROT_READ | VM_PROT_EXECUTE)

static kern_return_t map(mach_port_t file, vm_size_t bytes, boolean_t copy, vm_prot_t protection,
			 volatile char **address)
{
	mach_port_t memory = MACH_PORT_NULL;
	vm_address_t at = 0;
	int64_t size = 0;
	kern_return_t result = file_map(file, protection, &memory, &size);

	if (result != KERN_SUCCESS) {
		return result;
	}
	NEED_KR(vm_map(SELF, &at, bytes, 0, TRUE, memory, 0, copy, copy ? PROT_RW : protection,
		       copy ? PROT_RW : protection, VM_INHERIT_NONE));
	NEED_KR(mach_port_deallocate(SELF, memory));
	*address = (volatile char *)at;
	return result;
}

static void unmap(volatile char *address, vm_size_t bytes)
{
	NEED_KR(vm_deallocate(SELF, (vm_address_t)address, bytes));
}

static kern_return_t set_size(mach_port_t file, uint64_t size)
{
	file_attributes_t attributes = {.size = size};

	return file_set_attributes(file, ANY, "", 0, 0, FILE_SET_SIZE, attributes);
}

static void load(void *address)
{
	(void)*(volatile char *)address;
}

static void store(void *address)
{
	*(volatile char *)address = 1;
}

static kern_return_t fault_of(void (*function)(void *), volatile char *address)
{
	struct test_fault fault;

	return test_catch(&fault, function, (void *)(uintptr_t)address) ? fault.code : KERN_SUCCESS;
}

static natural_t byte_at(mach_port_t file, int64_t offset)
{
	char data[1];
	mach_msg_type_number_t count = 1;

	NEED_KR(file_read(file, offset, 1, 0, data, &count));
	return count == 1 ? (unsigned char)data[0] : 1000;
}

static void check_shared(void)
{
	mach_port_t file = files_need("/tmp/shared", RW | FILE_CREATE);
	volatile char *seen = NULL;
	volatile char *private = NULL;

	NEED_KR(files_write(file, 0, "hello"));
	CHECK_KR(map(file, 4 * PAGE, FALSE, PROT_RW, &seen), KERN_SUCCESS);
	CHECK(seen[0] == 'h' && seen[5] == 0);
	seen[0] = 'j';
	CHECK(files_has(file, 0, "jello"));
	CHECK_KR(files_write(file, 1, "ump"), KERN_SUCCESS);
	CHECK(seen[1] == 'u' && seen[3] == 'p');
	/* A private copy is what was there. */
	CHECK_KR(map(file, PAGE, TRUE, VM_PROT_READ, &private), KERN_SUCCESS);
	private[0] = 'x';
	seen[2] = 'n';
	CHECK(private[1] == 'u' && private[2] == 'm' && files_has(file, 0, "junpo"));
	unmap(private, PAGE);
	/* Beyond the end. */
	CHECK_KR(fault_of(load, seen + PAGE), KERN_MEMORY_ERROR);
	CHECK_KR(fault_of(store, seen + 3 * PAGE), KERN_MEMORY_ERROR);
	/* What is written behind the end is not of the file, whatever the file becomes. */
	seen[100] = 'z';
	CHECK_KR(set_size(file, 3 * PAGE), KERN_SUCCESS);
	CHECK_EQ(byte_at(file, 100), 0);
	CHECK_KR(fault_of(store, seen + 2 * PAGE), KERN_SUCCESS);
	CHECK_EQ(byte_at(file, 2 * PAGE), 1);
	CHECK_KR(set_size(file, 10), KERN_SUCCESS);
	CHECK_KR(fault_of(load, seen + 2 * PAGE), KERN_MEMORY_ERROR);
	seen[50] = 'q';
	CHECK_KR(files_write(file, 60, "end"), KERN_SUCCESS);
	CHECK_EQ(byte_at(file, 50), 0);
	CHECK_EQ(byte_at(file, 62), 'd');
	/* The mapping outlives name and open file. */
	NEED_KR(files_unlink("/tmp/shared", 0));
	files_close(file);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS));
	seen[0] = 'k';
	CHECK_EQ(seen[60], 'e');
	unmap(seen, 4 * PAGE);
}

/* Who copies from the file's window: the size and what it says of reads are always the last ones.
 */
static void check_copied(void)
{
	mach_port_t file = files_need("/tmp/copied", RW | FILE_CREATE);
	mach_port_t again = files_need("/tmp/copied", FILE_READ);
	mach_port_t other = files_need("/tmp/copied2", RW | FILE_CREATE);
	mach_port_t window = MACH_PORT_NULL, table = MACH_PORT_NULL, more = MACH_PORT_NULL;
	natural_t place = 0, place_again = 0;
	const volatile struct file_shared *shared = NULL;
	vm_address_t at = 0;
	natural_t written = 0;
	char data[8];

	CHECK_KR(file_share(file, &window, &table, &place), KERN_SUCCESS);
	CHECK(place != 0 && place < FILE_SHARED_MAX);
	NEED_KR(vm_map(SELF, &at, FILE_SHARED_BYTES, 0, TRUE, table, 0, FALSE, PROT_RW, PROT_RW,
		       VM_INHERIT_NONE));
	CHECK_KR(vm_protect(SELF, at, FILE_SHARED_BYTES, FALSE, PROT_RW), KERN_PROTECTION_FAILURE);
	shared = (const volatile struct file_shared *)at + place;
	CHECK(shared->size == 0 && shared->read == 0);
	NEED_KR(file_write(file, 0, 0, "0123456789", 10, &written));
	CHECK(shared->size == 10 && shared->read == 0);
	CHECK_EQ(byte_at(again, 3), '3');
	CHECK(shared->read != 0);
	CHECK_KR(masix_memory_copy_to_task(window, 4, SELF, (vm_address_t)data, 6), KERN_SUCCESS);
	CHECK(memcmp(data, "456789", 6) == 0);
	NEED_KR(set_size(file, 5));
	CHECK(shared->size == 5 && shared->read == 0);
	NEED_KR(set_size(file, 3 * PAGE));
	CHECK(shared->size == 3 * PAGE);
	CHECK_EQ(byte_at(file, 0), '0');
	CHECK(shared->read != 0);
	CHECK_KR(file_write(again, 0, 0, "x", 1, &written), FILE_EBADF);
	CHECK(shared->read != 0); /* what is refused changes nothing */
	/* One place a file, given again only when the file is no more. */
	CHECK_KR(file_share(again, &more, &table, &place_again), KERN_SUCCESS);
	CHECK_EQ(place_again, place);
	NEED_KR(mach_port_deallocate(SELF, more));
	CHECK_KR(file_share(other, &more, &table, &place_again), KERN_SUCCESS);
	CHECK(place_again != place);
	NEED_KR(mach_port_deallocate(SELF, more));
	NEED_KR(mach_port_deallocate(SELF, window));
	/* Not for everybody. */
	NEED_KR(mach_port_deallocate(SELF, again));
	again = files_need("/tmp/copied", FILE_WRITE);
	CHECK_KR(file_share(again, &window, &table, &place), FILE_EBADF);
	CHECK_KR(file_share(files_root, &window, &table, &place), FILE_EBADF);
	CHECK_KR(file_share(files_public, &window, &table, &place), FILE_EPERM);
	NEED_KR(mach_port_deallocate(SELF, again));
	NEED_KR(mach_port_deallocate(SELF, file));
	NEED_KR(mach_port_deallocate(SELF, other));
	for (int i = 0; i < 3; i++) {
		NEED_KR(mach_port_deallocate(SELF, table));
	}
	unmap((volatile char *)at, FILE_SHARED_BYTES);
	NEED_KR(files_unlink("/tmp/copied", 0));
	NEED_KR(files_unlink("/tmp/copied2", 0));
}

static void check_map_refused(void)
{
	mach_port_t file = files_need("/etc/motd", FILE_READ);
	mach_port_t memory = MACH_PORT_NULL;
	volatile char *seen = NULL;
	int64_t size = 0;

	CHECK_KR(file_map(file, PROT_RW, &memory, &size), FILE_EBADF);
	CHECK_KR(file_map(file, PROT_RX, &memory, &size), FILE_EBADF);
	CHECK_KR(file_map(file, 0, &memory, &size), FILE_EINVAL);
	CHECK_KR(file_map(file, 0x100, &memory, &size), FILE_EINVAL);
	CHECK_KR(map(file, PAGE, FALSE, VM_PROT_READ, &seen), KERN_SUCCESS);
	CHECK_KR(fault_of(store, seen), KERN_PROTECTION_FAILURE);
	CHECK_KR(vm_protect(SELF, (vm_address_t)seen, PAGE, FALSE, PROT_RW),
		 KERN_PROTECTION_FAILURE);
	unmap(seen, PAGE);
	files_close(file);
	file = files_need("/dev", FILE_READ);
	CHECK_KR(file_map(file, VM_PROT_READ, &memory, &size), FILE_ENXIO);
	files_close(file);
}

static void check_executed(void)
{
	mach_port_t program = files_need("/bin/program", FILE_EXECUTE);
	mach_port_t file = MACH_PORT_NULL;
	volatile char *text = NULL;

	CHECK_KR(map(program, 2 * PAGE, FALSE, PROT_RX, &text), KERN_SUCCESS);
	files_close(program);
	CHECK_EQ((unsigned char)text[PAGE + 7], 7);
	CHECK_KR(files_open("/bin/program", FILE_WRITE, &file), FILE_ETXTBSY);
	CHECK_KR(files_open("/bin/program", FILE_WRITE | FILE_TRUNCATE, &file), FILE_ETXTBSY);
	file_attributes_t attributes = {.size = 1};
	CHECK_KR(file_set_attributes(files_root, ANY, "/bin/program", 12, 0, FILE_SET_SIZE,
				     attributes),
		 FILE_ETXTBSY);
	CHECK_KR(files_open("/bin/program", FILE_READ, &file), KERN_SUCCESS);
	files_close(file);
	unmap(text, 2 * PAGE);
	CHECK_KR(files_open("/bin/program", FILE_WRITE, &file), KERN_SUCCESS);
	files_close(file);
}

#define MUCH 0x50000u

static natural_t server_pages(void)
{
	natural_t used = 0, limit = 0;

	NEED_KR(masix_task_pages(strtoul(test_argument("server"), NULL, 10), &used, &limit));
	return used;
}

static void check_pages(void)
{
	mach_port_t file = files_need("/tmp/much", RW | FILE_CREATE);
	vm_address_t data = 0, back = 0;
	mach_msg_type_number_t count = 0;
	natural_t written = 0;
	unsigned int wrong = 0;

	NEED_KR(vm_allocate(SELF, &data, MUCH, TRUE));
	for (uint32_t i = 0; i < MUCH; i += 4) {
		*(uint32_t *)(data + i) = i * 5;
	}
	CHECK_KR(file_write_pages(file, 100, 0, data, MUCH, &written), KERN_SUCCESS);
	CHECK_EQ(written, MUCH);
	CHECK_KR(file_read_pages(file, 100, MUCH, 0, &back, &count), KERN_SUCCESS);
	CHECK_EQ(count, MUCH);
	for (uint32_t i = 0; i < MUCH; i += 4) {
		wrong += *(uint32_t *)(back + i) != i * 5;
	}
	CHECK_EQ(wrong, 0);
	/* The copy stays what it was when the file changes, and a mapping sees the change. */
	volatile char *seen = NULL;
	NEED_KR(map(file, PAGE, FALSE, PROT_RW, &seen));
	CHECK_KR(files_write(file, 104, "CHANGED"), KERN_SUCCESS);
	CHECK(*(uint32_t *)(back + 4) == 20 && seen[104] == 'C');
	seen[105] = 'h';
	CHECK(byte_at(file, 105) == 'h' && *(uint32_t *)(back + 4) == 20);
	unmap(seen, PAGE);
	NEED_KR(vm_deallocate(SELF, back, MUCH));
	CHECK_KR(file_read_pages(file, MUCH + 90, MUCH, 0, &back, &count), KERN_SUCCESS);
	CHECK_EQ(count, 10);
	NEED_KR(vm_deallocate(SELF, back, 10));
	CHECK_KR(file_read_pages(file, MUCH + 100, MUCH, 0, &back, &count), KERN_SUCCESS);
	CHECK_EQ(count, 0);
	CHECK_KR(file_write_pages(file, -5, 0, data, MUCH, &written), FILE_EINVAL);
	/* Nothing of it stays with the server. */
	natural_t before = server_pages();
	for (int i = 0; i < 50; i++) {
		NEED_KR(file_read_pages(file, 1000 * i, MUCH, 0, &back, &count));
		NEED_KR(vm_deallocate(SELF, back, count));
		NEED_KR(file_write_pages(file, 77 * i, 0, data, MUCH, &written));
	}
	CHECK_EQ(server_pages(), before);
	NEED_KR(vm_deallocate(SELF, data, MUCH));
	files_close(file);
	NEED_KR(files_unlink("/tmp/much", 0));
}

static uint64_t bytes_free(void)
{
	file_system_info_t info;

	NEED_KR(file_get_system(files_root, &info));
	return info.bytes_free;
}

/* Fills the file system, through files and through a mapping; nothing is lost by it. */
static void check_full(void)
{
	static char block[FILE_DATA_MAX];
	mach_port_t file = files_need("/tmp/full", RW | FILE_CREATE);
	mach_port_t keep = files_need("/tmp/keep", RW | FILE_CREATE);
	uint64_t before = bytes_free();
	kern_return_t result = KERN_SUCCESS;
	natural_t written = 0;
	int64_t at = 0;
	volatile char *seen = NULL;

	NEED_KR(files_write(keep, 0, "kept"));
	NEED_KR(map(keep, PAGE, FALSE, PROT_RW, &seen));
	memset(block, 7, sizeof block);
	while ((result = file_write(file, at, 0, block, sizeof block, &written)) == KERN_SUCCESS) {
		at += written;
	}
	CHECK_KR(result, FILE_ENOSPC);
	CHECK_EQ(at, (int64_t)(before - PAGE));
	CHECK_EQ(bytes_free(), 0);
	CHECK_EQ(byte_at(file, at - 1), 7);
	/* No page for a hole either, through any way; what is there is still there. */
	CHECK_KR(set_size(keep, 2 * PAGE), KERN_SUCCESS);
	volatile char *more = NULL;
	NEED_KR(map(keep, 2 * PAGE, FALSE, PROT_RW, &more));
	CHECK_KR(fault_of(store, more + PAGE), KERN_RESOURCE_SHORTAGE);
	CHECK_KR(files_write(keep, PAGE, "x"), FILE_ENOSPC);
	CHECK(seen[0] == 'k' && byte_at(keep, 3) == 't');
	CHECK_KR(files_write(keep, 0, "KEPT"), KERN_SUCCESS);
	CHECK_EQ(seen[3], 'T');
	/* Room again. */
	CHECK_KR(set_size(file, 5), KERN_SUCCESS);
	CHECK_KR(fault_of(store, more + PAGE), KERN_SUCCESS);
	CHECK_EQ(byte_at(keep, PAGE), 1);
	unmap(more, 2 * PAGE);
	unmap(seen, PAGE);
	files_close(file);
	files_close(keep);
	NEED_KR(files_unlink("/tmp/full", 0));
	NEED_KR(files_unlink("/tmp/keep", 0));
	CHECK(TEST_WAIT_UNTIL(bytes_free() == before));
}

/* Names, too, come to an end, and come back. */
static void check_full_of_names(void)
{
	char name[32];
	kern_return_t result = KERN_SUCCESS;
	int made = 0;
	int removed = 0;

	for (; result == KERN_SUCCESS && made < 100000; made++) {
		mach_snprintf(name, sizeof name, "/tmp/n%d", made);
		result = files_make_node(name, FILE_MODE_REGULAR | 0600, 0);
	}
	CHECK_KR(result, FILE_ENOSPC);
	CHECK(made > 1000);
	CHECK_KR(files_make_symlink("/tmp/s", "somewhere"), FILE_ENOSPC);
	for (int i = 0; i < made - 1; i++) {
		mach_snprintf(name, sizeof name, "/tmp/n%d", i);
		removed += files_unlink(name, 0) == KERN_SUCCESS;
	}
	CHECK_EQ(removed, made - 1);
	CHECK_KR(files_make_symlink("/tmp/s", "somewhere"), KERN_SUCCESS);
	NEED_KR(files_unlink("/tmp/s", 0));
}

/* However often it is asked for, there is one window; and one that is still held counts. */
static void check_windows(void)
{
	mach_port_t program = files_need("/bin/program", FILE_READ | FILE_EXECUTE);
	mach_port_t memory = MACH_PORT_NULL;
	mach_port_t first = MACH_PORT_NULL;
	mach_port_t file = MACH_PORT_NULL;
	int64_t size = 0;

	CHECK_KR(file_map(program, VM_PROT_READ, &memory, &size), KERN_SUCCESS);
	CHECK_EQ(size, 10240);
	CHECK_KR(file_map(program, PROT_RX, &first, &size), KERN_SUCCESS);
	CHECK(first != memory);
	test_group_begin("20000 windows of a file are one");
	for (int i = 0; i < 20000; i++) {
		CHECK_KR(file_map(program, PROT_RX, &file, &size), KERN_SUCCESS);
		CHECK_EQ(file, first);
	}
	test_group_end();
	NEED_KR(mach_port_deallocate(SELF, memory));
	CHECK_KR(files_open("/bin/program", FILE_WRITE, &file), FILE_ETXTBSY);
	NEED_KR(mach_port_destroy(SELF, first));
	CHECK_KR(files_open("/bin/program", FILE_WRITE, &file), KERN_SUCCESS);
	files_close(file);
	files_close(program);
}

static void check_limits(void)
{
	mach_port_t file = files_need("/tmp/big", RW | FILE_CREATE);
	natural_t written = 0;

	CHECK_KR(set_size(file, 0xfffff000ull), KERN_SUCCESS);
	CHECK_EQ(byte_at(file, 0x80000000ll), 0);
	CHECK_KR(set_size(file, 0xfffff001ull), FILE_EFBIG);
	CHECK_KR(file_write(file, 0xffffefffll, 0, "ab", 2, &written), KERN_SUCCESS);
	CHECK_EQ(written, 1);
	CHECK_KR(file_write(file, 0xfffff000ll, 0, "ab", 2, &written), FILE_EFBIG);
	CHECK_KR(file_write(file, 0x7fffffffffffffffll, 0, "ab", 2, &written), FILE_EFBIG);
	CHECK_EQ(byte_at(file, 0xffffefffll), 'a');
	CHECK_KR(set_size(file, 0), KERN_SUCCESS);
	files_close(file);
	NEED_KR(files_unlink("/tmp/big", 0));
}

/* A client with everything open, which ends. */
static int child(void *argument)
{
	mach_port_t file = MACH_PORT_NULL;
	volatile char *seen = NULL;
	char name[32];

	(void)argument;
	files_root = TEST_CHILD_NAME(0);
	for (int i = 0; i < 100; i++) {
		mach_snprintf(name, sizeof name, "/tmp/c%d", i);
		file = files_need(name, RW | FILE_CREATE);
		NEED_KR(files_write(file, i * 4096, "x"));
		if (i % 10 == 0) {
			NEED_KR(map(file, PAGE, FALSE, PROT_RW, &seen));
			NEED_KR(file_lock(file, i, FILE_LOCK_WRITE, 0, 10, 0));
		}
		NEED_KR(files_unlink(name, 0));
	}
	return test_child_failures();
}

static void check_client_dies(void)
{
	uint64_t before = bytes_free();
	struct test_task task;

	test_task_create(&task, child, NULL);
	test_task_give(&task, TEST_CHILD_NAME(0), files_root, MACH_MSG_TYPE_COPY_SEND);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS));
	CHECK(TEST_WAIT_UNTIL(bytes_free() == before));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "server_file_data");
	files_begin();
	check_shared();
	check_copied();
	check_map_refused();
	check_executed();
	check_windows();
	check_pages();
	check_full();
	check_full_of_names();
	check_limits();
	check_client_dies();
	files_end();
	test_end();
}
