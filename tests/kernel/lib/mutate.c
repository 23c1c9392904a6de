/* Sends random messages from child tasks, and gives back what comes. */
#include "mutate.h"
#include <mach/mig_support.h>

#define PAGE_BYTES        4096
#define BATCH             1000 /* messages of one child, which is killed then */
#define ATTEMPTS_MAX      4000 /* for one that is delivered: the kernel refuses many */
#define SEND_TIME_MS      200
#define SENDS_REFUSED_MAX 20 /* time-outs in a row: the server takes nothing any more */
#define BATCH_TIME_MS     120000
#define SMALL_NAMES       40 /* taken, so that no small number is a name of ours */

/* What all children and their parent see. */
struct progress {
	volatile unsigned int next;      /* index of the next message */
	volatile unsigned int delivered; /* of this batch */
	volatile unsigned int answers;
	volatile boolean_t done;
	volatile boolean_t stuck;
	volatile mach_port_t full; /* the child's name of the port that takes nothing any more */
};

static struct progress *progress;
static struct mutate_message message;
static struct mutate_message answer;

/* ---------------------------------------------------------------------------- what comes back */

/* A right from an answer: a new target, in the place of an old one, or given back. */
static void keep_right(struct mutate_rights *rights, mach_port_t name, mach_msg_type_name_t kind)
{
	unsigned int place = rights->targets;

	if (!MACH_PORT_VALID(name)) {
		return;
	}
	if (kind != MACH_MSG_TYPE_PORT_SEND) {
		(void)mach_port_destroy(mach_task_self(), name);
		return;
	}
	if (place == MUTATE_RIGHTS) {
		place = rights->kept + progress->answers % (MUTATE_RIGHTS - rights->kept);
		(void)mach_port_deallocate(mach_task_self(), rights->target[place]);
	} else {
		rights->targets++;
	}
	rights->target[place] = name;
}

/* Keeps or gives back what an answer's items carry; the kernel has made them well-formed. */
static void take_items(struct mutate_rights *rights)
{
	const uint8_t *at = answer.body;
	const uint8_t *end = (const uint8_t *)&answer.head + answer.head.msgh_size;

	while (at < end) {
		mach_msg_type_long_t type = *(const mach_msg_type_long_t *)at;
		uint32_t bytes = 4;
		const uint8_t *data = NULL;

		at += type.msgtl_header.msgt_longform ? sizeof type : sizeof type.msgtl_header;
		if (!type.msgtl_header.msgt_longform) {
			type.msgtl_name = type.msgtl_header.msgt_name;
			type.msgtl_size = type.msgtl_header.msgt_size;
			type.msgtl_number = type.msgtl_header.msgt_number;
		}
		data = type.msgtl_header.msgt_inline ? at : *(const uint8_t *const *)at;
		bytes = (type.msgtl_size * type.msgtl_number + 7) / 8;
		for (uint32_t i = 0;
		     MACH_MSG_TYPE_PORT_ANY(type.msgtl_name) && i < type.msgtl_number; i++) {
			keep_right(rights, ((const mach_port_t *)data)[i], type.msgtl_name);
		}
		if (!type.msgtl_header.msgt_inline) {
			(void)vm_deallocate(mach_task_self(), (vm_address_t)data, bytes);
			bytes = 4;
		}
		at += (bytes + 3) & ~3u;
	}
}

/* Takes all answers and events that are there; waits wait_ms for the first. */
static void drain(struct mutate_rights *rights, mach_msg_timeout_t wait_ms)
{
	while (mach_msg(&answer.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			sizeof answer.head + sizeof answer.body, rights->set, wait_ms,
			MACH_PORT_NULL) == MACH_MSG_SUCCESS) {
		wait_ms = 0;
		progress->answers++;
		keep_right(rights, answer.head.msgh_remote_port,
			   MACH_MSGH_BITS_REMOTE(answer.head.msgh_bits));
		if (answer.head.msgh_bits & MACH_MSGH_BITS_COMPLEX) {
			take_items(rights);
		}
	}
}

/* ------------------------------------------------------------------------------- the children */

static mach_port_t member_new(mach_port_t set)
{
	mach_port_t port = MACH_PORT_NULL;

	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND));
	NEED_KR(mach_port_move_member(mach_task_self(), port, set));
	return port;
}

/* A receive right of ours may have gone with a message, and then died. */
static void renew(mach_port_t *port, mach_port_t set)
{
	mach_port_type_t type = 0;

	if (mach_port_type(mach_task_self(), *port, &type) == KERN_SUCCESS) {
		if (type & MACH_PORT_TYPE_RECEIVE) {
			return;
		}
		(void)mach_port_destroy(mach_task_self(), *port);
	}
	*port = member_new(set);
}

static void rights_begin(struct mutate_rights *rights, const struct mutate *mutate)
{
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &rights->set));
	rights->reply = member_new(rights->set);
	rights->other = member_new(rights->set);
	rights->dead = member_new(rights->set);
	NEED_KR(mach_port_mod_refs(mach_task_self(), rights->dead, MACH_PORT_RIGHT_RECEIVE, -1));
	for (unsigned int i = 0; i < MUTATE_TARGETS_MAX && mutate->targets[i] != MACH_PORT_NULL;
	     i++) {
		rights->target[i] = TEST_CHILD_NAME(i);
		rights->kept = rights->targets = i + 1;
	}
}

/*
 * Keeps this task able to go on: nothing that its messages carry takes its own memory, or the names
 * that the parent gave.  Returns false for a message that would.
 */
static boolean_t harmless(const struct mutate_message *message)
{
	const uint8_t *at = message->body;
	const uint8_t *end = (const uint8_t *)&message->head + message->size;

	while (at + sizeof(mach_msg_type_t) <= end) {
		mach_msg_type_long_t type = *(const mach_msg_type_long_t *)at;
		uint64_t bytes = 4;

		at += type.msgtl_header.msgt_longform ? sizeof type : sizeof type.msgtl_header;
		if (!type.msgtl_header.msgt_longform) {
			type.msgtl_name = type.msgtl_header.msgt_name;
			type.msgtl_size = type.msgtl_header.msgt_size;
			type.msgtl_number = type.msgtl_header.msgt_number;
		}
		if (!type.msgtl_header.msgt_inline && type.msgtl_header.msgt_deallocate &&
		    at + 4 <= end) {
			vm_address_t address = *(const vm_address_t *)at;

			bytes = ((uint64_t)type.msgtl_size * type.msgtl_number + 7) / 8;
			if (address < message->memory ||
			    address + bytes > message->memory + message->memory_bytes) {
				return FALSE;
			}
		}
		if (type.msgtl_name == MACH_MSG_TYPE_MOVE_SEND ||
		    type.msgtl_name == MACH_MSG_TYPE_MOVE_SEND_ONCE) {
			return FALSE; /* the rights that it would take are few */
		}
		if (type.msgtl_header.msgt_inline) {
			bytes = ((uint64_t)type.msgtl_size * type.msgtl_number + 7) / 8;
		} else {
			bytes = 4;
		}
		if (at > end || bytes > (uint64_t)(end - at)) {
			break; /* the kernel will refuse it */
		}
		at += ((uint32_t)bytes + 3) & ~3u;
	}
	return TRUE;
}

/* Sends the message; true if it was delivered. */
static boolean_t send_one(struct mutate_rights *rights)
{
	mach_msg_return_t result =
		mach_msg(&message.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, message.size, 0,
			 MACH_PORT_NULL, SEND_TIME_MS, MACH_PORT_NULL);
	static unsigned int refused;

	refused = result == MACH_SEND_TIMED_OUT ? refused + 1 : 0;
	progress->stuck = refused > SENDS_REFUSED_MAX;
	progress->full = message.head.msgh_remote_port;
	if (message.memory != 0) {
		/* Parts of it may have gone with the message: what is left is ours. */
		(void)vm_deallocate(mach_task_self(), message.memory, message.memory_bytes);
	}
	if (result == MACH_SEND_TIMED_OUT) {
		/* Calls that wait keep this client's quota: end them, as one that goes away would.
		 */
		(void)mach_port_destroy(mach_task_self(), rights->reply);
		renew(&rights->reply, rights->set);
	}
	return result == MACH_MSG_SUCCESS;
}

/*
 * A new name, which no small number of a message is, for the port where the kernel's answers to
 * this task's own calls come: a right to it would let the server send there.
 */
static void hide_reply_port(void)
{
	for (int i = 0; i < SMALL_NAMES; i++) {
		(void)mach_reply_port();
	}
	mig_dealloc_reply_port(mig_get_reply_port());
}

static int child(void *argument)
{
	const struct mutate *mutate = argument;
	struct mutate_rights rights = {.targets = 0};

	hide_reply_port();
	rights_begin(&rights, mutate);
	while (progress->delivered < BATCH && !progress->stuck) {
		mutate_build(mutate, &rights, progress->next++, &message);
		if (!harmless(&message) ||
		    (mutate->spares != NULL && mutate->spares(&message.head, progress->next))) {
			if (message.memory != 0) {
				(void)vm_deallocate(mach_task_self(), message.memory,
						    message.memory_bytes);
			}
			continue;
		}
		progress->delivered += send_one(&rights);
		drain(&rights, 0);
		if (progress->next % 64 == 0) {
			renew(&rights.reply, rights.set);
			renew(&rights.other, rights.set);
			drain(&rights, 1);
		}
	}
	progress->done = TRUE;
	return 0; /* and waits to be killed, with all it has */
}

/* --------------------------------------------------------------------------------- the parent */

/* One child's life; true if it sent its messages. */
static boolean_t run_batch(const struct mutate *mutate)
{
	struct test_task task;
	unsigned int seen = 0;
	int quiet_ms = 0;

	progress->delivered = 0;
	progress->done = FALSE;
	test_task_create(&task, child, (void *)mutate);
	for (unsigned int i = 0; i < MUTATE_TARGETS_MAX && mutate->targets[i] != MACH_PORT_NULL;
	     i++) {
		test_task_give(&task, TEST_CHILD_NAME(i), mutate->targets[i],
			       MACH_MSG_TYPE_COPY_SEND);
	}
	test_task_run(&task);
	while (!progress->done && quiet_ms < BATCH_TIME_MS) {
		test_sleep_ms(10);
		quiet_ms = progress->next != seen ? 0 : quiet_ms + 10;
		seen = progress->next;
	}
	test_task_kill(&task);
	return progress->done && !progress->stuck;
}

/* A port that the server handed out may be another's, who does not receive. */
static void say_full(const struct mutate *mutate)
{
	for (unsigned int i = 0; i < MUTATE_TARGETS_MAX && mutate->targets[i] != MACH_PORT_NULL;
	     i++) {
		if (progress->full == TEST_CHILD_NAME(i)) {
			test_note("the queue of target %u is full", i);
			return;
		}
	}
	test_note("the queue of a port that an answer brought is full");
}

void mutate_run(const struct mutate *mutate)
{
	unsigned int delivered = 0;
	boolean_t going = TRUE;

	if (mutate->targets[0] == MACH_PORT_NULL || mutate->seed == 0) {
		test_bail_out("mutate_run: no target, or no seed");
	}
	(void)mutate_counts(mutate);
	NEED_KR(vm_allocate(mach_task_self(), (vm_address_t *)&progress, PAGE_BYTES, TRUE));
	NEED_KR(vm_inherit(mach_task_self(), (vm_address_t)progress, PAGE_BYTES, VM_INHERIT_SHARE));
	test_group_begin("random and mutated messages are taken, and the server serves");
	while (going && delivered < mutate->messages) {
		going = run_batch(mutate);
		delivered += progress->delivered;
		CHECK(progress->next <= ATTEMPTS_MAX * (delivered + BATCH));
		if (mutate->serves != NULL) {
			mutate->serves(mutate->argument);
		}
	}
	if (!CHECK(going && !progress->stuck)) {
		test_note("message %u: delivered %u, the server takes no more", progress->next,
			  delivered);
		say_full(mutate);
	}
	CHECK(delivered >= mutate->messages);
	(void)test_group_end();
	test_note("%u of %u messages were delivered, %u answers came", delivered, progress->next,
		  progress->answers);
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)progress, PAGE_BYTES));
	progress = NULL;
}
