/* TEST: oracle=no timeout=300 mem=128 args="file=${file} unix=${unix}"
   modules="build/tests/kernel/unix.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=48 $(file=task-create) $(task-resume);
   build/personalities/unix/unix file=${file} $(unix=task-create) $(task-resume)" */
/* The Unix server: programs of Linux, each beside what it does on a Linux (tests/unix/README.md).
   By hand one alone: a word only=NAME. */
#include "lib/unix.h"

int main(int argc, char **argv)
{
	static char list[4096];
	uint32_t bytes = 0;
	const char *only = NULL;

	test_begin(argc, argv, "server_unix");
	only = test_argument("only");
	unix_begin();
	bytes = unix_read_file("/tests/list", list, sizeof(list) - 1);
	list[bytes] = '\0';
	CHECK(bytes != 0);
	for (char *name = list; *name != '\0';) {
		char *end = name;

		while (*end != '\n') {
			end++;
		}
		*end = '\0';
		if (only == NULL || strcmp(only, name) == 0) {
			unix_check_program(name);
		}
		name = end + 1;
	}
	unix_end();
	test_end();
}
