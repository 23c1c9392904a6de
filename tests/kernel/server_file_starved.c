/* TEST: oracle=no mem=48 args="server=${file}"
   modules="build/tests/kernel/file.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=16 $(file=task-create) $(task-resume)" */
/*
 * The file server on a machine that others have filled: it answers every call, if only with an
 * error, and when there is memory again nothing is lost.
 */
#include "lib/files.h"
#include "lib/msg.h"
#include <gen/mach_host.h>

#define SELF    mach_task_self()
#define PAGE    0x1000u
#define RW      (FILE_READ | FILE_WRITE)
#define HANDLES 2000
#define FILES   40000 /* more than the pages that are left for a server have room for */

static natural_t pages_free(void)
{
	vm_statistics_data_t statistics;

	NEED_KR(vm_statistics(SELF, &statistics));
	return (natural_t)statistics.free_count;
}

/* Takes every page there is, one by one, and keeps them. */
static int hog(void *argument)
{
	vm_address_t memory = 0;
	vm_size_t bytes = 0x4000000;

	(void)argument;
	NEED_KR(vm_allocate(SELF, &memory, bytes, TRUE));
	for (vm_size_t at = 0; at < bytes; at += PAGE) {
		if (vm_wire(mach_host_self(), SELF, memory + at, PAGE,
			    VM_PROT_READ | VM_PROT_WRITE) != KERN_SUCCESS) {
			break;
		}
	}
	(void)thread_suspend(mach_thread_self());
	return 0;
}

/* This program's own pages are there, and stay. */
static void populate(void)
{
	vm_address_t start = 0;
	vm_size_t size = 0;
	vm_prot_t protection = 0, max_protection = 0;
	vm_inherit_t inheritance = 0;
	boolean_t shared = FALSE;
	mach_port_t object = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	while (vm_region(SELF, &start, &size, &protection, &max_protection, &inheritance, &shared,
			 &object, &offset) == KERN_SUCCESS) {
		if ((protection & VM_PROT_WRITE) != 0) {
			NEED_KR(vm_wire(mach_host_self(), SELF, start, size, protection));
		}
		start += size;
	}
}

static mach_port_t handles[HANDLES];

int main(int argc, char **argv)
{
	static char block[FILE_DATA_MAX], name[32];
	struct test_task task;
	mach_port_t file = MACH_PORT_NULL;
	mach_port_t motd = MACH_PORT_NULL;
	natural_t written = 0, refused = 0, opened = 0, made = 0, least = ~0u, last = 0;

	test_begin(argc, argv, "server_file_starved");
	files_begin();
	motd = files_need("/etc/motd", FILE_READ);
	file = files_need("/tmp/before", RW | FILE_CREATE);
	for (int i = 0; i < 50; i++) {
		block[0] = (char)i;
		NEED_KR(file_write(file, i * FILE_DATA_MAX, 0, block, FILE_DATA_MAX, &written));
	}
	for (int i = 0; i < HANDLES; i++) {
		handles[i] = MACH_PORT_NULL;
	}
	test_task_create(&task, hog, NULL);
	populate();
	test_task_run(&task);
	do {
		last = least;
		test_sleep_ms(50);
		least = pages_free();
	} while (last != least || least > 1000);
	test_note("%u pages are free", least);
	for (int i = 0; i < 2000; i++) {
		refused += file_write(file, (int64_t)(1000 + i) * FILE_DATA_MAX, 0, block,
				      FILE_DATA_MAX, &written) != KERN_SUCCESS;
	}
	do {
		mach_snprintf(name, sizeof name, "/tmp/some%u", made);
	} while (files_make_node(name, FILE_MODE_REGULAR | 0600, 0) == KERN_SUCCESS &&
		 ++made < FILES);
	for (int i = 0; i < HANDLES; i++) {
		opened += files_open("/etc/motd", FILE_READ, &handles[i]) == KERN_SUCCESS;
	}
	test_note("%u writes were refused, %u files made, %u opened", refused, made, opened);
	CHECK(refused > 0);
	CHECK(made < FILES);
	CHECK(files_has(motd, 0, "hello\n"));
	test_task_kill(&task);
	CHECK(TEST_WAIT_UNTIL(pages_free() > least + 1000));
	for (int i = 0; i < HANDLES; i++) {
		if (handles[i] != MACH_PORT_NULL) {
			files_close(handles[i]);
		}
	}
	test_group_begin("what was written before is there");
	for (int i = 0; i < 50; i++) {
		mach_msg_type_number_t count = sizeof block;

		CHECK_KR(file_read(file, i * FILE_DATA_MAX, 1, 0, block, &count), KERN_SUCCESS);
		CHECK_EQ(block[0], i);
	}
	test_group_end();
	CHECK_KR(file_write(file, 0, 0, block, FILE_DATA_MAX, &written), KERN_SUCCESS);
	for (int i = 0; i < 2000; i++) {
		mach_snprintf(name, sizeof name, "/tmp/some%d", i);
		(void)files_unlink(name, 0);
	}
	files_close(file);
	files_close(motd);
	NEED_KR(files_unlink("/tmp/before", 0));
	files_end();
	test_end();
}
