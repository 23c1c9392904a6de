/* vm_* of mach.defs and gnumach.defs: thin; vm/map.h has the operations. */
#include <ipc/ipc_port.h>
#include <kern/zone.h>
#include <mach/vm_attributes.h>
#include <mach/vm_cache_statistics.h>
#include <mach/vm_statistics.h>
#include <mach/vm_sync.h>
#include <mach/vm_wire.h>
#include <serv/kobject.h>
#include <serv/pager_calls.h>
#include <serv/routines.h>
#include <vm/page.h>
#include <vm/pager.h>
#include <serv/counters.h>

kern_return_t serv_vm_allocate(vm_map_t map, vm_address_t *address, vm_size_t size,
			       boolean_t anywhere)
{
	if (unlikely(map == NULL)) {
		return KERN_INVALID_ARGUMENT;
	}
	if (size == 0) {
		*address = 0;
		return KERN_SUCCESS;
	}
	if (size > UINT32_MAX - PAGE_MASK) {
		return KERN_INVALID_ARGUMENT; /* no number of pages */
	}
	return vm_map_allocate(map, address, size, anywhere != 0);
}

kern_return_t serv_vm_deallocate(vm_map_t map, vm_address_t address, vm_size_t size)
{
	if (unlikely(map == NULL)) {
		return KERN_INVALID_ARGUMENT;
	}
	return size == 0 ? KERN_SUCCESS : vm_map_deallocate_range(map, address, size);
}

kern_return_t serv_vm_protect(vm_map_t map, vm_address_t address, vm_size_t size,
			      boolean_t set_maximum, vm_prot_t protection)
{
	if (map == NULL || (protection & ~VM_PROT_ALL) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	return vm_map_protect(map, address, size, set_maximum != 0, protection);
}

kern_return_t serv_vm_inherit(vm_map_t map, vm_address_t address, vm_size_t size,
			      vm_inherit_t inheritance)
{
	if (map == NULL || (inheritance != VM_INHERIT_NONE && inheritance != VM_INHERIT_COPY &&
			    inheritance != VM_INHERIT_SHARE)) {
		return KERN_INVALID_ARGUMENT;
	}
	return vm_map_inherit(map, address, size, inheritance);
}

kern_return_t serv_vm_read(vm_map_t map, vm_address_t address, vm_size_t size, vm_offset_t *data,
			   mach_msg_type_number_t *count)
{
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	struct vm_map_copy *copy = NULL;
	kern_return_t result = vm_map_copyin(map, address, size, false, &copy);
	if (result == KERN_SUCCESS) {
		*data = (vm_offset_t)copy;
		*count = size;
	}
	return result;
}

kern_return_t serv_vm_write(vm_map_t map, vm_address_t address, vm_offset_t data,
			    mach_msg_type_number_t count)
{
	(void)count;
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	struct vm_map_copy *copy = (struct vm_map_copy *)data;
	return copy == NULL ? KERN_SUCCESS : vm_map_copy_overwrite(map, address, copy);
}

kern_return_t serv_vm_copy(vm_map_t map, vm_address_t source, vm_size_t size,
			   vm_address_t destination)
{
	return map != NULL ? vm_map_copy_range(map, source, size, destination)
			   : KERN_INVALID_ARGUMENT;
}

/* The name port of a paged object, or a null port: an anonymous object has none to tell it by. */
static struct ipc_port *object_name_port(struct vm_object *object)
{
	return object != NULL ? kernel_port_make_send(object->name) : IP_NULL;
}

kern_return_t serv_vm_region(vm_map_t map, vm_address_t *address, vm_size_t *size,
			     vm_prot_t *protection, vm_prot_t *max_protection,
			     vm_inherit_t *inheritance, boolean_t *is_shared,
			     struct ipc_port **object_name, vm_offset_t *offset)
{
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	struct vm_map_region_info info;
	kern_return_t result = vm_map_region(map, *address, &info);
	if (result != KERN_SUCCESS) {
		return result;
	}
	*address = info.start;
	*size = info.bytes;
	*protection = info.protection;
	*max_protection = info.max_protection;
	*inheritance = info.inheritance;
	*is_shared = info.shared;
	*object_name = object_name_port(info.object);
	*offset = info.offset;
	return KERN_SUCCESS;
}

kern_return_t serv_vm_statistics(vm_map_t map, vm_statistics_data_t *out)
{
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*out = (vm_statistics_data_t){
		.pagesize = PAGE_BYTES,
		.free_count = (integer_t)vm_page_free_count,
		.active_count =
			(integer_t)(vm_page_count - vm_page_free_count - vm_page_wired_count),
		.wire_count = (integer_t)vm_page_wired_count,
		.zero_fill_count = (integer_t)counter_value("vm_zero_fills"),
		.pageins = (integer_t)counter_value("vm_pager_supplies"),
		.faults = (integer_t)counter_value("vm_faults"),
		.cow_faults = (integer_t)counter_value("vm_copies"),
	};
	return KERN_SUCCESS;
}

/* No object is kept after its last use: there is no cache. */
kern_return_t serv_vm_cache_statistics(vm_map_t map, vm_cache_statistics_data_t *out)
{
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*out = (vm_cache_statistics_data_t){.cache_object_count = 0};
	for (struct zone *zone = zone_next(NULL); zone != NULL; zone = zone_next(zone)) {
		uint32_t slabs =
			zone->slab_elements != 0
				? (zone->in_use + zone->slab_elements - 1) / zone->slab_elements
				: 0;
		out->slab_count += (integer_t)((slabs + zone->empty_slabs) * zone->slab_pages);
		out->slab_reclaim_count += (integer_t)(zone->empty_slabs * zone->slab_pages);
	}
	return KERN_SUCCESS;
}

/* A window that a proxy gives: maps what lies in it, with no more access than it allows. */
static kern_return_t map_proxy(vm_map_t map, vm_address_t *address, vm_size_t size,
			       vm_address_t mask, boolean_t anywhere, const struct vm_proxy *proxy,
			       vm_offset_t offset, boolean_t copy, vm_prot_t cur, vm_prot_t max,
			       vm_inherit_t inheritance)
{
	uint32_t window = page_round(proxy->bytes);
	if (offset > window || page_round(size) > window - offset) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!copy) {
		cur &= proxy->max_protection;
		max &= proxy->max_protection;
	} else if ((proxy->max_protection & VM_PROT_READ) == 0) {
		return KERN_PROTECTION_FAILURE;
	}
	return vm_map_enter(map, address, size, mask, anywhere != 0, proxy->object,
			    proxy->offset + offset, copy != 0, cur, max, inheritance);
}

/* The right to the memory object stays the caller's: the stub (or trap) releases it. */
kern_return_t serv_vm_map(vm_map_t map, vm_address_t *address, vm_size_t size, vm_address_t mask,
			  boolean_t anywhere, struct ipc_port *memory_object, vm_offset_t offset,
			  boolean_t copy, vm_prot_t cur, vm_prot_t max, vm_inherit_t inheritance)
{
	if (map == NULL || size == 0 || (cur & ~VM_PROT_ALL) != 0 || (max & ~VM_PROT_ALL) != 0 ||
	    (cur & ~max) != 0 || (offset & PAGE_MASK) != 0 || size > UINT32_MAX - PAGE_MASK ||
	    (inheritance != VM_INHERIT_NONE && inheritance != VM_INHERIT_COPY &&
	     inheritance != VM_INHERIT_SHARE)) {
		return KERN_INVALID_ARGUMENT;
	}
	if (memory_object == IP_NULL) {
		return vm_map_enter(map, address, size, mask, anywhere != 0, NULL, 0, false, cur,
				    max, inheritance);
	}
	if (!IP_VALID(memory_object) || !memory_object->active) {
		return KERN_INVALID_ARGUMENT;
	}
	const struct vm_proxy *proxy = port_kobject(memory_object, IKOT_PAGER_PROXY);
	if (proxy != NULL) {
		return map_proxy(map, address, size, mask, anywhere, proxy, offset, copy, cur, max,
				 inheritance);
	}
	if (memory_object->receiver == ipc_space_kernel || offset > UINT32_MAX - page_round(size)) {
		return KERN_INVALID_ARGUMENT; /* a kernel object that is no memory */
	}
	struct vm_object *object;
	kern_return_t result =
		vm_object_enter_pager(memory_object, offset + page_round(size), &object);
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = vm_map_enter(map, address, size, mask, anywhere != 0, object, offset, copy != 0,
			      cur, max, inheritance);
	vm_object_release(object);
	return result;
}

/* Caches are coherent on this machine: there is nothing to set or to flush. */
kern_return_t serv_vm_machine_attribute(vm_map_t map, vm_address_t address, vm_size_t size,
					vm_machine_attribute_t attribute,
					vm_machine_attribute_val_t *value)
{
	(void)address;
	(void)size;
	(void)attribute;
	(void)value;
	(void)map;
	return KERN_INVALID_ARGUMENT;
}

/* There is no default pager: KERN_INVALID_ARGUMENT without the privilege, else what is set is
   refused. */
kern_return_t serv_vm_set_default_memory_manager(host_t host, struct ipc_port **manager)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (*manager != IP_NULL) {
		return KERN_FAILURE;
	}
	return KERN_SUCCESS; /* asked for the present one: none */
}

static bool host_port_is_valid(struct ipc_port *port)
{
	return convert_port_to_host(port) != NULL;
}

/* With the plain host port, too: what a task wires is charged to it. */
kern_return_t serv_vm_wire(struct ipc_port *host, vm_map_t map, vm_address_t address,
			   vm_size_t size, vm_prot_t access)
{
	if (!host_port_is_valid(host)) {
		return KERN_INVALID_HOST;
	}
	if (map == NULL || (access & ~VM_PROT_ALL) != 0) {
		return map == NULL ? KERN_INVALID_TASK : KERN_INVALID_ARGUMENT;
	}
	return vm_map_wire(map, address, size, access);
}

kern_return_t serv_vm_wire_all(struct ipc_port *host, vm_map_t map, vm_wire_t flags)
{
	if (convert_port_to_host_priv(host) == NULL) {
		return KERN_INVALID_HOST;
	}
	if (map == NULL) {
		return KERN_INVALID_TASK;
	}
	return (flags & ~VM_WIRE_ALL) == 0 ? vm_map_wire_all(map, flags) : KERN_INVALID_ARGUMENT;
}

/* Nothing is written back yet: a pager's pages are never dirty in this kernel's keeping for longer
   than their object lives. The call checks its arguments and is done. */
kern_return_t serv_vm_object_sync(vm_object_t object, vm_offset_t offset, vm_size_t size,
				  boolean_t should_flush, boolean_t should_return,
				  boolean_t should_iosync)
{
	(void)should_flush;
	(void)should_return;
	(void)should_iosync;
	if (object == NULL || offset > UINT32_MAX - size) {
		return KERN_INVALID_ARGUMENT;
	}
	return KERN_SUCCESS;
}

kern_return_t serv_vm_msync(vm_map_t map, vm_address_t address, vm_size_t size, vm_sync_t flags)
{
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	return vm_map_sync(map, address, size, flags);
}

/* --- physical memory ----------------------------------------------------------------- */

/* Contiguous zeroed memory for a driver. KERN_INVALID_HOST, KERN_INVALID_TASK,
   KERN_INVALID_ARGUMENT (a size or alignment that is no power of two pages, an empty range),
   KERN_RESOURCE_SHORTAGE. The pages come back when they are unmapped. */
kern_return_t serv_vm_allocate_contiguous(host_t host, vm_map_t map, vm_address_t *vaddr,
					  rpc_phys_addr_t *paddr, vm_size_t size,
					  rpc_phys_addr_t pmin, rpc_phys_addr_t pmax,
					  rpc_phys_addr_t palign)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (map == NULL) {
		return KERN_INVALID_TASK;
	}
	if (size == 0 || pmin >= pmax || palign > (1u << 26) || (palign & (palign - 1)) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t address = 0;
	uint32_t physical = 0;
	uint32_t limit = pmax > UINT32_MAX ? 0 : (uint32_t)pmax;
	kern_return_t result =
		vm_map_allocate_contiguous(map, size, limit, (uint32_t)palign, &address, &physical);
	if (result == KERN_SUCCESS && physical < pmin) {
		/* Memory is given from above: none is left as high as that. */
		result = vm_map_deallocate_range(map, address, size);
		return result == KERN_SUCCESS ? KERN_RESOURCE_SHORTAGE : result;
	}
	*vaddr = address;
	*paddr = physical;
	return result;
}

/* The physical address of each page of a range, 0 where none is resident. KERN_INVALID_ARGUMENT:
   the range is not in page units or too large for one answer. */
kern_return_t serv_vm_pages_phys(host_t host, vm_map_t map, vm_address_t address, vm_size_t size,
				 rpc_phys_addr_array_t *pages, mach_msg_type_number_t *count)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (map == NULL) {
		return KERN_INVALID_TASK;
	}
	uint32_t needed = size / PAGE_BYTES;
	if (((address | size) & PAGE_MASK) != 0 || address > USER_TOP ||
	    size > USER_TOP - address || needed > 8192u) {
		return KERN_INVALID_ARGUMENT;
	}
	bool in_line = needed <= *count;
	rpc_phys_addr_t *table = in_line || needed == 0 ? *pages : kalloc(needed * sizeof *table);
	if (table == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	for (uint32_t i = 0; i < needed; i++) {
		uint32_t physical = pmap_extract(map->pmap, address + i * PAGE_BYTES);
		table[i] = physical != 0xffffffffu ? physical : 0;
	}
	*count = needed;
	if (in_line) {
		return KERN_SUCCESS;
	}
	struct vm_map_copy *copy = NULL;
	kern_return_t result = vm_map_copyin_kernel(table, needed * sizeof *table, &copy);
	kfree(table, needed * sizeof *table);
	*pages = (rpc_phys_addr_array_t)copy;
	return result;
}

/* Raising the greatest limit takes the privileged host port. */
kern_return_t serv_vm_set_size_limit(struct ipc_port *host, vm_map_t map, vm_size_t current_limit,
				     vm_size_t max_limit)
{
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	if (!host_port_is_valid(host)) {
		return KERN_INVALID_HOST;
	}
	if (current_limit > max_limit) {
		return KERN_INVALID_ARGUMENT;
	}
	if (max_limit > map->size_limit_max && convert_port_to_host_priv(host) == NULL) {
		return KERN_NO_ACCESS;
	}
	map->size_limit_cur = current_limit;
	map->size_limit_max = max_limit;
	return KERN_SUCCESS;
}

kern_return_t serv_vm_get_size_limit(vm_map_t map, vm_size_t *current_limit, vm_size_t *max_limit)
{
	if (map == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*current_limit = map->size_limit_cur;
	*max_limit = map->size_limit_max;
	return KERN_SUCCESS;
}
