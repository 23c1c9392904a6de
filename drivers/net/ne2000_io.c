/* Port instructions. The context of the table is the first port. */
#include "ne2000_io.h"

#include <gen/mach_i386.h>

static uint16_t port_of(void *context, uint32_t offset)
{
	return (uint16_t)((uintptr_t)context + offset);
}

static uint8_t io_in8(void *context, uint32_t offset)
{
	uint8_t value = 0;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port_of(context, offset)));
	return value;
}

static void io_out8(void *context, uint32_t offset, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port_of(context, offset)));
}

static void io_in16(void *context, uint32_t offset, void *data, uint32_t count)
{
	__asm__ volatile("rep insw"
			 : "+D"(data), "+c"(count)
			 : "d"(port_of(context, offset))
			 : "memory");
}

static void io_out16(void *context, uint32_t offset, const void *data, uint32_t count)
{
	__asm__ volatile("rep outsw"
			 : "+S"(data), "+c"(count)
			 : "d"(port_of(context, offset))
			 : "memory");
}

static void io_in32(void *context, uint32_t offset, void *data, uint32_t count)
{
	__asm__ volatile("rep insl"
			 : "+D"(data), "+c"(count)
			 : "d"(port_of(context, offset))
			 : "memory");
}

static void io_out32(void *context, uint32_t offset, const void *data, uint32_t count)
{
	__asm__ volatile("rep outsl"
			 : "+S"(data), "+c"(count)
			 : "d"(port_of(context, offset))
			 : "memory");
}

static const struct ne2000_ports io_ports = {
	.in8 = io_in8,
	.out8 = io_out8,
	.in16 = io_in16,
	.out16 = io_out16,
	.in32 = io_in32,
	.out32 = io_out32,
};

kern_return_t ne2000_io_open(struct ne2000_card *card, mach_port_t io_perm, uint32_t base,
			     enum ne2000_error *error)
{
	*error = NE2000_FOUND;
	if (base > 0x10000u - NE2000_PORTS) {
		return KERN_INVALID_ARGUMENT;
	}
	if (io_perm != MACH_PORT_NULL) {
		kern_return_t result = i386_io_perm_modify(mach_task_self(), io_perm, TRUE);
		if (result != KERN_SUCCESS) {
			return result;
		}
	}
	*error = ne2000_open(card, &io_ports, (void *)(uintptr_t)base);
	if (*error == NE2000_FOUND) {
		return KERN_SUCCESS;
	}
	if (io_perm != MACH_PORT_NULL) {
		(void)i386_io_perm_modify(mach_task_self(), io_perm, FALSE);
	}
	return KERN_FAILURE;
}
