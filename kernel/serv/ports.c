/* The ports of tasks, threads, host and processor: their making, inheritance and end. */
#include <ipc/ipc_port.h>
#include <kern/panic.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/upcall.h>
#include <serv/convert.h>
#include <serv/exception.h>
#include <serv/io_perm.h>
#include <serv/kobject.h>

struct host the_host;
struct processor the_processor;
struct processor_set the_processor_set = {.max_priority = PRIORITY_USER - 13, .policies = 1};

static struct ipc_port *boot_port(enum ipc_kobject_type type, void *object)
{
	struct ipc_port *port = ipc_port_alloc_special(ipc_space_kernel, type, object);
	if (port == NULL) {
		panic("No memory for the host's ports.");
	}
	return port;
}

void host_ports_init(void)
{
	the_host.self = boot_port(IKOT_HOST, &the_host);
	the_host.privileged = boot_port(IKOT_HOST_PRIV, &the_host);
	the_host.master_device = boot_port(IKOT_MASTER_DEVICE, &the_host);
	the_processor.self = boot_port(IKOT_PROCESSOR, &the_processor);
	the_processor_set.self = boot_port(IKOT_PSET, &the_processor_set);
	the_processor_set.name = boot_port(IKOT_PSET_NAME, &the_processor_set);
}

/* Disables a kernel port: it is dead and no longer leads to its object. */
static void port_disable(struct ipc_port **slot)
{
	struct ipc_port *port = *slot;
	if (port != NULL) {
		*slot = NULL;
		port->kobject = NULL;
		ipc_port_dealloc_special(port);
	}
}

static void send_release(struct ipc_port **slot)
{
	struct ipc_port *port = *slot;
	*slot = IP_NULL;
	ipc_port_release_send(port);
}

kern_return_t upcall_task_ports_create(struct task *task, struct task *parent)
{
	struct ipc_port *self = ipc_port_alloc_special(ipc_space_kernel, IKOT_TASK, task);
	if (self == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	task->ports.self = self;
	if (parent != NULL) {
		task->ports.exception = ipc_port_copy_send(parent->ports.exception);
		task->ports.bootstrap = ipc_port_copy_send(parent->ports.bootstrap);
		for (uint32_t i = 0; i < TASK_PORTS_REGISTERED; i++) {
			task->ports.registered[i] = ipc_port_copy_send(parent->ports.registered[i]);
		}
	}
	return KERN_SUCCESS;
}

void upcall_task_ports_disable(struct task *task)
{
	port_disable(&task->ports.self);
}

void upcall_task_ports_destroy(struct task *task)
{
	upcall_task_ports_disable(task);
	send_release(&task->ports.exception);
	send_release(&task->ports.bootstrap);
	send_release(&task->ports.self_send);
	for (uint32_t i = 0; i < TASK_PORTS_REGISTERED; i++) {
		send_release(&task->ports.registered[i]);
	}
	io_perm_task_destroy(task);
}

kern_return_t upcall_thread_ports_create(struct thread *thread)
{
	thread->self_port = ipc_port_alloc_special(ipc_space_kernel, IKOT_THREAD, thread);
	return thread->self_port != NULL ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

void upcall_thread_ports_disable(struct thread *thread)
{
	port_disable(&thread->self_port);
	exception_reply_port_give_up(thread);
}

void upcall_thread_ports_destroy(struct thread *thread)
{
	upcall_thread_ports_disable(thread);
	send_release(&thread->exception_port);
	send_release(&thread->self_send);
}

struct ipc_port *convert_task_to_port(task_t task)
{
	if (task == NULL) {
		return IP_NULL;
	}
	struct ipc_port *port = kernel_port_make_send(task->ports.self);
	task_release(task);
	return port;
}

struct ipc_port *convert_thread_to_port(thread_t thread)
{
	if (thread == NULL) {
		return IP_NULL;
	}
	struct ipc_port *port = kernel_port_make_send(thread->self_port);
	thread_release(thread);
	return port;
}

struct ipc_port *convert_host_to_port(host_t host)
{
	return host != NULL ? ipc_port_make_send(host->self) : IP_NULL;
}

struct ipc_port *convert_processor_to_port(processor_t processor)
{
	return processor != NULL ? ipc_port_make_send(processor->self) : IP_NULL;
}

struct ipc_port *convert_pset_to_port(processor_set_t set)
{
	return set != NULL ? ipc_port_make_send(set->self) : IP_NULL;
}

struct ipc_port *convert_pset_name_to_port(processor_set_t set)
{
	return set != NULL ? ipc_port_make_send(set->name) : IP_NULL;
}
