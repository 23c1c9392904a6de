/* What the tests of the file server share. */
#include "files.h"

mach_port_t files_public;
mach_port_t files_root;
const struct files_identity files_any;

static boolean_t look(mach_port_t task)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;

	NEED_KR(mach_ports_lookup(task, &ports, &count));
	files_public = count > 0 ? ports[0] : MACH_PORT_NULL;
	files_root = count > 1 ? ports[1] : MACH_PORT_NULL;
	for (mach_msg_type_number_t i = 2; i < count; i++) {
		if (MACH_PORT_VALID(ports[i])) {
			NEED_KR(mach_port_deallocate(mach_task_self(), ports[i]));
		}
	}
	if (count != 0) {
		NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)ports,
				      count * sizeof *ports));
	}
	return MACH_PORT_VALID(files_root);
}

static mach_port_t server_task(void)
{
	const char *word = test_argument("server");

	if (word == NULL) {
		test_bail_out("no word server=");
	}
	return strtoul(word, NULL, 10);
}

void files_begin(void)
{
	for (int tries = 0; tries < 5000; tries++) {
		if (look(server_task())) {
			return;
		}
		test_sleep_ms(1);
	}
	test_bail_out("the file server does not serve");
}

void files_end(void)
{
	CHECK(TEST_WAIT_UNTIL(test_server_objects(files_public) == FILES_OBJECTS));
	NEED_KR(mach_port_deallocate(mach_task_self(), files_root));
	test_server_end("server", files_public);
}

struct files_identity files_user(natural_t uid, natural_t gid)
{
	return (struct files_identity){.words = {uid, gid}, .count = 2};
}

#define ANY        files_any.words, 0
#define TEXT(path) path, strlen(path)

kern_return_t files_open_as(struct files_identity who, mach_port_t directory, const char *path,
			    natural_t flags, natural_t mode, mach_port_t *file)
{
	file_attributes_t attributes;

	return file_open(directory, who.words, who.count, TEXT(path), flags, mode, file,
			 &attributes);
}

kern_return_t files_open(const char *path, natural_t flags, mach_port_t *file)
{
	return files_open_as(files_any, files_root, path, flags, 0644, file);
}

mach_port_t files_need(const char *path, natural_t flags)
{
	mach_port_t file = MACH_PORT_NULL;

	NEED_KR(files_open(path, flags, &file));
	return file;
}

kern_return_t files_make_directory(const char *path, natural_t mode)
{
	return file_make_directory(files_root, ANY, TEXT(path), mode);
}

kern_return_t files_make_node(const char *path, natural_t mode, int64_t device)
{
	return file_make_node(files_root, ANY, TEXT(path), mode, device);
}

kern_return_t files_make_symlink(const char *path, const char *target)
{
	return file_make_symlink(files_root, ANY, TEXT(path), TEXT(target));
}

kern_return_t files_link(const char *path, const char *to)
{
	return file_link(files_root, ANY, TEXT(path), FILE_NO_FOLLOW, files_root,
			 MACH_MSG_TYPE_COPY_SEND, TEXT(to));
}

kern_return_t files_unlink(const char *path, natural_t flags)
{
	return file_unlink(files_root, ANY, TEXT(path), flags);
}

kern_return_t files_rename(const char *path, const char *to, natural_t flags)
{
	return file_rename(files_root, ANY, TEXT(path), files_root, MACH_MSG_TYPE_COPY_SEND,
			   TEXT(to), flags);
}

kern_return_t files_attributes(const char *path, natural_t flags, file_attributes_t *attributes)
{
	return file_get_attributes(files_root, ANY, TEXT(path), flags, attributes);
}

kern_return_t files_write(mach_port_t file, int64_t offset, const char *text)
{
	natural_t written = 0;
	kern_return_t result = file_write(file, offset, 0, TEXT(text), &written);

	return result == KERN_SUCCESS && written != strlen(text) ? KERN_FAILURE : result;
}

boolean_t files_has(mach_port_t file, int64_t offset, const char *text)
{
	char data[FILE_DATA_MAX];
	mach_msg_type_number_t count = sizeof data;

	return file_read(file, offset, sizeof data, 0, data, &count) == KERN_SUCCESS &&
	       count == strlen(text) && memcmp(data, text, count) == 0;
}

void files_close(mach_port_t file)
{
	NEED_KR(mach_port_deallocate(mach_task_self(), file));
}
