/* Messages made by hand. */
#include "msg.h"

#define SEND_TIME_MS 1000

void msg_begin(struct msg *msg, mach_port_t remote, mach_msg_type_name_t remote_type,
	       mach_port_t local, mach_msg_type_name_t local_type, mach_msg_id_t id)
{
	msg->head = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(remote_type, local_type),
		.msgh_remote_port = remote,
		.msgh_local_port = local,
		.msgh_id = id,
	};
	msg->size = sizeof msg->head;
	msg->read = sizeof msg->head;
}

/* Appends bytes and pads to a word with zeros. */
static void append(struct msg *msg, const void *data, size_t bytes)
{
	uint8_t *end = (uint8_t *)&msg->head + msg->size;

	memcpy(end, data, bytes);
	memset(end + bytes, 0, -bytes & 3);
	msg->size += (bytes + 3) & ~3u;
}

static void append_type(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
			unsigned int number, boolean_t is_inline, boolean_t deallocate)
{
	mach_msg_type_t type = {
		.msgt_name = name,
		.msgt_size = size_bits,
		.msgt_number = number,
		.msgt_inline = is_inline,
		.msgt_deallocate = deallocate,
	};

	append(msg, &type, sizeof type);
}

static void append_type_long(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
			     unsigned int number, boolean_t is_inline, boolean_t deallocate)
{
	mach_msg_type_long_t type = {
		.msgtl_header =
			{
				.msgt_inline = is_inline,
				.msgt_longform = TRUE,
				.msgt_deallocate = deallocate,
			},
		.msgtl_name = name,
		.msgtl_size = size_bits,
		.msgtl_number = number,
	};

	append(msg, &type, sizeof type);
}

static void mark_complex(struct msg *msg, mach_msg_type_name_t name, boolean_t is_inline)
{
	if (!is_inline || MACH_MSG_TYPE_PORT_ANY(name)) {
		msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	}
}

void msg_add(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
	     unsigned int number, const void *data)
{
	mark_complex(msg, name, TRUE);
	append_type(msg, name, size_bits, number, TRUE, FALSE);
	append(msg, data, (size_bits * number + 7) / 8);
}

void msg_add_long(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
		  unsigned int number, const void *data)
{
	mark_complex(msg, name, TRUE);
	append_type_long(msg, name, size_bits, number, TRUE, FALSE);
	append(msg, data, (size_bits * number + 7) / 8);
}

void msg_add_ool(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
		 unsigned int number, const void *data, boolean_t deallocate)
{
	mark_complex(msg, name, FALSE);
	append_type(msg, name, size_bits, number, FALSE, deallocate);
	append(msg, &data, sizeof data);
}

void msg_add_ool_long(struct msg *msg, mach_msg_type_name_t name, unsigned int size_bits,
		      unsigned int number, const void *data, boolean_t deallocate)
{
	mark_complex(msg, name, FALSE);
	append_type_long(msg, name, size_bits, number, FALSE, deallocate);
	append(msg, &data, sizeof data);
}

void msg_add_words(struct msg *msg, const uint32_t *words, unsigned int count)
{
	append(msg, words, count * sizeof words[0]);
}

void msg_add_int(struct msg *msg, uint32_t value)
{
	msg_add(msg, MACH_MSG_TYPE_INTEGER_32, 32, 1, &value);
}

void msg_add_port(struct msg *msg, mach_port_t name, mach_msg_type_name_t disposition)
{
	msg_add(msg, disposition, 32, 1, &name);
}

mach_msg_return_t msg_send(struct msg *msg)
{
	return mach_msg(&msg->head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, msg->size, 0, MACH_PORT_NULL,
			SEND_TIME_MS, MACH_PORT_NULL);
}

mach_msg_return_t msg_receive(struct msg *msg, mach_port_t port, mach_msg_timeout_t time_ms)
{
	mach_msg_return_t result =
		mach_msg(&msg->head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			 sizeof msg->head + sizeof msg->body, port, time_ms, MACH_PORT_NULL);

	msg->size = msg->head.msgh_size;
	msg->read = sizeof msg->head;
	return result;
}

boolean_t msg_item(struct msg *msg, struct msg_item *item)
{
	const uint8_t *at = (const uint8_t *)&msg->head + msg->read;
	const mach_msg_type_t *type = (const mach_msg_type_t *)at;
	const mach_msg_type_long_t *longtype = (const mach_msg_type_long_t *)at;
	unsigned int bytes = 0;

	if (msg->read >= msg->size) {
		return FALSE;
	}
	*item = (struct msg_item){
		.name = type->msgt_longform ? longtype->msgtl_name : type->msgt_name,
		.size_bits = type->msgt_longform ? longtype->msgtl_size : type->msgt_size,
		.number = type->msgt_longform ? longtype->msgtl_number : type->msgt_number,
		.is_inline = type->msgt_inline,
		.is_long = type->msgt_longform,
		.deallocate = type->msgt_deallocate,
	};
	at += item->is_long ? sizeof *longtype : sizeof *type;
	bytes = sizeof item->data;
	item->data = at;
	if (item->is_inline) {
		bytes = (item->size_bits * item->number + 7) / 8;
	} else {
		memcpy(&item->data, at, sizeof item->data);
	}
	at += (bytes + 3) & ~3u;
	msg->read = (mach_msg_size_t)(at - (const uint8_t *)&msg->head);
	return TRUE;
}

mach_port_t msg_item_port(struct msg *msg, mach_msg_type_name_t expected_name)
{
	struct msg_item item;

	if (!msg_item(msg, &item) || item.name != expected_name || item.number != 1 ||
	    !item.is_inline) {
		return 0xdeadbeef;
	}
	return *(const mach_port_t *)item.data;
}

uint32_t msg_item_int(struct msg *msg)
{
	return msg_item_port(msg, MACH_MSG_TYPE_INTEGER_32);
}

mach_msg_return_t msg_send_id(mach_port_t port, mach_msg_type_name_t disposition, mach_msg_id_t id)
{
	mach_msg_header_t head = {
		.msgh_bits = MACH_MSGH_BITS(disposition, 0),
		.msgh_remote_port = port,
		.msgh_id = id,
	};

	return mach_msg(&head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof head, 0, MACH_PORT_NULL,
			SEND_TIME_MS, MACH_PORT_NULL);
}

mach_msg_id_t msg_receive_id(mach_port_t port, mach_msg_timeout_t time_ms)
{
	static struct msg msg; /* large; tests receive this way from one thread at a time */

	if (msg_receive(&msg, port, time_ms) != MACH_MSG_SUCCESS) {
		return -1;
	}
	if (MACH_PORT_VALID(msg.head.msgh_remote_port)) {
		(void)mach_port_deallocate(mach_task_self(), msg.head.msgh_remote_port);
	}
	return msg.head.msgh_id;
}
