/* The only doors by which a lower layer reaches a higher one. Each is implemented in the layer that
   its comment names. They are link-time hooks: no table at run time, so no cost. */
#pragma once

#include <kern/types.h>

struct ipc_port;
struct ipc_space;
struct page_quota;
struct task;
struct thread;
struct vm_map;
struct vm_object;

/* --- vm ------------------------------------------------------------------------------ */
/* `count` (a power of two) physically contiguous pages for the kernel's own use, naturally aligned,
   mapped at the address returned; NULL when none are left. Does not block. */
void *upcall_pages_alloc(uint32_t count);
void upcall_pages_free(void *pages, uint32_t count);
/* A page fault at `address`. Returns KERN_SUCCESS when the access may be repeated, else the code
   for EXC_BAD_ACCESS. May block (pager). `map` is the current task's, or kernel_map. */
kern_return_t upcall_vm_fault(struct vm_map *map, uint32_t address, bool write);
kern_return_t upcall_map_create(struct task *task, struct task *parent, bool inherit,
				struct vm_map **result);
void upcall_map_destroy(struct vm_map *map);
struct pmap *upcall_map_pmap(struct vm_map *map);

/* --- ipc ----------------------------------------------------------------------------- */
kern_return_t upcall_space_create(struct task *task, struct ipc_space **result);
/* Destroys every right and releases the task's reference to the space. The task has no thread left
   and task->space is NULL already. */
void upcall_space_destroy(struct ipc_space *space);
/* The thread left its receive for a reason other than a message (thread is ending): nothing to do
   unless it was given a message that it can no longer take; then that message is destroyed. */

/* --- serv ---------------------------------------------------------------------------- */
/* Makes the kernel's ports for a new object (self port, kobject type), inherits exception and
   bootstrap ports from the parent task. KERN_RESOURCE_SHORTAGE. */
kern_return_t upcall_task_ports_create(struct task *task, struct task *parent);
/* After this no new message reaches the object: its ports are dead. */
void upcall_task_ports_disable(struct task *task);
void upcall_task_ports_destroy(struct task *task); /* releases exception, bootstrap, registered */
kern_return_t upcall_thread_ports_create(struct thread *thread);
void upcall_thread_ports_disable(struct thread *thread);
void upcall_thread_ports_destroy(struct thread *thread);
/* Raises an exception for the current thread, waits for the answer; returns when the thread may go
   back to user mode (its state may have been changed), or ends it. exception, code and subcode as
   in mach/exception.h. */
void upcall_exception(int exception, int code, int subcode);
/* memory_object_data_request and the like; implemented in serv/, called by vm. See vm/pager.h. */

/* --- device -------------------------------------------------------------------------- */
/* A hardware interrupt on `line` (0..15) was taken and masked. Posts only. True: somebody wants it.
 */
bool upcall_interrupt(uint32_t line);
/* All devices but the ramdisks, which the boot script makes from modules (physical range). Boot
   only. */
void upcall_device_init(void);
void upcall_ramdisk_add(uint32_t start, uint32_t end);
/* Nobody can reach the device of this port any more. */
void upcall_device_no_senders(struct ipc_port *port);
