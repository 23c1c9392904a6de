/* mach_debug.defs: a look at the kernel's objects. Small answers go in line, large ones out of
   line. */
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/zone.h>
#include <mach_debug/mach_debug_types.h>
#include <serv/kobject.h>
#include <serv/routines.h>
#include <vm/object.h>
#include <vm/page.h>

kern_return_t serv_mach_port_get_srights(ipc_space_t space, mach_port_name_t name,
					 mach_port_rights_t *srights)
{
	return space != NULL ? ipc_port_get_srights(space, name, srights) : KERN_INVALID_TASK;
}

/* Dead-name requests of a receive right: as many places as are used. */
kern_return_t serv_mach_port_dnrequest_info(ipc_space_t space, mach_port_name_t name,
					    unsigned *total, unsigned *used)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	struct ipc_port *port;
	kern_return_t result = ipc_port_translate_receive(space, name, &port);
	if (result != KERN_SUCCESS) {
		return result;
	}
	uint32_t count = 0;
	list_for_each(link, &port->dnrequests)
	{
		count++;
	}
	*total = count;
	*used = count;
	return KERN_SUCCESS;
}

/* GNU Mach's numbers of the kinds that it has, too. */
static unsigned kobject_number(const struct ipc_port *port)
{
	static const uint8_t numbers[IKOT_MAX] = {
		[IKOT_THREAD] = 1,      [IKOT_TASK] = 2,           [IKOT_HOST] = 3,
		[IKOT_HOST_PRIV] = 4,   [IKOT_PROCESSOR] = 5,      [IKOT_PSET] = 6,
		[IKOT_PSET_NAME] = 7,   [IKOT_PAGER_CONTROL] = 9,  [IKOT_DEVICE] = 10,
		[IKOT_PAGER_NAME] = 12, [IKOT_MASTER_DEVICE] = 15, [IKOT_PAGER_PROXY] = 25,
		[IKOT_IO_PERM] = 24,
	};
	return port->kobject_type < IKOT_MAX ? numbers[port->kobject_type] : 0;
}

/* What a send or receive right stands for. The object's address is not given away: 0. */
kern_return_t serv_mach_port_kernel_object(ipc_space_t space, mach_port_name_t name, unsigned *type,
					   vm_offset_t *address)
{
	if (space == NULL) {
		return KERN_INVALID_TASK;
	}
	struct ipc_entry *entry = ipc_entry_lookup(space, name);
	if (entry == NULL) {
		return KERN_INVALID_NAME;
	}
	if ((entry->bits & (MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_RECEIVE)) == 0) {
		return KERN_INVALID_RIGHT;
	}
	const struct ipc_port *port = entry->object;
	if (!port->active) {
		return KERN_INVALID_RIGHT;
	}
	*type = kobject_number(port);
	*address = 0;
	return KERN_SUCCESS;
}

/* There are no such tables in this kernel. */
kern_return_t serv_host_ipc_marequest_info(host_t host, unsigned *max_requests,
					   hash_info_bucket_array_t *info,
					   mach_msg_type_number_t *count)
{
	(void)info;
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	*max_requests = 0;
	*count = 0;
	return KERN_SUCCESS;
}

kern_return_t serv_host_virtual_physical_table_info(host_t host, hash_info_bucket_array_t *info,
						    mach_msg_type_number_t *count)
{
	(void)info;
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	*count = 0;
	return KERN_SUCCESS;
}

kern_return_t serv_host_load_symbol_table(host_t host, task_t task, const_symtab_name_t name,
					  vm_offset_t table, mach_msg_type_number_t bytes)
{
	(void)host;
	(void)task;
	(void)name;
	(void)table;
	(void)bytes;
	return KERN_INVALID_ARGUMENT; /* there is no kernel debugger that would read it */
}

static uint32_t thread_total(void)
{
	uint32_t threads = 0;
	list_for_each(link, &task_list)
	{
		threads += list_entry(link, struct task, all_link)->thread_count;
	}
	return threads;
}

/* Every thread has one stack; how deep it went is not measured. */
kern_return_t serv_host_stack_usage(host_t host, vm_size_t *reserved, unsigned *total,
				    vm_size_t *space, vm_size_t *resident, vm_size_t *most,
				    vm_offset_t *deepest)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	*reserved = 0;
	*total = thread_total();
	*space = *total * KERNEL_STACK_BYTES;
	*resident = *space;
	*most = 0;
	*deepest = 0;
	return KERN_SUCCESS;
}

kern_return_t serv_processor_set_stack_usage(processor_set_t set, unsigned *total, vm_size_t *space,
					     vm_size_t *resident, vm_size_t *most,
					     vm_offset_t *deepest)
{
	vm_size_t reserved;
	if (set == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	return serv_host_stack_usage(&the_host, &reserved, total, space, resident, most, deepest);
}

kern_return_t serv_mach_vm_region_info(vm_map_t map, vm_address_t address, vm_region_info_t *region,
				       struct ipc_port **object_name)
{
	if (map == NULL) {
		return KERN_INVALID_TASK;
	}
	struct vm_map_region_info info;
	kern_return_t result = vm_map_region(map, address, &info);
	if (result != KERN_SUCCESS) {
		return KERN_NO_SPACE;
	}
	*region = (vm_region_info_t){
		.vri_start = info.start,
		.vri_end = info.start + info.bytes,
		.vri_protection = info.protection,
		.vri_max_protection = info.max_protection,
		.vri_inheritance = info.inheritance,
		.vri_offset = info.offset,
		.vri_sharing = info.shared,
	};
	*object_name = info.object != NULL ? kernel_port_make_send(info.object->name) : IP_NULL;
	return KERN_SUCCESS;
}

kern_return_t serv_mach_vm_object_info(vm_object_t object, vm_object_info_t *info,
				       struct ipc_port **shadow, struct ipc_port **copy)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	*info = (vm_object_info_t){
		.voi_pagesize = PAGE_BYTES,
		.voi_size = object->pages * PAGE_BYTES,
		.voi_ref_count = object->refs - 1,
		.voi_resident_page_count = object->resident,
		.voi_copy_strategy = object->copy_strategy,
		.voi_state = (object->pager != NULL
				      ? VOI_STATE_PAGER_CREATED | VOI_STATE_PAGER_INITIALIZED
				      : 0) |
			     (object->pager_ready ? VOI_STATE_PAGER_READY : 0) |
			     (object->may_cache ? VOI_STATE_CAN_PERSIST : 0) |
			     (object->anonymous ? VOI_STATE_INTERNAL | VOI_STATE_TEMPORARY : 0) |
			     (object->alive ? VOI_STATE_ALIVE : 0),
	};
	*shadow = IP_NULL; /* there are no shadow objects */
	*copy = IP_NULL;
	return KERN_SUCCESS;
}

static vm_page_info_t page_info(uint32_t index, const struct vm_page *page)
{
	return (vm_page_info_t){
		.vpi_offset = index * PAGE_BYTES,
		.vpi_phys_addr = vm_page_physical(page),
		.vpi_wire_count = page->wire_count,
		.vpi_state = VPI_STATE_TABLED | VPI_STATE_ACTIVE |
			     (page->dirty ? VPI_STATE_DIRTY : 0) |
			     (page->referenced ? VPI_STATE_REFERENCE : 0),
	};
}

/* Room for `needed` entries: the reply's own when they fit. NULL: no memory. */
static void *entries_place(void *inside, uint32_t room, uint32_t needed, uint32_t bytes)
{
	return needed <= room ? inside : kalloc(needed * bytes);
}

/* Turns entries that lie outside the reply into memory in transit. */
static kern_return_t entries_finish(void *entries, void *inside, uint32_t used, uint32_t needed,
				    uint32_t bytes, void **result)
{
	if (entries == inside) {
		return KERN_SUCCESS;
	}
	struct vm_map_copy *copy = NULL;
	kern_return_t error = vm_map_copyin_kernel(entries, used * bytes, &copy);
	kfree(entries, needed * bytes);
	*result = copy;
	return error;
}

kern_return_t serv_mach_vm_object_pages(vm_object_t object, vm_page_info_array_t *pages,
					mach_msg_type_number_t *count)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t needed = object->resident;
	vm_page_info_t *entries = entries_place(*pages, *count, needed, sizeof *entries);
	if (entries == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t used = 0;
	uint32_t index = 0;
	for (struct vm_page *page;
	     used < needed && (page = vm_object_next_page(object, &index, object->pages)) != NULL;
	     index++) {
		entries[used++] = page_info(index, page);
	}
	*count = used;
	return entries_finish(entries, *pages, used, needed, sizeof *entries, (void **)pages);
}

kern_return_t serv_mach_vm_object_pages_phys(vm_object_t object, vm_page_phys_info_array_t *pages,
					     mach_msg_type_number_t *count)
{
	if (object == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	uint32_t needed = object->resident;
	vm_page_phys_info_t *entries = entries_place(*pages, *count, needed, sizeof *entries);
	if (entries == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t used = 0;
	uint32_t index = 0;
	for (struct vm_page *page;
	     used < needed && (page = vm_object_next_page(object, &index, object->pages)) != NULL;
	     index++) {
		vm_page_info_t info = page_info(index, page);
		entries[used++] = (vm_page_phys_info_t){.vpi_offset = info.vpi_offset,
							.vpi_phys_addr = info.vpi_phys_addr,
							.vpi_wire_count = info.vpi_wire_count,
							.vpi_state = info.vpi_state};
	}
	*count = used;
	return entries_finish(entries, *pages, used, needed, sizeof *entries, (void **)pages);
}

static cache_info_t cache_info(const struct zone *zone)
{
	uint32_t slabs = zone->slab_elements != 0
				 ? (zone->in_use + zone->slab_elements - 1) / zone->slab_elements
				 : 0;
	cache_info_t info = {
		.obj_size = zone->element_bytes,
		.align = 8,
		.buf_size = zone->element_bytes,
		.slab_size = zone->slab_pages * PAGE_BYTES,
		.bufs_per_slab = zone->slab_elements,
		.nr_objs = zone->in_use,
		.nr_bufs = (slabs + zone->empty_slabs) * zone->slab_elements,
		.nr_slabs = slabs + zone->empty_slabs,
		.nr_free_slabs = zone->empty_slabs,
	};
	for (uint32_t i = 0; i + 1 < CACHE_NAME_MAX_LEN && zone->name[i] != 0; i++) {
		info.name[i] = zone->name[i];
	}
	return info;
}

kern_return_t serv_host_slab_info(host_t host, cache_info_array_t *info,
				  mach_msg_type_number_t *count)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	uint32_t needed = 0;
	for (struct zone *zone = zone_next(NULL); zone != NULL; zone = zone_next(zone)) {
		needed++;
	}
	cache_info_t *entries = entries_place(*info, *count, needed, sizeof *entries);
	if (entries == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint32_t used = 0;
	for (struct zone *zone = zone_next(NULL); zone != NULL && used < needed;
	     zone = zone_next(zone)) {
		entries[used++] = cache_info(zone);
	}
	*count = used;
	return entries_finish(entries, *info, used, needed, sizeof *entries, (void **)info);
}
