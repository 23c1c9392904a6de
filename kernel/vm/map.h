/* Address maps: which object is seen where in a task, and how. */
#pragma once

#include <kern/list.h>
#include <kern/types.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <vm/pmap.h>
#include <vm/vm_tree_core.h>

struct ipc_port;
struct task;
struct vm_object;

#define VM_MAP_MAGIC 0x766d6d70u /* "vmmp" */

/* A task has at most this many entries, so that one cannot use up the zone for all. */
#define VM_MAP_ENTRIES_MAX 32768u

struct vm_map_entry {
	struct vm_tree_node node; /* [node.start, node.end), page aligned; first, so that a tree
				     node is its entry */
	struct list link;         /* in address order */
	struct vm_object *object; /* a reference; NULL: anonymous, not yet touched */
	uint32_t offset;          /* bytes into the object */
	struct list object_link;  /* on object->mappings */
	struct vm_map *map;
	vm_prot_t protection, max_protection;
	vm_inherit_t inheritance;
	uint16_t wired_count; /* 1: its pages are resident and mapped, and stay so */
};

struct vm_map {
	uint32_t magic;
	uint32_t refs;
	struct list entries;
	struct vm_tree tree;       /* the same entries; knows the lowest and highest address */
	struct vm_map_entry *hint; /* the last one found, or NULL */
	uint32_t entry_count;
	uint32_t bytes;                          /* sum of entry sizes */
	uint32_t size_limit_cur, size_limit_max; /* vm_set_size_limit: bytes, UINT32_MAX = none */
	bool wire_future;                        /* vm_wire_all(FUTURE) */
	struct task
		*task; /* whose; not a reference; NULL for kernel_map and after the task's end */
	struct pmap *pmap;
};

extern struct vm_map *kernel_map;

/* --- lifetime */
struct vm_map *vm_map_create(struct task *task, uint32_t low,
			     uint32_t high) MUST_CHECK; /* one reference; NULL: no memory */
/* A child's map by inheritance: SHARE shares the object, COPY copies it lazily by page, NONE leaves
   a hole. NULL: no memory or quota; nothing changed then. */
struct vm_map *vm_map_fork(struct vm_map *parent, struct task *child) MUST_CHECK;
void vm_map_reference(struct vm_map *map);
void vm_map_release(
	struct vm_map *map); /* at zero, and when its task is terminated, everything is unmapped */
/* From now on the map begins at address 0, not at USER_BOTTOM, and what is placed anywhere is placed
   above V86_TOP. */
void vm_map_include_zero(struct vm_map *map);
/* The task ends: unmaps everything and leaves an empty map into which nothing fits, for those that
   still refer to it. */
void vm_map_terminate(struct vm_map *map);

/* --- the operations behind the vm_* calls. Ranges are rounded to pages as Mach does; every one
   checks overflow and bounds. */
kern_return_t vm_map_allocate(struct vm_map *, uint32_t *address, uint32_t bytes,
			      bool anywhere) MUST_CHECK;
kern_return_t vm_map_deallocate_range(struct vm_map *, uint32_t address, uint32_t bytes) MUST_CHECK;
/* Holes are passed over by these two, as Mach does. */
kern_return_t vm_map_protect(struct vm_map *, uint32_t address, uint32_t bytes, bool set_max,
			     vm_prot_t) MUST_CHECK;
kern_return_t vm_map_inherit(struct vm_map *, uint32_t address, uint32_t bytes,
			     vm_inherit_t) MUST_CHECK;
/* vm_wire. Wires (access != 0: faults pages in for it) or unwires a range. */
kern_return_t vm_map_wire(struct vm_map *, uint32_t address, uint32_t bytes,
			  vm_prot_t access) MUST_CHECK;
/* VM_WIRE_*: CURRENT wires all there is (each region for the access it allows), FUTURE all to come,
   NONE unwires. */
kern_return_t vm_map_wire_all(struct vm_map *, int flags) MUST_CHECK;
/* Maps an object. The map takes a reference of its own. object NULL: anonymous. mask: alignment as
   vm_map(). copy: private copy. KERN_NO_SPACE KERN_INVALID_ARGUMENT KERN_INVALID_ADDRESS
   KERN_PROTECTION_FAILURE KERN_RESOURCE_SHORTAGE */
kern_return_t vm_map_enter(struct vm_map *, uint32_t *address, uint32_t bytes, uint32_t mask,
			   bool anywhere, struct vm_object *object, uint32_t offset, bool copy,
			   vm_prot_t cur, vm_prot_t max, vm_inherit_t) MUST_CHECK;
struct vm_map_region_info {
	uint32_t start, bytes;
	vm_prot_t protection, max_protection;
	vm_inherit_t inheritance;
	bool shared;
	struct vm_object *object; /* not a reference */
	uint32_t offset;
};
/* The region at or after *address. KERN_NO_SPACE: none. */
kern_return_t vm_map_region(struct vm_map *, uint32_t address,
			    struct vm_map_region_info *info) MUST_CHECK;
/* Copies between two ranges of one map (vm_copy), whole pages: KERN_INVALID_ARGUMENT if they are
   not. */
kern_return_t vm_map_copy_range(struct vm_map *, uint32_t from, uint32_t bytes,
				uint32_t to) MUST_CHECK;

/* --- memory in transit: what an out-of-line region of a message, or of a kernel RPC's reply, is --
 */
struct vm_map_copy; /* {object with its pages, byte offset in the first page, size in bytes} */
uint32_t vm_map_copy_bytes(const struct vm_map_copy *copy); /* NULL: 0 */
struct vm_object *vm_map_copy_object(struct vm_map_copy *copy);
bool vm_map_copy_aligned(const struct vm_map_copy *copy); /* it is whole pages */
/* Takes [address, address+bytes) of the map as a copy-on-write snapshot; destroy: the range is
   unmapped afterwards (moved when that is cheaper). bytes 0: *copy = NULL. May block on a pager.
   KERN_INVALID_ADDRESS KERN_PROTECTION_FAILURE KERN_RESOURCE_SHORTAGE; the map is unchanged then.
 */
kern_return_t vm_map_copyin(struct vm_map *, uint32_t address, uint32_t bytes, bool destroy,
			    struct vm_map_copy **copy) MUST_CHECK;
/* A copy that holds `bytes` bytes of kernel data (duplicated). */
kern_return_t vm_map_copyin_kernel(const void *data, uint32_t bytes,
				   struct vm_map_copy **copy) MUST_CHECK;
/* Maps the copy somewhere in the map; consumes it on success. The pages become charged to the map's
 *task. address has the byte offset within the page that the source had. copy NULL: address 0.
 *KERN_NO_SPACE KERN_RESOURCE_SHORTAGE. */
kern_return_t vm_map_copyout(struct vm_map *, uint32_t *address,
			     struct vm_map_copy *copy) MUST_CHECK;
/* vm_write: overwrites existing memory with the copy; consumes it on success. NULL: success.
   Address, size and the copy's offset must be page aligned: KERN_INVALID_ARGUMENT.
   KERN_INVALID_ADDRESS: a hole. KERN_PROTECTION_FAILURE: not writable. On KERN_RESOURCE_SHORTAGE
   the first pages may have been written. */
kern_return_t vm_map_copy_overwrite(struct vm_map *, uint32_t address,
				    struct vm_map_copy *copy) MUST_CHECK;
void vm_map_copy_discard(struct vm_map_copy *copy); /* NULL is fine */
/* Reads bytes out of a copy into kernel memory (false: beyond its end, or no memory for a page). */
bool vm_map_copy_read(struct vm_map_copy *copy, uint32_t offset, void *to,
		      uint32_t bytes) MUST_CHECK;

/* --- proxies (vm_region_create_proxy). A window on the memory at [address, address + bytes), which
   must lie in one region: a reference to its object for *proxy. KERN_INVALID_ADDRESS: a hole.
   KERN_INVALID_ARGUMENT: more than one region, or bytes 0. KERN_PROTECTION_FAILURE: more than the
   region's greatest access. KERN_RESOURCE_SHORTAGE. */
struct vm_proxy;
kern_return_t vm_map_make_proxy(struct vm_map *, uint32_t address, uint32_t bytes,
				vm_prot_t max_protection, struct vm_proxy *proxy) MUST_CHECK;

/* vm_allocate_contiguous: wired memory that is one run of physical pages, below `limit` (0:
   anywhere), aligned to `align` bytes (0: a page). KERN_INVALID_ARGUMENT KERN_NO_SPACE
   KERN_RESOURCE_SHORTAGE. */
kern_return_t vm_map_allocate_contiguous(struct vm_map *, uint32_t bytes, uint32_t limit,
					 uint32_t align, uint32_t *address,
					 uint32_t *physical) MUST_CHECK;
/* vm_msync and vm_object_sync: there is nothing to write back yet, so what must be checked is the
   range. KERN_INVALID_ADDRESS: a hole. KERN_INVALID_ARGUMENT: both or neither of synchronous and
   asynchronous, without invalidate. */
kern_return_t vm_map_sync(struct vm_map *, uint32_t address, uint32_t bytes, int flags) MUST_CHECK;

/* --- faults. KERN_SUCCESS: the access may be repeated. KERN_INVALID_ADDRESS
   KERN_PROTECTION_FAILURE KERN_RESOURCE_SHORTAGE KERN_MEMORY_ERROR. KERN_ABORTED: the wait for a
   pager was interrupted; a user access is then repeated after the boundary (which may end the
   thread), a copyin or copyout fails. May block on a pager. */
kern_return_t vm_fault(struct vm_map *map, uint32_t address, bool write);
void vm_init(void);

/* --- inside vm ----------------------------------------------------------------------- */
/* The entry that maps an address, or NULL. */
struct vm_map_entry *vm_map_lookup(struct vm_map *map, uint32_t address);
/* The entry after it, or NULL. */
static inline struct vm_map_entry *vm_map_entry_next(struct vm_map_entry *entry)
{
	struct list *next = entry->link.next;
	return next != &entry->map->entries ? list_entry(next, struct vm_map_entry, link) : NULL;
}
static inline uint32_t vm_map_entry_index(const struct vm_map_entry *entry, uint32_t address)
{
	return (entry->offset + (address - entry->node.start)) >> PAGE_SHIFT;
}
/* Gives the entry its object if it has none yet. False: no memory. */
bool vm_map_entry_materialize(struct vm_map_entry *entry) MUST_CHECK;
/* Checks that [start, end) is mapped without holes and splits entries so that they begin and end
   with it; *first is the one at start. KERN_INVALID_ADDRESS KERN_RESOURCE_SHORTAGE: nothing
   changed. */
kern_return_t vm_map_clip(struct vm_map *map, uint32_t start, uint32_t end,
			  struct vm_map_entry **first) MUST_CHECK;
/* The same for a range that may have holes; *first: the lowest entry in it, NULL if it is all hole.
   KERN_RESOURCE_SHORTAGE. */
kern_return_t vm_map_cut(struct vm_map *map, uint32_t start, uint32_t end,
			 struct vm_map_entry **first) MUST_CHECK;
/* Joins neighbours that are alike again, from the entry before start to the one at end. */
void vm_map_simplify(struct vm_map *map, uint32_t start, uint32_t end);
/* [address, address + bytes) rounded to whole pages. KERN_INVALID_ADDRESS: it is not inside the
   map. */
kern_return_t vm_map_range(const struct vm_map *map, uint32_t address, uint32_t bytes,
			   uint32_t *start, uint32_t *end) MUST_CHECK;
/* Ends the wiring of a wired entry's pages. */
void vm_map_entry_unwire(struct vm_map_entry *entry);
/* A new entry over a free range (not entered in an object, attributes from the arguments). NULL: no
   memory. */
struct vm_map_entry *vm_map_entry_insert(struct vm_map *map, uint32_t start, uint32_t end,
					 struct vm_object *object, uint32_t offset, vm_prot_t cur,
					 vm_prot_t max, vm_inherit_t inherit) MUST_CHECK;
/* Fetches every page of paged objects in [start, end) (no holes). May block; the map may have
   changed after. KERN_ABORTED: it may be gone. */
kern_return_t vm_map_fetch(struct vm_map *map, uint32_t start, uint32_t end) MUST_CHECK;
