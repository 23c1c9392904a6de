/* Tasks: an address space, a port name space, and threads. */
#pragma once

#include <kern/list.h>
#include <kern/quota.h>
#include <kern/types.h>

struct ipc_port;
struct ipc_space;
struct vm_map;
struct thread;

#define TASK_MAGIC            0x7461736bu /* "task" */
#define TASK_NAME_BYTES       32u
#define TASK_PORTS_REGISTERED 4u /* TASK_PORT_REGISTER_MAX */
#define TASK_DIGEST_BYTES     32u

struct ipc_task_ports {
	struct ipc_port *self;      /* the kernel holds the receive right; NULL when disabled */
	struct ipc_port *self_send; /* what mach_task_self gives when task_set_special_port changed
				       it, or NULL */
	struct ipc_port *exception; /* naked send rights, or NULL */
	struct ipc_port *bootstrap;
	struct ipc_port *registered[TASK_PORTS_REGISTERED];
};

/* Lock letters: [I] immutable after creation, [k] the kernel as a whole (SMP: the task's lock). */
struct task {
	uint32_t magic;         /* [I] */
	uint32_t refs;          /* [k] pointers to it; memory goes at zero */
	uint64_t number;        /* [I] never reused */
	bool active;            /* [k] false once task_terminate began */
	bool essential;         /* [k] its end ends the machine (task_set_essential) */
	bool started;           /* [k] one of its threads has been let run */
	bool digest_set;        /* [k] */
	bool digest_written;    /* [k] set with digest_set, but never cleared: it is written once */
	bool keeps_others;      /* [k] tasks end with it */
	uint64_t ends_with;     /* [k] number of the task that it ends with, 0: none */
	uint32_t suspend_count; /* [k] */
	int priority;           /* [k] base priority of new threads */
	int max_priority;       /* [k] */
	struct list threads;    /* [k] struct thread.task_link */
	uint32_t thread_count;  /* [k] */
	struct list all_link;   /* [k] on task_list */
	struct vm_map *map;     /* [I] until terminated; the task holds one reference */
	struct ipc_space *space;     /* [I] until terminated */
	struct ipc_task_ports ports; /* [k] */
	struct page_quota quota;     /* [k] pages charged to this task, and its limit */
	uint64_t dead_threads_user_ns, dead_threads_system_ns; /* [k] */
	struct clock_time_pair {
		int64_t seconds, nanoseconds;
	} created;                 /* [I] wall time */
	uint32_t redirect_handler; /* [k] int 0x80 entry of the emulation library, 0 = none */
	struct task_emulation *emulation;  /* [k] lcall vectors set by task_set_emulation, or NULL
					      (kern/emulation.h) */
	uint8_t digest[TASK_DIGEST_BYTES]; /* [k] SHA-256 of its program, zero = unmeasured */
	uint64_t digest_writer;            /* [k] number of the task that wrote the digest */
	struct symbols *symbols;           /* [k] of a boot module, for fault reports, or NULL */
	void *io_bitmap;                   /* [k] granted I/O ports (i386), or NULL */
	char name[TASK_NAME_BYTES];
	uint32_t faults, messages_sent, messages_received; /* [k] statistics for task_info */
};

extern struct list task_list;
extern struct task *kernel_task; /* its threads are the kernel's own; its map is kernel_map */

/* Makes a task with an empty space, a self port, and a map that is empty (inherit false) or filled
   from the parent's by inheritance. Parent NULL: the first tasks. The result carries one reference
   for the caller. KERN_RESOURCE_SHORTAGE; KERN_FAILURE when the parent is being terminated. */
kern_return_t task_create(struct task *parent, bool inherit_memory,
			  struct task **result) MUST_CHECK;
/* Ends a task: ports, threads, memory, space. KERN_FAILURE when somebody already did. If the
   current thread is one of its threads, it ends at its boundary. */
kern_return_t task_terminate(struct task *task);
/* The task, and what it creates from now on, ends with the keeper; KERN_INVALID_ARGUMENT. */
kern_return_t task_end_with(struct task *task, struct task *keeper);
kern_return_t task_suspend(struct task *task);
kern_return_t task_resume(struct task *task); /* KERN_FAILURE: was not suspended */
/* Called by the last thread to leave a terminated task, or by task_terminate when it had none:
   destroys its space and memory. Does not block. */
void task_finish(struct task *task);

/* Writes the measure of the task's program: once, before its first thread runs. KERN_FAILURE: too
   late, or written before. */
kern_return_t task_digest_set(struct task *task, uint64_t writer_number,
			      const uint8_t *digest) MUST_CHECK;
/* The task's control port has entered the space of the task with that number: clears the digest
   unless that is the task itself or the one that wrote the digest (docs: a measured task is under
   nobody else's control). */
void task_control_port_entered(struct task *task, uint64_t space_task_number);

void task_reference(struct task *task);
void task_release(struct task *task);
/* Makes kernel_task, with ports; its map and space are set by who knows them (i386/main.c). After
   ipc_init. */
void task_init(void);
