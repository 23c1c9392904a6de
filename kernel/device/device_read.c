/* Reads that wait for data: their reply rights are kept, and the answer is sent when a tick finds
   something. */
#include <device/device.h>
#include <device/device_read.h>
#include <ipc/ipc_kmsg.h>
#include <ipc/ipc_right.h>
#include <kern/zone.h>
#include <mach/mig_errors.h>
#include <vm/map.h>

#define READS_WAITING_MAX 64u
#define READ_REPLY        2904
#define READ_INBAND_REPLY 2905

struct device_read {
	struct list link;
	struct device *device;
	struct ipc_port *reply; /* a naked right */
	uint32_t reply_type;
	uint32_t record, bytes;
	bool in_band;
};

static struct zone read_zone;
static struct list waiting;

struct in_band_reply {
	mig_reply_header_t head;
	mach_msg_type_t type;
	char data[IO_INBAND_MAX];
};

struct out_of_line_reply {
	mig_reply_header_t head;
	mach_msg_type_long_t type;
	struct vm_map_copy *data;
};

bool device_read_wait(struct device *device, struct ipc_port *reply, uint32_t reply_type,
		      uint32_t record, uint32_t bytes, bool in_band)
{
	if (waiting.next == NULL) {
		list_init(&waiting);
		zone_init(&read_zone, "device_read", sizeof(struct device_read), READS_WAITING_MAX);
	}
	struct device_read *read = zone_alloc(&read_zone);
	if (read == NULL) {
		return false;
	}
	*read = (struct device_read){.device = device,
				     .reply = reply,
				     .reply_type = reply_type,
				     .record = record,
				     .bytes = bytes < IO_INBAND_MAX ? bytes : IO_INBAND_MAX,
				     .in_band = in_band};
	list_init(&read->link);
	list_add_tail(&waiting, &read->link);
	return true;
}

/* Sends the answer and forgets the read. No memory: the reply right dies, which its owner is told.
 */
static void read_answer(struct device_read *read, io_return_t result, const char *data,
			uint32_t count)
{
	list_remove(&read->link);
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(sizeof(struct in_band_reply));
	struct vm_map_copy *copy = NULL;
	if (kmsg != NULL && !read->in_band && result == D_SUCCESS) {
		result = vm_map_copyin_kernel(data, count, &copy);
	}
	if (kmsg == NULL) {
		ipc_right_release(read->reply, read->reply_type);
		zone_free(&read_zone, read);
		return;
	}
	mig_reply_header_t *head = (mig_reply_header_t *)&kmsg->header;
	head->Head = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(read->reply_type, 0),
		.msgh_size = sizeof *head,
		.msgh_remote_port = (mach_port_t)read->reply,
		.msgh_id = read->in_band ? READ_INBAND_REPLY : READ_REPLY,
	};
	head->RetCodeType = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_INTEGER_32,
					      .msgt_size = 32,
					      .msgt_number = 1,
					      .msgt_inline = 1};
	head->RetCode = result;
	if (result == D_SUCCESS && read->in_band) {
		struct in_band_reply *reply = (struct in_band_reply *)head;
		reply->type = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_CHAR,
						.msgt_size = 8,
						.msgt_number = count,
						.msgt_inline = 1};
		__builtin_memset(reply->data, 0, sizeof reply->data);
		__builtin_memcpy(reply->data, data, count);
		head->Head.msgh_size = offsetof(struct in_band_reply, data) + ((count + 3u) & ~3u);
	} else if (result == D_SUCCESS) {
		struct out_of_line_reply *reply = (struct out_of_line_reply *)head;
		reply->type = (mach_msg_type_long_t){
			.msgtl_header = {.msgt_longform = 1, .msgt_deallocate = 1},
			.msgtl_name = MACH_MSG_TYPE_INTEGER_8,
			.msgtl_size = 8,
			.msgtl_number = count};
		reply->data = copy;
		head->Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS_COMPLEX_DATA;
		head->Head.msgh_size = sizeof *reply;
	}
	zone_free(&read_zone, read);
	ipc_mqueue_send_always(kmsg);
}

/* Answers the first read that can be answered. False: there is none. */
static bool answer_one(void)
{
	list_for_each(link, &waiting)
	{
		struct device_read *read = list_entry(link, struct device_read, link);
		char buffer[IO_INBAND_MAX];
		uint32_t count = 0;
		if (!IP_VALID(read->reply) || !read->reply->active) {
			read_answer(read, D_DEVICE_DOWN, buffer, 0); /* nobody waits any more */
			return true;
		}
		io_return_t result = read->device->ops->read(read->device, read->record, buffer,
							     read->bytes, &count);
		if (result != D_WOULD_BLOCK) {
			read_answer(read, result, buffer, count);
			return true;
		}
	}
	return false;
}

/* An answer may end other reads, when its reply right was the last right to a device: so the list
   is looked at anew after each. */
void device_read_tick(void)
{
	while (waiting.next != NULL && answer_one()) {
	}
}

static bool cancel_one(const struct device *device)
{
	list_for_each(link, &waiting)
	{
		struct device_read *read = list_entry(link, struct device_read, link);
		if (read->device == device) {
			read_answer(read, D_DEVICE_DOWN, "", 0);
			return true;
		}
	}
	return false;
}

void device_read_cancel(struct device *device)
{
	while (waiting.next != NULL && cancel_one(device)) {
	}
}
