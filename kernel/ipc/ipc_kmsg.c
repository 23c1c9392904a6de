/* Messages in the kernel: their memory, their end, and the way in from user memory and out to it.
   The way of rights and regions: ipc_copyin.c and ipc_copyout.c. */
#include <ipc/ipc_kmsg_quick.h>
#include <ipc/ipc_msg_core.h>
#include <ipc/ipc_right.h>
#include <kern/machine.h>
#include <kern/zone.h>
#include <vm/map.h>

static struct zone kmsg_zone; /* the small ones */
struct ipc_kmsg *ipc_kmsg_spare;
static struct list dying; /* messages to destroy, while one is being destroyed */
static bool destroying;

void ipc_kmsg_init(void)
{
	zone_init(&kmsg_zone, "ipc.kmsgs", IPC_KMSG_HEADER_BYTES + IPC_KMSG_SMALL_BYTES,
		  IPC_KMSG_SMALL_MAX);
	list_init(&dying);
}

struct ipc_kmsg *ipc_kmsg_alloc(uint32_t bytes)
{
	struct ipc_kmsg *kmsg = NULL;
	if (bytes <= IPC_KMSG_SMALL_BYTES) {
		bytes = IPC_KMSG_SMALL_BYTES;
		kmsg = zone_alloc(&kmsg_zone);
	} else if (bytes <= IPC_KMSG_MAX_BYTES) {
		kmsg = kalloc(bytes + IPC_KMSG_HEADER_BYTES);
	}
	if (kmsg != NULL) {
		kmsg->capacity = bytes;
		kmsg->marequest_notify = IP_NULL;
	}
	return kmsg;
}

void ipc_kmsg_free(struct ipc_kmsg *kmsg)
{
	if (kmsg->capacity == IPC_KMSG_SMALL_BYTES) {
		zone_free(&kmsg_zone, kmsg);
	} else {
		kfree(kmsg, kmsg->capacity + IPC_KMSG_HEADER_BYTES);
	}
}

/* Rights or a region of one item that was copied in. */
static void destroy_item(uint8_t *bytes, const struct ipc_item *item)
{
	uint8_t *data = bytes + item->header_bytes;
	void *pointer = NULL;
	if (!item->is_inline) {
		__builtin_memcpy(&pointer, data, sizeof(pointer));
	}
	if (item->is_port) {
		struct ipc_port **ports = item->is_inline ? (struct ipc_port **)data : pointer;
		for (uint32_t i = 0; i < item->number; i++) {
			ipc_right_release(ports[i], item->name);
		}
		if (!item->is_inline && item->number != 0) {
			kfree(pointer, item->number * sizeof(struct ipc_port *));
		}
	} else if (!item->is_inline) {
		vm_map_copy_discard(pointer);
	}
}

void ipc_kmsg_destroy_body(struct ipc_kmsg *kmsg, uint32_t end)
{
	struct ipc_item item;
	uint8_t *message = (uint8_t *)&kmsg->header;
	for (uint32_t at = sizeof(mach_msg_header_t); at < end; at += item.item_bytes) {
		enum ipc_item_result result = ipc_item_parse(message + at, end - at, &item);
		assert(result == IPC_ITEM_OK); /* it was when it was copied in */
		destroy_item(message + at, &item);
	}
}

static void destroy_one(struct ipc_kmsg *kmsg)
{
	mach_msg_header_t *header = &kmsg->header;
	uint32_t bits = header->msgh_bits;
	ipc_right_release((struct ipc_port *)header->msgh_remote_port, MACH_MSGH_BITS_REMOTE(bits));
	ipc_right_release((struct ipc_port *)header->msgh_local_port, MACH_MSGH_BITS_LOCAL(bits));
	if ((bits & MACH_MSGH_BITS_COMPLEX) != 0) {
		ipc_kmsg_destroy_body(kmsg, header->msgh_size);
	}
	if (kmsg->marequest_notify != IP_NULL) {
		ipc_kmsg_accepted(kmsg);
	}
	ipc_kmsg_free(kmsg);
}

/* A message may carry a receive right whose queue holds messages that carry receive rights ...:
   what comes up while one message is destroyed waits in `dying` for the outermost call. */
void ipc_kmsg_destroy(struct ipc_kmsg *kmsg)
{
	list_add_tail(&dying, &kmsg->link);
	if (destroying) {
		return;
	}
	destroying = true;
	while (!list_empty(&dying)) {
		struct ipc_kmsg *first = list_first(&dying, struct ipc_kmsg, link);
		list_remove(&first->link);
		destroy_one(first);
	}
	destroying = false;
}
