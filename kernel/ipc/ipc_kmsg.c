/* Messages in the kernel: their memory, their end, and the way in from user memory and out to it. The way of rights
   and regions: ipc_copyin.c and ipc_copyout.c. */
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_msg_core.h>
#include <ipc/ipc_right.h>
#include <kern/machine.h>
#include <vm/map.h>

struct zone ipc_kmsg_zone;
static struct list dying; /* messages to destroy, while one is being destroyed */
static bool destroying;

void ipc_kmsg_init(void)
{
	zone_init(&ipc_kmsg_zone, "ipc.kmsgs", IPC_KMSG_HEADER_BYTES + IPC_KMSG_SMALL_BYTES, IPC_KMSG_SMALL_MAX);
	list_init(&dying);
}

struct ipc_kmsg *ipc_kmsg_alloc_large(uint32_t bytes)
{
	struct ipc_kmsg *kmsg = bytes <= IPC_KMSG_MAX_BYTES ? kalloc(bytes + IPC_KMSG_HEADER_BYTES) : NULL;
	if (kmsg != NULL) {
		kmsg->capacity = bytes;
		kmsg->marequest_notify = IP_NULL;
	}
	return kmsg;
}

void ipc_kmsg_free_large(struct ipc_kmsg *kmsg)
{
	kfree(kmsg, kmsg->capacity + IPC_KMSG_HEADER_BYTES);
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

/* A message may carry a receive right whose queue holds messages that carry receive rights ...: what comes up
   while one message is destroyed waits in `dying` for the outermost call. */
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

struct ipc_kmsg *ipc_kmsg_get(struct uaddr message, uint32_t bytes, mach_msg_return_t *result)
{
	if (unlikely(bytes < sizeof(mach_msg_header_t) || (bytes & 3u) != 0)) {
		*result = MACH_SEND_MSG_TOO_SMALL;
		return NULL;
	}
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(bytes);
	if (unlikely(kmsg == NULL)) {
		*result = MACH_SEND_NO_BUFFER;
		return NULL;
	}
	if (unlikely(!copyin(message, &kmsg->header, bytes))) {
		ipc_kmsg_free(kmsg);
		*result = MACH_SEND_INVALID_DATA;
		return NULL;
	}
	kmsg->header.msgh_size = bytes;
	return kmsg;
}

mach_msg_return_t ipc_kmsg_put(struct uaddr message, struct ipc_kmsg *kmsg)
{
	bool written = copyout(&kmsg->header, message, kmsg->header.msgh_size);
	ipc_kmsg_free(kmsg);
	return likely(written) ? MACH_MSG_SUCCESS : MACH_RCV_INVALID_DATA;
}

mach_msg_return_t ipc_kmsg_put_header(struct uaddr message, struct ipc_kmsg *kmsg)
{
	bool written = copyout(&kmsg->header, message, sizeof(mach_msg_header_t));
	ipc_kmsg_free(kmsg);
	return written ? MACH_MSG_SUCCESS : MACH_RCV_INVALID_DATA;
}
