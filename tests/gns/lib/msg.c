/* See msg.h. */
#include "msg.h"

#include <gen/mach.h>
#include <gen/mach_port.h>
#include <stdlib.h>
#include <string.h>

#define NEED(call)                                                                                 \
	do {                                                                                       \
		kern_return_t need_result = (call);                                                \
		if (need_result != KERN_SUCCESS) {                                                 \
			mach_printf("Bail out! %s: %s\n", #call, mach_error_string(need_result));  \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

void msg_begin(struct msg *msg, mach_port_t to, mach_msg_type_name_t to_type, mach_port_t reply,
	       mach_msg_type_name_t reply_type, mach_msg_id_t id)
{
	msg->head = (mach_msg_header_t){.msgh_bits = MACH_MSGH_BITS(to_type, reply_type),
					.msgh_remote_port = to,
					.msgh_local_port = reply,
					.msgh_id = id};
	msg->size = sizeof msg->head;
}

static void *put(struct msg *msg, const void *data, uint32_t bytes)
{
	uint8_t *at = (uint8_t *)msg + msg->size;

	if (msg->size + bytes + 4 > sizeof msg->head + sizeof msg->body) {
		mach_printf("Bail out! a message is too long for this test\n");
		exit(1);
	}
	memcpy(at, data, bytes);
	msg->size += (bytes + 3) & ~3u;
	return at;
}

static void put_type(struct msg *msg, uint32_t name, uint32_t bits, uint32_t number, bool in_line,
		     bool deallocate)
{
	mach_msg_type_long_t type = {
		.msgtl_header = {.msgt_inline = in_line, .msgt_deallocate = deallocate}};

	if (number < 4096) {
		type.msgtl_header.msgt_name = name & 0xff;
		type.msgtl_header.msgt_size = bits & 0xff;
		type.msgtl_header.msgt_number = number & 0xfff;
		put(msg, &type.msgtl_header, sizeof type.msgtl_header);
		return;
	}
	type.msgtl_header.msgt_longform = 1;
	type.msgtl_name = (unsigned short)name;
	type.msgtl_size = (unsigned short)bits;
	type.msgtl_number = number;
	put(msg, &type, sizeof type);
}

static void mark_complex(struct msg *msg, uint32_t name)
{
	if (MACH_MSG_TYPE_PORT_ANY(name)) {
		msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	}
}

void msg_add(struct msg *msg, uint32_t name, uint32_t bits, uint32_t number, const void *data)
{
	mark_complex(msg, name);
	put_type(msg, name, bits, number, true, false);
	put(msg, data, (number * bits + 7) / 8);
}

void msg_add_out(struct msg *msg, uint32_t name, uint32_t bits, uint32_t number, const void *data,
		 bool deallocate)
{
	msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	put_type(msg, name, bits, number, false, deallocate);
	put(msg, &data, sizeof data);
}

void msg_add_int(struct msg *msg, uint32_t value)
{
	msg_add(msg, MACH_MSG_TYPE_INTEGER_32, 32, 1, &value);
}

void msg_add_port(struct msg *msg, mach_port_t port, uint32_t disposition)
{
	msg_add(msg, disposition, 32, 1, &port);
}

mach_msg_return_t msg_send(struct msg *msg, mach_msg_timeout_t time_ms)
{
	return mach_msg(&msg->head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, msg->size, 0, MACH_PORT_NULL,
			time_ms, MACH_PORT_NULL);
}

mach_msg_return_t msg_receive(struct msg *msg, mach_port_t port, mach_msg_timeout_t time_ms)
{
	msg->read = sizeof msg->head;
	return mach_msg(&msg->head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			sizeof msg->head + sizeof msg->body, port, time_ms, MACH_PORT_NULL);
}

mach_msg_id_t msg_call(struct msg *msg, mach_port_t port)
{
	msg->head.msgh_local_port = port;
	msg->head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg->read = sizeof msg->head;
	mach_msg_return_t result =
		mach_msg(&msg->head, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, msg->size,
			 sizeof msg->head + sizeof msg->body, port, WAIT_MS, MACH_PORT_NULL);

	if (result != MACH_MSG_SUCCESS) {
		mach_printf("# a call failed: %s\n", mach_error_string(result));
	}
	return result == MACH_MSG_SUCCESS ? msg->head.msgh_id : -1;
}

bool msg_next(struct msg *msg, struct msg_item *item)
{
	mach_msg_type_long_t type;
	uint32_t bytes = sizeof type.msgtl_header;

	if (msg->read + bytes > msg->head.msgh_size) {
		return false;
	}
	memcpy(&type, (uint8_t *)msg + msg->read, sizeof type);
	*item = (struct msg_item){.name = type.msgtl_header.msgt_name,
				  .bits = type.msgtl_header.msgt_size,
				  .number = type.msgtl_header.msgt_number,
				  .in_line = type.msgtl_header.msgt_inline};
	if (type.msgtl_header.msgt_longform) {
		bytes = sizeof type;
		item->name = type.msgtl_name;
		item->bits = type.msgtl_size;
		item->number = type.msgtl_number;
	}
	item->bytes = (uint32_t)(((uint64_t)item->number * item->bits + 7) / 8);
	item->data = (uint8_t *)msg + msg->read + bytes;
	bytes += item->in_line ? (item->bytes + 3) & ~3u : 4;
	if (!item->in_line) {
		memcpy(&item->data, item->data, sizeof item->data);
	}
	msg->read += bytes;
	return true;
}

uint32_t msg_int(struct msg *msg)
{
	struct msg_item item;

	return msg_next(msg, &item) && item.number == 1 && item.bits == 32 ? *(uint32_t *)item.data
									   : 0xdeadbeef;
}

mach_port_t msg_port(struct msg *msg, uint32_t type)
{
	struct msg_item item;

	return msg_next(msg, &item) && item.number == 1 && item.name == type
		       ? *(mach_port_t *)item.data
		       : MACH_PORT_NULL;
}

static void drop_right(mach_port_t port, uint32_t type)
{
	if (MACH_PORT_VALID(port) && type == MACH_MSG_TYPE_PORT_RECEIVE) {
		(void)mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1);
	} else if (MACH_PORT_VALID(port)) {
		(void)mach_port_deallocate(SELF, port);
	}
}

void msg_drop(struct msg *msg)
{
	struct msg_item item;

	msg->read = sizeof msg->head;
	drop_right(msg->head.msgh_remote_port, MACH_MSGH_BITS_REMOTE(msg->head.msgh_bits));
	while ((msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0 && msg_next(msg, &item)) {
		for (uint32_t i = 0; MACH_MSG_TYPE_PORT_ANY(item.name) && i < item.number; i++) {
			drop_right(((mach_port_t *)item.data)[i], item.name);
		}
		if (!item.in_line && item.bytes != 0) {
			(void)vm_deallocate(SELF, (vm_address_t)item.data, item.bytes);
		}
	}
}

mach_port_t port_make(void)
{
	mach_port_t port = MACH_PORT_NULL;

	NEED(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	return port;
}

mach_port_t port_make_send(void)
{
	mach_port_t port = port_make();

	NEED(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	return port;
}

mach_port_t port_make_once(mach_port_t port)
{
	mach_port_t once = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;

	NEED(mach_port_extract_right(SELF, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type));
	return once;
}

mach_port_t port_make_dead(void)
{
	mach_port_t port = port_make_send();

	NEED(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	return port;
}

void port_drop(mach_port_t port)
{
	NEED(mach_port_deallocate(SELF, port));
}

void port_destroy(mach_port_t port)
{
	NEED(mach_port_destroy(SELF, port));
}

int port_refs(mach_port_t port, mach_port_right_t right)
{
	mach_port_urefs_t refs = 0;

	return mach_port_get_refs(SELF, port, right, &refs) == KERN_SUCCESS ? (int)refs : -1;
}

void port_notify(mach_port_t port, mach_msg_id_t what, mach_port_t notify)
{
	mach_port_t previous = MACH_PORT_NULL;

	NEED(mach_port_request_notification(SELF, port, what, 0, notify,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
}

mach_msg_id_t port_next_id(mach_port_t port, mach_msg_timeout_t time_ms)
{
	static struct msg msg;

	if (msg_receive(&msg, port, time_ms) != MACH_MSG_SUCCESS) {
		return -1;
	}
	mach_msg_id_t id = msg.head.msgh_id;
	msg_drop(&msg);
	return id;
}
