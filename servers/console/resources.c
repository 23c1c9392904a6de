/* Where the hardware comes from: the process server, by the roster; or, in a test, the kernel, by
   the device master port among the words of the boot script. */
#include "devices.h"

#include <standard_ports.h>
#include <gen/device.h>
#include <gen/mach_i386.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <gen/mach.h>

static mach_port_t process;
static mach_port_t master; /* MACH_PORT_NULL: the process server it is */
static mach_port_t kept;
static bool with_screen = true;
static natural_t com_port = 0x3f8;
static natural_t com_line = 4;

static bool word_is(const char *word, const char *text)
{
	return strcmp(word, text) == 0;
}

static void read_word(const char *word)
{
	if (word_is(word, "screen=no")) {
		with_screen = false;
	} else if (word_is(word, "serial=none")) {
		com_port = 0;
	} else if (word_is(word, "serial=com2")) {
		com_port = 0x2f8;
		com_line = 3;
	} else if (strncmp(word, "kept=", 5) == 0) {
		kept = (mach_port_t)strtoul(word + 5, NULL, 10);
	}
}

void resources_start(int argc, char **argv)
{
	if (argc > 2) { /* 0, and the process server's, if it is a word */
		master = (mach_port_t)strtoul(argv[2], NULL, 10);
	}
	for (int i = 1; i < argc; i++) {
		read_word(argv[i]);
	}
	if (master == MACH_PORT_NULL) {
		process = standard_process_port();
	}
}

bool resource_wants_serial(void)
{
	return com_port != 0;
}

/* ------------------------------------------------------------------------------------ in a test */

static kern_return_t open_device(const char *name, struct resource *resource)
{
	return device_open(master, D_READ | D_WRITE, name, &resource->port);
}

static kern_return_t make_memory(struct resource *resource)
{
	struct resource memory = {0};
	kern_return_t result = open_device("mem", &memory);

	if (result == KERN_SUCCESS) {
		result = device_map(memory.port, VM_PROT_READ | VM_PROT_WRITE, resource->first,
				    resource->count, &resource->port, 0);
		(void)mach_port_deallocate(mach_task_self(), memory.port);
	}
	return result;
}

static kern_return_t make_interrupt(struct resource *resource)
{
	char name[8];

	(void)mach_snprintf(name, sizeof name, "irq%u", resource->first);
	return open_device(name, resource);
}

/* What a roster would give this server. */
static bool wanted(unsigned int kind, unsigned int index, struct resource *resource)
{
	const struct {
		unsigned int kind;
		bool there;
		natural_t first;
		natural_t count;
	} list[] = {
		{PROCESS_RESOURCE_IO, with_screen, 0x3c0, 0x20},
		{PROCESS_RESOURCE_IO, with_screen, 0x60, 1},
		{PROCESS_RESOURCE_IO, with_screen, 0x64, 1},
		{PROCESS_RESOURCE_IO, com_port != 0, com_port, 8},
		{PROCESS_RESOURCE_INTERRUPT, with_screen, 1, 1},
		{PROCESS_RESOURCE_INTERRUPT, com_port != 0, com_line, 1},
		{PROCESS_RESOURCE_MEMORY, with_screen, VGA_MEMORY, VGA_MEMORY_BYTES},
		{PROCESS_RESOURCE_MEMORY, with_screen, VGA_ROM, VGA_ROM_BYTES},
		{PROCESS_RESOURCE_CONSOLE, true, 0, 0},
		{RESOURCE_LOG, true, 0, 0},
	};

	for (unsigned int i = 0; i < sizeof list / sizeof list[0]; i++) {
		if (list[i].kind == kind && list[i].there && index-- == 0) {
			*resource =
				(struct resource){.first = list[i].first, .count = list[i].count};
			return true;
		}
	}
	return false;
}

static bool make(unsigned int kind, unsigned int index, struct resource *resource)
{
	kern_return_t result = KERN_FAILURE;

	if (!wanted(kind, index, resource)) {
		return false;
	}
	switch (kind) {
	case PROCESS_RESOURCE_IO:
		result = i386_io_perm_create(master, (io_port_t)resource->first,
					     (io_port_t)(resource->first + resource->count - 1),
					     &resource->port);
		break;
	case PROCESS_RESOURCE_INTERRUPT:
		result = make_interrupt(resource);
		break;
	case PROCESS_RESOURCE_MEMORY:
		result = make_memory(resource);
		break;
	case PROCESS_RESOURCE_CONSOLE:
		result = open_device("console", resource);
		break;
	default:
		result = open_device("kmsg", resource);
		break;
	}
	return result == KERN_SUCCESS;
}

/* ----------------------------------------------------------------------------------- either way */

bool resource_get(unsigned int kind, unsigned int index, struct resource *resource)
{
	if (master != MACH_PORT_NULL) {
		return make(kind, index, resource);
	}
	return process_get_resource(process, kind, index, &resource->port, &resource->first,
				    &resource->count) == KERN_SUCCESS;
}

mach_port_t resource_kept(void)
{
	natural_t bytes = 0;

	if (master == MACH_PORT_NULL && process_get_kept(process, &kept, &bytes) != KERN_SUCCESS) {
		return MACH_PORT_NULL;
	}
	if (master == MACH_PORT_NULL && bytes < sizeof(struct state)) {
		(void)mach_port_deallocate(mach_task_self(), kept);
		return MACH_PORT_NULL;
	}
	return kept;
}

void resource_keep(mach_port_t memory, natural_t bytes)
{
	if (master == MACH_PORT_NULL &&
	    process_keep(process, memory, MACH_MSG_TYPE_COPY_SEND, bytes) != KERN_SUCCESS) {
		mach_print("console: the consoles' text will not outlive this server\n");
	}
}

bool resource_read_log(vm_address_t *text, vm_size_t *bytes)
{
	static int64_t position;
	mach_msg_type_number_t count = 0;

	if (master != MACH_PORT_NULL ||
	    process_read_log(process, position, text, &count, &position) != KERN_SUCCESS) {
		return false;
	}
	*bytes = count;
	return count != 0;
}
