/* TEST: oracle=no timeout=180 args="server=${file}"
   modules="build/tests/kernel/file.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=4 $(file=task-create) $(task-resume)" */
/*
 * 50,000 random and mutated messages to the file server, with the right to do everything in its
 * tree; after each batch the tree is emptied, all of its memory is free again, and it serves on.
 */
#include "lib/files.h"
#include "lib/mutate.h"

MUTATE_INTERFACE(file);

#define ANY        files_any.words, 0
#define DEPTH_MAX  40
#define ROUNDS_MAX 20

static uint64_t free_at_first;

/* Removes what can be removed from a directory; returns how many entries were left. */
static int sweep(mach_port_t directory, int depth)
{
	static char space[DEPTH_MAX][FILE_DATA_MAX];
	char *data = space[depth];
	mach_msg_type_number_t bytes = FILE_DATA_MAX;
	int left = 0;

	NEED_KR(file_read_directory(directory, 0, FILE_DATA_MAX, data, &bytes));
	for (mach_msg_type_number_t at = 0; at < bytes;) {
		const struct file_entry *entry = (const void *)(data + at);
		const char *name = entry->name;
		mach_port_t inside = MACH_PORT_NULL;
		file_attributes_t attributes;

		at += entry->bytes;
		if (entry->name_bytes <= 2 && memcmp(name, "..", entry->name_bytes) == 0) {
			continue;
		}
		left++;
		if (file_unlink(directory, ANY, name, entry->name_bytes, 0) == KERN_SUCCESS ||
		    file_unlink(directory, ANY, name, entry->name_bytes, FILE_REMOVE_DIRECTORY) ==
			    KERN_SUCCESS) {
			continue;
		}
		if (depth + 1 < DEPTH_MAX &&
		    file_open(directory, ANY, name, entry->name_bytes, FILE_READ, 0, &inside,
			      &attributes) == KERN_SUCCESS) {
			(void)sweep(inside, depth + 1);
			files_close(inside);
		}
	}
	return left;
}

/* Empties the tree. */
static boolean_t empty(void)
{
	mach_port_t root = files_need("/", FILE_READ);
	int rounds = 0;

	while (rounds < 100 * ROUNDS_MAX && sweep(root, 0) != 0) {
		rounds++;
	}
	files_close(root);
	return rounds < 100 * ROUNDS_MAX;
}

static uint64_t bytes_free(void)
{
	file_system_info_t info;

	NEED_KR(file_get_system(files_root, &info));
	return info.bytes_free;
}

static uint64_t files_free(void)
{
	file_system_info_t info;

	NEED_KR(file_get_system(files_root, &info));
	return info.files_free;
}

static void serves(void *argument)
{
	mach_port_t file = MACH_PORT_NULL;

	(void)argument;
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS));
	CHECK(empty());
	CHECK(TEST_WAIT_UNTIL(bytes_free() == free_at_first));
	CHECK_KR(files_make_directory("/a", 0777), KERN_SUCCESS);
	CHECK_KR(files_open("/a/b", FILE_READ | FILE_WRITE | FILE_CREATE, &file), KERN_SUCCESS);
	CHECK_KR(files_write(file, 0, "served"), KERN_SUCCESS);
	CHECK(files_has(file, 0, "served"));
	files_close(file);
	CHECK_KR(files_make_node("/a/p", FILE_MODE_FIFO | 0666, 0), KERN_SUCCESS);
	CHECK_KR(files_make_symlink("/a/l", "../a"), KERN_SUCCESS);
}

int main(int argc, char **argv)
{
	static const char *const words[] = {"a",   "a/b",  "/a/b", "a/p",   "/a/p", "a/l/b", "..",
					    "a/n", "/a/n", "n",    "a/l/n", "/",    "",      NULL};
	uint64_t files_at_first = 0;

	test_begin(argc, argv, "server_file_mutated");
	files_begin();
	CHECK(empty());
	free_at_first = bytes_free();
	files_at_first = files_free();
	serves(NULL);
	mutate_run(&(struct mutate){
		.seed = 20261121,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_file},
		.targets = {files_root, files_public},
		.words = words,
		.serves = serves,
	});
	CHECK(empty());
	CHECK_EQ(files_free(), files_at_first);
	files_end();
	test_end();
}
