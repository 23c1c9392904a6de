/*
 * The system calls as C functions, and their numbers.  lib/mach implements the functions; the
 * numbers are those of mach/syscall_sw.h, whose list an assembler can read.
 */
#pragma once

#include <mach/kern_return.h>
#include <mach/mach_types.h>
#include <mach/message.h>
#include <mach/port.h>

#define MACH_TRAP_evc_wait (-17)
#define MACH_TRAP_evc_wait_clear (-18)
#define MACH_TRAP_mach_msg (-25)
#define MACH_TRAP_mach_reply_port (-26)
#define MACH_TRAP_mach_thread_self (-27)
#define MACH_TRAP_mach_task_self (-28)
#define MACH_TRAP_mach_host_self (-29)
#define MACH_TRAP_mach_print (-30)
#define MACH_TRAP_device_writev_request (-39)
#define MACH_TRAP_device_write_request (-40)
#define MACH_TRAP_swtch_pri (-59)
#define MACH_TRAP_swtch (-60)
#define MACH_TRAP_thread_switch (-61)
#define MACH_TRAP_vm_map (-64)
#define MACH_TRAP_vm_allocate (-65)
#define MACH_TRAP_vm_deallocate (-66)
#define MACH_TRAP_task_create (-68)
#define MACH_TRAP_task_terminate (-69)
#define MACH_TRAP_task_suspend (-70)
#define MACH_TRAP_task_set_special_port (-71)
#define MACH_TRAP_mach_port_allocate (-72)
#define MACH_TRAP_mach_port_deallocate (-73)
#define MACH_TRAP_mach_port_insert_right (-74)
#define MACH_TRAP_mach_port_allocate_name (-75)
#define MACH_TRAP_thread_depress_abort (-76)
#define MACH_TRAP_thread_set_self_state (-77)

#define MACH_TRAP_TABLE_COUNT 130	/* numbers 0 to -129 are in the table */

#ifndef KERNEL

/* A new receive right, for the replies to the calling thread. */
extern mach_port_t mach_reply_port(void);

/* Send rights to oneself; each call adds a user reference. */
extern mach_port_t mach_thread_self(void);
extern mach_port_t mach_task_self(void);
extern mach_port_t mach_host_self(void);

/* Write a zero-terminated string on the console: for tests and last words. */
extern void mach_print(const char *string);

/* Give the processor up; true if another thread could run. */
extern boolean_t swtch(void);
extern boolean_t swtch_pri(int priority);

/* Give the processor to a thread; SWITCH_OPTION_* tells how, for how many milliseconds. */
extern kern_return_t thread_switch(mach_port_t new_thread, int option,
	mach_msg_timeout_t option_time);

extern kern_return_t evc_wait(natural_t event);
extern kern_return_t evc_wait_clear(natural_t event);

extern kern_return_t syscall_vm_map(mach_port_t target_map, vm_offset_t *address, vm_size_t size,
	vm_offset_t mask, boolean_t anywhere, mach_port_t memory_object, vm_offset_t offset,
	boolean_t copy, vm_prot_t cur_protection, vm_prot_t max_protection,
	vm_inherit_t inheritance);
extern kern_return_t syscall_vm_allocate(mach_port_t target_map, vm_offset_t *address,
	vm_size_t size, boolean_t anywhere);
extern kern_return_t syscall_vm_deallocate(mach_port_t target_map, vm_offset_t start,
	vm_size_t size);
extern kern_return_t syscall_task_create(mach_port_t parent_task, boolean_t inherit_memory,
	mach_port_t *child_task);
extern kern_return_t syscall_task_terminate(mach_port_t task);
extern kern_return_t syscall_task_suspend(mach_port_t task);
extern kern_return_t syscall_task_set_special_port(mach_port_t task, int which_port,
	mach_port_t port);
extern kern_return_t syscall_mach_port_allocate(mach_port_t task, mach_port_right_t right,
	mach_port_t *name);
extern kern_return_t syscall_mach_port_deallocate(mach_port_t task, mach_port_t name);
extern kern_return_t syscall_mach_port_insert_right(mach_port_t task, mach_port_t name,
	mach_port_t right, mach_msg_type_name_t right_type);
extern kern_return_t syscall_mach_port_allocate_name(mach_port_t task, mach_port_right_t right,
	mach_port_t name);
extern kern_return_t syscall_thread_depress_abort(mach_port_t thread);
extern kern_return_t thread_set_self_state(int flavor, thread_state_t new_state,
	natural_t new_state_count);

#endif
