/* The first user task of `make run`: prints what a task sees when the kernel has started it. */
#include "libmach.h"
#include <gen/mach.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>

/* Prints a failed call as a sentence; true when the call succeeded. */
static boolean_t succeeded(const char *call, kern_return_t result)
{
	if (result != KERN_SUCCESS) {
		mach_printf("first: %s failed: %s\n", call, mach_error_string(result));
	}
	return result == KERN_SUCCESS;
}

static void show_words(int argc, char **argv)
{
	mach_printf("I am the first user task. The boot script gave me %d words:\n", argc);
	for (int i = 0; i < argc; i++) {
		mach_printf("  [%d] %s\n", i, argv[i]);
	}
}

static void show_kernel(void)
{
	kernel_version_t version = "";

	if (succeeded("host_kernel_version", host_kernel_version(mach_host_self(), version))) {
		mach_printf("Kernel: %s\n", version);
	}
}

static void show_memory(void)
{
	vm_statistics_data_t statistics;

	if (succeeded("vm_statistics", vm_statistics(mach_task_self(), &statistics))) {
		mach_printf("Memory: %u KB free, %u KB wired, pages of %u bytes.\n",
			    (unsigned)(statistics.free_count * (statistics.pagesize / 1024)),
			    (unsigned)(statistics.wire_count * (statistics.pagesize / 1024)),
			    (unsigned)statistics.pagesize);
	}
}

static void show_rights(void)
{
	mach_port_array_t names = 0;
	mach_port_type_array_t types = 0;
	mach_msg_type_number_t name_count = 0;
	mach_msg_type_number_t type_count = 0;

	if (!succeeded("mach_port_names", mach_port_names(mach_task_self(), &names, &name_count,
							  &types, &type_count))) {
		return;
	}
	mach_printf("Port names: %u\n", (unsigned)name_count);
	for (mach_msg_type_number_t i = 0; i < name_count && i < type_count; i++) {
		mach_printf("  %u:%s%s%s%s%s\n", (unsigned)names[i],
			    types[i] & MACH_PORT_TYPE_SEND ? " send" : "",
			    types[i] & MACH_PORT_TYPE_RECEIVE ? " receive" : "",
			    types[i] & MACH_PORT_TYPE_SEND_ONCE ? " send-once" : "",
			    types[i] & MACH_PORT_TYPE_PORT_SET ? " port-set" : "",
			    types[i] & MACH_PORT_TYPE_DEAD_NAME ? " dead-name" : "");
	}
	(void)vm_deallocate(mach_task_self(), (vm_address_t)names, name_count * sizeof(*names));
	(void)vm_deallocate(mach_task_self(), (vm_address_t)types, type_count * sizeof(*types));
}

int main(int argc, char **argv)
{
	show_words(argc, argv);
	show_kernel();
	show_memory();
	show_rights();
	mach_printf("That is all for now; the kernel idles.\n");
	mach_port_t port = mach_reply_port();
	mach_msg_header_t message;
	for (;;) {
		/* Nobody else knows this port, so the receive sleeps for good. */
		(void)mach_msg(&message, MACH_RCV_MSG, 0, sizeof(message), port,
			       MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	}
}
