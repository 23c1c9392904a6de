/* Memory and threads of a program that has lib/mach alone. */
#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include "platform.h"
#include "sync.h"

#define CLASS_BYTES_MIN 32u
#define CLASSES 9 /* 32 to 8192 bytes; what is larger is whole pages of its own */
#define CHUNK_BYTES 0x10000u

static struct ipc_lock memory_lock;
static void *free_lists[CLASSES];
static vm_address_t chunk;
static vm_size_t chunk_left;

static unsigned int class_of(size_t bytes)
{
	unsigned int class = 0;

	while (class < CLASSES && CLASS_BYTES_MIN << class < bytes) {
		class++;
	}
	return class;
}

static void *pages(size_t bytes)
{
	vm_address_t address = 0;

	return vm_allocate(mach_task_self(), &address, bytes, TRUE) == KERN_SUCCESS ?
		       (void *)address :
		       NULL;
}

/* A piece never used before; memory_lock held. */
static void *carve(size_t bytes)
{
	void *memory = NULL;

	if (chunk_left < bytes) {
		vm_address_t fresh = (vm_address_t)pages(CHUNK_BYTES);

		if (fresh == 0) {
			return NULL;
		}
		chunk = fresh; /* the rest of the old one is smaller than this piece: let it go */
		chunk_left = CHUNK_BYTES;
	}
	memory = (void *)chunk;
	chunk += bytes;
	chunk_left -= bytes;
	return memory;
}

void *ipc_allocate(size_t bytes)
{
	unsigned int class = class_of(bytes);
	void **memory = NULL;

	if (class == CLASSES) {
		return pages(bytes);
	}
	ipc_lock(&memory_lock);
	memory = free_lists[class];
	if (memory != NULL) {
		free_lists[class] = *memory;
	} else {
		memory = carve(CLASS_BYTES_MIN << class);
	}
	ipc_unlock(&memory_lock);
	return memory == NULL ? NULL : memset(memory, 0, CLASS_BYTES_MIN << class);
}

void ipc_free(void *memory, size_t bytes)
{
	unsigned int class = class_of(bytes);

	if (memory == NULL) {
		return;
	}
	if (class == CLASSES) {
		(void)vm_deallocate(mach_task_self(), (vm_address_t)memory, bytes);
		return;
	}
	ipc_lock(&memory_lock);
	*(void **)memory = free_lists[class];
	free_lists[class] = memory;
	ipc_unlock(&memory_lock);
}

kern_return_t ipc_thread_start(void (*function)(void *), void *argument)
{
	vm_address_t area = (vm_address_t)pages(2 * MACH_STACK_SIZE);
	vm_address_t stack = (area + MACH_STACK_SIZE - 1) & ~(vm_address_t)(MACH_STACK_SIZE - 1);
	mach_port_t thread = MACH_PORT_NULL;
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (area == 0) {
		return result;
	}
	result = thread_create(mach_task_self(), &thread);
	if (result == KERN_SUCCESS) {
		result = mach_thread_start_state(thread, stack, function, argument);
	}
	if (result == KERN_SUCCESS) {
		result = thread_resume(thread);
	}
	if (result != KERN_SUCCESS) {
		if (thread != MACH_PORT_NULL) {
			(void)thread_terminate(thread);
		}
		(void)vm_deallocate(mach_task_self(), area, 2 * MACH_STACK_SIZE);
	}
	if (thread != MACH_PORT_NULL) {
		(void)syscall_mach_port_deallocate(mach_task_self(), thread);
	}
	return result;
}
