/* Memory objects: what can be mapped. An object is a sparse array of pages by offset (a radix tree
   of slots). Copies share pages: a slot of the copy refers to the same page, whose `refs` goes up,
   and a write through either object first gives that object a page of its own. There are no shadow
   chains and nothing to collapse: the object that a map entry names always holds the data.

   Three kinds: anonymous (zero filled), paged by a user task (a pager port), device memory. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>
#include <mach/vm_prot.h>

struct ipc_port;
struct task;
struct vm_map;
struct vm_page;

#define VM_OBJECT_MAGIC 0x766d6f62u /* "vmob" */
/* The first slots lie in the object itself: most objects need no tree. */
#define VM_OBJECT_INLINE_SLOTS 16u
#define VM_OBJECT_NODE_SLOTS   64u
#define VM_OBJECT_PAGES_MAX    (1u << 20) /* offsets are 32 bits */

struct vm_object {
	uint32_t magic;
	uint32_t refs;
	uint32_t pages;       /* its size */
	uint32_t resident;    /* slots that hold a page: what its charge says */
	struct task *charged; /* whose quota pays (a reference), or NULL: nobody's */
	void *slots;          /* radix tree root, for the slots that are not in first_slots */
	uint8_t height;       /* of the tree; 0: there is none */
	bool anonymous;
	bool device;      /* slots unused: page n is physical device_base + n * PAGE_BYTES */
	bool shared;      /* two mappings, or a mapping and a port, may see one page: else each page
			     belongs to at most      one map entry, and goes with it */
	bool alive;       /* a pager's object: not yet destroyed or terminated */
	bool pager_ready; /* memory_object_ready was received */
	bool pager_failed;
	bool may_cache;
	int copy_strategy; /* MEMORY_OBJECT_COPY_* */
	uint32_t device_base;
	uint32_t mapped;           /* entries on `mappings` */
	uint32_t executable;       /* windows on it (struct vm_proxy) that allow execution */
	struct ipc_port *pager;    /* send right to the memory object, or NULL */
	struct ipc_port *control;  /* memory_object_control port: the kernel receives on it */
	struct ipc_port *name;     /* memory_object_name */
	struct list page_requests; /* outstanding data_requests, each with its waiting threads */
	struct list hash_link;     /* pager port -> object */
	struct list mappings;      /* vm_map_entry.object_link: every entry that maps it */
	struct vm_page *first_slots[VM_OBJECT_INLINE_SLOTS];
};

/* --- lifetime */
static inline void vm_object_reference(struct vm_object *object)
{
	assert(object->magic == VM_OBJECT_MAGIC);
	object->refs++;
}
void vm_object_release(struct vm_object *object); /* at zero: pages, charge and pager rights go */
/* One reference for the caller, which also holds `charged` by a reference of its own making. NULL:
   no memory. */
struct vm_object *vm_object_create_anonymous(uint32_t pages, struct task *charged) MUST_CHECK;
/* Nobody pays for device memory. NULL: no memory. */
struct vm_object *vm_object_create_device(uint32_t physical, uint32_t pages) MUST_CHECK;
/* An empty object that a pager will fill (pager.c). NULL: no memory. */
struct vm_object *vm_object_create_paged(struct task *charged) MUST_CHECK;
void vm_object_init(void);

/* --- slots. Indexes count pages from the object's start. None of these blocks. */
struct vm_page *vm_object_tree_page(const struct vm_object *object, uint32_t index);
static inline struct vm_page *vm_object_page(const struct vm_object *object, uint32_t index)
{
	if (likely(index < VM_OBJECT_INLINE_SLOTS)) {
		return object->first_slots[index];
	}
	return vm_object_tree_page(object, index);
}
/* Puts a page into an empty slot, which takes over one of the page's refs, and charges for it.
   KERN_RESOURCE_SHORTAGE: quota or tree node; nothing changed then. */
kern_return_t vm_object_insert(struct vm_object *object, uint32_t index,
			       struct vm_page *page) MUST_CHECK;
/* Replaces the page in a full slot; refs of both are the caller's to settle. */
void vm_object_replace(struct vm_object *object, uint32_t index, struct vm_page *page);
/* Empties a full slot; its page, with the slot's ref, is the caller's. */
struct vm_page *vm_object_take(struct vm_object *object, uint32_t index);
/* The first full slot in [*index, end): its page, and *index set to it. NULL: all are empty. */
struct vm_page *vm_object_next_page(const struct vm_object *object, uint32_t *index, uint32_t end);
/* The slots from `index` on that lie side by side: *length of them; NULL: these are all empty. */
struct vm_page **vm_object_run(const struct vm_object *object, uint32_t index, uint32_t *length);
/* Empties all slots in [start, end). The pages must not be mapped through this object any more. */
void vm_object_drop_pages(struct vm_object *object, uint32_t start, uint32_t end);
/* Gives up one slot's claim on a page. */
void vm_page_unref(struct vm_page *page);

/* A page for the object (its quota's reserve decides how deep it may go), refs 1, contents
   undefined. NULL: none left. */
struct vm_page *vm_object_page_alloc(const struct vm_object *object) MUST_CHECK;
/* As above, zero filled and in the (empty) slot. */
/* Puts the shared page of zeros into an empty slot, for a reader. KERN_RESOURCE_SHORTAGE. */
kern_return_t vm_object_insert_zero(struct vm_object *object, uint32_t index,
				    struct vm_page **page) MUST_CHECK;
void vm_zero_page_init(void);
kern_return_t vm_object_zero_fill(struct vm_object *object, uint32_t index,
				  struct vm_page **page) MUST_CHECK;
/* Makes the page in a full slot this object's own, so that it may be written: copies it if another
   object has it too, and removes the old page's mappings through this object. *page is the one that
   is there afterwards. */
kern_return_t vm_object_own_page(struct vm_object *object, uint32_t index,
				 struct vm_page **page) MUST_CHECK;
/* Copies the state of pages [first, first + count) of `from` to [to_first ...) of the anonymous
   object `to`, where all slots are empty: pages are shared copy-on-write; wired pages and device
   memory are copied by value. Pages that a pager still holds must have been fetched (others count
   as zero). KERN_RESOURCE_SHORTAGE; KERN_INVALID_ADDRESS: device memory that the kernel cannot see.
   Some pages may be shared already then: release `to`. */
kern_return_t vm_object_share(struct vm_object *to, uint32_t to_first, struct vm_object *from,
			      uint32_t first, uint32_t count) MUST_CHECK;
/* Its quick way for a run of slots that lands in the first slots of `to`: returns how many slots,
   from the first on, are done. */
uint32_t vm_object_share_run(struct vm_object *to, uint32_t to_first, struct vm_page **source,
			     uint32_t count);
/* Copies part of one page by value to a slot of `to`, zero around it (so that nothing else of the
   source leaks). */
kern_return_t vm_object_copy_part(struct vm_object *to, uint32_t to_index, struct vm_object *from,
				  uint32_t index, uint32_t offset, uint32_t bytes) MUST_CHECK;
/* Makes `task` pay. KERN_RESOURCE_SHORTAGE: it cannot; nothing changed then. */
kern_return_t vm_object_recharge(struct vm_object *object, struct task *task) MUST_CHECK;
/* Removes every mapping of one page through this object. */
void vm_object_unmap_page(struct vm_object *object, uint32_t index);
/* Where the kernel sees page `index`: NULL for an empty slot or invisible device memory. */
void *vm_object_kernel_address(const struct vm_object *object, uint32_t index);

/* --- shared objects whose owner sets their size and moves their data (object_data.c) */
/* Drops what lies beyond, also from under mappings, which fault there from now on. */
void vm_object_set_pages(struct vm_object *object, uint32_t pages);
/* Makes [start, end) zero: whole pages are dropped. KERN_RESOURCE_SHORTAGE: a page that loses a
   part could not be made the object's own; the whole pages are gone. */
kern_return_t vm_object_discard(struct vm_object *object, uint32_t start, uint32_t end) MUST_CHECK;
/* Copies between the object and the current task; the caller holds a reference. Empty slots read as
   zeros. May block on a pager of the task's memory. KERN_INVALID_ADDRESS. */
kern_return_t vm_object_read(struct vm_object *object, uint32_t offset, struct uaddr to,
			     uint32_t bytes) MUST_CHECK;
/* The same into the memory of any task, without blocking: KERN_INVALID_ADDRESS for what a pager has,
   too. What was copied before such an address stays. */
kern_return_t vm_object_copy_to_map(struct vm_object *object, uint32_t offset, struct vm_map *map,
				    uint32_t address, uint32_t bytes) MUST_CHECK;
/* Grows the object when need be. *written: how far it came, whatever it returns:
   KERN_INVALID_ADDRESS KERN_RESOURCE_SHORTAGE. */
kern_return_t vm_object_write(struct vm_object *object, uint32_t offset, struct uaddr from,
			      uint32_t bytes, uint32_t *written) MUST_CHECK;
/* Whether it is mapped for execution, or can be by a window. */
bool vm_object_executable(const struct vm_object *object);
