/* The kernel's traps as C functions (trap_table.h), and the two gates they may go through. */
#pragma once

#include <stdint.h>
#include <mach/mach_types.h>
#include <mach/message.h>

/* A new receive right, or MACH_PORT_NULL when there is no room. */
mach_port_t mach_reply_port(void);

/* Each call of these three adds a user reference to the send right it names (null: no room). */
mach_port_t mach_thread_self(void);
mach_port_t mach_task_self(void);
mach_port_t mach_host_self(void);

/* Prints a string on the kernel's console. */
kern_return_t mach_print(const char *string);

/* Gives up the processor; true when other threads wait for it. */
boolean_t swtch_pri(int priority);
boolean_t swtch(void);
kern_return_t thread_switch(mach_port_t thread, int option, mach_msg_timeout_t time_ms);

kern_return_t evc_wait(uint32_t event);
kern_return_t evc_wait_clear(uint32_t event);

/*
 * Short cuts of RPCs.  Each answers MACH_SEND_INTERRUPTED when its first argument is not a name of
 * an object of this kernel; make the RPC then.
 */
kern_return_t syscall_vm_map(mach_port_t task, vm_address_t *address, vm_size_t size,
			     vm_address_t mask, boolean_t anywhere, mach_port_t object,
			     vm_offset_t offset, boolean_t copy, vm_prot_t protection,
			     vm_prot_t protection_max, vm_inherit_t inheritance);
kern_return_t syscall_vm_allocate(mach_port_t task, vm_address_t *address, vm_size_t size,
				  boolean_t anywhere);
kern_return_t syscall_vm_deallocate(mach_port_t task, vm_address_t address, vm_size_t size);
kern_return_t syscall_task_create(mach_port_t parent, boolean_t inherit, mach_port_t *child);
kern_return_t syscall_task_terminate(mach_port_t task);
kern_return_t syscall_task_suspend(mach_port_t task);
kern_return_t syscall_task_set_special_port(mach_port_t task, int which, mach_port_t port);
kern_return_t syscall_mach_port_allocate(mach_port_t task, mach_port_right_t right,
					 mach_port_t *name);
kern_return_t syscall_mach_port_deallocate(mach_port_t task, mach_port_t name);
kern_return_t syscall_mach_port_insert_right(mach_port_t task, mach_port_t name,
					     mach_port_t right, mach_msg_type_name_t type);
kern_return_t syscall_mach_port_allocate_name(mach_port_t task, mach_port_right_t right,
					      mach_port_t name);
kern_return_t syscall_thread_depress_abort(mach_port_t thread);
kern_return_t syscall_device_write_request(mach_port_t device, mach_port_t reply, uint32_t mode,
					   uint32_t record, const void *data, uint32_t bytes);
kern_return_t syscall_device_writev_request(mach_port_t device, mach_port_t reply, uint32_t mode,
					    uint32_t record, const void *vector, uint32_t count);

/* MASIX_GATE_MAGIC on Masix, KERN_INVALID_ARGUMENT elsewhere; changes nothing. */
uint32_t masix_gate_probe(void);
#define MASIX_GATE_MAGIC 0x4d415349u

/* The gates; they are jumped to by the stubs, never called from C. */
void mach_gate_lcall(void);
void mach_gate_sysenter(void);

/* The gate that every stub uses: lcall, until mach_init finds that the kernel is ours. */
extern void (*mach_gate)(void);

/*
 * Makes the trap "number" through "gate" with the further arguments; for tests.  Not reentrant: only
 * one thread may use it at a time.
 */
uint32_t mach_trap_by_number(void (*gate)(void), int32_t number, ...);
