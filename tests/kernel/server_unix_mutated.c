/* TEST: oracle=no timeout=300 mem=128 args="file=${file} unix=${unix}"
   modules="build/tests/kernel/unix.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=48 $(file=task-create) $(task-resume);
   build/personalities/unix/unix file=${file} $(unix=task-create) $(task-resume)" */
/*
 * 50,000 random and mutated messages to the Unix server: to the ports that start programs, to runs,
 * and to the port of a thread, as a Unix program could send them.  It serves on and keeps nothing.
 */
#include "lib/mutate.h"
#include "lib/unix.h"

MUTATE_INTERFACE(unix);
MUTATE_INTERFACE(unix_client);

#define OBJECTS        2  /* of the server: its ports */
#define NAME_OF_SERVER 67 /* in a Unix task: the port of its first thread to the server */

/* What the task "port" may be has as NAME_OF_SERVER, or null. */
static mach_port_t server_port_of(mach_port_t port)
{
	mach_port_t right = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;

	return mach_port_extract_right(port, NAME_OF_SERVER, MACH_MSG_TYPE_COPY_SEND, &right,
				       &type) == KERN_SUCCESS
		       ? right
		       : MACH_PORT_NULL;
}

/* The port of the only Unix task's thread: the server's task has the right to that task. */
static mach_port_t find_thread_port(void)
{
	mach_port_t server = strtoul(test_argument("unix"), NULL, 10);
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t count = 0, types_count = 0;
	mach_port_t found = MACH_PORT_NULL;

	NEED_KR(mach_port_names(server, &names, &count, &types, &types_count));
	for (mach_msg_type_number_t i = 0; i < count && found == MACH_PORT_NULL; i++) {
		mach_port_t right = MACH_PORT_NULL;
		mach_msg_type_name_t type = 0;

		if (types[i] == MACH_PORT_TYPE_SEND &&
		    mach_port_extract_right(server, names[i], MACH_MSG_TYPE_COPY_SEND, &right,
					    &type) == KERN_SUCCESS) {
			found = right == mach_task_self() ? MACH_PORT_NULL : server_port_of(right);
			NEED_KR(mach_port_deallocate(mach_task_self(), right));
		}
	}
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)names, count * sizeof *names));
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)types, types_count * sizeof *types));
	return found;
}

enum { THREAD, PUBLIC, ADMINISTRATOR, RUN };

/* A process that waits, and with it two targets. */
static void begin_target(struct mutate *mutate)
{
	static const char name[] = "pause";

	mutate->targets[RUN] = unix_start("/alone/pause", name, sizeof name);
	mutate->targets[THREAD] = find_thread_port();
}

static void end_target(struct mutate *mutate)
{
	NEED_KR(mach_port_deallocate(mach_task_self(), mutate->targets[THREAD]));
	NEED_KR(mach_port_deallocate(mach_task_self(), mutate->targets[RUN]));
	CHECK(TEST_WAIT_UNTIL(test_server_objects(unix_public) == OBJECTS));
}

/* The messages may have ended the process: another one is there for the next batch. */
static void serves(void *argument)
{
	struct mutate *mutate = argument;

	end_target(mutate);
	unix_check_program("tiny");
	begin_target(mutate);
	CHECK(mutate->targets[THREAD] != MACH_PORT_NULL);
}

int main(int argc, char **argv)
{
	static const char *const words[] = {"/tests/tiny", "/alone/pause", "/tmp", "/", "", NULL};
	static struct mutate mutate = {
		.seed = 20261121,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_unix, &mutate_unix_client},
		.words = words,
		.serves = serves,
		.argument = &mutate,
	};

	test_begin(argc, argv, "server_unix_mutated");
	unix_begin();
	mutate.targets[PUBLIC] = unix_public;
	mutate.targets[ADMINISTRATOR] = unix_administrator;
	begin_target(&mutate);
	CHECK(mutate.targets[THREAD] != MACH_PORT_NULL);
	mutate_run(&mutate);
	end_target(&mutate);
	unix_end();
	test_end();
}
