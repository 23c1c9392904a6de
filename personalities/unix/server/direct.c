/*
 * Reading without asking the file server: who reads a file again and again gets a window on its data
 * and its size in a table (file_share), and the kernel copies from the window into the program's memory.
 * Whatever does not go so is read as ever.
 */
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <libmach.h>
#include "files.h"
#include "kinds.h"

#define READS_FIRST 2 /* so many are read as ever: a file that is read once is not worth the window */
#define READS_NEVER 0xff

static const volatile struct file_shared *table;

/* Maps the table when it comes for the first time; takes "memory". */
static bool table_have(mach_port_t memory)
{
	vm_address_t address = 0;

	if (table == NULL &&
	    vm_map(mach_task_self(), &address, FILE_SHARED_BYTES, 0, TRUE, memory, 0, FALSE,
		   VM_PROT_READ, VM_PROT_READ, VM_INHERIT_NONE) == KERN_SUCCESS) {
		table = (const volatile struct file_shared *)address;
	}
	(void)mach_port_deallocate(mach_task_self(), memory);
	return table != NULL;
}

/* Asks for the window; the lock is given up meanwhile, and the file may have got one from another. */
static void share(struct open_file *file)
{
	mach_port_t window = MACH_PORT_NULL;
	mach_port_t memory = MACH_PORT_NULL;
	natural_t place = 0;
	kern_return_t code = KERN_SUCCESS;

	file->reads = READS_NEVER; /* whoever comes meanwhile does not ask, too */
	server_release();
	code = file_share(file->port, &window, &memory, &place);
	server_lock();
	if (code != KERN_SUCCESS) {
		return;
	}
	if (!table_have(memory) || place >= FILE_SHARED_MAX) {
		(void)mach_port_deallocate(mach_task_self(), window);
		return;
	}
	file->window = window;
	file->place = place;
}

/* What a read at this offset gets, and that it need not be told to the file server; or -ENOSYS. */
static int bytes_there(const struct open_file *file, int64_t offset, uint32_t bytes)
{
	const volatile struct file_shared *shared = &table[file->place];
	uint32_t size = shared->size;

	if (offset < 0 || offset >= size || shared->read == 0) {
		return -ENOSYS;
	}
	return (int)(bytes < size - (uint32_t)offset ? bytes : size - (uint32_t)offset);
}

int file_read_direct(struct request *request, struct open_file *file, uint32_t address,
		     uint32_t bytes, int64_t offset)
{
	bool at_own = offset == FILE_CURRENT_OFFSET;
	int64_t at = 0;
	int count = 0;

	if (file->window == MACH_PORT_NULL) {
		if (file->reads < READS_FIRST) {
			file->reads++;
			return -ENOSYS;
		}
		if (file->reads == READS_NEVER) {
			return -ENOSYS;
		}
		share(file);
		if (file->window == MACH_PORT_NULL || request->thread->ended) {
			return -ENOSYS;
		}
	}
	if (at_own && (file->moving || file->offset == FILE_OFFSET_ASK)) {
		return -ENOSYS;
	}
	at = at_own ? file->offset : offset;
	count = bytes_there(file, at, bytes);
	if (count <= 0 || syscall_masix_memory_copy_to_task(file->window, (vm_offset_t)at,
						    request->thread->process->task, address,
						    (vm_size_t)count) != KERN_SUCCESS ||
	    bytes_there(file, at, (uint32_t)count) != count) {
		return -ENOSYS; /* the end of file, the program's memory; or it was cut off meanwhile */
	}
	if (at_own) {
		file->offset = at + count;
	}
	return count;
}
