/* The doors through which kern and i386 reach vm, and its start. */
#include <kern/task.h>
#include <kern/upcall.h>
#include <vm/map.h>
#include <vm/map_private.h>
#include <vm/object.h>
#include <vm/page.h>
#include <vm/pager.h>
#include <vm/pmap.h>

kern_return_t upcall_vm_fault(struct vm_map *map, uint32_t address, bool write)
{
	return vm_fault(map, address, write);
}

kern_return_t upcall_map_create(struct task *task, struct task *parent, bool inherit,
				struct vm_map **result)
{
	if (parent != NULL && inherit && parent->map != NULL) {
		*result = vm_map_fork(parent->map, task);
	} else {
		*result = vm_map_create(task, USER_BOTTOM, USER_TOP);
	}
	return *result != NULL ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

void upcall_map_destroy(struct vm_map *map)
{
	vm_map_terminate(map);
	vm_map_release(map);
}

struct pmap *upcall_map_pmap(struct vm_map *map)
{
	return map->pmap;
}

void vm_init(void)
{
	pmap_zones_init();
	vm_zero_page_init();
	vm_object_init();
	vm_map_init();
	vm_map_copy_init();
	vm_pager_init();
	/* The kernel's own tasks have no user memory: nothing fits into their map, and every fault
	   in it is an error. */
	kernel_map = vm_map_create_with(NULL, &kernel_pmap, USER_BOTTOM, USER_BOTTOM);
	assert(kernel_map != NULL);
}
