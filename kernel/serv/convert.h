/* What MIG's kernel stubs know of the kernel: the objects that requests name, and the way from a
   port to its object and back. A conversion in gives a reference that the stub's destructor drops,
   or NULL for a port of another kind or a dead one; a conversion out consumes a reference and makes
   a send right. */
#pragma once

#include <ipc/ipc_port.h>
#include <ipc/ipc_space.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/types.h>
#include <mach/std_types.h>
#include <vm/map.h>
#include <vm/object.h>

struct device;
struct io_perm;
struct vm_map_copy;

/* One machine, one processor, one set of them: their ports are all that exists of them. */
struct host {
	struct ipc_port *self; /* the kernel's receive rights */
	struct ipc_port *privileged;
	struct ipc_port *master_device;
};
struct processor {
	struct ipc_port *self;
};
struct processor_set {
	struct ipc_port *self;
	struct ipc_port *name;
	int max_priority;  /* of new threads */
	uint32_t policies; /* allowed ones, a bit each */
};
extern struct host the_host;
extern struct processor the_processor;
extern struct processor_set the_processor_set;

typedef struct task *task_t;
typedef struct thread *thread_t;
typedef struct vm_map *vm_map_t;
typedef struct vm_object *vm_object_t;
typedef struct host *host_t;
typedef struct processor *processor_t;
typedef struct processor_set *processor_set_t;
typedef struct device *device_t;
typedef struct io_perm *io_perm_t;

/* In messages these are kalloc'd arrays of naked send rights ... */
typedef struct ipc_port **task_array_t;
typedef struct ipc_port **thread_array_t;
typedef struct ipc_port **processor_array_t;
typedef struct ipc_port **processor_set_array_t;
typedef struct ipc_port **processor_set_name_array_t;
/* ... and this is memory in transit. */
typedef struct vm_map_copy *emulation_vector_t;

/* The ABI's word and the kernel's are the same on this machine. */
#define null_conversion(value) (value)

/* The object behind a live kernel port of the given kind, without a reference; NULL for any other
   port. */
static inline void *port_kobject(struct ipc_port *port, enum ipc_kobject_type type)
{
	if (likely(IP_VALID(port) && port->kobject_type == type && port->active)) {
		return port->kobject;
	}
	return NULL;
}

static inline task_t convert_port_to_task(struct ipc_port *port)
{
	struct task *task = port_kobject(port, IKOT_TASK);
	if (likely(task != NULL)) {
		task->refs++;
	}
	return task;
}

static inline thread_t convert_port_to_thread(struct ipc_port *port)
{
	struct thread *thread = port_kobject(port, IKOT_THREAD);
	if (likely(thread != NULL)) {
		thread->refs++;
	}
	return thread;
}

static inline ipc_space_t convert_port_to_space(struct ipc_port *port)
{
	struct task *task = port_kobject(port, IKOT_TASK);
	if (unlikely(task == NULL || task->space == NULL)) {
		return NULL;
	}
	task->space->refs++;
	return task->space;
}

static inline vm_map_t convert_port_to_map(struct ipc_port *port)
{
	struct task *task = port_kobject(port, IKOT_TASK);
	if (unlikely(task == NULL || task->map == NULL)) {
		return NULL;
	}
	task->map->refs++;
	return task->map;
}

static inline void task_deallocate(task_t task)
{
	if (likely(task != NULL)) {
		task_release(task);
	}
}

static inline void thread_deallocate(thread_t thread)
{
	if (likely(thread != NULL)) {
		thread_release(thread);
	}
}

static inline void space_deallocate(ipc_space_t space)
{
	if (likely(space != NULL)) {
		ipc_space_release(space);
	}
}

static inline void vm_map_deallocate(vm_map_t map)
{
	if (likely(map != NULL)) {
		vm_map_release(map);
	}
}

struct ipc_port *convert_task_to_port(task_t task);
struct ipc_port *convert_thread_to_port(thread_t thread);

/* The host, processor and set live for ever: no references. */
static inline host_t convert_port_to_host(struct ipc_port *port)
{
	struct host *host = port_kobject(port, IKOT_HOST);
	return likely(host != NULL) ? host : port_kobject(port, IKOT_HOST_PRIV);
}

static inline host_t convert_port_to_host_priv(struct ipc_port *port)
{
	return port_kobject(port, IKOT_HOST_PRIV);
}

static inline processor_t convert_port_to_processor(struct ipc_port *port)
{
	return port_kobject(port, IKOT_PROCESSOR);
}

static inline processor_set_t convert_port_to_pset(struct ipc_port *port)
{
	return port_kobject(port, IKOT_PSET);
}

static inline processor_set_t convert_port_to_pset_name(struct ipc_port *port)
{
	struct processor_set *set = port_kobject(port, IKOT_PSET_NAME);
	return set != NULL ? set : port_kobject(port, IKOT_PSET);
}

static inline void pset_deallocate(processor_set_t set)
{
	(void)set;
}

struct ipc_port *convert_host_to_port(host_t host);
struct ipc_port *convert_processor_to_port(processor_t processor);
struct ipc_port *convert_pset_to_port(processor_set_t set);
struct ipc_port *convert_pset_name_to_port(processor_set_t set);

/* Memory objects by their control port and by their name port; a reference each. The first has no
   destructor: the routine drops it. */
vm_object_t vm_object_lookup(struct ipc_port *port);
vm_object_t vm_object_lookup_name(struct ipc_port *port);
static inline void vm_object_deallocate(vm_object_t object)
{
	if (object != NULL) {
		vm_object_release(object);
	}
}

io_perm_t convert_port_to_io_perm(struct ipc_port *port);
struct ipc_port *convert_io_perm_to_port(io_perm_t io_perm);
void io_perm_deallocate(io_perm_t io_perm);

device_t dev_port_lookup(struct ipc_port *port);
struct ipc_port *convert_device_to_port(device_t device);
void device_deallocate(device_t device);
