/* The answering end of tests/gns/pair.c: does what it is told, and nothing else. */
#include "pair.h"

#include "../node/lib/node.h"
#include <gen/mach_port.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct msg in, out;
static mach_port_t slots[PAIR_SLOTS];
static mach_port_t set, notes, limit;
static uint32_t dead_names, no_senders, stuck;

static void begin_answer(void)
{
	msg_begin(&out, in.head.msgh_remote_port, MACH_MSGH_BITS_REMOTE(in.head.msgh_bits),
		  MACH_PORT_NULL, 0, in.head.msgh_id + PAIR_ANSWER);
}

static mach_port_t *slot(void)
{
	return &slots[msg_int(&in) % PAIR_SLOTS];
}

static void echo(void)
{
	struct msg_item item;

	/* A body that is not complex is whatever it is. */
	if ((in.head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		memcpy(out.body, in.body, in.head.msgh_size - sizeof in.head);
		out.size = in.head.msgh_size;
		return;
	}
	while (msg_next(&in, &item)) {
		if (item.in_line) {
			msg_add(&out, item.name, item.bits, item.number, item.data);
		} else {
			msg_add_out(&out, item.name, item.bits, item.number, item.data, true);
		}
	}
}

static mach_port_t new_port(void)
{
	mach_port_t port = port_make();

	(void)mach_port_move_member(SELF, port, set);
	return port;
}

/* Sends a message of its own, perhaps by a send-once right. */
static void send_to_slot(mach_port_t *place, mach_msg_id_t id)
{
	static struct msg message;
	bool once = port_refs(*place, MACH_PORT_RIGHT_SEND_ONCE) == 1;

	msg_begin(&message, *place, once ? MACH_MSG_TYPE_MOVE_SEND_ONCE : MACH_MSG_TYPE_COPY_SEND,
		  MACH_PORT_NULL, 0, id);
	msg_add_int(&message, 0);
	msg_add_int(&message, (uint32_t)id);
	msg_add_int(&out, (uint32_t)msg_send(&message, 1000));
	*place = once ? MACH_PORT_NULL : *place;
}

static void pass(void)
{
	static struct msg message;
	mach_port_t to = *slot(), given = *slot();

	msg_begin(&message, to, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, PAIR_KEEP);
	msg_add_int(&message, msg_int(&in));
	msg_add_port(&message, given, MACH_MSG_TYPE_COPY_SEND);
	msg_add_int(&out, (uint32_t)msg_send(&message, 1000));
}

static void drain(void)
{
	static struct msg message;
	uint32_t count = 0, wrong = 0;

	while (msg_receive(&message, limit, 1000) == MACH_MSG_SUCCESS) {
		wrong += msg_int(&message) != count++;
	}
	port_destroy(limit);
	msg_add_int(&out, count);
	msg_add_int(&out, wrong);
}

/* --- receive rights */

static void move(void)
{
	static struct msg message;
	mach_port_t to = *slot(), *place = slot();

	msg_begin(&message, to, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, PAIR_KEEP);
	msg_add_int(&message, msg_int(&in));
	msg_add_port(&message, *place, MACH_MSG_TYPE_MOVE_RECEIVE);
	*place = MACH_PORT_NULL;
	msg_add_int(&out, (uint32_t)msg_send(&message, 1000));
}

static void give(void)
{
	mach_port_t *place = slot();
	uint32_t disposition = msg_int(&in);

	msg_add_port(&out, *place, disposition);
	if (disposition == MACH_MSG_TYPE_MOVE_RECEIVE) {
		*place = MACH_PORT_NULL;
	}
}

static void collect(void)
{
	static struct msg message;
	static uint32_t numbers[2 * 1000];
	mach_port_t port = *slot();
	uint32_t wanted = msg_int(&in), count = 0;

	while (count < wanted && count < 1000 &&
	       msg_receive(&message, port, WAIT_MS) == MACH_MSG_SUCCESS) {
		numbers[2 * count] = msg_int(&message);
		numbers[2 * count++ + 1] = msg_int(&message);
		msg_drop(&message);
	}
	msg_add(&out, MACH_MSG_TYPE_INTEGER_32, 32, 2 * count, numbers);
}

struct stream {
	mach_port_t port;
	uint32_t sender, first, count;
};

static void *run_stream(void *argument)
{
	struct stream *stream = argument;
	struct msg *message = malloc(sizeof *message);
	bool once = port_refs(stream->port, MACH_PORT_RIGHT_SEND_ONCE) == 1;

	for (uint32_t i = 0; i < stream->count; i++) {
		msg_begin(message, stream->port,
			  once ? MACH_MSG_TYPE_MOVE_SEND_ONCE : MACH_MSG_TYPE_COPY_SEND,
			  MACH_PORT_NULL, 0, PAIR_PROGRESS);
		msg_add_int(message, stream->sender);
		msg_add_int(message, stream->first + i);
		if (msg_send(message, WAIT_MS) != MACH_MSG_SUCCESS) {
			node_note("sender %u stops at %u", stream->sender, stream->first + i);
			break;
		}
	}
	free(message);
	free(stream);
	return NULL;
}

static void start_stream(void)
{
	struct stream *stream = malloc(sizeof *stream);
	pthread_t thread;

	stream->port = *slot();
	stream->sender = msg_int(&in);
	stream->first = msg_int(&in);
	stream->count = msg_int(&in);
	if (pthread_create(&thread, NULL, run_stream, stream) == 0) {
		(void)pthread_detach(thread);
	}
}

static void tell_status(void)
{
	mach_port_status_t status = {0};

	(void)mach_port_get_receive_status(SELF, *slot(), &status);
	msg_add_int(&out, status.mps_qlimit);
	msg_add_int(&out, status.mps_msgcount);
	msg_add_int(&out, (uint32_t)status.mps_sorights);
	msg_add_int(&out, status.mps_seqno);
	msg_add_int(&out, status.mps_mscount);
}

static void serve_receive(void)
{
	mach_port_t *place = NULL;

	switch (in.head.msgh_id) {
	case PAIR_MOVE:
		move();
		break;
	case PAIR_GIVE:
		give();
		break;
	case PAIR_COLLECT:
		collect();
		break;
	case PAIR_STREAM:
		start_stream();
		break;
	case PAIR_STATUS:
		tell_status();
		break;
	case PAIR_NEW:
		place = slot();
		*place = port_make();
		msg_add_port(&out, *place, MACH_MSG_TYPE_MAKE_SEND);
		break;
	case PAIR_TELL:
		port_notify(*slot(), MACH_NOTIFY_NO_SENDERS, notes);
		break;
	case PAIR_DESTROY:
		place = slot();
		(void)mach_port_mod_refs(SELF, *place, MACH_PORT_RIGHT_RECEIVE, -1);
		*place = MACH_PORT_NULL;
		break;
	default:
		break;
	}
}

/* False: no answer. */
static bool serve_port(void)
{
	mach_port_t *place = NULL;

	switch (in.head.msgh_id) {
	case PAIR_PORT:
		msg_add_port(&out, new_port(), MACH_MSG_TYPE_MAKE_SEND);
		return true;
	case PAIR_LIMIT:
		limit = port_make();
		msg_add_port(&out, limit, MACH_MSG_TYPE_MAKE_SEND);
		return true;
	case PAIR_DRAIN:
		drain();
		return true;
	case PAIR_DIE:
		port_destroy(in.head.msgh_local_port);
		return true;
	case PAIR_NO_SENDERS:
		port_notify(in.head.msgh_local_port, MACH_NOTIFY_NO_SENDERS, notes);
		return true;
	case PAIR_WATCH:
		place = slot();
		port_notify(*place, MACH_NOTIFY_DEAD_NAME, notes);
		return true;
	case PAIR_SILENT:
		port_drop(in.head.msgh_remote_port);
		return false;
	case PAIR_KILL:
		need(process_kill(standard_process_port(), node_server("gns").id), "process_kill");
		return false;
	case PAIR_STUCK:
		slots[PAIR_SLOTS - 1 - stuck++ % 4] = in.head.msgh_remote_port;
		return false;
	default:
		serve_receive();
		return true;
	}
}

static bool serve(void)
{
	mach_port_t *place = NULL;
	struct msg_item item;

	switch (in.head.msgh_id) {
	case PAIR_ECHO:
		echo();
		return true;
	case PAIR_KEEP:
		place = slot();
		*place = msg_next(&in, &item) ? *(mach_port_t *)item.data : MACH_PORT_NULL;
		msg_add_int(&out, item.name);
		msg_add_int(&out, *place);
		return true;
	case PAIR_SEND:
		place = slot();
		send_to_slot(place, (mach_msg_id_t)msg_int(&in));
		return true;
	case PAIR_DROP:
		place = slot();
		port_drop(*place);
		*place = MACH_PORT_NULL;
		return true;
	case PAIR_PASS:
		pass();
		return true;
	case PAIR_NAME:
		msg_add_int(&out, *slot());
		return true;
	case PAIR_TOLD:
		msg_add_int(&out, dead_names);
		msg_add_int(&out, no_senders);
		return true;
	default:
		return serve_port();
	}
}

void pair_answer(mach_port_t port)
{
	set = MACH_PORT_NULL;
	(void)mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set);
	notes = new_port();
	(void)mach_port_move_member(SELF, port, set);
	do {
		if (mach_msg(&in.head, MACH_RCV_MSG, 0, sizeof in.head + sizeof in.body, set, 0,
			     MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
			continue;
		}
		in.read = sizeof in.head;
		if (in.head.msgh_local_port == notes) {
			dead_names += in.head.msgh_id == MACH_NOTIFY_DEAD_NAME;
			no_senders += in.head.msgh_id == MACH_NOTIFY_NO_SENDERS;
			continue;
		}
		begin_answer();
		if (serve() && out.head.msgh_remote_port != MACH_PORT_NULL) {
			(void)msg_send(&out, 1000);
		}
	} while (in.head.msgh_id != PAIR_END);
}
