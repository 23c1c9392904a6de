/*
 * The conversions that mach_types.defs, device_types.defs and mach_i386.defs name, as the kernel's
 * own serv/convert.h declares them: so the test can compile kernel stubs without the kernel.
 */
#pragma once

#include <mach/mach_types.h>
#include <ipc/ipc_port.h>

typedef struct task *task_t;
typedef struct thread *thread_t;
typedef struct vm_map *vm_map_t;
typedef struct vm_object *vm_object_t;
typedef struct ipc_space *ipc_space_t;
typedef struct host *host_t;
typedef struct processor *processor_t;
typedef struct processor_set *processor_set_t;
typedef struct device *device_t;
typedef struct io_perm *io_perm_t;

/* Arrays of ports in a message: of what the ports stand for the kernel converted them already. */
typedef mach_port_t *task_array_t;
typedef mach_port_t *thread_array_t;
typedef mach_port_t *processor_array_t;
typedef mach_port_t *processor_set_array_t;
typedef mach_port_t *processor_set_name_array_t;
typedef vm_offset_t *emulation_vector_t;

#define null_conversion(port) (port)

task_t convert_port_to_task(ipc_port_t port);
ipc_port_t convert_task_to_port(task_t task);
void task_deallocate(task_t task);

thread_t convert_port_to_thread(ipc_port_t port);
ipc_port_t convert_thread_to_port(thread_t thread);
void thread_deallocate(thread_t thread);

vm_map_t convert_port_to_map(ipc_port_t port);
void vm_map_deallocate(vm_map_t map);
ipc_space_t convert_port_to_space(ipc_port_t port);
void space_deallocate(ipc_space_t space);

host_t convert_port_to_host(ipc_port_t port);
host_t convert_port_to_host_priv(ipc_port_t port);
ipc_port_t convert_host_to_port(host_t host);

processor_t convert_port_to_processor(ipc_port_t port);
ipc_port_t convert_processor_to_port(processor_t processor);
processor_set_t convert_port_to_pset(ipc_port_t port);
ipc_port_t convert_pset_to_port(processor_set_t set);
processor_set_t convert_port_to_pset_name(ipc_port_t port);
ipc_port_t convert_pset_name_to_port(processor_set_t set);
void pset_deallocate(processor_set_t set);

vm_object_t vm_object_lookup(ipc_port_t port);
vm_object_t vm_object_lookup_name(ipc_port_t port);
void vm_object_deallocate(vm_object_t object);

device_t dev_port_lookup(ipc_port_t port);
ipc_port_t convert_device_to_port(device_t device);
void device_deallocate(device_t device);

io_perm_t convert_port_to_io_perm(ipc_port_t port);
ipc_port_t convert_io_perm_to_port(io_perm_t io_perm);
void io_perm_deallocate(io_perm_t io_perm);
