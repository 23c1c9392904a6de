/* Start, load the tree, make the public port known, serve. */
#include <stdio.h>
#include <device/device_types.h>
#include <gen/device.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <masix/process.h>
#include "file.h"

#define SELF	   mach_task_self()
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
	mach_port_t process = MACH_PORT_NULL;
	mach_port_t port = MACH_PORT_NULL;
	natural_t first = 0, count = 0;

	if (task_get_special_port(SELF, TASK_BOOTSTRAP_PORT, &process) != KERN_SUCCESS ||
	    process == MACH_PORT_NULL) {
		return MACH_PORT_NULL;
	}
	(void)process_get_resource(process, kind, 0, &port, &first, &count);
	(void)mach_port_deallocate(SELF, process);
	return port;
}

static mach_port_t open_device(mach_port_t master, const char *name)
{
	mach_port_t device = MACH_PORT_NULL;

	return device_open(master, D_READ, (char *)(uintptr_t)name, &device) == D_SUCCESS ?
		       device :
		       MACH_PORT_NULL;
}

static struct given find_given(int argc, char **argv)
{
	const char *device = word_of(argc, argv, "device");
	const char *megabytes = word_of(argc, argv, "megabytes");
	struct given given = { .bytes_max = 0 };

	if (device != NULL) {
		mach_port_t master = (mach_port_t)strtoul(device, NULL, 10);

		given.archive = open_device(master, "rd0");
		given.clock = open_device(master, "time");
	} else {
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
	vm_statistics_data_t statistics = { .free_count = 0 };

	(void)vm_statistics(SELF, &statistics);
	return (uint64_t)statistics.free_count * PAGE_BYTES / FREE_SHARE;
}

/* Reads the archive where it lies. */
static void load(mach_port_t device)
{
	int status[DEV_GET_SIZE_COUNT] = { 0 };
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

/* The public port and the unrestricted root, for who holds this task: nobody but its maker. */
static kern_return_t publish(void)
{
	struct ipc_object *objects[2] = { NULL };
	mach_port_t ports[2] = { MACH_PORT_NULL };
	kern_return_t result = root_public(&objects[0]);

	result = result ?: root_unrestricted(&objects[1]);
	for (int i = 0; i < 2 && result == KERN_SUCCESS; i++) {
		ports[i] = ipc_object_give(objects[i]);
		result = mach_port_insert_right(SELF, ports[i], ports[i],
						MACH_MSG_TYPE_MAKE_SEND);
	}
	result = result ?: mach_ports_register(SELF, ports, 2);
	for (int i = 0; i < 2 && result == KERN_SUCCESS; i++) {
		(void)mach_port_deallocate(SELF, ports[i]);
	}
	return result;
}

int main(int argc, char **argv)
{
	/* Nothing here waits, so one worker does it all, and needs no locks. */
	const struct ipc_bucket_options options = {
		.workers_max = 1,
		.limits = { .calls = 64, .queued = 256 },
	};
	struct given given = find_given(argc, argv);
	kern_return_t result = KERN_SUCCESS;

	clock_map(given.clock);
	result = tree_start(given.bytes_max != 0 ? given.bytes_max : share_of_memory());
	if (result == KERN_SUCCESS && given.archive != MACH_PORT_NULL) {
		load(given.archive);
	}
	result = result ?: ipc_bucket_create(&options, &bucket);
	result = result ?: publish();
	if (result != KERN_SUCCESS) {
		printf("file: cannot start: %s\n", mach_error_string(result));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
