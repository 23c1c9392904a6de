/* Start, load the tree, make the public port known, serve. */
#include <pthread.h>
#include <stdio.h>
#include <device/device_types.h>
#include <gen/device.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <libc/log.h>
#include <libc/memory.h>
#include <standard_ports.h>
#include <trust/trust.h>
#include "file.h"

#define SELF       mach_task_self()
#define FREE_SHARE 2 /* of the memory that is free at start, one part of so many */

struct ipc_bucket *bucket;

/* What the server was given: by the boot script, as words, or by the process server. */
struct given {
	mach_port_t archive; /* the device with the boot archive; null: none */
	mach_port_t clock;
	uint64_t bytes_max; /* 0: a share of what is free */
};

static const char *word_of(int argc, char **argv, const char *name)
{
	size_t length = strlen(name);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=') {
			return argv[i] + length + 1;
		}
	}
	return NULL;
}

static mach_port_t resource(natural_t kind)
{
	mach_port_t process = standard_process_port();
	mach_port_t port = MACH_PORT_NULL;
	natural_t first = 0, count = 0;

	return process != MACH_PORT_NULL && process_get_resource(process, kind, 0, &port, &first,
								 &count) == KERN_SUCCESS
		       ? port
		       : MACH_PORT_NULL;
}

static mach_port_t open_device(mach_port_t master, const char *name)
{
	mach_port_t device = MACH_PORT_NULL;

	return device_open(master, D_READ, (char *)(uintptr_t)name, &device) == D_SUCCESS
		       ? device
		       : MACH_PORT_NULL;
}

static struct given find_given(int argc, char **argv)
{
	const char *device = word_of(argc, argv, "device");
	const char *megabytes = word_of(argc, argv, "megabytes");
	struct given given = {.bytes_max = 0};

	if (device != NULL) {
		mach_port_t master = (mach_port_t)strtoul(device, NULL, 10);

		given.archive = open_device(master, "rd0");
		given.clock = open_device(master, "time");
	} else {
		libc_log_set(standard_log);
		given.archive = resource(PROCESS_RESOURCE_ARCHIVE);
		given.clock = resource(PROCESS_RESOURCE_CLOCK);
	}
	if (megabytes != NULL) {
		given.bytes_max = (uint64_t)strtoul(megabytes, NULL, 10) << 20;
	}
	return given;
}

static uint64_t share_of_memory(void)
{
	vm_statistics_data_t statistics = {.free_count = 0};

	(void)vm_statistics(SELF, &statistics);
	return (uint64_t)statistics.free_count * PAGE_BYTES / FREE_SHARE;
}

/* Reads the archive where it lies. */
static void load(mach_port_t device)
{
	int status[DEV_GET_SIZE_COUNT] = {0};
	mach_msg_type_number_t count = DEV_GET_SIZE_COUNT;
	mach_port_t memory = MACH_PORT_NULL;
	vm_address_t address = 0;
	vm_size_t bytes = 0;
	kern_return_t result = device_get_status(device, DEV_GET_SIZE, status, &count);

	if (result == D_SUCCESS) {
		bytes = (vm_size_t)status[DEV_GET_SIZE_DEVICE_SIZE];
		result = device_map(device, VM_PROT_READ, 0, bytes, &memory, 0);
	}
	if (result == D_SUCCESS) {
		result = vm_map(SELF, &address, bytes, 0, TRUE, memory, 0, FALSE, VM_PROT_READ,
				VM_PROT_READ, VM_INHERIT_NONE);
		(void)mach_port_deallocate(SELF, memory);
	}
	if (result != KERN_SUCCESS) {
		printf("file: cannot read the boot archive: %s\n", mach_error_string(result));
		return;
	}
	(void)archive_load((const uint8_t *)address, bytes);
	(void)vm_deallocate(SELF, address, bytes);
}

/* The two roots: for everybody, and without restriction. */
static kern_return_t make_roots(struct ipc_object *roots[2], mach_port_t ports[2])
{
	kern_return_t result = root_public(&roots[0]);

	result = result ?: root_unrestricted(&roots[1]);
	for (int i = 0; i < 2 && result == KERN_SUCCESS; i++) {
		ports[i] = ipc_object_give(roots[i]);
		result = mach_port_insert_right(SELF, ports[i], ports[i], MACH_MSG_TYPE_MAKE_SEND);
	}
	return result;
}

/*
 * Personalities act for all their users, the runner for who started the node; other nodes' file
 * servers bring the calls of theirs.
 */
static kern_return_t accept_peer(const struct trust_peer *peer, struct ipc_client *client,
				 struct ipc_object **object)
{
	(void)client; /* its quotas are too small for them; this one has its own */
	static const char *const names[] = {"unix", "dos", "runner"};

	if (!net_is_own(peer->node)) {
		return strcmp(peer->name, "file") == 0 ? net_accept(peer->node, object)
						       : KERN_NO_ACCESS;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(peer->name, names[i]) == 0) {
			return root_unrestricted(object);
		}
	}
	return KERN_NO_ACCESS;
}

/* Makes the ports known: by the ACS and the process server, or for who holds this task. */
static kern_return_t publish(struct ipc_object *roots[2], mach_port_t ports[2])
{
	const struct trust_server server = {
		.name = "file",
		.acs = standard_port(STANDARD_PORT_ACS),
		.registration = standard_port(STANDARD_PORT_REGISTRATION),
		.client = roots[0],
		.accept = accept_peer,
	};
	kern_return_t result = KERN_SUCCESS;

	if (server.registration == MACH_PORT_NULL) {
		result = mach_ports_register(SELF, ports, 2);
	} else {
		result = process_set_root(standard_process_port(), ports[1],
					  MACH_MSG_TYPE_COPY_SEND);
		result = result ?: trust_start(&server);
	}
	for (int i = 0; i < 2; i++) {
		(void)mach_port_deallocate(SELF, ports[i]);
	}
	return result;
}

int main(int argc, char **argv)
{
	/* Nothing here waits, so one worker does it all, and needs no locks. */
	const struct ipc_bucket_options options = {
		.workers_max = 1,
		.limits = {.calls = 64, .queued = 256},
	};
	struct ipc_object *roots[2] = {NULL};
	mach_port_t ports[2] = {MACH_PORT_NULL};
	struct given given = find_given(argc, argv);
	kern_return_t result = KERN_SUCCESS;

	clock_map(given.clock);
	result = tree_start(given.bytes_max != 0 ? given.bytes_max : share_of_memory());
	if (result == KERN_SUCCESS && given.archive != MACH_PORT_NULL) {
		load(given.archive);
	}
	result = result ?: ipc_bucket_create(&options, &bucket);
	result = result ?: make_roots(roots, ports);
	net_begin();
	libc_memory_commit();
	result = result ?: publish(roots, ports);
	if (result != KERN_SUCCESS) {
		printf("file: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	if (standard_port(STANDARD_PORT_REGISTRATION) != MACH_PORT_NULL) {
		pthread_exit(NULL); /* trust_start has made the worker already */
	}
	ipc_bucket_serve(bucket);
}
