/* Tasks and threads of processes: the Mach side. */
#include <mach/i386/thread_status.h>
#include <mach/task_special_ports.h>
#include <mach/thread_special_ports.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <gen/mach.h>
#include <gen/mach4.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include "adopt.h"
#include "library.h"
#include "process.h"
#include "quota.h"

#define SELF mach_task_self()

/*
 * Names in a task's port space: its own port, then two for each thread.  They lie above those that
 * the kernel gives to the reply ports, one a thread, and the little else that the library has.
 */
#define NAME_TASK	     1u
#define NAME_THREAD(number)  (64u + 2u * (number))
#define NAME_SERVER(number)  (NAME_THREAD(number) + 1u)
#define PIECE_BYTES	     (UNIX_PAGES_PIECE * UNIX_PAGE_BYTES)

/* The shared pages, new and empty, mapped here and in the task. */
static kern_return_t share_pages(struct process *process)
{
	vm_address_t here = 0;
	vm_address_t there = UNIX_PAGES_ADDRESS;
	kern_return_t code = vm_allocate(SELF, &here, PIECE_BYTES, TRUE);

	if (code != KERN_SUCCESS) {
		return code;
	}
	code = vm_region_create_proxy(SELF, here, VM_PROT_ALL, PIECE_BYTES,
				      &process->pages_memory);
	if (code == KERN_SUCCESS) {
		(void)vm_deallocate(process->task, there, PIECE_BYTES); /* the parent's, inherited */
		code = vm_map(process->task, &there, PIECE_BYTES, 0, FALSE, process->pages_memory,
			      0, FALSE, VM_PROT_ALL, VM_PROT_ALL, VM_INHERIT_NONE);
	}
	if (code != KERN_SUCCESS) {
		(void)vm_deallocate(SELF, here, PIECE_BYTES);
		return code;
	}
	process->page = (struct unix_process_page *)here;
	return KERN_SUCCESS;
}

/*
 * The task is no more.  A handler that has let go of the lock may still look at its thread's page:
 * while there is one they are kept, in a list through their first words.
 */
static void drop_pages(struct process *process)
{
	if (process->page != NULL) {
		*(struct unix_process_page **)process->page = process->old_pages;
		process->old_pages = process->page;
		process->page = NULL;
	}
	if (process->held == 0) {
		task_free_pages(process);
	}
	if (process->pages_memory != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, process->pages_memory);
		process->pages_memory = MACH_PORT_NULL;
	}
}

void task_free_pages(struct process *process)
{
	while (process->old_pages != NULL) {
		struct unix_process_page *next =
			*(struct unix_process_page **)process->old_pages;

		(void)vm_deallocate(SELF, (vm_address_t)process->old_pages, PIECE_BYTES);
		process->old_pages = next;
	}
}

/* vfork: the program's memory is to be the child's too, while the child is made. */
static void set_inheritance(mach_port_t task, vm_inherit_t inheritance)
{
	(void)vm_inherit(task, UNIX_PAGE_BYTES, UNIX_LIBRARY_ADDRESS - UNIX_PAGE_BYTES,
			 inheritance);
	(void)vm_inherit(task, UNIX_STACK_BOTTOM, UNIX_STACK_TOP - UNIX_STACK_BOTTOM, inheritance);
}

int task_make(struct process *process, struct process *parent, bool share)
{
	mach_port_t from = parent != NULL ? parent->task : SELF;
	kern_return_t code = KERN_SUCCESS;

	if (share) {
		set_inheritance(parent->task, VM_INHERIT_SHARE);
	}
	code = task_create(from, parent != NULL, &process->task);
	if (share) {
		set_inheritance(parent->task, VM_INHERIT_COPY);
		set_inheritance(process->task, VM_INHERIT_COPY);
	}
	if (code != KERN_SUCCESS) {
		process->task = MACH_PORT_NULL;
		return -EAGAIN;
	}
	code = share_pages(process);
	if (code == KERN_SUCCESS && parent == NULL) {
		(void)masix_task_lower_page_quota(process->task, quota_task_pages());
		(void)masix_task_end_with(process->task, SELF);
		code = library_map(process->task);
	}
	if (code == KERN_SUCCESS) {
		code = masix_task_set_redirect(process->task, library_header->entry);
	}
	if (code == KERN_SUCCESS) {
		code = task_set_special_port(process->task, TASK_BOOTSTRAP_PORT, MACH_PORT_NULL);
	}
	if (code == KERN_SUCCESS) {
		code = mach_port_insert_right(process->task, NAME_TASK, process->task,
					      MACH_MSG_TYPE_COPY_SEND);
	}
	if (code == KERN_SUCCESS && process->client == NULL) {
		static const struct ipc_limits limits = { .calls = UNIX_THREADS_MAX + 1,
							  .queued = 2,
							  .objects = UNIX_THREADS_MAX + 1 };

		code = ipc_client_create(bucket, &limits, &process->client);
	}
	if (code != KERN_SUCCESS) {
		task_end(process);
		return -ENOMEM;
	}
	process->page->task_port = NAME_TASK;
	return 0;
}

void task_end(struct process *process)
{
	if (process->task != MACH_PORT_NULL) {
		process_keep_times(process);
		adopt_task_ends(process);
		(void)task_terminate(process->task);
		(void)mach_port_deallocate(SELF, process->task);
		process->task = MACH_PORT_NULL;
	}
	drop_pages(process);
	if (process->client != NULL) {
		ipc_client_release(process->client);
		process->client = NULL;
	}
}

/* ---------------------------------------------------------------------------------- threads */

static unsigned int free_number(const struct process *process)
{
	bool used[UNIX_PAGES_PIECE] = { true };

	for (const struct thread *thread = process->threads; thread != NULL;
	     thread = thread->next) {
		used[thread->number] = true;
	}
	for (unsigned int number = 1; number < UNIX_PAGES_PIECE; number++) {
		if (!used[number]) {
			return number;
		}
	}
	return 0;
}

/* movl block.esp, %esp; jmp *block.eip: the addresses are the task's. */
static void write_exit_code(struct unix_thread_page *page, uint32_t address)
{
	uint32_t eip = address + offsetof(struct unix_thread_page, block.eip);
	uint32_t esp = address + offsetof(struct unix_thread_page, block.esp);
	uint8_t *code = page->exit_code;

	code[0] = 0x8b;
	code[1] = 0x25;
	memcpy(code + 2, &esp, 4);
	code[6] = 0xff;
	code[7] = 0x25;
	memcpy(code + 8, &eip, 4);
}

static void prepare_page(struct process *process, struct thread *thread)
{
	uint32_t address = UNIX_PAGE_OF_THREAD(thread->number);
	struct unix_thread_page *page =
		(struct unix_thread_page *)((char *)process->page +
					    thread->number * UNIX_PAGE_BYTES);

	memset(page, 0, sizeof(*page));
	page->block.stack_top = UNIX_STACK_OF_THREAD(thread->number) + UNIX_STACK_BYTES - 16;
	page->number = thread->number;
	page->tid = thread->tid;
	page->server_port = NAME_SERVER(thread->number);
	page->thread_port = NAME_THREAD(thread->number);
	page->restore_all = 1;
	write_exit_code(page, address);
	thread->page = page;
}

/* The stack; one that was inherited from a thread of the parent's is as good. */
static kern_return_t make_stack(struct process *process, unsigned int number)
{
	vm_address_t stack = UNIX_STACK_OF_THREAD(number);
	kern_return_t code = vm_allocate(process->task, &stack, UNIX_STACK_BYTES, FALSE);

	return code == KERN_NO_SPACE ? KERN_SUCCESS : code;
}

static kern_return_t give_rights(struct process *process, struct thread *thread)
{
	mach_port_t object = ipc_object_give(thread->object);
	kern_return_t code = mach_port_insert_right(process->task, NAME_SERVER(thread->number),
						    object, MACH_MSG_TYPE_MAKE_SEND);

	if (code == KERN_SUCCESS) {
		code = mach_port_insert_right(process->task, NAME_THREAD(thread->number),
					      thread->port, MACH_MSG_TYPE_COPY_SEND);
	}
	if (code == KERN_SUCCESS) {
		code = mach_port_insert_right(SELF, object, object, MACH_MSG_TYPE_MAKE_SEND);
	}
	if (code == KERN_SUCCESS) {
		code = thread_set_special_port(thread->port, THREAD_EXCEPTION_PORT, object);
		(void)mach_port_mod_refs(SELF, object, MACH_PORT_RIGHT_SEND, -1);
	}
	return code;
}

int thread_make(struct process *process, struct thread **made)
{
	struct thread *thread = calloc(1, sizeof(*thread));
	kern_return_t code = KERN_SUCCESS;

	if (thread == NULL) {
		return -ENOMEM;
	}
	thread->number = free_number(process);
	thread->tid = process->threads == NULL ? process->pid : process_new_tid();
	if (thread->number == 0 || thread->tid == 0) {
		free(thread);
		return -EAGAIN;
	}
	prepare_page(process, thread);
	code = make_stack(process, thread->number);
	if (code == KERN_SUCCESS) {
		code = ipc_object_create(process->client, &thread_class, &thread->object);
	}
	if (code != KERN_SUCCESS) {
		free(thread);
		return -EAGAIN;
	}
	*(struct thread **)ipc_object_data(thread->object) = thread;
	ipc_object_reference(thread->object);
	code = thread_create(process->task, &thread->port);
	if (code == KERN_SUCCESS) {
		code = give_rights(process, thread);
	}
	if (code == KERN_SUCCESS) {
		code = masix_thread_set_redirect_block(thread->port,
						       UNIX_PAGE_OF_THREAD(thread->number));
	}
	thread->process = process;
	thread->next = process->threads;
	process->threads = thread;
	process->thread_count++;
	quota_take(&quota_pool, process->quota, QUOTA_THREADS);
	if (code != KERN_SUCCESS) {
		thread_end(thread);
		return -EAGAIN;
	}
	*made = thread;
	return 0;
}

void thread_start(struct thread *thread)
{
	struct i386_thread_state state = {
		.gs = 0,
		.fs = 0,
		.es = 0x7b,
		.ds = 0x7b,
		.ss = 0x7b,
		.cs = 0x73,
		.eip = library_header->exit,
		.uesp = thread->page->block.stack_top,
		.efl = 0x202,
	};

	for (int i = 0; i < MASIX_TLS_COUNT; i++) {
		if (thread->page->tls[i][1] != 0) {
			(void)masix_thread_set_tls(thread->port, i, thread->page->tls[i][0],
						   thread->page->tls[i][1]);
		}
	}
	(void)thread_set_state(thread->port, i386_REGS_SEGS_STATE, (thread_state_t)&state,
			       i386_THREAD_STATE_COUNT);
	(void)thread_resume(thread->port);
}

void thread_end(struct thread *thread)
{
	struct process *process = thread->process;
	struct thread **place = &process->threads;

	while (*place != thread) {
		place = &(*place)->next;
	}
	*place = thread->next;
	process->thread_count--;
	quota_give(&quota_pool, process->quota, QUOTA_THREADS);
	request_forget(thread);
	signals_release(&thread->signals);
	if (thread->running) {
		thread->ended = true; /* its handler still looks at the process */
	} else {
		thread->process = NULL;
	}
	if (thread->port != MACH_PORT_NULL) {
		(void)thread_terminate(thread->port);
		(void)mach_port_deallocate(SELF, thread->port);
	}
	if (process->task != MACH_PORT_NULL && !process->ending) {
		(void)mach_port_destroy(process->task, NAME_SERVER(thread->number));
		(void)mach_port_destroy(process->task, NAME_THREAD(thread->number));
		/* A name that the program may have changed: all it can lose is a port of its own. */
		(void)mach_port_mod_refs(process->task, thread->page->reply_port,
					 MACH_PORT_RIGHT_RECEIVE, -1);
	}
	ipc_object_destroy(thread->object);
	ipc_object_release(thread->object);
}

/* lib/ipc: no call is on the object any more, and nobody will find it. */
void thread_reclaim(struct ipc_object *object)
{
	free(*(struct thread **)ipc_object_data(object));
}

/* ------------------------------------------------------------------------------------ memory */

int task_write(struct process *process, uint32_t address, const void *data, uint32_t bytes)
{
	uint32_t start = address & ~(UNIX_PAGE_BYTES - 1);
	uint32_t pages = ((address + bytes + UNIX_PAGE_BYTES - 1) & ~(UNIX_PAGE_BYTES - 1)) - start;
	vm_offset_t copy = 0;
	mach_msg_type_number_t count = 0;
	kern_return_t code = vm_read(process->task, start, pages, &copy, &count);

	if (code != KERN_SUCCESS) {
		return -EFAULT;
	}
	memcpy((char *)copy + (address - start), data, bytes);
	code = vm_write(process->task, start, copy, pages);
	(void)vm_deallocate(SELF, copy, count);
	return code == KERN_SUCCESS ? 0 : -EFAULT;
}

int task_read(struct process *process, uint32_t address, void *data, uint32_t bytes)
{
	uint32_t start = address & ~(UNIX_PAGE_BYTES - 1);
	uint32_t pages = ((address + bytes + UNIX_PAGE_BYTES - 1) & ~(UNIX_PAGE_BYTES - 1)) - start;
	vm_offset_t copy = 0;
	mach_msg_type_number_t count = 0;

	if (vm_read(process->task, start, pages, &copy, &count) != KERN_SUCCESS) {
		return -EFAULT;
	}
	memcpy(data, (char *)copy + (address - start), bytes);
	(void)vm_deallocate(SELF, copy, count);
	return 0;
}
