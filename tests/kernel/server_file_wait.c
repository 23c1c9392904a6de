/* TEST: oracle=no args="server=${file}"
   modules="build/tests/kernel/file.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=4 $(file=task-create) $(task-resume)" */
/*
 * The file server: what waits for others.  FIFOs, record locks, events; answers that come later,
 * and calls that are given up.
 */
#include "lib/files.h"
#include "lib/msg.h"
#include <gen/ipc.h>

#define ANY        files_any.words, 0
#define TEXT(path) path, strlen(path)
#define RW         (FILE_READ | FILE_WRITE)

/* One call in a thread of its own. */
struct waiting {
	struct test_thread thread;
	mach_port_t file;
	const char *text; /* path, or data to write */
	natural_t flags;
	natural_t bytes;
	int64_t owner, start, end;
	natural_t kind;
	kern_return_t result;
	mach_port_t opened;
	natural_t count;
	char data[64];
};

static struct waiting one, two, three;

static void do_open(void *argument)
{
	struct waiting *wait = argument;

	wait->result = files_open(wait->text, wait->flags, &wait->opened);
}

static void do_read(void *argument)
{
	struct waiting *wait = argument;

	wait->count = sizeof wait->data;
	wait->result =
		file_read(wait->file, FILE_CURRENT, wait->bytes, 0, wait->data, &wait->count);
}

static void do_read_pages(void *argument)
{
	struct waiting *wait = argument;
	vm_address_t data = 0;

	wait->count = 0;
	wait->result =
		file_read_pages(wait->file, FILE_CURRENT, wait->bytes, 0, &data, &wait->count);
	if (wait->result == KERN_SUCCESS && wait->count != 0) {
		memcpy(wait->data, (void *)data, wait->count);
		NEED_KR(vm_deallocate(mach_task_self(), data, wait->count));
	}
}

static void do_write(void *argument)
{
	struct waiting *wait = argument;
	static char block[FILE_DATA_MAX];

	wait->result = file_write(wait->file, FILE_CURRENT, 0, block, wait->bytes, &wait->count);
}

static void do_lock(void *argument)
{
	struct waiting *wait = argument;

	wait->result = file_lock(wait->file, wait->owner, wait->kind, wait->start, wait->end, 0);
}

static void begin(struct waiting *wait, void (*function)(void *))
{
	wait->result = 12345;
	wait->opened = MACH_PORT_NULL;
	test_thread_start(&wait->thread, function, wait);
}

static boolean_t waits(struct waiting *wait)
{
	return test_wait_blocked(wait->thread.port) && wait->result == 12345;
}

static kern_return_t end(struct waiting *wait)
{
	CHECK(test_thread_join(&wait->thread, 0));
	return wait->result;
}

/* ------------------------------------------------------------------------------------------ FIFOs
 */

static void check_fifo_open(void)
{
	mach_port_t file = MACH_PORT_NULL;

	CHECK_KR(files_open("/dev/pipe", FILE_WRITE | FILE_NOW, &file), FILE_ENXIO);
	one.text = "/dev/pipe";
	one.flags = FILE_READ;
	begin(&one, do_open);
	CHECK(waits(&one));
	two.text = "/dev/pipe";
	two.flags = FILE_WRITE;
	begin(&two, do_open);
	CHECK_KR(end(&one), KERN_SUCCESS);
	CHECK_KR(end(&two), KERN_SUCCESS);
	files_close(one.opened);
	/* A writer alone, whose reader has gone. */
	CHECK(TEST_WAIT_UNTIL(files_write(two.opened, FILE_CURRENT, "x") == FILE_EPIPE));
	files_close(two.opened);
	/* The public port does not wait. */
	struct files_identity nobody = files_user(65534, 65534);
	CHECK_KR(files_open_as(nobody, files_public, "/dev/pipe", FILE_READ, 0, &file),
		 FILE_EAGAIN);
	/* Who waits may be interrupted; what it would have opened is closed. */
	begin(&one, do_open);
	CHECK(waits(&one));
	CHECK_KR(ipc_interrupt(files_root), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_ABORTED);
	CHECK_KR(files_open("/dev/pipe", FILE_WRITE | FILE_NOW, &file), FILE_ENXIO);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS));
}

static void check_fifo_data(void)
{
	mach_port_t reader = MACH_PORT_NULL;
	mach_port_t writer = MACH_PORT_NULL;
	static char block[FILE_DATA_MAX];
	mach_msg_type_number_t count = sizeof block;
	natural_t written = 0, ready = 0;

	CHECK_KR(files_open("/dev/pipe", FILE_READ | FILE_NOW, &reader), KERN_SUCCESS);
	CHECK(files_has(reader, FILE_CURRENT, "")); /* nobody writes: the end */
	CHECK_KR(files_open("/dev/pipe", FILE_WRITE, &writer), KERN_SUCCESS);
	CHECK_KR(file_read(reader, FILE_CURRENT, 10, FILE_NOW, block, &count), FILE_EAGAIN);
	CHECK_KR(file_read(reader, 0, 10, FILE_NOW, block, &count), FILE_ESPIPE);
	int64_t position = 0;
	CHECK_KR(file_seek(reader, 0, 0, &position), FILE_ESPIPE);
	CHECK_KR(file_poll(reader, &ready), KERN_SUCCESS);
	CHECK_EQ(ready, 0);
	/* Two readers, in turn. */
	one.file = two.file = reader;
	one.bytes = 3;
	two.bytes = 64;
	begin(&one, do_read);
	CHECK(waits(&one));
	begin(&two, do_read_pages);
	CHECK(waits(&two));
	CHECK_KR(files_write(writer, FILE_CURRENT, "abcdef"), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_SUCCESS);
	CHECK_KR(end(&two), KERN_SUCCESS);
	CHECK(one.count == 3 && memcmp(one.data, "abc", 3) == 0);
	CHECK(two.count == 3 && memcmp(two.data, "def", 3) == 0);
	vm_address_t pages = 0;
	CHECK_KR(files_write(writer, FILE_CURRENT, "pages"), KERN_SUCCESS);
	CHECK_KR(file_read_pages(reader, FILE_CURRENT, 0x100000, 0, &pages, &count), KERN_SUCCESS);
	CHECK(count == 5 && memcmp((void *)pages, "pages", 5) == 0);
	NEED_KR(vm_deallocate(mach_task_self(), pages, count));
	CHECK_KR(file_write_pages(writer, FILE_CURRENT, 0, (vm_address_t)block, 100, &written),
		 KERN_SUCCESS);
	count = sizeof block;
	CHECK_KR(file_read(reader, FILE_CURRENT, sizeof block, 0, block, &count), KERN_SUCCESS);
	CHECK_EQ(count, 100);
	/* Full: four times 4096. */
	for (int i = 0; i < 4; i++) {
		CHECK_KR(file_write(writer, FILE_CURRENT, FILE_NOW, block, sizeof block, &written),
			 KERN_SUCCESS);
	}
	CHECK_KR(file_write(writer, FILE_CURRENT, FILE_NOW, block, 1, &written), FILE_EAGAIN);
	CHECK_KR(file_poll(writer, &ready), KERN_SUCCESS);
	CHECK_EQ(ready, 0);
	one.file = writer;
	one.bytes = 100;
	begin(&one, do_write);
	CHECK(waits(&one));
	count = 60;
	CHECK_KR(file_read(reader, FILE_CURRENT, 60, 0, block, &count), KERN_SUCCESS);
	CHECK(waits(&one)); /* 60 is not enough for all of it */
	count = 60;
	CHECK_KR(file_read(reader, FILE_CURRENT, 60, 0, block, &count), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_SUCCESS);
	CHECK_EQ(one.count, 100);
	/* The last reader goes while somebody writes. */
	one.bytes = FILE_DATA_MAX;
	begin(&one, do_write);
	CHECK(waits(&one));
	files_close(reader);
	CHECK_KR(end(&one), FILE_EPIPE);
	files_close(writer);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS));
}

/* The last writer goes while somebody reads; a reader is interrupted. */
static void check_fifo_ends(void)
{
	mach_port_t reader = MACH_PORT_NULL;
	mach_port_t writer = MACH_PORT_NULL;

	NEED_KR(files_open("/dev/pipe", FILE_READ | FILE_NOW, &reader));
	NEED_KR(files_open("/dev/pipe", FILE_WRITE, &writer));
	one.file = reader;
	one.bytes = 10;
	begin(&one, do_read);
	CHECK(waits(&one));
	CHECK_KR(ipc_interrupt(reader), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_ABORTED);
	begin(&one, do_read);
	CHECK(waits(&one));
	files_close(writer);
	CHECK_KR(end(&one), KERN_SUCCESS);
	CHECK_EQ(one.count, 0);
	files_close(reader);
	/* One open for both never ends by itself. */
	NEED_KR(files_open("/dev/pipe", RW, &reader));
	CHECK_KR(files_write(reader, FILE_CURRENT, "self"), KERN_SUCCESS);
	CHECK(files_has(reader, FILE_CURRENT, "self"));
	files_close(reader);
}

/* ------------------------------------------------------------------------------------------ locks
 */

static kern_return_t lock_now(mach_port_t file, int64_t owner, natural_t kind, int64_t start,
			      int64_t to)
{
	return file_lock(file, owner, kind, start, to, FILE_NOW);
}

static void wait_for_lock(struct waiting *wait, mach_port_t file, int64_t owner, int64_t start)
{
	wait->file = file;
	wait->owner = owner;
	wait->kind = FILE_LOCK_WRITE;
	wait->start = start;
	wait->end = start + 10;
	begin(wait, do_lock);
	CHECK(waits(wait));
}

static void check_locks(void)
{
	mach_port_t file = files_need("/tmp/l", RW | FILE_CREATE);
	mach_port_t reader = files_need("/tmp/l", FILE_READ);
	natural_t kind = FILE_LOCK_WRITE;
	int64_t start = 0, to = FILE_LOCK_TO_END, holder = 0;

	CHECK_KR(lock_now(file, 1, FILE_LOCK_READ, 0, 100), KERN_SUCCESS);
	CHECK_KR(lock_now(file, 2, FILE_LOCK_READ, 50, FILE_LOCK_TO_END), KERN_SUCCESS);
	CHECK_KR(lock_now(file, 2, FILE_LOCK_WRITE, 90, 100), FILE_EAGAIN);
	CHECK_KR(lock_now(file, 2, FILE_LOCK_WRITE, 100, 110), KERN_SUCCESS);
	CHECK_KR(lock_now(file, 1, FILE_LOCK_READ, 105, 106), FILE_EAGAIN);
	CHECK_KR(lock_now(reader, 3, FILE_LOCK_WRITE, 0, 1), FILE_EBADF);
	CHECK_KR(lock_now(file, 3, 7, 0, 1), FILE_EINVAL);
	CHECK_KR(lock_now(file, 3, FILE_LOCK_READ, 5, 5), FILE_EINVAL);
	CHECK_KR(lock_now(file, 3, FILE_LOCK_READ, -5, 5), FILE_EINVAL);
	CHECK_KR(lock_now(files_root, 3, FILE_LOCK_READ, 0, 5), FILE_EBADF);
	CHECK_KR(file_get_lock(file, 1, &kind, &start, &to, &holder), KERN_SUCCESS);
	CHECK(kind == FILE_LOCK_READ && start == 50 && to == 100 && holder == 2);
	kind = FILE_LOCK_READ;
	start = 0;
	to = 60;
	CHECK_KR(file_get_lock(file, 9, &kind, &start, &to, &holder), KERN_SUCCESS);
	CHECK(kind == FILE_LOCK_NONE && start == 0 && to == 60);
	CHECK_KR(file_unlock_all(file, 2), KERN_SUCCESS);
	CHECK_KR(lock_now(file, 1, FILE_LOCK_WRITE, 0, FILE_LOCK_TO_END), KERN_SUCCESS);
	/* Two wait, in turn; a piece is not enough for the first. */
	wait_for_lock(&one, file, 2, 0);
	wait_for_lock(&two, file, 3, 5);
	CHECK_KR(lock_now(file, 1, FILE_LOCK_NONE, 0, 5), KERN_SUCCESS);
	CHECK(waits(&one));
	CHECK_KR(lock_now(file, 1, FILE_LOCK_NONE, 5, FILE_LOCK_TO_END), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_SUCCESS);
	CHECK(waits(&two));
	CHECK_KR(file_unlock_all(file, 2), KERN_SUCCESS);
	CHECK_KR(end(&two), KERN_SUCCESS);
	/* A reader is let in when a writer becomes one. */
	wait_for_lock(&one, file, 4, 5);
	CHECK_KR(ipc_interrupt(file), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_ABORTED);
	one.kind = FILE_LOCK_READ;
	begin(&one, do_lock);
	CHECK(waits(&one));
	CHECK_KR(lock_now(file, 3, FILE_LOCK_READ, 0, 100), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_SUCCESS);
	CHECK_KR(file_unlock_all(file, 3), KERN_SUCCESS);
	CHECK_KR(file_unlock_all(file, 4), KERN_SUCCESS);
	CHECK_KR(file_unlock_all(file, 99), KERN_SUCCESS);
	files_close(file);
	files_close(reader);
}

static void check_deadlock(void)
{
	mach_port_t a = files_need("/tmp/a", RW | FILE_CREATE);
	mach_port_t b = files_need("/tmp/b", RW | FILE_CREATE);

	CHECK_KR(lock_now(a, 1, FILE_LOCK_WRITE, 0, 10), KERN_SUCCESS);
	CHECK_KR(lock_now(b, 2, FILE_LOCK_WRITE, 0, 10), KERN_SUCCESS);
	CHECK_KR(lock_now(a, 3, FILE_LOCK_WRITE, 20, 30), KERN_SUCCESS);
	wait_for_lock(&one, b, 1, 0);  /* 1 waits for 2 */
	wait_for_lock(&two, a, 2, 20); /* 2 waits for 3 */
	CHECK_KR(file_lock(a, 3, FILE_LOCK_WRITE, 5, 6, 0), FILE_EDEADLK);
	CHECK_KR(file_unlock_all(a, 3), KERN_SUCCESS);
	CHECK_KR(end(&two), KERN_SUCCESS);
	CHECK(waits(&one));
	CHECK_KR(file_unlock_all(b, 2), KERN_SUCCESS);
	CHECK_KR(end(&one), KERN_SUCCESS);
	for (int64_t owner = 1; owner <= 2; owner++) {
		NEED_KR(file_unlock_all(a, owner));
		NEED_KR(file_unlock_all(b, owner));
	}
	files_close(a);
	files_close(b);
}

/* Another client's locks, and its end. */
static void check_lock_clients(void)
{
	struct files_identity nobody = files_user(65534, 65534);
	mach_port_t mine = MACH_PORT_NULL;
	mach_port_t theirs = MACH_PORT_NULL;
	natural_t kind = FILE_LOCK_WRITE;
	int64_t start = 0, to = 10, holder = 0;

	NEED_KR(files_open_as(nobody, files_public, "/tmp/both", RW | FILE_CREATE, 0666, &theirs));
	mine = files_need("/tmp/both", RW);
	CHECK_KR(lock_now(theirs, 1, FILE_LOCK_WRITE, 0, 10), KERN_SUCCESS);
	CHECK_KR(lock_now(mine, 1, FILE_LOCK_WRITE, 0, 10), FILE_EAGAIN); /* not the same 1 */
	CHECK_KR(file_get_lock(mine, 1, &kind, &start, &to, &holder), KERN_SUCCESS);
	CHECK(kind == FILE_LOCK_WRITE && holder == -1);
	wait_for_lock(&one, mine, 1, 0);
	files_close(theirs);
	CHECK_KR(end(&one), KERN_SUCCESS);
	CHECK_KR(file_unlock_all(mine, 1), KERN_SUCCESS);
	/* A removed file's locks go with it. */
	NEED_KR(lock_now(mine, 5, FILE_LOCK_WRITE, 0, 10));
	NEED_KR(files_unlink("/tmp/both", 0));
	files_close(mine);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS));
}

/* ----------------------------------------------------------------------------------------- events
 */

/* The next event: kind << 16 | count; 0: none within a while. */
static natural_t event(mach_port_t port, natural_t key, natural_t *value)
{
	static struct msg msg;

	if (msg_receive(&msg, port, 1000) != MACH_MSG_SUCCESS) {
		return 0;
	}
	natural_t kind = (natural_t)msg_item_int(&msg);
	natural_t got = (natural_t)msg_item_int(&msg);
	natural_t count = (natural_t)msg_item_int(&msg);
	*value = (natural_t)msg_item_int(&msg);
	return got == key ? kind << 16 | count : 0xffffffffu;
}

static void check_events(void)
{
	mach_port_t directory = files_need("/tmp", FILE_READ);
	mach_port_t file = files_need("/tmp/w", RW | FILE_CREATE);
	mach_port_t port = port_new(), other = port_new();
	natural_t value = 0;
	file_attributes_t attributes = {.mode = 0600};

	CHECK_KR(file_watch(file, 0, port, MACH_MSG_TYPE_MAKE_SEND, 5), FILE_EINVAL);
	CHECK_KR(file_watch(file, 1, port, MACH_MSG_TYPE_MAKE_SEND, 5), FILE_EINVAL);
	CHECK_KR(file_watch(file, 0x7e, port, MACH_MSG_TYPE_MAKE_SEND, 5), KERN_SUCCESS);
	CHECK_KR(file_watch(file, 0x7e, other, MACH_MSG_TYPE_MAKE_SEND, 5), KERN_NAME_EXISTS);
	CHECK_KR(file_watch(directory, 1 << FILE_EVENT_ENTRIES, other, MACH_MSG_TYPE_MAKE_SEND, 6),
		 KERN_SUCCESS);
	NEED_KR(files_write(file, 0, "x"));
	CHECK_EQ(event(port, 5, &value), FILE_EVENT_DATA << 16 | 1);
	NEED_KR(file_get_attributes(file, ANY, "", 0, 0, &attributes));
	CHECK_EQ(value, attributes.generation);
	NEED_KR(file_set_attributes(file, ANY, "", 0, 0, FILE_SET_MODE, attributes));
	CHECK_EQ(event(port, 5, &value), FILE_EVENT_ATTRIBUTES << 16 | 1);
	NEED_KR(files_make_node("/tmp/v", FILE_MODE_REGULAR, 0));
	CHECK_EQ(event(other, 6, &value), FILE_EVENT_ENTRIES << 16 | 1);
	NEED_KR(files_rename("/tmp/v", "/tmp/w", 0));
	CHECK_EQ(event(port, 5, &value), FILE_EVENT_REMOVED << 16 | 1);
	CHECK_EQ(event(other, 6, &value), FILE_EVENT_ENTRIES << 16 | 1);
	/* Nobody reads them: they become one, and the server goes on. */
	NEED_KR(mach_port_set_qlimit(mach_task_self(), port, 1));
	for (int i = 0; i < 100; i++) {
		NEED_KR(files_write(file, i, "y"));
	}
	CHECK_EQ(event(port, 5, &value), FILE_EVENT_DATA << 16 | 1);
	natural_t seen = 1;
	for (int i = 0; i < 3 && seen < 100; i++) {
		seen += event(port, 5, &value) & 0xffff;
	}
	CHECK_EQ(seen, 100);
	NEED_KR(file_get_attributes(file, ANY, "", 0, 0, &attributes));
	CHECK_EQ(value, attributes.generation);
	port_destroy(port);
	port_destroy(other);
	NEED_KR(files_write(file, 0, "z"));
	files_close(file);
	files_close(directory);
	NEED_KR(files_unlink("/tmp/w", 0));
}

static void check_fifo_events(void)
{
	mach_port_t port = port_new();
	mach_port_t reader = MACH_PORT_NULL;
	mach_port_t writer = MACH_PORT_NULL;
	natural_t value = 0;

	NEED_KR(files_open("/dev/pipe", FILE_READ | FILE_NOW, &reader));
	NEED_KR(files_open("/dev/pipe", FILE_WRITE, &writer));
	NEED_KR(file_watch(reader, 1 << FILE_EVENT_READABLE, port, MACH_MSG_TYPE_MAKE_SEND, 7));
	NEED_KR(files_write(writer, FILE_CURRENT, "x"));
	CHECK_EQ(event(port, 7, &value), FILE_EVENT_READABLE << 16 | 1);
	CHECK((value & FILE_POLL_READABLE) != 0);
	CHECK(files_has(reader, FILE_CURRENT, "x"));
	files_close(writer);
	CHECK_EQ(event(port, 7, &value), FILE_EVENT_READABLE << 16 | 1);
	CHECK((value & FILE_POLL_HANGUP) != 0);
	port_destroy(port);
	files_close(reader);
}

/* A client that ends while its calls wait. */
static int child(void *argument)
{
	mach_port_t reader = MACH_PORT_NULL;
	mach_port_t writer = MACH_PORT_NULL;
	mach_port_t file = MACH_PORT_NULL;

	(void)argument;
	files_root = TEST_CHILD_NAME(0);
	NEED_KR(files_open("/dev/pipe", FILE_READ | FILE_NOW, &reader));
	NEED_KR(files_open("/dev/pipe", FILE_WRITE, &writer));
	NEED_KR(files_open("/tmp/held", RW, &file));
	one.file = reader;
	one.bytes = 10;
	begin(&one, do_read);
	CHECK(waits(&one));
	two.file = file;
	two.owner = 50;
	two.kind = FILE_LOCK_WRITE;
	two.start = 0;
	two.end = 5;
	begin(&two, do_lock);
	CHECK(waits(&two));
	three.text = "/tmp/fifo";
	three.flags = FILE_READ;
	begin(&three, do_open);
	CHECK(waits(&three));
	return test_child_failures();
}

static void check_waiting_client_dies(void)
{
	mach_port_t file = files_need("/tmp/held", RW | FILE_CREATE);
	struct test_task task;

	NEED_KR(files_make_node("/tmp/fifo", FILE_MODE_FIFO | 0600, 0));
	NEED_KR(lock_now(file, 49, FILE_LOCK_WRITE, 0, 5));
	test_task_create(&task, child, NULL);
	test_task_give(&task, TEST_CHILD_NAME(0), files_root, MACH_MSG_TYPE_COPY_SEND);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS + 1));
	CHECK_KR(file_unlock_all(file, 49), KERN_SUCCESS);
	CHECK_KR(lock_now(file, 48, FILE_LOCK_WRITE, 0, 5), KERN_SUCCESS);
	files_close(file);
	NEED_KR(files_unlink("/tmp/fifo", 0));
	NEED_KR(files_unlink("/tmp/held", 0));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "server_file_wait");
	files_begin();
	check_fifo_open();
	check_fifo_data();
	check_fifo_ends();
	check_locks();
	check_deadlock();
	check_lock_clients();
	check_events();
	check_fifo_events();
	check_waiting_client_dies();
	files_end();
	test_end();
}
