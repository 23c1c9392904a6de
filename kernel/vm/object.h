/* Memory objects: what can be mapped. An object is a sparse array of pages by offset (a radix tree of
   slots). Copies share pages: a slot of the copy refers to the same page, whose `refs` goes up, and a write
   through either object first gives that object a page of its own. There are no shadow chains and nothing
   to collapse: the object that a map entry names always holds the data.

   Three kinds: anonymous (zero filled), paged by a user task (a pager port), device memory. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>
#include <mach/vm_prot.h>

struct ipc_port;
struct task;
struct vm_page;

#define VM_OBJECT_MAGIC 0x766d6f62u /* "vmob" */

struct vm_object {
	uint32_t magic;
	uint32_t refs;
	uint32_t pages;            /* its size */
	uint32_t resident;         /* slots that hold a page: what its charge says */
	struct task *charged;      /* whose quota pays (a reference), or NULL: nobody's */
	void *slots;               /* radix tree root */
	uint8_t height;
	bool anonymous;
	bool device;               /* slots unused: page n is physical device_base + n * PAGE_BYTES */
	bool alive;                /* a pager's object: not yet destroyed or terminated */
	bool pager_ready;          /* memory_object_ready was received */
	bool pager_failed;
	bool may_cache;
	int copy_strategy;         /* MEMORY_OBJECT_COPY_* */
	uint32_t device_base;
	struct ipc_port *pager;    /* send right to the memory object, or NULL */
	struct ipc_port *control;  /* memory_object_control port: the kernel receives on it */
	struct ipc_port *name;     /* memory_object_name */
	struct list page_requests; /* outstanding data_requests, each with its waiting threads */
	struct list hash_link;     /* pager port -> object */
	struct list mappings;      /* vm_map_entry.object_link: every entry that maps it */
};

/* Functions: see object.c's helper's additions below; the lifetime rules are these. */
void vm_object_reference(struct vm_object *object);
void vm_object_release(struct vm_object *object); /* at zero: pages, charge and pager rights go */
/* NULL: no memory. */
struct vm_object *vm_object_create_anonymous(uint32_t pages, struct task *charged) MUST_CHECK;
struct vm_object *vm_object_create_device(uint32_t physical, uint32_t pages) MUST_CHECK;
