/* Spaces: creation and end. */
#include <ipc/ipc_right.h>
#include <ipc/ipc_space.h>
#include <kern/upcall.h>
#include <kern/zone.h>

static struct zone space_zone;
static struct ipc_space kernel_space = {.magic = IPC_SPACE_MAGIC, .refs = 1, .active = true};
struct ipc_space *ipc_space_kernel = &kernel_space;

/* A space for the task, empty, with one reference for the caller. KERN_RESOURCE_SHORTAGE. */
kern_return_t ipc_space_create(struct task *task, struct ipc_space **result)
{
	struct ipc_space *space = zone_alloc(&space_zone);
	if (space == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (!ipc_entry_table_create(space)) {
		zone_free(&space_zone, space);
		return KERN_RESOURCE_SHORTAGE;
	}
	space->magic = IPC_SPACE_MAGIC;
	space->refs = 1;
	space->active = true;
	space->task = task;
	*result = space;
	return KERN_SUCCESS;
}

/* Inactive first, so that no right can come in; then each name as mach_port_destroy would. Whatever
   that sets off (notifications, ports in messages) never takes a name in this space again. */
void ipc_space_destroy(struct ipc_space *space)
{
	assert(space->magic == IPC_SPACE_MAGIC && space != ipc_space_kernel);
	if (!space->active) {
		return;
	}
	space->active = false;
	space->task = NULL;
	struct ipc_entry *entry;
	for (uint32_t name = 1; (entry = ipc_entry_next(space, name)) != NULL;) {
		name = entry->name + 1;
		ipc_right_destroy(entry);
	}
	while ((entry = ipc_entry_next_sparse(space, NULL)) != NULL) {
		ipc_right_destroy(entry);
	}
	ipc_entry_table_destroy(space);
}

void ipc_space_reference(struct ipc_space *space)
{
	space->refs++;
}

void ipc_space_release(struct ipc_space *space)
{
	assert(space->refs > 0);
	if (--space->refs == 0) {
		assert(!space->active);
		space->magic = 0;
		zone_free(&space_zone, space);
	}
}

kern_return_t upcall_space_create(struct task *task, struct ipc_space **result)
{
	return ipc_space_create(task, result);
}

void upcall_space_destroy(struct ipc_space *space)
{
	ipc_space_destroy(space);
	ipc_space_release(space);
}

void ipc_init(void)
{
	zone_init(&space_zone, "ipc.spaces", sizeof(struct ipc_space), IPC_SPACES_MAX);
	ipc_entry_init();
	ipc_port_init();
	ipc_pset_init();
	ipc_request_init();
}
