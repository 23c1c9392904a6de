/* I/O port ranges. Whoever holds the device master port makes a right to a range; whoever holds
   that right and a task's port lets the task use the range. What is granted to one task is granted
   to no other, but for the whole range 0..65535, which only a fully privileged task asks for.

   An io_perm lives as long as its port has senders or a task uses it. */
#include <serv/io_perm.h>

#include <kern/machine.h>
#include <kern/thread.h>
#include <kern/zone.h>
#include <serv/io_perm_core.h>
#include <serv/kobject.h>
#include <serv/routines.h>

_Static_assert(IO_BITMAP_BYTES == MACHINE_IO_BITMAP_BYTES, "the machine copies all of a bitmap");

#define IO_PERMS_MAX  1024u
#define IO_GRANTS_MAX 1024u

struct io_perm {
	uint32_t refs; /* its port, each grant, and each routine at work */
	struct io_range range;
	struct ipc_port *port; /* the kernel's receive right, NULL once nobody can send */
};

struct io_grant {
	struct list link;     /* in grants */
	struct task *task;    /* not a reference: io_perm_task_destroy takes the grant away */
	struct io_perm *perm; /* a reference */
};

static struct zone perm_zone;
static struct zone grant_zone;
static struct list grants;

static void io_perm_init(void)
{
	if (grants.next == NULL) {
		list_init(&grants);
		zone_init(&perm_zone, "io_perm", sizeof(struct io_perm), IO_PERMS_MAX);
		zone_init(&grant_zone, "io_grant", sizeof(struct io_grant), IO_GRANTS_MAX);
	}
}

static bool is_everything(struct io_range range)
{
	return range.from == 0 && range.to == 0xffff;
}

void io_perm_deallocate(io_perm_t perm)
{
	if (perm != NULL && --perm->refs == 0) {
		zone_free(&perm_zone, perm);
	}
}

io_perm_t convert_port_to_io_perm(struct ipc_port *port)
{
	struct io_perm *perm = port_kobject(port, IKOT_IO_PERM);
	if (perm != NULL) {
		perm->refs++;
	}
	return perm;
}

struct ipc_port *convert_io_perm_to_port(io_perm_t perm)
{
	struct ipc_port *port = perm != NULL ? kernel_port_make_send(perm->port) : IP_NULL;
	io_perm_deallocate(perm);
	return port;
}

void io_perm_no_senders(struct ipc_port *port)
{
	struct io_perm *perm = port->kobject;
	if (perm != NULL) {
		port->kobject = NULL;
		perm->port = NULL;
		ipc_port_dealloc_special(port);
		io_perm_deallocate(perm);
	}
}

/* KERN_INVALID_ARGUMENT: not the device master port, or from > to. KERN_RESOURCE_SHORTAGE. */
kern_return_t serv_i386_io_perm_create(struct ipc_port *master, io_port_t from, io_port_t to,
				       io_perm_t *result)
{
	if (port_kobject(master, IKOT_MASTER_DEVICE) == NULL || from > to) {
		return KERN_INVALID_ARGUMENT;
	}
	io_perm_init();
	struct io_perm *perm = zone_alloc_zero(&perm_zone);
	if (perm == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	perm->refs = 2; /* the port's and the caller's */
	perm->range = (struct io_range){.from = from, .to = to};
	perm->port = ipc_port_alloc_special(ipc_space_kernel, IKOT_IO_PERM, perm);
	if (perm->port == NULL) {
		zone_free(&perm_zone, perm);
		return KERN_RESOURCE_SHORTAGE;
	}
	*result = perm;
	return KERN_SUCCESS;
}

static void bitmap_reload(struct task *task)
{
	descriptors_forget_io_bitmap(task->io_bitmap);
	if (task == current->task) {
		descriptors_load_io_bitmap(task->io_bitmap);
	}
}

/* Another task's grant that overlaps, or NULL. */
static struct io_grant *grant_conflict(const struct task *task, struct io_range range)
{
	list_for_each(link, &grants)
	{
		struct io_grant *grant = list_entry(link, struct io_grant, link);
		if (grant->task != task && !is_everything(grant->perm->range) &&
		    io_range_overlaps(grant->perm->range, range)) {
			return grant;
		}
	}
	return NULL;
}

/* The task may use exactly this range already: one grant is as good as many, and taking it away
   takes all. */
static bool grant_exists(const struct task *task, struct io_range range)
{
	list_for_each(link, &grants)
	{
		const struct io_grant *grant = list_entry(link, struct io_grant, link);
		if (grant->task == task && grant->perm->range.from == range.from &&
		    grant->perm->range.to == range.to) {
			return true;
		}
	}
	return false;
}

static kern_return_t grant_add(struct task *task, struct io_perm *perm)
{
	if (grant_exists(task, perm->range)) {
		return KERN_SUCCESS;
	}
	if (!is_everything(perm->range) && grant_conflict(task, perm->range) != NULL) {
		return KERN_NO_ACCESS;
	}
	struct io_grant *grant = zone_alloc(&grant_zone);
	if (grant == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (task->io_bitmap == NULL) {
		task->io_bitmap = kalloc(IO_BITMAP_BYTES);
		if (task->io_bitmap == NULL) {
			zone_free(&grant_zone, grant);
			return KERN_RESOURCE_SHORTAGE;
		}
		__builtin_memset(task->io_bitmap, 0xff, IO_BITMAP_BYTES);
	}
	list_init(&grant->link);
	list_add_tail(&grants, &grant->link);
	grant->task = task;
	grant->perm = perm;
	perm->refs++;
	io_bitmap_set(task->io_bitmap, perm->range, true);
	bitmap_reload(task);
	return KERN_SUCCESS;
}

static void bitmap_free(struct task *task)
{
	if (task->io_bitmap != NULL) {
		void *bitmap = task->io_bitmap;
		task->io_bitmap = NULL;
		descriptors_forget_io_bitmap(bitmap);
		kfree(bitmap, IO_BITMAP_BYTES);
	}
}

static void grant_drop(struct io_grant *grant)
{
	list_remove(&grant->link);
	io_perm_deallocate(grant->perm);
	zone_free(&grant_zone, grant);
}

/* Forbids the range again, but for what other grants of the task still allow. */
static void grants_remove(struct task *task, struct io_range range)
{
	list_for_each_safe(link, &grants)
	{
		struct io_grant *grant = list_entry(link, struct io_grant, link);
		if (grant->task == task && grant->perm->range.from == range.from &&
		    grant->perm->range.to == range.to) {
			grant_drop(grant);
		}
	}
	if (task->io_bitmap == NULL) {
		return;
	}
	bool any = false;
	io_bitmap_set(task->io_bitmap, range, false);
	list_for_each(link, &grants)
	{
		struct io_grant *grant = list_entry(link, struct io_grant, link);
		if (grant->task == task) {
			io_bitmap_set(task->io_bitmap, grant->perm->range, true);
			any = true;
		}
	}
	if (any) {
		bitmap_reload(task);
	} else {
		bitmap_free(task);
	}
}

/* KERN_INVALID_ARGUMENT: no task or no range. KERN_NO_ACCESS: a part of it is another task's.
   KERN_RESOURCE_SHORTAGE. */
kern_return_t serv_i386_io_perm_modify(task_t task, io_perm_t perm, boolean_t enable)
{
	if (task == NULL || perm == NULL || !task->active) {
		return KERN_INVALID_ARGUMENT;
	}
	if (enable) {
		return grant_add(task, perm);
	}
	grants_remove(task, perm->range);
	return KERN_SUCCESS;
}

void io_perm_task_destroy(struct task *task)
{
	io_perm_init();
	list_for_each_safe(link, &grants)
	{
		struct io_grant *grant = list_entry(link, struct io_grant, link);
		if (grant->task == task) {
			grant_drop(grant);
		}
	}
	bitmap_free(task);
}
