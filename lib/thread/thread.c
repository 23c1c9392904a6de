/*
 * The life of a thread.
 *
 * Its memory is one piece: a guard that nothing may touch, the stack above it, the thread's block
 * above that.  When its function has returned it is marked as exited; from then on whoever claimed
 * it gives it back: the joiner, or itself in its last call when it is detached.  Exited, detached
 * and claimed are bits of one word, so exactly one sees that it is its turn.
 */
#include <errno.h>
#include <stdlib.h>
#include <gen/gnumach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <mach/thread_status.h>
#include "../libc/word.h"
#include "key.h"
#include "table.h"

#define PAGE_BYTES          0x1000u
#define STACK_BYTES_DEFAULT 0x10000u
#define STACK_BYTES_MAX     0x10000000u

void thread_entry(void);
void thread_main(struct libc_thread *self) __attribute__((noreturn));

static vm_size_t page_round(vm_size_t size)
{
	return (size + PAGE_BYTES - 1) & ~(vm_size_t)(PAGE_BYTES - 1);
}

/* ---------------------------------------------------------------------------------- attributes */

int pthread_attr_init(pthread_attr_t *attributes)
{
	*attributes = (pthread_attr_t){
		.stack_bytes = STACK_BYTES_DEFAULT,
		.guard_bytes = PAGE_BYTES,
		.detached = PTHREAD_CREATE_JOINABLE,
	};
	return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
	if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED) {
		return EINVAL;
	}
	attributes->detached = state;
	return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
	*state = attributes->detached;
	return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t bytes)
{
	if (bytes < PTHREAD_STACK_MIN || bytes > STACK_BYTES_MAX) {
		return EINVAL;
	}
	attributes->stack_bytes = bytes;
	return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *restrict attributes, size_t *restrict bytes)
{
	*bytes = attributes->stack_bytes;
	return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t bytes)
{
	if (bytes > STACK_BYTES_MAX) {
		return EINVAL;
	}
	attributes->guard_bytes = bytes;
	return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *restrict attributes, size_t *restrict bytes)
{
	*bytes = attributes->guard_bytes;
	return 0;
}

/* ------------------------------------------------------------------------------- from the start */

/* Allocates guard, stack and block; null: no memory. */
static struct libc_thread *memory_allocate(const pthread_attr_t *attributes)
{
	vm_size_t guard = page_round(attributes->guard_bytes);
	vm_size_t size = guard + page_round(attributes->stack_bytes + sizeof(struct libc_thread));
	vm_address_t memory = 0;
	struct libc_thread *thread = NULL;

	if (syscall_vm_allocate(mach_task_self(), &memory, size, TRUE) != KERN_SUCCESS) {
		return NULL;
	}
	if (guard != 0 &&
	    vm_protect(mach_task_self(), memory, guard, FALSE, VM_PROT_NONE) != KERN_SUCCESS) {
		(void)syscall_vm_deallocate(mach_task_self(), memory, size);
		return NULL;
	}
	/* Fresh memory is zero: the fields that are not set here are as they should be. */
	thread = (struct libc_thread *)((memory + size - sizeof *thread) & ~(vm_address_t)63);
	thread->memory = memory;
	thread->memory_bytes = size;
	return thread;
}

/* Makes the kernel's thread, stopped, ready to begin in thread_main. */
static kern_return_t kernel_thread_create(struct libc_thread *thread)
{
	/* Zero selectors mean the default ones, and zero flags the kernel's choice. */
	struct i386_thread_state state = {
		.eip = (unsigned int)thread_entry,
		.uesp = (unsigned int)thread,
		.ebx = (unsigned int)thread,
	};
	kern_return_t result = thread_create(mach_task_self(), &thread->port);

	if (result != KERN_SUCCESS) {
		return result;
	}
	result = libc_thread_set_segment(thread->port, thread);
	if (result == KERN_SUCCESS) {
		result = thread_set_state(thread->port, i386_THREAD_STATE, (thread_state_t)&state,
					  i386_THREAD_STATE_COUNT);
	}
	if (result != KERN_SUCCESS) {
		(void)thread_terminate(thread->port);
		(void)syscall_mach_port_deallocate(mach_task_self(), thread->port);
	}
	return result;
}

/* Gives back what a thread had that runs no more; its block goes with it. */
static void thread_give_back(struct libc_thread *thread)
{
	thread_table_leave(thread);
	/* It may still be on the way out of the program's code; if it is, it never gets further. */
	(void)thread_terminate(thread->port);
	(void)syscall_mach_port_deallocate(mach_task_self(), thread->port);
	if (thread->mach.reply_port != MACH_PORT_NULL) {
		(void)mach_port_mod_refs(mach_task_self(), thread->mach.reply_port,
					 MACH_PORT_RIGHT_RECEIVE, -1);
	}
	if (thread->memory != 0) {
		(void)syscall_vm_deallocate(mach_task_self(), thread->memory, thread->memory_bytes);
	}
}

int pthread_create(pthread_t *restrict id, const pthread_attr_t *restrict attributes,
		   void *(*function)(void *), void *restrict argument)
{
	pthread_attr_t defaults;
	struct libc_thread *thread = NULL;

	if (attributes == NULL) {
		(void)pthread_attr_init(&defaults);
		attributes = &defaults;
	}
	thread = memory_allocate(attributes);
	if (thread == NULL) {
		return EAGAIN;
	}
	libc_thread_init(thread);
	thread->function = function;
	thread->argument = argument;
	thread->state = attributes->detached ? THREAD_DETACHED : 0;
	if (kernel_thread_create(thread) != KERN_SUCCESS) {
		(void)syscall_vm_deallocate(mach_task_self(), thread->memory, thread->memory_bytes);
		return EAGAIN;
	}
	if (thread_table_enter(thread) != 0) {
		(void)thread_terminate(thread->port);
		(void)syscall_mach_port_deallocate(mach_task_self(), thread->port);
		(void)syscall_vm_deallocate(mach_task_self(), thread->memory, thread->memory_bytes);
		return EAGAIN;
	}
	/* Set first: the thread itself may look at it.  Once resumed it may be gone at any moment.
	 */
	*id = thread->id;
	if (thread_resume(thread->port) != KERN_SUCCESS) {
		thread_give_back(thread);
		return EAGAIN;
	}
	return 0;
}

/* --------------------------------------------------------------------------------- to the end */

/* The last call of a detached thread: the kernel gives back name, reply port and memory for it. */
static void exit_detached(struct libc_thread *self) __attribute__((noreturn));

static void exit_detached(struct libc_thread *self)
{
	thread_table_leave(self);
	/* Nothing from here on makes a reply port. */
	for (;;) {
		(void)thread_terminate_release(self->port, mach_task_self(), self->port,
					       self->mach.reply_port, self->memory,
					       self->memory_bytes);
	}
}

/* A joinable thread ends and leaves everything else to its joiner. */
static void exit_joinable(struct libc_thread *self) __attribute__((noreturn));

static void exit_joinable(struct libc_thread *self)
{
	word_wake_all(&self->state);
	for (;;) {
		/* One way, so nothing is written to this stack any more. */
		(void)thread_terminate_release(self->port, mach_task_self(), MACH_PORT_NULL,
					       MACH_PORT_NULL, 0, 0);
	}
}

void pthread_exit(void *result)
{
	struct libc_thread *self = libc_thread_self();
	unsigned int before = 0;

	while (self->cleanup != NULL) {
		pthread_cleanup_leave(self->cleanup, 1);
	}
	thread_keys_destroy(self);
	libc_thread_reclaim(self);
	self->result = result;
	if (thread_table_exit()) {
		exit(0); /* no thread is left that could call it */
	}
	/* From here on the thread holds nothing that another could wait for: its joiner ends it. */
	before = __atomic_fetch_or(&self->state, THREAD_EXITED, __ATOMIC_ACQ_REL);
	if ((before & THREAD_DETACHED) != 0) {
		exit_detached(self);
	}
	exit_joinable(self);
}

void thread_main(struct libc_thread *self)
{
	pthread_exit(self->function(self->argument));
}

int pthread_join(pthread_t id, void **result)
{
	struct libc_thread *thread = NULL;
	unsigned int state = 0;
	int error = 0;

	if (id == pthread_self()) {
		return EDEADLK;
	}
	error = thread_table_mark(id, THREAD_CLAIMED, THREAD_CLAIMED | THREAD_DETACHED, &thread,
				  &state);
	if (error != 0) {
		return error;
	}
	for (;;) {
		state = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
		if ((state & THREAD_EXITED) != 0) {
			break;
		}
		(void)word_wait(&thread->state, state, NULL);
	}
	if (result != NULL) {
		*result = thread->result;
	}
	thread_give_back(thread);
	return 0;
}

int pthread_detach(pthread_t id)
{
	struct libc_thread *thread = NULL;
	unsigned int before = 0;
	int error = thread_table_mark(id, THREAD_DETACHED, THREAD_CLAIMED | THREAD_DETACHED,
				      &thread, &before);

	if (error == 0 && (before & THREAD_EXITED) != 0) {
		thread_give_back(thread); /* it exited as a joinable one, and nobody can claim it */
	}
	return error;
}

/* ------------------------------------------------------------------------------------ clean-up */

void pthread_cleanup_enter(struct pthread_cleanup *cleanup)
{
	struct libc_thread *self = libc_thread_self();

	cleanup->next = self->cleanup;
	self->cleanup = cleanup;
}

void pthread_cleanup_leave(struct pthread_cleanup *cleanup, int execute)
{
	libc_thread_self()->cleanup = cleanup->next;
	if (execute) {
		cleanup->function(cleanup->argument);
	}
}
