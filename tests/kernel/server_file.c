/* TEST: oracle=no args="server=${file}"
   modules="build/tests/kernel/file.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=8 $(file=task-create) $(task-resume)" */
/* The file server, as it boots from an archive: names, attributes, permissions, data. */
#include "lib/files.h"
#include "lib/msg.h"

#define ANY        files_any.words, 0
#define TEXT(path) path, strlen(path)
#define RW         (FILE_READ | FILE_WRITE)

static natural_t mode_of(const char *path)
{
	file_attributes_t attributes;

	NEED_KR(files_attributes(path, FILE_NO_FOLLOW, &attributes));
	return attributes.mode;
}

static natural_t links_of(const char *path)
{
	file_attributes_t attributes;

	NEED_KR(files_attributes(path, FILE_NO_FOLLOW, &attributes));
	return attributes.links;
}

/* What the archive had. */
static void check_archive(void)
{
	static char data[FILE_DATA_MAX];
	mach_msg_type_number_t count = sizeof data;
	file_attributes_t attributes;
	mach_port_t file = files_need("/bin/program", FILE_READ);

	CHECK_KR(file_read(file, 10000, sizeof data, 0, data, &count), KERN_SUCCESS);
	CHECK_EQ(count, 240);
	CHECK_EQ((unsigned char)data[5], (10000 + 5) % 256);
	files_close(file);
	CHECK_KR(files_attributes("/etc/motd", 0, &attributes), KERN_SUCCESS);
	CHECK(attributes.mode == 0100644 && attributes.uid == 3 && attributes.gid == 4);
	CHECK(attributes.size == 6 && attributes.blocks == 8);
	CHECK(attributes.modify_ns == 1000000000ll * 1000000000);
	CHECK_EQ(mode_of("/dev/null"), 020666);
	CHECK_KR(files_attributes("/dev/null", 0, &attributes), KERN_SUCCESS);
	CHECK(attributes.device == (1ull << 32 | 3));
	CHECK_EQ(mode_of("/dev/pipe"), 010666);
	CHECK_EQ(mode_of("/bin/link"), 0120777);
	CHECK_KR(files_attributes("/bin/link", 0, &attributes), KERN_SUCCESS);
	CHECK_EQ(attributes.mode, 0100755);
	CHECK_EQ(links_of("/home/one"), 2);
	file = files_need("/home/one", FILE_READ);
	CHECK(files_has(file, 0, "linked"));
	files_close(file);
}

static void check_open(void)
{
	mach_port_t file = MACH_PORT_NULL;
	mach_port_t again = MACH_PORT_NULL;
	file_attributes_t attributes;

	CHECK_KR(files_open("/nothing", FILE_READ, &file), FILE_ENOENT);
	CHECK_KR(files_open("/etc/motd/x", FILE_READ, &file), FILE_ENOTDIR);
	CHECK_KR(files_open("/etc", RW, &file), FILE_EISDIR);
	CHECK_KR(files_open("/etc/motd", FILE_READ | FILE_DIRECTORY, &file), FILE_ENOTDIR);
	CHECK_KR(files_open("/etc/motd", FILE_READ | FILE_CREATE | FILE_EXCLUSIVE, &file),
		 FILE_EEXIST);
	CHECK_KR(files_open("/bin/link", FILE_READ | FILE_NO_FOLLOW, &file), FILE_ELOOP);
	CHECK_KR(files_open("/etc/motd", 0x80000, &file), FILE_EINVAL);
	CHECK_KR(files_open("/etc/motd", FILE_TRUNCATE, &file), FILE_EINVAL);
	CHECK_KR(files_open("/etc/motd", FILE_HANDLE | FILE_READ, &file), FILE_EINVAL);
	CHECK_KR(files_open("", FILE_READ, &file), FILE_ENOENT);
	CHECK_KR(files_open("/new/", RW | FILE_CREATE, &file), FILE_EISDIR);
	CHECK_KR(files_open("/new", RW | FILE_CREATE | FILE_EXCLUSIVE, &file), KERN_SUCCESS);
	CHECK_EQ(mode_of("/new"), 0100644);
	CHECK_KR(files_write(file, FILE_CURRENT, "first"), KERN_SUCCESS);
	CHECK(files_has(file, 0, "first"));
	CHECK(files_has(file, FILE_CURRENT, ""));
	/* The same file once more, cut. */
	CHECK_KR(file_reopen(file, ANY, RW | FILE_TRUNCATE, &again, &attributes), KERN_SUCCESS);
	CHECK_EQ(attributes.size, 0);
	CHECK(files_has(file, 0, ""));
	CHECK_KR(file_reopen(file, ANY, FILE_CREATE | RW, &again, &attributes), FILE_EINVAL);
	CHECK_KR(files_write(again, 3, "xyz"), KERN_SUCCESS);
	CHECK_KR(files_write(file, FILE_CURRENT, "ab"), KERN_SUCCESS);
	CHECK_KR(files_unlink("/new", 0), KERN_SUCCESS);
	CHECK_KR(files_attributes("/new", 0, &attributes), FILE_ENOENT);
	CHECK_KR(files_write(file, 0, "still"), KERN_SUCCESS);
	CHECK(files_has(again, 0, "stillab"));
	files_close(file);
	files_close(again);
	/* Through a link whose target is not there. */
	NEED_KR(files_make_symlink("/dangling", "/made"));
	CHECK_KR(files_open("/dangling", RW | FILE_CREATE | FILE_EXCLUSIVE, &file), FILE_EEXIST);
	CHECK_KR(files_open("/dangling", RW | FILE_CREATE, &file), KERN_SUCCESS);
	files_close(file);
	CHECK_EQ(mode_of("/made"), 0100644);
	NEED_KR(files_unlink("/made", 0));
	NEED_KR(files_unlink("/dangling", 0));
}

static void check_names(void)
{
	char data[FILE_PATH_BYTES_MAX];
	mach_msg_type_number_t count = sizeof data;
	static char long_name[300];
	mach_port_t stranger = port_new();

	CHECK_KR(files_make_directory("/d", 0755), KERN_SUCCESS);
	CHECK_KR(files_make_directory("/d", 0755), FILE_EEXIST);
	CHECK_KR(files_make_directory("/d/e/", 0700), KERN_SUCCESS);
	CHECK_KR(files_make_directory("/d/f/g", 0700), FILE_ENOENT);
	CHECK_EQ(links_of("/d"), 3);
	CHECK_KR(files_unlink("/d", 0), FILE_EISDIR);
	CHECK_KR(files_unlink("/d", FILE_REMOVE_DIRECTORY), FILE_ENOTEMPTY);
	CHECK_KR(files_unlink("/", FILE_REMOVE_DIRECTORY), FILE_EBUSY);
	CHECK_KR(files_unlink("/etc/motd", FILE_REMOVE_DIRECTORY), FILE_ENOTDIR);
	CHECK_KR(files_unlink("/d", 8), FILE_EINVAL);
	CHECK_KR(files_make_symlink("/d/s", "e/../e"), KERN_SUCCESS);
	CHECK_KR(files_make_symlink("/d/empty", ""), FILE_ENOENT);
	CHECK_KR(file_read_link(files_root, ANY, TEXT("/d/s"), data, &count), KERN_SUCCESS);
	CHECK(count == 6 && memcmp(data, "e/../e", 6) == 0);
	count = sizeof data;
	CHECK_KR(file_read_link(files_root, ANY, TEXT("/d"), data, &count), FILE_EINVAL);
	CHECK_EQ(mode_of("/d/s/."), 040700);
	NEED_KR(files_make_symlink("/loop", "loop"));
	CHECK_KR(files_attributes("/loop", 0, (file_attributes_t *)data), FILE_ELOOP);
	NEED_KR(files_unlink("/loop", 0));
	CHECK_KR(files_make_node("/d/n", FILE_MODE_BLOCK | 0600, 0x123456789ll), KERN_SUCCESS);
	CHECK_KR(files_make_node("/d/n2", FILE_MODE_DIRECTORY | 0600, 0), FILE_EINVAL);
	CHECK_KR(files_link("/d/n", "/d/m"), KERN_SUCCESS);
	CHECK_KR(files_link("/d/n", "/d/m"), FILE_EEXIST);
	CHECK_KR(files_link("/d/e", "/d/x"), FILE_EPERM);
	CHECK_EQ(links_of("/d/m"), 2);
	CHECK_KR(file_link(files_root, ANY, TEXT("/d/n"), 0, stranger, MACH_MSG_TYPE_MAKE_SEND,
			   TEXT("x")),
		 FILE_EXDEV);
	CHECK_KR(file_rename(files_root, ANY, TEXT("/d/n"), stranger, MACH_MSG_TYPE_MAKE_SEND,
			     TEXT("x"), 0),
		 FILE_EXDEV);
	CHECK_KR(file_link(files_root, ANY, TEXT("/d/n"), 0, MACH_PORT_NULL,
			   MACH_MSG_TYPE_COPY_SEND, TEXT("x")),
		 FILE_EXDEV);
	/* A handle of another client is one of ours; it is nobody's, and says so. */
	CHECK_KR(file_link(files_root, ANY, TEXT("/d/n"), 0, files_public, MACH_MSG_TYPE_COPY_SEND,
			   TEXT("x")),
		 FILE_EPERM);
	memset(long_name, 'n', sizeof long_name - 1);
	CHECK_KR(files_make_directory(long_name, 0700), FILE_ENAMETOOLONG);
	CHECK_KR(files_link("/d/n", long_name), FILE_ENAMETOOLONG);
	CHECK_KR(files_rename("/d/n", long_name, 0), FILE_ENAMETOOLONG);
	CHECK_KR(file_make_directory(files_root, ANY, "a\0b", 3, 0700), FILE_EINVAL);
	long_name[255] = 0;
	CHECK_KR(files_make_directory(long_name, 0700), KERN_SUCCESS);
	CHECK_KR(files_unlink(long_name, FILE_REMOVE_DIRECTORY), KERN_SUCCESS);
	port_destroy(stranger);
}

static void check_rename(void)
{
	mach_port_t file = files_need("/d/r", RW | FILE_CREATE);

	NEED_KR(files_write(file, 0, "renamed"));
	CHECK_KR(files_rename("/d/r", "/d/e/r", FILE_RENAME_EXCLUSIVE), KERN_SUCCESS);
	CHECK_KR(files_rename("/d/e/r", "/d/m", FILE_RENAME_EXCLUSIVE), FILE_EEXIST);
	CHECK_KR(files_rename("/d/e/r", "/d/m", 0), KERN_SUCCESS);
	CHECK_EQ(links_of("/d/n"), 1);
	CHECK(files_has(file, 0, "renamed"));
	CHECK_KR(files_rename("/d", "/d/e/d", 0), FILE_EINVAL);
	CHECK_KR(files_rename("/d/m", "/d/e", 0), FILE_EISDIR);
	CHECK_KR(files_rename("/d/e", "/d/m", 0), FILE_ENOTDIR);
	CHECK_KR(files_rename("/d/none", "/d/m", 0), FILE_ENOENT);
	CHECK_KR(files_rename("/", "/d/m", 0), FILE_EBUSY);
	CHECK_KR(files_rename("/d/m", "/d/n", 3), FILE_EINVAL);
	CHECK_KR(files_rename("/d/m", "/d/e", FILE_RENAME_EXCHANGE), KERN_SUCCESS);
	CHECK_EQ(mode_of("/d/m"), 040700);
	CHECK_EQ(mode_of("/d/e"), 0100644);
	CHECK_KR(files_rename("/d/m", "/d/zzz", FILE_RENAME_EXCHANGE), FILE_ENOENT);
	CHECK_KR(files_rename("/d/m", "/d", FILE_RENAME_EXCHANGE), FILE_EINVAL);
	NEED_KR(files_rename("/d/m", "/d/e", FILE_RENAME_EXCHANGE));
	files_close(file);
	NEED_KR(files_unlink("/d/m", 0));
	NEED_KR(files_unlink("/d/n", 0));
	NEED_KR(files_unlink("/d/s", 0));
	NEED_KR(files_unlink("/d/e", FILE_REMOVE_DIRECTORY));
}

/* Many entries come back once each, whatever is removed meanwhile. */
static void check_directory(void)
{
	static unsigned char seen[2000];
	static char data[FILE_DATA_MAX];
	char name[32];
	mach_port_t directory = files_need("/d", FILE_READ);
	int64_t cookie = 0;
	unsigned int count = 0, wrong = 0;

	test_group_begin("2000 files are made, listed and removed");
	for (int i = 0; i < 2000; i++) {
		mach_snprintf(name, sizeof name, "/d/file%d", i);
		CHECK_KR(files_make_node(name, FILE_MODE_REGULAR | 0600, 0), KERN_SUCCESS);
	}
	for (;;) {
		mach_msg_type_number_t bytes = sizeof data;

		NEED_KR(file_read_directory(directory, cookie, sizeof data, data, &bytes));
		for (mach_msg_type_number_t at = 0; at < bytes;) {
			const struct file_entry *entry = (const void *)(data + at);

			count++;
			if (entry->name_bytes > 4) {
				seen[strtoul(entry->name + 4, NULL, 10) % 2000]++;
			}
			cookie = (int64_t)entry->cookie;
			at += entry->bytes;
		}
		if (bytes == 0) {
			break;
		}
		/* The first half goes while we look. */
		for (int i = 0; i < 20 && count < 1000; i++) {
			mach_snprintf(name, sizeof name, "/d/file%d", (int)count - 3 - i);
			(void)files_unlink(name, 0);
		}
	}
	for (int i = 0; i < 2000; i++) {
		wrong += seen[i] != 1;
		mach_snprintf(name, sizeof name, "/d/file%d", i);
		(void)files_unlink(name, 0);
	}
	CHECK_EQ(count, 2002);
	CHECK_EQ(wrong, 0);
	test_group_end();
	mach_msg_type_number_t bytes = sizeof data;
	CHECK_KR(file_read_directory(directory, 0, 10, data, &bytes), FILE_EINVAL);
	CHECK_KR(file_read_directory(directory, -1, 1000, data, &bytes), FILE_EINVAL);
	CHECK_KR(file_read_directory(files_root, 0, 1000, data, &bytes), FILE_EBADF);
	files_close(directory);
	CHECK_KR(files_unlink("/d", FILE_REMOVE_DIRECTORY), KERN_SUCCESS);
}

static kern_return_t set_mode(struct files_identity who, const char *path, natural_t mode)
{
	file_attributes_t attributes = {.mode = mode};

	return file_set_attributes(files_root, who.words, who.count, TEXT(path), 0, FILE_SET_MODE,
				   attributes);
}

static kern_return_t set_owner(struct files_identity who, const char *path, natural_t uid)
{
	file_attributes_t attributes = {.uid = uid};

	return file_set_attributes(files_root, who.words, who.count, TEXT(path), 0, FILE_SET_UID,
				   attributes);
}

static kern_return_t access_as(struct files_identity who, const char *path, natural_t access)
{
	return file_check_access(files_root, who.words, who.count, TEXT(path), 0, access);
}

static void check_permissions(void)
{
	struct files_identity user = files_user(100, 100), other = files_user(200, 200);
	struct files_identity root = files_user(0, 0);
	mach_port_t file = MACH_PORT_NULL;

	CHECK_KR(files_open_as(user, files_root, "/mine", RW | FILE_CREATE, 0600, &file),
		 FILE_EACCES);
	CHECK_KR(files_open_as(user, files_root, "/tmp/mine", RW | FILE_CREATE, 0640, &file),
		 KERN_SUCCESS);
	files_close(file);
	CHECK_KR(files_open_as(other, files_root, "/tmp/mine", FILE_READ, 0, &file), FILE_EACCES);
	CHECK_KR(files_open_as(files_user(200, 100), files_root, "/tmp/mine", FILE_READ, 0, &file),
		 KERN_SUCCESS);
	files_close(file);
	CHECK_KR(files_open_as(files_user(200, 100), files_root, "/tmp/mine", RW, 0, &file),
		 FILE_EACCES);
	CHECK_KR(files_open_as(root, files_root, "/tmp/mine", RW, 0, &file), KERN_SUCCESS);
	files_close(file);
	/* The sticky directory. */
	CHECK_KR(file_unlink(files_root, other.words, 2, TEXT("/tmp/mine"), 0), FILE_EPERM);
	CHECK_KR(set_mode(other, "/tmp/mine", 0666), FILE_EPERM);
	CHECK_KR(set_mode(user, "/tmp/mine", 0666), KERN_SUCCESS);
	CHECK_KR(set_owner(user, "/tmp/mine", 200), FILE_EPERM);
	CHECK_KR(set_owner(root, "/tmp/mine", 200), KERN_SUCCESS);
	CHECK_KR(access_as(user, "/tmp/mine", FILE_READ | FILE_WRITE), KERN_SUCCESS);
	CHECK_KR(access_as(user, "/tmp/mine", FILE_EXECUTE), FILE_EACCES);
	CHECK_KR(access_as(root, "/tmp/mine", FILE_EXECUTE), FILE_EACCES);
	CHECK_KR(access_as(root, "/tmp/none", 0), FILE_ENOENT);
	CHECK_KR(access_as(user, "/tmp/mine", 0x80), FILE_EINVAL);
	CHECK_KR(access_as(user, "/home/one", 0), KERN_SUCCESS);
	/* A directory that may not be searched. */
	NEED_KR(files_make_directory("/tmp/closed", 0700));
	CHECK_KR(access_as(user, "/tmp/closed/x", 0), FILE_EACCES);
	CHECK_KR(file_make_directory(files_root, user.words, 2, TEXT("/etc/x"), 0700), FILE_EACCES);
	CHECK_KR(file_make_node(files_root, user.words, 2, TEXT("/tmp/null"),
				FILE_MODE_CHARACTER | 0600, 1),
		 FILE_EPERM);
	/* Groups of directories. */
	NEED_KR(set_mode(root, "/tmp/closed", 02777));
	NEED_KR(file_make_directory(files_root, user.words, 2, TEXT("/tmp/closed/sub"), 0700));
	file_attributes_t attributes;
	NEED_KR(files_attributes("/tmp/closed/sub", 0, &attributes));
	CHECK(attributes.mode == 042700 && attributes.gid == 0 && attributes.uid == 100);
	NEED_KR(files_unlink("/tmp/closed/sub", FILE_REMOVE_DIRECTORY));
	NEED_KR(files_unlink("/tmp/closed", FILE_REMOVE_DIRECTORY));
	NEED_KR(files_unlink("/tmp/mine", 0));
}

/* The port that anybody may have. */
static void check_public(void)
{
	struct files_identity nobody = files_user(65534, 65534);
	mach_port_t file = MACH_PORT_NULL;
	mach_port_t handle = MACH_PORT_NULL;
	file_attributes_t attributes;

	CHECK_KR(files_open_as(files_any, files_public, "/etc/motd", FILE_READ, 0, &file),
		 FILE_EPERM);
	CHECK_KR(files_open_as(files_user(0, 0), files_public, "/etc/motd", FILE_READ, 0, &file),
		 FILE_EPERM);
	CHECK_KR(files_open_as(nobody, files_public, "/home/one", FILE_READ, 0, &file),
		 FILE_EACCES);
	CHECK_KR(files_open_as(nobody, files_public, "/etc/motd", FILE_READ, 0, &file),
		 KERN_SUCCESS);
	CHECK(files_has(file, 0, "hello\n"));
	CHECK_KR(files_write(file, 0, "x"), FILE_EBADF);
	/* What is opened from it is no better. */
	CHECK_KR(file_reopen(file, ANY, FILE_READ, &handle, &attributes), FILE_EPERM);
	CHECK_KR(files_open_as(nobody, files_public, "pub", FILE_HANDLE, 0, &handle), KERN_SUCCESS);
	files_close(file);
	CHECK_KR(files_open_as(files_any, handle, "f", RW | FILE_CREATE, 0600, &file), FILE_EPERM);
	CHECK_KR(files_open_as(nobody, handle, "f", RW | FILE_CREATE, 0600, &file), KERN_SUCCESS);
	files_close(file);
	CHECK_KR(files_open_as(files_user(0, 0), handle, "/home/one", FILE_READ, 0, &file),
		 FILE_EPERM);
	files_close(handle);
	NEED_KR(files_unlink("/pub/f", 0));
	/* A restricted handle is its opener's. */
	CHECK_KR(files_open_as(files_any, files_root, "/home", FILE_HANDLE | FILE_RESTRICTED, 0,
			       &handle),
		 FILE_EINVAL);
	CHECK_KR(files_open_as(files_user(100, 100), files_root, "/home",
			       FILE_HANDLE | FILE_RESTRICTED, 0, &handle),
		 KERN_SUCCESS);
	CHECK_KR(files_open_as(files_user(0, 0), handle, "one", RW, 0, &file), FILE_EPERM);
	CHECK_KR(files_open_as(files_user(100, 100), handle, "one", RW, 0, &file), KERN_SUCCESS);
	files_close(file);
	files_close(handle);
	CHECK_KR(file_open(files_root, (natural_t[]){1}, 1, TEXT("/"), 0, 0, &file, &attributes),
		 FILE_EINVAL);
}

static boolean_t path_is(mach_port_t file, const char *expected)
{
	char path[FILE_PATH_BYTES_MAX];
	mach_msg_type_number_t count = sizeof path;

	return file_get_path(file, path, &count) == KERN_SUCCESS && count == strlen(expected) &&
	       memcmp(path, expected, count) == 0;
}

static void check_paths(void)
{
	mach_port_t file = files_need("/home/two", FILE_READ);
	char path[FILE_PATH_BYTES_MAX];
	mach_msg_type_number_t count = sizeof path;

	CHECK(path_is(files_root, "/"));
	CHECK(path_is(file, "/home/two"));
	NEED_KR(files_unlink("/home/two", 0));
	CHECK(path_is(file, "/home/one"));
	NEED_KR(files_rename("/home/one", "/tmp/three", 0));
	CHECK(path_is(file, "/tmp/three"));
	NEED_KR(files_unlink("/tmp/three", 0));
	CHECK_KR(file_get_path(file, path, &count), FILE_ENOENT);
	CHECK_KR(
		file_link(file, ANY, "", 0, 0, files_root, MACH_MSG_TYPE_COPY_SEND, TEXT("/risen")),
		FILE_ENOENT);
	files_close(file);
}

static void check_attributes(void)
{
	mach_port_t file = files_need("/tmp/a", RW | FILE_CREATE);
	file_attributes_t set = {.access_ns = 5, .modify_ns = -7, .size = 3};
	file_attributes_t got;
	natural_t generation = 0;

	NEED_KR(files_write(file, 0, "abcdef"));
	NEED_KR(file_get_attributes(file, ANY, "", 0, 0, &got));
	generation = got.generation;
	CHECK(got.modify_ns > 1500000000ll * 1000000000);
	CHECK_KR(file_set_attributes(file, ANY, "", 0, 0, FILE_SET_ACCESS | FILE_SET_MODIFY, set),
		 KERN_SUCCESS);
	NEED_KR(file_get_attributes(file, ANY, "", 0, 0, &got));
	CHECK(got.access_ns == 5 && got.modify_ns == -7 && got.generation == generation);
	CHECK_KR(file_set_attributes(file, ANY, "", 0, 0, FILE_SET_SIZE, set), KERN_SUCCESS);
	CHECK(files_has(file, 0, "abc"));
	NEED_KR(file_get_attributes(file, ANY, "", 0, 0, &got));
	CHECK(got.size == 3 && got.modify_ns > 0 && got.generation == generation + 1);
	CHECK_KR(file_set_attributes(files_root, ANY, TEXT("/tmp"), 0, FILE_SET_SIZE, set),
		 FILE_EISDIR);
	CHECK_KR(file_set_attributes(file, ANY, "", 0, 0, 0x100, set), FILE_EINVAL);
	set.size = 0x100000000ull;
	CHECK_KR(file_set_attributes(file, ANY, "", 0, 0, FILE_SET_SIZE, set), FILE_EFBIG);
	/* Without the permission to write, an open file is still what it is. */
	NEED_KR(set_mode(files_user(0, 0), "/tmp/a", 0));
	struct files_identity user = files_user(100, 100);
	set.size = 2;
	CHECK_KR(file_set_attributes(file, user.words, 2, "", 0, 0, FILE_SET_SIZE, set),
		 KERN_SUCCESS);
	CHECK_KR(file_set_attributes(files_root, user.words, 2, TEXT("/tmp/a"), 0, FILE_SET_SIZE,
				     set),
		 FILE_EACCES);
	files_close(file);
	NEED_KR(files_unlink("/tmp/a", 0));
}

static void check_wrong_ways(void)
{
	mach_port_t file = files_need("/etc/motd", FILE_READ);
	mach_port_t null = files_need("/dev/null", RW);
	char data[16];
	mach_msg_type_number_t count = sizeof data;
	int64_t position = 0;
	natural_t ready = 0;
	file_system_info_t info;

	CHECK_KR(file_read(null, 0, 1, 0, data, &count), FILE_ENXIO);
	CHECK_KR(files_write(null, 0, "x"), FILE_ENXIO);
	CHECK_KR(file_read(file, -2, 1, 0, data, &count), FILE_EINVAL);
	CHECK_KR(file_read(file, 0, 1, 1, data, &count), FILE_EINVAL);
	CHECK_KR(file_read(files_root, 0, 1, 0, data, &count), FILE_EBADF);
	CHECK_KR(file_seek(file, 2, FILE_SEEK_END, &position), KERN_SUCCESS);
	CHECK_EQ(position, 8);
	CHECK_KR(file_seek(file, -4, FILE_SEEK_CURRENT, &position), KERN_SUCCESS);
	CHECK(files_has(file, FILE_CURRENT, "o\n"));
	CHECK_KR(file_seek(file, -1, FILE_SEEK_SET, &position), FILE_EINVAL);
	CHECK_KR(file_seek(file, 0, 9, &position), FILE_EINVAL);
	CHECK_KR(file_seek(files_root, 0, 0, &position), FILE_EBADF);
	CHECK_KR(file_poll(file, &ready), KERN_SUCCESS);
	CHECK_EQ(ready, FILE_POLL_READABLE | FILE_POLL_WRITABLE);
	CHECK_KR(file_sync(file), KERN_SUCCESS);
	CHECK_KR(file_sync(files_root), FILE_EBADF);
	CHECK_KR(file_get_system(file, &info), KERN_SUCCESS);
	CHECK(info.bytes_total == 7u << 20 && info.bytes_free < info.bytes_total);
	CHECK(info.block_bytes == 4096 && info.name_bytes_max == 255);
	files_close(file);
	files_close(null);
}

static void check_append(void)
{
	mach_port_t file = files_need("/tmp/log", FILE_WRITE | FILE_APPEND | FILE_CREATE);
	mach_port_t other = files_need("/tmp/log", RW);

	NEED_KR(files_write(other, 0, "one"));
	CHECK_KR(files_write(file, FILE_CURRENT, "two"), KERN_SUCCESS);
	CHECK_KR(files_write(file, 0, "three"), KERN_SUCCESS);
	CHECK(files_has(other, 0, "onetwothree"));
	/* A hole. */
	CHECK_KR(files_write(other, 100000, "end"), KERN_SUCCESS);
	CHECK(files_has(other, 99998, "\0\0end") == FALSE);
	CHECK(files_has(other, 100000, "end"));
	files_close(file);
	files_close(other);
	NEED_KR(files_unlink("/tmp/log", 0));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "server_file");
	files_begin();
	check_archive();
	check_open();
	check_names();
	check_rename();
	check_directory();
	check_permissions();
	check_public();
	check_attributes();
	check_wrong_ways();
	check_append();
	check_paths();
	files_end();
	test_end();
}
