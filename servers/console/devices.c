/* Opening and mapping the hardware; devices.h. */
#include "devices.h"

#include <gen/device.h>
#include <gen/mach.h>
#include <gen/mach4.h>
#include <gen/mach_i386.h>
#include <gen/mach_port.h>
#include <masix/console_capture.h>
#include <masix/process.h>

#define SELF mach_task_self()

#define VGA_PORT        0x3c0u
#define VGA_PORTS       0x20u
#define KEYBOARD_DATA   0x60u
#define KEYBOARD_STATUS 0x64u
#define KEYBOARD_LINE   1u
#define COM1            0x3f8u
#define COM2            0x2f8u
#define COM_PORTS       8u

struct devices devices;

static bool vga_ports;
static bool keyboard_data;
static bool keyboard_status;

static bool has(const struct resource *resource, natural_t first, natural_t count)
{
	return first >= resource->first && count <= resource->count &&
	       first - resource->first <= resource->count - count;
}

static void take_ports(void)
{
	struct resource resource;

	for (unsigned int i = 0; resource_get(PROCESS_RESOURCE_IO, i, &resource); i++) {
		kern_return_t result = i386_io_perm_modify(SELF, resource.port, TRUE);

		(void)mach_port_deallocate(SELF, resource.port);
		if (result != KERN_SUCCESS) {
			mach_printf("console: ports %x: %s\n", resource.first,
				    mach_error_string(result));
			continue;
		}
		vga_ports |= has(&resource, VGA_PORT, VGA_PORTS);
		keyboard_data |= has(&resource, KEYBOARD_DATA, 1);
		keyboard_status |= has(&resource, KEYBOARD_STATUS, 1);
		if (has(&resource, COM1, COM_PORTS) || has(&resource, COM2, COM_PORTS)) {
			devices.serial_port = has(&resource, COM1, COM_PORTS) ? COM1 : COM2;
		}
	}
}

static void take_interrupts(void)
{
	struct resource resource;

	for (unsigned int i = 0; resource_get(PROCESS_RESOURCE_INTERRUPT, i, &resource); i++) {
		if (resource.first == KEYBOARD_LINE) {
			devices.keyboard_interrupt = resource.port;
		} else {
			devices.serial_interrupt = resource.port;
			devices.serial_line = (int)resource.first;
		}
	}
}

/* Null: it cannot be mapped. The right to the object is used up. */
static void *map(mach_port_t object, vm_size_t bytes, vm_prot_t protection)
{
	vm_address_t address = 0;
	kern_return_t result = vm_map(SELF, &address, bytes, 0, TRUE, object, 0, FALSE, protection,
				      protection, VM_INHERIT_NONE);

	return result == KERN_SUCCESS ? (void *)address : NULL;
}

static void take_memory(void)
{
	struct resource resource;

	for (unsigned int i = 0; resource_get(PROCESS_RESOURCE_MEMORY, i, &resource); i++) {
		if (resource.first == VGA_MEMORY && resource.count >= VGA_MEMORY_BYTES) {
			devices.vga =
				map(resource.port, VGA_MEMORY_BYTES, VM_PROT_READ | VM_PROT_WRITE);
		} else if (resource.first == VGA_ROM) {
			devices.rom = map(resource.port, resource.count, VM_PROT_READ);
			devices.rom_bytes = resource.count;
		}
		(void)mach_port_deallocate(SELF, resource.port);
	}
}

/* From here on the kernel prints there no more. It prints again when this task has ended. */
static void take_console(void)
{
	struct resource resource;
	int parts = 0;

	parts |= devices.screen || devices.keyboard ? (int)CONSOLE_CAPTURE_SCREEN : 0;
	parts |= devices.serial && devices.serial_port == COM1 ? (int)CONSOLE_CAPTURE_SERIAL : 0;
	if (resource_get(PROCESS_RESOURCE_CONSOLE, 0, &resource)) {
		devices.console = resource.port;
		(void)device_set_status(resource.port, CONSOLE_CAPTURE, &parts,
					CONSOLE_CAPTURE_COUNT);
	}
	if (resource_get(RESOURCE_LOG, 0, &resource)) {
		devices.log = resource.port;
	}
}

/* The consoles' text: the last server's, or new memory that the next one will find. */
static kern_return_t take_state(void)
{
	vm_address_t address = 0;
	mach_port_t memory = resource_kept();
	kern_return_t result = KERN_SUCCESS;

	if (memory != MACH_PORT_NULL) {
		devices.state = map(memory, CONSOLE_STATE_BYTES, VM_PROT_READ | VM_PROT_WRITE);
		(void)mach_port_deallocate(SELF, memory);
	}
	if (devices.state != NULL) {
		return KERN_SUCCESS;
	}
	result = vm_allocate(SELF, &address, CONSOLE_STATE_BYTES, TRUE);
	if (result != KERN_SUCCESS) {
		return result;
	}
	devices.state = (struct state *)address;
	result = vm_region_create_proxy(SELF, address, VM_PROT_READ | VM_PROT_WRITE,
					CONSOLE_STATE_BYTES, &memory);
	if (result == KERN_SUCCESS) {
		resource_keep(memory, CONSOLE_STATE_BYTES);
		(void)mach_port_deallocate(SELF, memory);
	}
	return KERN_SUCCESS;
}

kern_return_t devices_open(int argc, char **argv)
{
	resources_start(argc, argv);
	take_ports();
	take_interrupts();
	take_memory();
	devices.screen = vga_ports && devices.vga != NULL;
	devices.keyboard =
		keyboard_data && keyboard_status && devices.keyboard_interrupt != MACH_PORT_NULL;
	devices.serial = resource_wants_serial() && devices.serial_port != 0 &&
			 devices.serial_interrupt != MACH_PORT_NULL;
	if (!devices.screen && !devices.serial) {
		return KERN_FAILURE;
	}
	take_console();
	return take_state();
}
