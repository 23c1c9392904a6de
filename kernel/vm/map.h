/* Address maps: which object is seen where in a task, and how. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <vm/pmap.h>

struct ipc_port;
struct task;
struct vm_object;

#define VM_MAP_MAGIC 0x766d6d70u /* "vmmp" */

struct vm_map_entry {
	struct list link;              /* in address order */
	struct vm_map_entry *left, *right, *parent; /* balanced tree by address (with the largest gap below) */
	uint32_t tree_data, gap_max;
	uint32_t start, end;           /* [start, end), page aligned */
	struct vm_object *object;      /* NULL: anonymous, not yet touched */
	uint32_t offset;               /* bytes into the object */
	struct list object_link;       /* on object->mappings */
	struct vm_map *map;
	vm_prot_t protection, max_protection;
	vm_inherit_t inheritance;
	uint16_t wired_count;
	bool copy_on_reference;        /* entry must copy the object before use (vm_map with copy) */
};

struct vm_map {
	uint32_t magic;
	uint32_t refs;
	struct list entries;
	struct vm_map_entry *root;     /* tree */
	struct vm_map_entry *hint;     /* the last one found */
	uint32_t entry_count;
	uint32_t bytes;                /* sum of entry sizes */
	uint32_t size_limit_cur, size_limit_max; /* vm_set_size_limit */
	uint32_t low, high;
	bool wire_future;              /* vm_wire_all(FUTURE) */
	struct task *task;             /* whose; not a reference; NULL for kernel_map */
	struct pmap *pmap;
};

extern struct vm_map *kernel_map;

/* --- lifetime */
struct vm_map *vm_map_create(struct task *task, uint32_t low, uint32_t high) MUST_CHECK; /* one reference; NULL: no memory */
/* A child's map by inheritance: SHARE shares the object, COPY copies it lazily by page, NONE leaves a hole.
   NULL: no memory or quota; nothing changed then. */
struct vm_map *vm_map_fork(struct vm_map *parent, struct task *child) MUST_CHECK;
void vm_map_reference(struct vm_map *map);
void vm_map_release(struct vm_map *map); /* at zero, and when its task is terminated, everything is unmapped */

/* --- the operations behind the vm_* calls. Ranges are rounded to pages as Mach does; every one checks overflow and bounds. */
kern_return_t vm_map_allocate(struct vm_map *, uint32_t *address, uint32_t bytes, bool anywhere) MUST_CHECK;
kern_return_t vm_map_deallocate_range(struct vm_map *, uint32_t address, uint32_t bytes) MUST_CHECK;
kern_return_t vm_map_protect(struct vm_map *, uint32_t address, uint32_t bytes, bool set_max, vm_prot_t) MUST_CHECK;
kern_return_t vm_map_inherit(struct vm_map *, uint32_t address, uint32_t bytes, vm_inherit_t) MUST_CHECK;
/* Wires (access != 0: faults pages in for it) or unwires a range. */
kern_return_t vm_map_wire(struct vm_map *, uint32_t address, uint32_t bytes, vm_prot_t access) MUST_CHECK;
kern_return_t vm_map_wire_all(struct vm_map *, int flags) MUST_CHECK;
/* Maps an object. The map takes a reference of its own. object NULL: anonymous. mask: alignment as vm_map(). copy:
   private copy. KERN_NO_SPACE KERN_INVALID_ARGUMENT KERN_INVALID_ADDRESS KERN_PROTECTION_FAILURE KERN_RESOURCE_SHORTAGE */
kern_return_t vm_map_enter(struct vm_map *, uint32_t *address, uint32_t bytes, uint32_t mask, bool anywhere,
			   struct vm_object *object, uint32_t offset, bool copy, vm_prot_t cur, vm_prot_t max,
			   vm_inherit_t) MUST_CHECK;
struct vm_region_info {
	uint32_t start, bytes;
	vm_prot_t protection, max_protection;
	vm_inherit_t inheritance;
	bool shared;
	struct vm_object *object; /* not a reference */
	uint32_t offset;
};
/* The region at or after *address. KERN_NO_SPACE: none. */
kern_return_t vm_map_region(struct vm_map *, uint32_t address, struct vm_region_info *info) MUST_CHECK;
/* Copies between two ranges of one map (vm_copy), whole pages. */
kern_return_t vm_map_copy_range(struct vm_map *, uint32_t from, uint32_t bytes, uint32_t to) MUST_CHECK;

/* --- memory in transit: what an out-of-line region of a message, or of a kernel RPC's reply, is ---------------- */
struct vm_map_copy; /* {object with its pages, byte offset in the first page, size in bytes} */
uint32_t vm_map_copy_bytes(const struct vm_map_copy *copy);
/* Takes [address, address+bytes) of the map as a copy-on-write snapshot; destroy: the range is unmapped afterwards
   (moved when that is cheaper). bytes 0: *copy = NULL. May block on a pager.
   KERN_INVALID_ADDRESS KERN_PROTECTION_FAILURE KERN_RESOURCE_SHORTAGE; the map is unchanged then. */
kern_return_t vm_map_copyin(struct vm_map *, uint32_t address, uint32_t bytes, bool destroy, struct vm_map_copy **copy) MUST_CHECK;
/* A copy that holds `bytes` bytes of kernel data (duplicated). */
kern_return_t vm_map_copyin_kernel(const void *data, uint32_t bytes, struct vm_map_copy **copy) MUST_CHECK;
/* Maps the copy somewhere in the map; consumes it on success. The pages become charged to the map's task.
   *address has the byte offset within the page that the source had. copy NULL: address 0. KERN_NO_SPACE KERN_RESOURCE_SHORTAGE. */
kern_return_t vm_map_copyout(struct vm_map *, uint32_t *address, struct vm_map_copy *copy) MUST_CHECK;
/* vm_write: overwrites existing memory with the copy; consumes it on success. */
kern_return_t vm_map_copy_overwrite(struct vm_map *, uint32_t address, struct vm_map_copy *copy) MUST_CHECK;
void vm_map_copy_discard(struct vm_map_copy *copy); /* NULL is fine */
/* Reads bytes out of a copy into kernel memory (false: beyond its end, or no memory for a page). */
bool vm_map_copy_read(struct vm_map_copy *copy, uint32_t offset, void *to, uint32_t bytes) MUST_CHECK;

/* --- faults */
kern_return_t vm_fault(struct vm_map *map, uint32_t address, bool write);
void vm_init(void);
