/* TEST: oracle=no timeout=120 mem=128 args="file=${file} unix=${unix}"
   modules="build/tests/kernel/unix.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=48 $(file=task-create) $(task-resume);
   build/personalities/unix/unix file=${file} $(unix=task-create) $(task-resume)" */
/*
 * What a Unix task holds (docs: personalities/unix/README.md): its own task and thread ports, ports
 * of the Unix server, reply ports, the host's name.  No bootstrap port, no registered ports, no
 * exception port but the server's.  Looked at in processes that wait in every way there is.
 */
#include "lib/unix.h"
#include <mach/task_special_ports.h>
#include <mach/thread_special_ports.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>

#define SELF      mach_task_self()
#define TASKS_MAX 64

static int64_t server_number;
static mach_port_t host_name;
static unsigned int rights_seen, servers_seen;

static void drop(mach_port_t port)
{
	if (MACH_PORT_VALID(port)) {
		(void)mach_port_deallocate(SELF, port);
	}
}

/* Does the Unix server receive from it? */
static boolean_t is_servers(mach_port_t port)
{
	int64_t number = 0;
	masix_digest_t digest;

	return masix_port_owner(host_priv, port, MACH_MSG_TYPE_COPY_SEND, &number, digest) ==
		       KERN_SUCCESS &&
	       number == server_number;
}

static boolean_t is_own_thread(mach_port_t task, mach_port_t port)
{
	thread_array_t threads = NULL;
	mach_msg_type_number_t count = 0;
	boolean_t found = FALSE;

	if (task_threads(task, &threads, &count) != KERN_SUCCESS) {
		return FALSE;
	}
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		found = found || threads[i] == port;
		drop(threads[i]);
	}
	(void)vm_deallocate(SELF, (vm_address_t)threads, count * sizeof *threads);
	return found;
}

/* One name of the task; false: it should not be there. */
static boolean_t is_allowed(mach_port_t task, mach_port_t name, mach_port_type_t type)
{
	mach_port_t port = MACH_PORT_NULL;
	mach_msg_type_name_t disposition = 0;
	boolean_t allowed = FALSE;

	if ((type & MACH_PORT_TYPE_SEND) == 0) {
		return (type & (MACH_PORT_TYPE_RECEIVE | MACH_PORT_TYPE_DEAD_NAME)) != 0 &&
		       (type & (MACH_PORT_TYPE_SEND_ONCE | MACH_PORT_TYPE_PORT_SET)) == 0;
	}
	if (mach_port_extract_right(task, name, MACH_MSG_TYPE_COPY_SEND, &port, &disposition) !=
	    KERN_SUCCESS) {
		return TRUE; /* it is gone meanwhile: such a process runs */
	}
	rights_seen++;
	servers_seen += is_servers(port);
	allowed =
		port == task || port == host_name || is_servers(port) || is_own_thread(task, port);
	drop(port);
	return allowed;
}

static boolean_t check_names(mach_port_t task)
{
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t count = 0, type_count = 0;
	boolean_t right = TRUE;

	if (mach_port_names(task, &names, &count, &types, &type_count) != KERN_SUCCESS) {
		return TRUE; /* it has ended */
	}
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (!is_allowed(task, names[i], types[i])) {
			test_note("name %u, type %x", (unsigned)names[i], (unsigned)types[i]);
			right = FALSE;
		}
	}
	(void)vm_deallocate(SELF, (vm_address_t)names, count * sizeof *names);
	(void)vm_deallocate(SELF, (vm_address_t)types, type_count * sizeof *types);
	return right;
}

static boolean_t check_special(mach_port_t task)
{
	mach_port_t bootstrap = MACH_PORT_NULL, exception = MACH_PORT_NULL;
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	boolean_t right = TRUE;

	if (task_get_special_port(task, TASK_BOOTSTRAP_PORT, &bootstrap) != KERN_SUCCESS) {
		return TRUE;
	}
	(void)task_get_special_port(task, TASK_EXCEPTION_PORT, &exception);
	right = bootstrap == MACH_PORT_NULL &&
		(exception == MACH_PORT_NULL || is_servers(exception));
	drop(bootstrap);
	drop(exception);
	if (mach_ports_lookup(task, &ports, &count) == KERN_SUCCESS) {
		for (mach_msg_type_number_t i = 0; i < count; i++) {
			right = right && ports[i] == MACH_PORT_NULL;
			drop(ports[i]);
		}
		(void)vm_deallocate(SELF, (vm_address_t)ports, count * sizeof *ports);
	}
	return right;
}

/* The tasks that the Unix server has rights to, but itself and its servers. */
static unsigned int find_tasks(mach_port_t server, mach_port_t tasks[TASKS_MAX])
{
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t count = 0, type_count = 0;
	unsigned int found = 0;

	NEED_KR(mach_port_names(server, &names, &count, &types, &type_count));
	for (mach_msg_type_number_t i = 0; i < count && found < TASKS_MAX; i++) {
		mach_port_t port = MACH_PORT_NULL;
		mach_msg_type_name_t disposition = 0;
		natural_t used = 0, limit = 0;

		if ((types[i] & MACH_PORT_TYPE_SEND) == 0 ||
		    mach_port_extract_right(server, names[i], MACH_MSG_TYPE_COPY_SEND, &port,
					    &disposition) != KERN_SUCCESS) {
			continue;
		}
		if (port != server && port != SELF &&
		    masix_task_pages(port, &used, &limit) == KERN_SUCCESS) {
			tasks[found++] = port;
		} else {
			drop(port);
		}
	}
	(void)vm_deallocate(SELF, (vm_address_t)names, count * sizeof *names);
	(void)vm_deallocate(SELF, (vm_address_t)types, type_count * sizeof *types);
	return found;
}

int main(int argc, char **argv)
{
	static const char words[] = "/alone/states";
	static unix_data_t data;
	mach_port_t tasks[TASKS_MAX];
	mach_port_t server = MACH_PORT_NULL, run = MACH_PORT_NULL;
	mach_msg_type_number_t count = sizeof data;
	natural_t stream = 0, used = 0, limit = 0, status = 0;
	masix_digest_t digest;
	unsigned int found = 0;
	boolean_t names = TRUE, special = TRUE;

	test_begin(argc, argv, "server_unix_rights");
	unix_begin();
	server = strtoul(test_argument("unix"), NULL, 10);
	host_name = mach_host_self();
	NEED_KR(masix_task_get_info(host_priv, server, &server_number, digest, &used, &limit));
	run = unix_start("/alone/states", words, sizeof words);
	NEED_KR(unix_client_read(run, FALSE, &stream, data, &count));
	found = find_tasks(server, tasks);
	test_note("%u tasks", found);
	for (unsigned int i = 0; i < found; i++) {
		names = check_names(tasks[i]) && names;
		special = check_special(tasks[i]) && special;
		drop(tasks[i]);
	}
	test_note("%u rights, %u of them to the server", rights_seen, servers_seen);
	CHECK(found >= 15 && servers_seen >= found && rights_seen > 2 * found);
	CHECK(names);
	CHECK(special);
	CHECK_KR(unix_client_signal(run, 9), KERN_SUCCESS);
	NEED_KR(unix_client_wait(run, &status));
	NEED_KR(mach_port_deallocate(SELF, run));
	unix_end();
	test_end();
}
