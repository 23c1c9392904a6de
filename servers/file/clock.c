/* The time of day. */
#include <device/device_types.h>
#include <gen/device.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>
#include <mach/time_value.h>
#include "file.h"

#define SECOND_NS 1000000000ll

static const volatile struct mapped_time_value *page;

void clock_map(mach_port_t device)
{
	mach_port_t memory = MACH_PORT_NULL;
	vm_address_t address = 0;

	if (device == MACH_PORT_NULL ||
	    device_map(device, VM_PROT_READ, 0, PAGE_BYTES, &memory, 0) != KERN_SUCCESS) {
		return;
	}
	if (vm_map(mach_task_self(), &address, PAGE_BYTES, 0, TRUE, memory, 0, FALSE, VM_PROT_READ,
		   VM_PROT_READ, VM_INHERIT_NONE) == KERN_SUCCESS) {
		page = (const volatile struct mapped_time_value *)address;
	}
	(void)mach_port_deallocate(mach_task_self(), memory);
}

int64_t clock_now_ns(void)
{
	struct time_value64 time = {.seconds = 0};
	integer_t seconds = 0;
	integer_t microseconds = 0;

	if (page == NULL) {
		(void)host_get_time64(mach_host_self(), &time);
		return time.seconds * SECOND_NS + time.nanoseconds;
	}
	do {
		seconds = page->seconds;
		microseconds = page->microseconds;
	} while (seconds != page->check_seconds);
	return seconds * SECOND_NS + microseconds * 1000ll;
}
