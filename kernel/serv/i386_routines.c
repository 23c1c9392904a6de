/* mach_i386.defs but for the I/O ports, and the descriptors of masix_host.defs. */
#include <kern/machine.h>
#include <kern/thread.h>
#include <serv/descriptor_routines.h>
#include <serv/routines.h>

#define USER_GDT_FIRST 0x48

bool thread_set_descriptor(struct thread *thread, struct segment_descriptor *slot, uint32_t low,
			   uint32_t high)
{
	struct segment_descriptor descriptor = {.low = low, .high = high};
	if (!descriptor_is_harmless(descriptor)) {
		return false;
	}
	*slot = descriptor;
	thread->machine.descriptors_set = 1; /* once it had any, it is loaded at each switch */
	if (thread == current) {
		descriptors_load_thread(&thread->machine);
	}
	return true;
}

/* Which of the two slots a selector names, whatever its RPL says; -1: neither. */
static int gdt_slot(int selector)
{
	int index = (selector & ~7) - USER_GDT_FIRST;
	return index == 0 ? 0 : index == 8 ? 1 : -1;
}

/* Selector -1 takes a free slot. KERN_INVALID_ARGUMENT: no thread, no such slot, or a descriptor
   that is no present segment of ring 3. KERN_NO_SPACE: both slots are taken. */
kern_return_t serv_i386_set_gdt(thread_t thread, int *selector, descriptor_t descriptor)
{
	if (thread == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	int slot = *selector == -1 ? -1 : gdt_slot(*selector);
	if (*selector == -1) {
		for (int i = 1; i >= 0; i--) {
			if (thread->machine.user_gdt[i].low == 0 &&
			    thread->machine.user_gdt[i].high == 0) {
				slot = i;
			}
		}
		if (slot < 0) {
			return KERN_NO_SPACE;
		}
	}
	if (slot < 0 || !thread_set_descriptor(thread, &thread->machine.user_gdt[slot],
					       descriptor.low_word, descriptor.high_word)) {
		return KERN_INVALID_ARGUMENT;
	}
	*selector = USER_GDT_FIRST + slot * 8 + 3;
	return KERN_SUCCESS;
}

kern_return_t serv_i386_get_gdt(thread_t thread, int selector, descriptor_t *descriptor)
{
	int slot = gdt_slot(selector);
	if (thread == NULL || slot < 0) {
		return KERN_INVALID_ARGUMENT;
	}
	descriptor->low_word = thread->machine.user_gdt[slot].low;
	descriptor->high_word = thread->machine.user_gdt[slot].high;
	return KERN_SUCCESS;
}

/* Local descriptor tables of a thread's own are not supported: CAVEATS. */
kern_return_t serv_i386_set_ldt(thread_t thread, int first_selector,
				const_descriptor_list_t descriptors, mach_msg_type_number_t count,
				boolean_t server_copy)
{
	(void)thread;
	(void)first_selector;
	(void)descriptors;
	(void)count;
	(void)server_copy;
	return KERN_INVALID_ARGUMENT;
}

kern_return_t serv_i386_get_ldt(thread_t thread, int first_selector, int selector_count,
				descriptor_list_t *descriptors, mach_msg_type_number_t *count)
{
	(void)thread;
	(void)first_selector;
	(void)selector_count;
	(void)descriptors;
	(void)count;
	return KERN_INVALID_ARGUMENT;
}

kern_return_t serv_i386_get_xstate_size(host_t host, vm_size_t *size)
{
	if (host == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*size = machine_xfloat_bytes();
	return KERN_SUCCESS;
}
