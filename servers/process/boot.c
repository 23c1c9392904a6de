/* Meeting the ACS: figure 1 of the boot, process_boot.defs. */
#include <libmach.h>
#include <gen/gnumach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process_boot_server.h>
#include "server.h"

#define SELF mach_task_self()

mach_port_t acs_control;
static uint32_t ready; /* the word that boot_wait waits on */
static struct ipc_lock boot_lock;
static bool ports_given, line_given;

struct ipc_class boot_class = {
	.name = "boot",
	.interfaces = (const ipc_interface_t[]){process_boot_server_routine, NULL},
};

/* Once each. */
static kern_return_t give_ports(bool *given, mach_port_t (*make)(void), mach_port_t *ports)
{
	kern_return_t result = KERN_NAME_EXISTS;

	ipc_lock(&boot_lock);
	if (!*given) {
		*ports = make();
		*given = *ports != MACH_PORT_NULL;
		result = *given ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
	}
	ipc_unlock(&boot_lock);
	return result;
}

kern_return_t serve_process_boot_get_ports(ipc_call_t call, mach_port_t *ports)
{
	(void)call;
	return give_ports(&ports_given, resources_fw_cfg, ports);
}

kern_return_t serve_process_boot_get_line(ipc_call_t call, mach_port_t *ports)
{
	(void)call;
	return give_ports(&line_given, resources_roster_line, ports);
}

kern_return_t serve_process_boot_ready(ipc_call_t call, mach_port_t control)
{
	kern_return_t result = KERN_NAME_EXISTS;

	(void)call;
	ipc_lock(&boot_lock);
	if (acs_control == MACH_PORT_NULL) {
		result = KERN_INVALID_ARGUMENT;
		if (MACH_PORT_VALID(control)) {
			acs_control = control;
			__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
			ipc_word_wake(&ready, TRUE);
			result = KERN_SUCCESS;
		}
	}
	ipc_unlock(&boot_lock);
	return result;
}

void boot_wait(void)
{
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) == 0) {
		ipc_word_wait(&ready, 0, 1000);
	}
}

/* The boot script made its threads, and left them for us to start. */
static kern_return_t resume_threads(mach_port_t task)
{
	thread_array_t threads = NULL;
	mach_msg_type_number_t count = 0;
	kern_return_t result = task_threads(task, &threads, &count);

	for (mach_msg_type_number_t i = 0; result == KERN_SUCCESS && i < count; i++) {
		(void)thread_resume(threads[i]); /* it may run already: a test's does */
		(void)mach_port_deallocate(SELF, threads[i]);
	}
	if (count > 0) {
		(void)vm_deallocate(SELF, (vm_address_t)threads, count * sizeof *threads);
	}
	return result;
}

kern_return_t boot_acs(mach_port_t acs_task)
{
	struct ipc_object *object = NULL;
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = ipc_object_create_public(bucket, &boot_class, &object);

	if (result != KERN_SUCCESS) {
		return result;
	}
	port = object->port;
	result = mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND);
	if (result == KERN_SUCCESS) {
		result = mach_ports_register(acs_task, &port, 1);
	}
	if (result == KERN_SUCCESS) {
		/* Its death is the node's: the kernel says so in a sentence and restarts. */
		result = task_set_essential(acs_task, TRUE);
	}
	return result == KERN_SUCCESS ? resume_threads(acs_task) : result;
}
