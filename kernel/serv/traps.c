/* Traps: the system calls that are not messages. Arguments are words of the user's; addresses are
   reached with copyin and copyout alone. The syscall_ forms act on kernel objects named in the
   caller's own space; for any other port they answer MACH_SEND_INTERRUPTED, and the library sends
   the message instead. */
#include <serv/traps.h>

#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/machine.h>
#include <kern/panic.h>
#include <kern/thread.h>
#include <mach/message.h>
#include <mach/thread_switch.h>
#include <serv/convert.h>
#include <serv/kobject.h>
#include <serv/routines.h>

#define PRINT_BYTES_MAX 8192u

#define GATE_PROBE 0x4d415349u

static TRAP_ROUTINE uint32_t trap_invalid(void)
{
	return KERN_INVALID_ARGUMENT;
}

static TRAP_ROUTINE uint32_t trap_null(void)
{
	return 0;
}

static TRAP_ROUTINE uint32_t trap_gate_probe(void)
{
	return machine_has_sysenter ? GATE_PROBE : KERN_INVALID_ARGUMENT;
}

static TRAP_ROUTINE uint32_t trap_v86_run(uint32_t block)
{
	return machine_v86_run(block);
}

/* --- the caller's own ports ---------------------------------------------------------- */

/* A name by which the current task holds a send right to `port`; one user reference more. The port
   is a naked right that something else keeps. Once the name exists this is all there is to do. */
static uint32_t send_right_name(struct ipc_port *port)
{
	struct ipc_space *space = current->task->space;
	if (unlikely(!IP_VALID(port) || !port->active)) {
		return MACH_PORT_NULL;
	}
	struct ipc_entry *entry = ipc_hash_lookup(space, port);
	if (likely(entry != NULL && IE_BITS_UREFS(entry->bits) < IE_UREFS_MAX - 1)) {
		entry->bits++;
		return entry->name;
	}
	if (entry != NULL) {
		return entry->name; /* the count stays at its greatest */
	}
	uint32_t name;
	struct ipc_port *right = port->receiver == ipc_space_kernel ? ipc_port_make_send(port)
								    : ipc_port_copy_send(port);
	if (ipc_right_copyout(space, right, MACH_MSG_TYPE_PORT_SEND, &name) != KERN_SUCCESS) {
		ipc_port_release_send(right);
		return MACH_PORT_NULL;
	}
	return name;
}

static TRAP_ROUTINE uint32_t trap_task_self(void)
{
	struct ipc_task_ports *ports = &current->task->ports;
	return send_right_name(likely(ports->self_send == NULL) ? ports->self : ports->self_send);
}

static TRAP_ROUTINE uint32_t trap_thread_self(void)
{
	return send_right_name(likely(current->self_send == NULL) ? current->self_port
								  : current->self_send);
}

static TRAP_ROUTINE uint32_t trap_host_self(void)
{
	return send_right_name(the_host.self);
}

static TRAP_ROUTINE uint32_t trap_reply_port(void)
{
	uint32_t name;
	if (ipc_port_allocate(current->task->space, MACH_PORT_RIGHT_RECEIVE, &name) !=
	    KERN_SUCCESS) {
		return MACH_PORT_NULL;
	}
	return name;
}

/* Prints a string, as far as it can be read, and at most PRINT_BYTES_MAX of it: the serial line is
   slow, and nothing else runs meanwhile. */
static TRAP_ROUTINE uint32_t trap_print(uint32_t address)
{
	char text[128];
	for (uint32_t printed = 0; printed < PRINT_BYTES_MAX;) {
		uint32_t bytes =
			sizeof text - (address & (sizeof text - 1)); /* never across a page */
		if (!copyin(uaddr(address), text, bytes)) {
			return 0;
		}
		uint32_t length = 0;
		while (length < bytes && text[length] != 0) {
			length++;
		}
		console_write_foreign(text, length);
		if (length < bytes) {
			return 0;
		}
		address += bytes;
		printed += bytes;
	}
	return 0;
}

/* --- the processor ------------------------------------------------------------------- */

static TRAP_ROUTINE uint32_t trap_swtch(void)
{
	return thread_yield();
}

static TRAP_ROUTINE uint32_t trap_swtch_pri(uint32_t priority)
{
	(void)priority; /* Mach ignores it as well */
	return thread_yield_depressed(0);
}

/* The thread that a name of the current task's denotes, not a reference. */
static struct thread *name_to_thread(uint32_t name)
{
	struct ipc_entry *entry = ipc_entry_lookup(current->task->space, name);
	if (entry == NULL || (entry->bits & MACH_PORT_TYPE_SEND) == 0) {
		return NULL;
	}
	return port_kobject(entry->object, IKOT_THREAD);
}

static TRAP_ROUTINE uint32_t trap_thread_switch(uint32_t thread_name, uint32_t option, uint32_t ms)
{
	struct thread *target = name_to_thread(thread_name);
	switch (option) {
	case SWITCH_OPTION_NONE:
		if (target != NULL) {
			thread_yield_to(target);
		} else {
			(void)thread_yield();
		}
		return KERN_SUCCESS;
	case SWITCH_OPTION_DEPRESS:
		(void)thread_yield_depressed(ms);
		return KERN_SUCCESS;
	case SWITCH_OPTION_WAIT:
		(void)thread_wait(NULL, clock_deadline_ms(ms));
		return KERN_SUCCESS;
	default:
		return KERN_INVALID_ARGUMENT;
	}
}

static TRAP_ROUTINE uint32_t trap_thread_set_self_state(uint32_t flavor, uint32_t state,
							uint32_t count)
{
	uint32_t words[256];
	if (count > sizeof words / sizeof words[0]) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!copyin(uaddr(state), words, count * 4u)) {
		return KERN_INVALID_ADDRESS;
	}
	kern_return_t result = machine_thread_set_state(current, (int)flavor, words, count);
	bool registers = flavor == i386_THREAD_STATE || flavor == i386_REGS_SEGS_STATE;
	/* The way out stores what is returned as eax, which is the new state's if there is one in
	   it. */
	return result == KERN_SUCCESS && registers ? current->machine.frame->eax : (uint32_t)result;
}

/* --- kernel objects by name ---------------------------------------------------------- */

/* A reference to the task, or NULL: not a name for a task of this kernel. */
static struct task *name_to_task(uint32_t name)
{
	struct ipc_entry *entry = ipc_entry_lookup(current->task->space, name);
	if (unlikely(entry == NULL || (entry->bits & MACH_PORT_TYPE_SEND) == 0)) {
		return NULL;
	}
	return convert_port_to_task(entry->object);
}

/* Tells the caller where its new memory is; if that cannot be told, there is none. The caller holds
   a reference to the map: the copyout may block, and the task end meanwhile. */
static uint32_t address_give(vm_map_t map, uint32_t where, uint32_t size, uint32_t address,
			     uint32_t result)
{
	if (result != KERN_SUCCESS || likely(copyout(&where, uaddr(address), 4))) {
		return result;
	}
	return serv_vm_deallocate(map, where, size) == KERN_SUCCESS ? KERN_INVALID_ADDRESS
								    : KERN_FAILURE;
}

static TRAP_ROUTINE uint32_t trap_vm_map(uint32_t target, uint32_t address, uint32_t size,
					 uint32_t mask, uint32_t anywhere, uint32_t object_name,
					 uint32_t offset, uint32_t copy, uint32_t cur, uint32_t max,
					 uint32_t inheritance)
{
	struct task *task = name_to_task(target);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = KERN_INVALID_ADDRESS;
	uint32_t where;
	struct ipc_port *object = IP_NULL;
	struct ipc_port *soright = IP_NULL;
	if (MACH_PORT_NAME_VALID(object_name) &&
	    ipc_right_copyin(current->task->space, object_name, MACH_MSG_TYPE_COPY_SEND, true,
			     &object, &soright) != KERN_SUCCESS) {
		result = MACH_SEND_INTERRUPTED; /* the RPC will say what is wrong */
	} else if (copyin(uaddr(address), &where, 4) && task->map != NULL) {
		vm_map_t map = task->map;
		vm_map_reference(map); /* what follows may block, and the task end */
		result = (uint32_t)serv_vm_map(map, &where, size, mask, (boolean_t)anywhere, object,
					       offset, (boolean_t)copy, (vm_prot_t)cur,
					       (vm_prot_t)max, (vm_inherit_t)inheritance);
		result = address_give(map, where, size, address, result);
		vm_map_release(map);
	}
	ipc_port_release_send(object);
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_vm_allocate(uint32_t target, uint32_t address, uint32_t size,
					      uint32_t anywhere)
{
	struct task *task = name_to_task(target);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = KERN_INVALID_ADDRESS;
	uint32_t where;
	if (copyin(uaddr(address), &where, 4) && task->map != NULL) {
		vm_map_t map = task->map;
		vm_map_reference(map); /* what follows may block, and the task end */
		result = (uint32_t)serv_vm_allocate(map, &where, size, (boolean_t)anywhere);
		result = address_give(map, where, size, address, result);
		vm_map_release(map);
	}
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_vm_deallocate(uint32_t target, uint32_t address, uint32_t size)
{
	struct task *task = name_to_task(target);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = (uint32_t)serv_vm_deallocate(task->map, address, size);
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_task_create(uint32_t parent_name, uint32_t inherit,
					      uint32_t child_address)
{
	struct task *parent = name_to_task(parent_name);
	if (parent == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	struct task *child;
	uint32_t result = (uint32_t)serv_task_create(parent, (boolean_t)inherit, &child);
	if (result == KERN_SUCCESS) {
		uint32_t name = send_right_name(child->ports.self);
		/* A child that nobody would know of is ended. */
		if (name == MACH_PORT_NULL) {
			(void)task_terminate(child);
			result = KERN_RESOURCE_SHORTAGE;
		} else if (!copyout(&name, uaddr(child_address), 4)) {
			(void)ipc_port_deallocate(current->task->space, name);
			(void)task_terminate(child);
			result = KERN_INVALID_ADDRESS;
		}
		task_release(child);
	}
	task_release(parent);
	return result;
}

static TRAP_ROUTINE uint32_t trap_task_terminate(uint32_t name)
{
	struct task *task = name_to_task(name);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = (uint32_t)task_terminate(task);
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_task_suspend(uint32_t name)
{
	struct task *task = name_to_task(name);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = (uint32_t)serv_task_suspend(task);
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_task_set_special_port(uint32_t name, uint32_t which,
							uint32_t port_name)
{
	struct task *task = name_to_task(name);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = MACH_SEND_INTERRUPTED;
	struct ipc_port *port = IP_NULL;
	struct ipc_port *soright = IP_NULL;
	if (!MACH_PORT_NAME_VALID(port_name) ||
	    ipc_right_copyin(current->task->space, port_name, MACH_MSG_TYPE_COPY_SEND, true, &port,
			     &soright) == KERN_SUCCESS) {
		result = (uint32_t)serv_task_set_special_port(task, (int)which, port);
		if (result != KERN_SUCCESS) {
			ipc_port_release_send(port);
		}
	}
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_port_allocate(uint32_t task_name, uint32_t right,
						uint32_t name_address)
{
	struct task *task = name_to_task(task_name);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t name;
	uint32_t result = (uint32_t)serv_mach_port_allocate(task->space, right, &name);
	if (result == KERN_SUCCESS && !copyout(&name, uaddr(name_address), 4)) {
		(void)ipc_port_mod_refs(task->space, name, right, -1);
		result = KERN_INVALID_ADDRESS;
	}
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_port_deallocate(uint32_t task_name, uint32_t name)
{
	struct task *task = name_to_task(task_name);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = (uint32_t)serv_mach_port_deallocate(task->space, name);
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_port_insert_right(uint32_t task_name, uint32_t name,
						    uint32_t right_name, uint32_t disposition)
{
	struct task *task = name_to_task(task_name);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = KERN_INVALID_VALUE;
	struct ipc_port *port = IP_NULL;
	struct ipc_port *soright = IP_NULL;
	if (MACH_MSG_TYPE_PORT_ANY(disposition)) {
		result = (uint32_t)ipc_right_copyin(current->task->space, right_name, disposition,
						    false, &port, &soright);
		if (result == KERN_SUCCESS) {
			if (soright != IP_NULL) {
				ipc_notify_port_deleted(soright, right_name);
			}
			uint32_t type = ipc_copyin_type(disposition);
			result = (uint32_t)serv_mach_port_insert_right(task->space, name, port,
								       type);
			if (result != KERN_SUCCESS) {
				ipc_right_release(port, type);
			}
		}
	}
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_port_allocate_name(uint32_t task_name, uint32_t right,
						     uint32_t name)
{
	struct task *task = name_to_task(task_name);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	uint32_t result = (uint32_t)serv_mach_port_allocate_name(task->space, right, name);
	task_release(task);
	return result;
}

static TRAP_ROUTINE uint32_t trap_thread_depress_abort(uint32_t name)
{
	struct thread *thread = name_to_thread(name);
	if (thread == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	return (uint32_t)serv_thread_depress_abort(thread);
}

static TRAP_ROUTINE uint32_t trap_memory_copy_to_task(uint32_t memory, uint32_t offset,
						      uint32_t target, uint32_t address,
						      uint32_t bytes)
{
	struct ipc_entry *entry = ipc_entry_lookup(current->task->space, memory);
	if (entry == NULL || (entry->bits & MACH_PORT_TYPE_SEND) == 0) {
		return MACH_SEND_INTERRUPTED;
	}
	struct task *task = name_to_task(target);
	if (task == NULL) {
		return MACH_SEND_INTERRUPTED;
	}
	/* Does not block, so the caller's right keeps the port. */
	uint32_t result = (uint32_t)serv_masix_memory_copy_to_task(entry->object, offset, task,
								   address, bytes);
	task_release(task);
	return result;
}

/* Writing to a device without a message is an optimisation that none of our devices needs: the
   library's way. */
static TRAP_ROUTINE uint32_t trap_use_message(void)
{
	return MACH_SEND_INTERRUPTED;
}

/* The first line fills the table, the others override it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
/* The first line is the rule, the others override it. */
#pragma GCC diagnostic ignored "-Woverride-init"
const struct trap_entry trap_table[TRAP_TABLE_ENTRIES] = {
	[0 ... TRAP_TABLE_ENTRIES - 1] = {trap_invalid, 0},
	[10] = {trap_null, 0},
	[11] = {trap_null, 0},
	[12] = {trap_null, 0},
	[13] = {trap_null, 0},
	[17] = {trap_invalid, 1}, /* evc_wait: no device has event counters */
	[18] = {trap_invalid, 1},
	[25] = {(uint32_t(TRAP_ROUTINE *)())trap_mach_msg, 7},
	[26] = {trap_reply_port, 0},
	[27] = {trap_thread_self, 0},
	[28] = {trap_task_self, 0},
	[29] = {trap_host_self, 0},
	[30] = {trap_print, 1},
	[39] = {trap_use_message, 6},
	[40] = {trap_use_message, 6},
	[55] = {trap_null, 0},
	[56] = {trap_null, 0},
	[59] = {trap_swtch_pri, 1},
	[60] = {trap_swtch, 0},
	[61] = {trap_thread_switch, 3},
	[64] = {trap_vm_map, 11},
	[65] = {trap_vm_allocate, 4},
	[66] = {trap_vm_deallocate, 3},
	[68] = {trap_task_create, 3},
	[69] = {trap_task_terminate, 1},
	[70] = {trap_task_suspend, 1},
	[71] = {trap_task_set_special_port, 3},
	[72] = {trap_port_allocate, 3},
	[73] = {trap_port_deallocate, 2},
	[74] = {trap_port_insert_right, 4},
	[75] = {trap_port_allocate_name, 3},
	[76] = {trap_thread_depress_abort, 1},
	[77] = {trap_thread_set_self_state, 3},
	[96] = {trap_gate_probe, 0},
	[97] = {trap_v86_run, 1},
	[98] = {trap_memory_copy_to_task, 5},
};
#pragma GCC diagnostic pop
