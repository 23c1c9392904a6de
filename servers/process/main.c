/* Start: process HOST-PORT DEVICE-PORT ACS-TASK, as the boot script says. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <libmach.h>
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/gnumach.h>
#include <gen/mach_port.h>
#include <gen/process_log_server.h>
#include <gen/process_server.h>
#include "server.h"

mach_port_t host_privileged;
mach_port_t device_master;
struct ipc_bucket *bucket;
struct ipc_lock state_lock;

/* The record's reference to the object has gone: the last that could lead here. */
static void reclaim(struct ipc_object *object)
{
	struct process *process = *(struct process **)ipc_object_data(object);

	if (process != NULL) {
		process_release(process);
	}
}

struct ipc_class process_class = {
	.name = "process",
	.interfaces = (const ipc_interface_t[]){process_server_routine, NULL},
	.data_bytes = sizeof(struct process *),
	.reclaim = reclaim,
};
struct ipc_class log_class = {
	.name = "log",
	.interfaces = (const ipc_interface_t[]){process_log_server_routine, NULL},
	.data_bytes = sizeof(struct process *),
	.reclaim = reclaim,
};

uint64_t milliseconds_now(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Who lets personalities in; nobody finds it by a name, and it answers nothing else. */
static struct ipc_class public_class = {
	.name = "public",
	.interfaces = (const ipc_interface_t[]){NULL},
};

/* Registers as "process"; without that everything works but the personalities. */
static void become_known(mach_port_t acs)
{
	struct trust_server server = {
		.name = "process",
		.acs = acs,
		.control = acs_control,
		.accept = personality_accept,
	};
	kern_return_t result = ipc_object_create_public(bucket, &public_class, &server.client);

	result = result ?: trust_start(&server);
	if (result != KERN_SUCCESS) {
		log_say("the ACS does not register it, so no personality can adopt tasks: %s",
			mach_error_string(result));
	}
}

/* What the ACS tells of the node: the number of which every id begins, and its id. */
static void meet_node(void)
{
	mach_port_t acs = MACH_PORT_NULL;
	acs_name_t name;
	acs_digest_t id = {0};
	natural_t number = 0, version = 0;

	if (acs_make_client(acs_control, 0, &acs) != KERN_SUCCESS ||
	    acs_get_node(acs, name, &number, id, &version) != KERN_SUCCESS) {
		number = 0;
		log_say("the ACS does not tell the node's number");
	}
	table_start(number & 0x3f);
	personality_start(id);
	if (acs != MACH_PORT_NULL) {
		become_known(acs);
	}
}

static void *keep_servers(void *unused)
{
	(void)unused;
	boot_wait();
	meet_node();
	servers_run(NULL);
	return NULL;
}

static kern_return_t begin(mach_port_t acs_task)
{
	static const struct ipc_bucket_options options = {
		.workers_max = 8,
		.clients_max = PROCESSES_MAX + 64,
	};
	pthread_t thread;
	kern_return_t result = ipc_bucket_create(&options, &bucket);

	result = result ?: events_start();
	if (result == KERN_SUCCESS && archive_open() != KERN_SUCCESS) {
		log_say("there is no boot archive (a module with $(ramdisk-create))");
	}
	resources_start();
	result = result ?: boot_acs(acs_task);
	if (result == KERN_SUCCESS && pthread_create(&thread, NULL, keep_servers, NULL) != 0) {
		result = KERN_RESOURCE_SHORTAGE;
	}
	return result;
}

int main(int argc, char **argv)
{
	kern_return_t result = KERN_INVALID_ARGUMENT;

	if (argc >= 4) {
		host_privileged = strtoul(argv[1], NULL, 10);
		device_master = strtoul(argv[2], NULL, 10);
		log_start();
		/* The node does not outlive it. */
		(void)task_set_essential(mach_task_self(), TRUE);
		result = begin(strtoul(argv[3], NULL, 10));
	}
	if (result != KERN_SUCCESS) {
		mach_printf("process: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
