/* Requests that lie about one thing alone: how many elements an inline array has. */
#include "msg.h"
#include "mutate.h"
#include <mach/mig_errors.h>

#define REPLY_TIME_MS 10000

static struct msg msg;
static unsigned char zeros[MSG_BODY_MAX / 2];

/* An item of no elements, or, if it has always as many, of zeros and null ports. */
static void add_plain(const struct mutate_item *item)
{
	mach_msg_type_name_t name =
		item->name == MUTATE_ANY_RIGHT ? MACH_MSG_TYPE_COPY_SEND : item->name;
	uint32_t number = item->is_variable ? 0 : item->number;

	if (!item->is_inline && item->is_long) {
		msg_add_ool_long(&msg, name, item->size_bits, 0, NULL, FALSE);
	} else if (!item->is_inline) {
		msg_add_ool(&msg, name, item->size_bits, 0, NULL, FALSE);
	} else if (item->is_long) {
		msg_add_long(&msg, name, item->size_bits, number, zeros);
	} else {
		msg_add(&msg, name, item->size_bits, number, zeros);
	}
}

/* What comes before the elements, with any count; none follow. */
static void add_lie(const struct mutate_item *item, uint32_t number)
{
	mach_msg_type_long_t type = {
		.msgtl_header = {.msgt_inline = TRUE, .msgt_longform = TRUE},
		.msgtl_name = item->name,
		.msgtl_size = item->size_bits,
		.msgtl_number = number,
	};
	msg_add_words(&msg, (const uint32_t *)&type, sizeof type / 4);
}

/* Item "lying" of the request has "number" elements, or says so. */
static void build(const struct mutate_routine *routine, mach_port_t target, mach_port_t reply,
		  unsigned int lying, uint32_t number)
{
	msg_begin(&msg, target, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  routine->id);
	for (unsigned int i = 0; i < routine->item_count; i++) {
		const struct mutate_item *item = &routine->items[i];

		if (i != lying) {
			add_plain(item);
		} else if (number * (item->size_bits / 8) > sizeof zeros || number > sizeof zeros) {
			add_lie(item, number);
		} else if (item->is_long) {
			msg_add_long(&msg, item->name, item->size_bits, number, zeros);
		} else {
			msg_add(&msg, item->name, item->size_bits, number, zeros);
		}
	}
}

/* Takes the answer; its code. */
static kern_return_t take_answer(mach_port_t reply)
{
	struct msg_item item;
	kern_return_t code = KERN_FAILURE;

	if (msg_receive(&msg, reply, REPLY_TIME_MS) != MACH_MSG_SUCCESS) {
		return KERN_FAILURE;
	}
	code = (kern_return_t)msg_item_int(&msg);
	while (msg_item(&msg, &item)) {
		if (item.is_inline && MACH_MSG_TYPE_PORT_ANY(item.name) &&
		    MACH_PORT_VALID(*(const mach_port_t *)item.data)) {
			(void)mach_port_deallocate(mach_task_self(),
						   *(const mach_port_t *)item.data);
		}
	}
	return code;
}

/* The answer's code, or MIG_BAD_ARGUMENTS when already the kernel would not take the message. */
static kern_return_t call(const struct mutate_routine *routine, mach_port_t target,
			  unsigned int lying, uint32_t number)
{
	/* A new one: what the kernel does not take may leave a notification behind. */
	mach_port_t reply = mach_reply_port();
	kern_return_t code = MIG_BAD_ARGUMENTS;

	build(routine, target, reply, lying, number);
	if (msg_send(&msg) == MACH_MSG_SUCCESS) {
		code = take_answer(reply);
	}
	NEED_KR(mach_port_mod_refs(mach_task_self(), reply, MACH_PORT_RIGHT_RECEIVE, -1));
	return code;
}

/* One item's lies to one target; whether the target serves the routine at all. */
static boolean_t lie(const struct mutate_routine *routine, unsigned int lying, mach_port_t target)
{
	const struct mutate_item *item = &routine->items[lying];
	/* One too many; and counts whose bytes, rounded up to words, are 0 in 32 bits. */
	const uint32_t numbers[] = {
		item->number + 1,
		item->size_bits == 8 ? 0xfffffffe : (uint32_t)(0x800000000 / item->size_bits),
		0xfffffffd, 0xffffffff};
	unsigned int count = item->is_long ? 4 : 1;
	kern_return_t code = KERN_SUCCESS;

	/* A string has its 0 at least. */
	code = call(routine, target, lying, item->name == MACH_MSG_TYPE_STRING_C);
	if (code == MIG_BAD_ID || code == MIG_BAD_ARGUMENTS) {
		return FALSE;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (!CHECK_EQ(call(routine, target, lying, numbers[i]), MIG_BAD_ARGUMENTS)) {
			test_note("%s: item %u, %u elements", routine->name, lying, numbers[i]);
		}
	}
	return TRUE;
}

unsigned int mutate_counts(const struct mutate *mutate)
{
	unsigned int served = 0;

	test_group_begin("arrays that are longer than they may be are refused");
	for (unsigned int i = 0; i < 4 && mutate->interfaces[i] != NULL; i++) {
		const struct mutate_interface *interface = mutate->interfaces[i];

		for (unsigned int j = 0; j < interface->routine_count; j++) {
			const struct mutate_routine *routine = &interface->routines[j];

			for (unsigned int k = 0; k < routine->item_count; k++) {
				if (!routine->items[k].is_variable ||
				    !routine->items[k].is_inline) {
					continue;
				}
				for (unsigned int t = 0;
				     t < MUTATE_TARGETS_MAX && mutate->targets[t] != MACH_PORT_NULL;
				     t++) {
					served += lie(routine, k, mutate->targets[t]);
				}
			}
		}
	}
	(void)test_group_end();
	return served;
}
