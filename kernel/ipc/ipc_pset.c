/* Port sets: messages of all members wait in the set's queue, in order of arrival. */
#include <ipc/ipc_kmsg.h>
#include <kern/zone.h>

static struct zone pset_zone;

struct ipc_pset *ipc_pset_alloc(struct ipc_space *space, uint32_t name)
{
	struct ipc_pset *pset = zone_alloc(&pset_zone);
	if (pset == NULL) {
		return NULL;
	}
	pset->magic = IPC_PSET_MAGIC;
	pset->refs = 1;
	pset->active = true;
	pset->space = space;
	pset->name = name;
	list_init(&pset->mqueue.messages);
	wait_queue_init(&pset->mqueue.receivers);
	list_init(&pset->members);
	return pset;
}

void ipc_pset_free(struct ipc_pset *pset)
{
	assert(pset->magic == IPC_PSET_MAGIC && !pset->active && list_empty(&pset->members));
	pset->magic = 0;
	zone_free(&pset_zone, pset);
}

/* Messages that waited in the port are sent again, now to the set: so they find threads that wait
   there. They keep their rights and were numbered by nobody yet (numbers are given when a message
   is received). */
void ipc_pset_add(struct ipc_pset *pset, struct ipc_port *port)
{
	assert(pset->active && port->active && port->pset == NULL);
	port->pset = pset;
	list_add_tail(&pset->members, &port->pset_link);
	if (!list_empty(&port->mqueue.receivers.threads)) {
		ipc_mqueue_change(&port->mqueue, MACH_RCV_PORT_CHANGED);
	}
	while (!list_empty(&port->mqueue.messages)) {
		struct ipc_kmsg *kmsg = list_first(&port->mqueue.messages, struct ipc_kmsg, link);
		list_remove(&kmsg->link);
		port->msgcount--;
		ipc_mqueue_send_always(kmsg);
	}
	/* What was delivered made room that no receive will tell of. */
	if (!list_empty(&port->senders.threads)) {
		ipc_mqueue_wake_senders(port, true);
	}
}

/* Nobody waits in a member's own queue, so its messages need only be put there, in their order. */
void ipc_pset_remove(struct ipc_port *port)
{
	struct ipc_pset *pset = port->pset;
	uint32_t left = port->msgcount;
	list_remove(&port->pset_link);
	port->pset = NULL;
	if (left == 0) {
		return;
	}
	list_for_each_safe(link, &pset->mqueue.messages)
	{
		struct ipc_kmsg *kmsg = list_entry(link, struct ipc_kmsg, link);
		if (kmsg->header.msgh_remote_port != (mach_port_t)(uintptr_t)port) {
			continue;
		}
		list_remove(&kmsg->link);
		list_add_tail(&port->mqueue.messages, &kmsg->link);
		if (--left == 0) {
			break;
		}
	}
	assert(left == 0);
}

void ipc_pset_destroy(struct ipc_pset *pset)
{
	assert(pset->magic == IPC_PSET_MAGIC && pset->active);
	pset->active = false;
	while (!list_empty(&pset->members)) {
		ipc_pset_remove(list_first(&pset->members, struct ipc_port, pset_link));
	}
	if (!list_empty(&pset->mqueue.receivers.threads)) {
		ipc_mqueue_change(&pset->mqueue, MACH_RCV_PORT_DIED);
	}
	ipc_pset_release(pset);
}

void ipc_pset_init(void)
{
	zone_init(&pset_zone, "ipc.psets", sizeof(struct ipc_pset), IPC_PSETS_MAX);
}
