/* The test's side: what it sends to itself is sent by its partner. */
#include "partner.h"
#include <gen/masix_host.h>
#include <mach/mig_support.h>

#define SELF     mach_task_self()
#define TICK_MS  10
#define GRACE_MS 200 /* for what is there at once on one node */

/* What the sender's own kernel alone can do. */
#define LOCAL_OPTIONS (MACH_SEND_NOTIFY | MACH_SEND_CANCEL)

mach_port_t partner_port;
boolean_t partner_is_remote;
natural_t partner_sent, partner_sent_itself, partner_tasks;

/* Has the name a right that this disposition takes? */
static boolean_t has_right(mach_port_t name, mach_msg_type_name_t disposition)
{
	mach_port_type_t type = 0;

	if (mach_port_type(SELF, name, &type) != KERN_SUCCESS) {
		return FALSE;
	}
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
		return (type & MACH_PORT_TYPE_SEND) != 0;
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return (type & MACH_PORT_TYPE_RECEIVE) != 0;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		return (type & MACH_PORT_TYPE_SEND_ONCE) != 0;
	default:
		return FALSE;
	}
}

/*
 * The port of this task that the message goes to; MACH_PORT_NULL: not one of its own, or the
 * message has a header that our own kernel refuses before it looks any further.
 */
static mach_port_t own_destination(const mach_msg_header_t *head, mach_msg_size_t size)
{
	mach_msg_type_name_t remote = MACH_MSGH_BITS_REMOTE(head->msgh_bits);
	mach_msg_type_name_t local = MACH_MSGH_BITS_LOCAL(head->msgh_bits);
	mach_port_t receiver = MACH_PORT_NULL;

	if (size < sizeof *head || size % 4 != 0 || size > PARTNER_BODY_MAX - 0x1000 ||
	    !has_right(head->msgh_remote_port, remote) ||
	    masix_port_receiver(SELF, head->msgh_remote_port, &receiver) != KERN_SUCCESS) {
		return MACH_PORT_NULL;
	}
	if (local == 0 ? head->msgh_local_port != MACH_PORT_NULL
		       : MACH_PORT_VALID(head->msgh_local_port) &&
				 !has_right(head->msgh_local_port, local)) {
		return MACH_PORT_NULL;
	}
	return receiver;
}

/*
 * A header may name one right twice.  Copies and moves are then counted as if one came after the
 * other, in whichever order there are enough; the items of a body are taken one by one.
 */
static boolean_t order_same_right(mach_msg_header_t *head)
{
	mach_msg_type_name_t remote = MACH_MSGH_BITS_REMOTE(head->msgh_bits);
	mach_msg_type_name_t local = MACH_MSGH_BITS_LOCAL(head->msgh_bits);
	mach_port_urefs_t refs = 0;

	if (local == 0 || head->msgh_remote_port != head->msgh_local_port) {
		return TRUE;
	}
	if (remote == MACH_MSG_TYPE_MOVE_SEND_ONCE) {
		return local != remote;
	}
	if (remote == MACH_MSG_TYPE_MOVE_SEND && local == MACH_MSG_TYPE_MOVE_SEND) {
		return mach_port_get_refs(SELF, head->msgh_remote_port, MACH_PORT_RIGHT_SEND,
					  &refs) == KERN_SUCCESS &&
		       refs > 1;
	}
	if (remote == MACH_MSG_TYPE_MOVE_SEND && local == MACH_MSG_TYPE_COPY_SEND) {
		head->msgh_bits = (head->msgh_bits & ~0xffffu) | MACH_MSGH_BITS(local, remote);
	}
	return TRUE;
}

/* Messages that came to the port since it was made; 0: nothing tells whether one comes. */
static natural_t count_arrived(mach_port_t port)
{
	mach_port_status_t status;

	return mach_port_get_receive_status(SELF, port, &status) == KERN_SUCCESS &&
			       status.mps_msgcount < status.mps_qlimit
		       ? status.mps_seqno + status.mps_msgcount + 1
		       : 0;
}

/* On one node a message that was sent is there, if there is room. */
static void wait_for_arrival(mach_port_t port, natural_t before)
{
	for (int waited = 0; before != 0 && waited < GRACE_MS && count_arrived(port) == before;
	     waited += TICK_MS) {
		test_sleep_ms(1);
	}
}

mach_msg_size_t partner_wrap(struct partner_message *message, const mach_msg_header_t *inner,
			     mach_msg_size_t size)
{
	mach_msg_type_name_t local = MACH_MSGH_BITS_LOCAL(inner->msgh_bits);
	mach_msg_size_t bytes = size - sizeof *inner;
	mach_msg_type_t type = {.msgt_size = 32, .msgt_number = 1, .msgt_inline = TRUE};

	message->remote_type = type;
	message->remote_type.msgt_name = MACH_MSGH_BITS_REMOTE(inner->msgh_bits) & 0xff;
	message->remote = inner->msgh_remote_port;
	message->local_type = type;
	message->local_type.msgt_name = (local != 0 ? local : MACH_MSG_TYPE_COPY_SEND) & 0xff;
	message->local = inner->msgh_local_port;
	message->words_type = type;
	message->words_type.msgt_name = MACH_MSG_TYPE_INTEGER_32;
	message->words_type.msgt_number = PARTNER_WORDS;
	message->bits = inner->msgh_bits;
	message->id = inner->msgh_id;
	if ((inner->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		message->bytes_type = (mach_msg_type_long_t){
			.msgtl_header = {.msgt_inline = TRUE, .msgt_longform = TRUE},
			.msgtl_name = MACH_MSG_TYPE_BYTE,
			.msgtl_size = 8,
			.msgtl_number = bytes,
		};
	}
	return (mach_msg_size_t)(partner_body(message) - (uint8_t *)message) + bytes;
}

/* The message as its sender has it back, in the place of what it sent. */
static void give_back(mach_msg_header_t *msg, struct partner_message *answer)
{
	mach_msg_size_t start = (mach_msg_size_t)(partner_body(answer) - (uint8_t *)answer);
	mach_msg_size_t bytes = answer->head.msgh_size - start;

	memcpy(msg + 1, partner_body(answer), bytes);
	msg->msgh_bits = answer->bits;
	msg->msgh_size = sizeof *msg + bytes;
	msg->msgh_remote_port = answer->remote;
	msg->msgh_local_port = answer->local;
}

/* Sends the wrapped message to the partner, and receives its answer in the same place. */
static mach_msg_return_t call(struct partner_message *message, mach_msg_size_t size,
			      mach_msg_option_t option)
{
	mach_port_t reply = mig_get_reply_port();
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	message->head = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_remote_port = partner_port,
		.msgh_local_port = reply,
		.msgh_id = PARTNER_SEND,
	};
	result = mach_msg(&message->head,
			  MACH_SEND_MSG | MACH_RCV_MSG |
				  ((option & MACH_SEND_INTERRUPT) != 0 ? MACH_RCV_INTERRUPT : 0),
			  size, PARTNER_BODY_MAX, reply, 0, MACH_PORT_NULL);
	if (result != MACH_MSG_SUCCESS) {
		/* The answer will come there, or that the right to answer by was lost. */
		mig_dealloc_reply_port(reply);
		return result == MACH_RCV_INTERRUPTED ? MACH_SEND_INTERRUPTED : result;
	}
	return message->head.msgh_id == PARTNER_SEND + PARTNER_ANSWER ? message->result
								      : MACH_SEND_INVALID_DEST;
}

static mach_msg_return_t send(mach_msg_header_t *msg, mach_msg_option_t option,
			      mach_msg_size_t size, mach_msg_timeout_t timeout, mach_port_t to)
{
	vm_address_t memory = 0;
	natural_t before = count_arrived(to);
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	NEED_KR(vm_allocate(SELF, &memory, PARTNER_BODY_MAX, TRUE));
	struct partner_message *message = (struct partner_message *)memory;
	message->bits = msg->msgh_bits;
	memcpy(partner_body(message), msg + 1, size - sizeof *msg);
	message->option = option & (MACH_SEND_MSG | MACH_SEND_TIMEOUT);
	message->timeout = timeout;
	result = call(message, partner_wrap(message, msg, size), option);
	if (result == MACH_MSG_SUCCESS) {
		wait_for_arrival(to, before);
	} else if (result == MACH_SEND_TIMED_OUT) {
		give_back(msg, message);
	}
	NEED_KR(vm_deallocate(SELF, memory, PARTNER_BODY_MAX));
	return result;
}

typedef mach_msg_return_t (*message_call_t)(mach_msg_header_t *msg, mach_msg_option_t option,
					    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
					    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
					    mach_port_name_t notify);

/* Is that memory all there? A message that is not is one for our own kernel to refuse. */
static boolean_t is_readable(const mach_msg_header_t *msg, mach_msg_size_t size)
{
	vm_address_t copy = 0;
	mach_msg_type_number_t bytes = 0;
	vm_address_t start = (vm_address_t)msg & ~(PARTNER_PAGE - 1);
	vm_address_t end = ((vm_address_t)msg + size + PARTNER_PAGE - 1) & ~(PARTNER_PAGE - 1);

	if (msg == NULL || end <= start ||
	    vm_read(SELF, start, end - start, &copy, &bytes) != KERN_SUCCESS) {
		return FALSE;
	}
	NEED_KR(vm_deallocate(SELF, copy, bytes));
	return TRUE;
}

static mach_msg_return_t exchange(message_call_t function, mach_msg_header_t *msg,
				  mach_msg_option_t option, mach_msg_size_t send_size,
				  mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
				  mach_msg_timeout_t timeout, mach_port_name_t notify)
{
	mach_port_t to = MACH_PORT_NULL;
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	if ((option & MACH_SEND_MSG) != 0 && !partner_is_remote && is_readable(msg, send_size)) {
		to = order_same_right(msg) ? own_destination(msg, send_size) : MACH_PORT_NULL;
		partner_sent_itself += to != MACH_PORT_NULL && (option & LOCAL_OPTIONS) != 0;
	}
	if (to != MACH_PORT_NULL && (option & LOCAL_OPTIONS) == 0) {
		partner_sent++;
		result = send(msg, option, send_size, timeout, to);
		option &= ~(MACH_SEND_MSG | MACH_SEND_TIMEOUT);
		if (result != MACH_MSG_SUCCESS || (option & MACH_RCV_MSG) == 0) {
			return result;
		}
	}
	if ((option & (MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT)) ==
		    (MACH_RCV_MSG | MACH_RCV_TIMEOUT) &&
	    timeout < GRACE_MS) {
		timeout = GRACE_MS;
	}
	return function(msg, option, send_size, rcv_size, rcv_name, timeout, notify);
}

mach_msg_return_t partner_mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
				   mach_msg_size_t send_size, mach_msg_size_t rcv_size,
				   mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
				   mach_port_name_t notify)
{
	return exchange(mach_msg, msg, option, send_size, rcv_size, rcv_name, timeout, notify);
}

mach_msg_return_t partner_mach_msg_trap(mach_msg_header_t *msg, mach_msg_option_t option,
					mach_msg_size_t send_size, mach_msg_size_t rcv_size,
					mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
					mach_port_name_t notify)
{
	return exchange(mach_msg_trap, msg, option, send_size, rcv_size, rcv_name, timeout, notify);
}
