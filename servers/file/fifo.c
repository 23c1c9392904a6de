/* FIFOs: the ring of each that is open, and who waits for it. */
#include <gen/file_reply.h>
#include <gen/mach.h>
#include "file.h"

enum want { WANT_OPEN, WANT_READ, WANT_WRITE };

/* A call that is answered later. */
struct fifo_wait {
	struct fifo_wait *next;
	struct fifo_wait *previous;
	struct fifo_state *state;
	ipc_answer_t answer;
	enum want want;
	bool pages;            /* it is file_read_pages or file_write_pages */
	uint32_t bytes;        /* wanted, or in data */
	uint8_t *data;         /* to write */
	struct handle *opened; /* by an opening that waits */
	uint32_t flags;        /* its ends */
	uint32_t serial;       /* of the other end, when it began to wait */
};

struct fifo_state {
	struct fifo fifo;
	struct node *node;
	struct fifo_wait *first; /* oldest first */
	struct fifo_wait *last;
	uint32_t handles; /* which have it open, and those at work here */
	bool advancing;
	bool again;    /* something changed meanwhile */
	uint32_t told; /* FILE_POLL_* that watchers know of */
	uint8_t ring[FIFO_BYTES_MAX];
};

/* ---------------------------------------------------------------------------------- the state */

static struct fifo_state *state_get(struct node *node)
{
	if (node->fifo == NULL) {
		node->fifo = metadata_allocate(sizeof *node->fifo);
		if (node->fifo == NULL) {
			return NULL;
		}
		node->fifo->node = node;
		node->fifo->fifo.ring = node->fifo->ring;
	}
	node->fifo->handles++;
	return node->fifo;
}

/* The last one takes what was not read along, as POSIX has it. */
static void state_release(struct fifo_state *state)
{
	if (--state->handles == 0) {
		state->node->fifo = NULL;
		metadata_free(state, sizeof *state);
	}
}

static uint32_t state_ready(const struct fifo *fifo)
{
	return (fifo_readable(fifo) ? FILE_POLL_READABLE : 0) |
	       (fifo_writable(fifo) ? FILE_POLL_WRITABLE : 0) |
	       (fifo->writers == 0 ? FILE_POLL_HANGUP : 0) |
	       (fifo->readers == 0 ? FILE_POLL_ERROR : 0);
}

uint32_t fifo_poll(const struct handle *handle)
{
	uint32_t ready = state_ready(&handle->node->fifo->fifo);

	if ((handle->flags & FILE_READ) == 0) {
		ready &= ~(FILE_POLL_READABLE | FILE_POLL_HANGUP);
	}
	if ((handle->flags & FILE_WRITE) == 0) {
		ready &= ~(FILE_POLL_WRITABLE | FILE_POLL_ERROR);
	}
	return ready;
}

/* ----------------------------------------------------------------------------------- waiting */

static struct fifo_wait *wait_new(struct fifo_state *state, enum want want)
{
	struct fifo_wait *wait = calloc(1, sizeof *wait);

	if (wait != NULL) {
		wait->state = state;
		wait->want = want;
	}
	return wait;
}

static void wait_enter(struct fifo_wait *wait)
{
	struct fifo_state *state = wait->state;

	wait->previous = state->last;
	*(state->last != NULL ? &state->last->next : &state->first) = wait;
	state->last = wait;
}

static void wait_leave(struct fifo_wait *wait)
{
	struct fifo_state *state = wait->state;

	*(wait->previous != NULL ? &wait->previous->next : &state->first) = wait->next;
	*(wait->next != NULL ? &wait->next->previous : &state->last) = wait->previous;
}

static void wait_free(struct fifo_wait *wait)
{
	free(wait->data);
	free(wait);
}

/* The caller has gone. */
static void wait_cancelled(void *argument)
{
	struct fifo_wait *wait = argument;
	struct handle *opened = wait->opened;

	wait_leave(wait);
	wait_free(wait);
	if (opened != NULL) {
		ipc_object_destroy(opened->object); /* and so it is closed */
	}
}

static kern_return_t wait_begin(ipc_call_t call, struct fifo_wait *wait)
{
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (wait == NULL) {
		return result;
	}
	wait_enter(wait);
	result = ipc_call_defer(call, wait_cancelled, wait, &wait->answer);
	if (result != KERN_SUCCESS) {
		wait_leave(wait);
		wait_free(wait);
		return result;
	}
	return MIG_NO_REPLY;
}

/* -------------------------------------------------------------------------------- answering */

static void answer_open(struct fifo_wait *wait, mach_port_t reply)
{
	struct handle *handle = wait->opened;
	struct file_attributes attributes;
	kern_return_t sent = KERN_SUCCESS;

	node_attributes(handle->node, handle, &attributes);
	sent = file_open_reply(reply, KERN_SUCCESS, ipc_object_give(handle->object), attributes);
	ipc_answer_sent(reply, sent);
	if (sent != KERN_SUCCESS) {
		ipc_object_destroy(handle->object); /* nobody got it */
	}
}

/*
 * Where data passes through.  It does not begin with a page, so what is sent of it is copied by
 * value, and writing to it again needs no page.
 */
static char *passage(void)
{
	static _Alignas(PAGE_BYTES) char space[FIFO_ATOMIC_BYTES + sizeof(int)]; /* one worker */

	return space + sizeof(int);
}

/* The passage's bytes as memory to be sent away, which nothing here touches. */
static kern_return_t passage_copy(uint32_t bytes, vm_offset_t *data)
{
	mach_msg_type_number_t count = 0;

	*data = 0;
	return bytes != 0 ? vm_read(mach_task_self(), (vm_address_t)passage(), bytes, data, &count)
			  : KERN_SUCCESS;
}

static void answer_read(struct fifo_wait *wait, mach_port_t reply)
{
	vm_offset_t pages = 0;
	uint32_t bytes = wait->bytes;
	kern_return_t result = KERN_SUCCESS;

	(void)fifo_read(&wait->state->fifo, passage(), &bytes);
	if (!wait->pages) {
		ipc_answer_sent(reply, file_read_reply(reply, KERN_SUCCESS, passage(), bytes));
		return;
	}
	result = passage_copy(bytes, &pages);
	ipc_answer_sent(reply, file_read_pages_reply(reply, result, pages,
						     result == KERN_SUCCESS ? bytes : 0));
}

static void answer_write(struct fifo_wait *wait, mach_port_t reply)
{
	uint32_t bytes = wait->bytes;
	kern_return_t code = fifo_write(&wait->state->fifo, wait->data, &bytes) == FIFO_BROKEN
				     ? FILE_EPIPE
				     : KERN_SUCCESS;

	ipc_answer_sent(reply, wait->pages ? file_write_pages_reply(reply, code, bytes)
					   : file_write_reply(reply, code, bytes));
}

/* Need this one wait no longer? */
static bool is_over(const struct fifo_wait *wait)
{
	const struct fifo *fifo = &wait->state->fifo;

	switch (wait->want) {
	case WANT_OPEN:
		return wait->serial !=
		       ((wait->flags & FILE_READ) != 0 ? fifo->writer_serial : fifo->reader_serial);
	case WANT_READ:
		return fifo_readable(fifo);
	default:
		return fifo->readers == 0 || FIFO_BYTES_MAX - fifo->bytes >= wait->bytes;
	}
}

/* The oldest that need not wait, but no reader or writer before an older one. */
static struct fifo_wait *next_over(struct fifo_state *state)
{
	bool passed[WANT_WRITE + 1] = {false};

	for (struct fifo_wait *wait = state->first; wait != NULL; wait = wait->next) {
		if (is_over(wait) && (wait->want == WANT_OPEN || !passed[wait->want])) {
			return wait;
		}
		passed[wait->want] = true;
	}
	return NULL;
}

static void tell_watchers(struct fifo_state *state)
{
	uint32_t ready = state_ready(&state->fifo);
	uint32_t fresh = ready & ~state->told;

	state->told = ready;
	if ((fresh & (FILE_POLL_READABLE | FILE_POLL_HANGUP)) != 0) {
		watch_tell(state->node, FILE_EVENT_READABLE, ready);
	}
	if ((fresh & (FILE_POLL_WRITABLE | FILE_POLL_ERROR)) != 0) {
		watch_tell(state->node, FILE_EVENT_WRITABLE, ready);
	}
}

/*
 * Answers all who need not wait any more.  An answer may be a client's last and end its handles, so
 * that we are called again from within: then the outer one goes on.
 */
static void advance(struct fifo_state *state)
{
	struct fifo_wait *wait = NULL;

	state->again = true;
	if (state->advancing) {
		return;
	}
	state->advancing = true;
	state->handles++;
	tree_open(&state->node->tree);
	while (state->again || wait != NULL) {
		state->again = false;
		wait = next_over(state);
		if (wait != NULL) {
			mach_port_t reply = ipc_answer_take(bucket, wait->answer);

			wait_leave(wait);
			if (reply != MACH_PORT_NULL && wait->want == WANT_OPEN) {
				answer_open(wait, reply);
			} else if (reply != MACH_PORT_NULL && wait->want == WANT_READ) {
				answer_read(wait, reply);
			} else if (reply != MACH_PORT_NULL) {
				answer_write(wait, reply);
			}
			wait_free(wait);
		}
	}
	state->advancing = false;
	tell_watchers(state);
	struct node *node = state->node;
	state_release(state);
	node_close(node);
}

/* ----------------------------------------------------------------------------------- routines */

kern_return_t fifo_open(ipc_call_t call, struct handle *handle, uint32_t flags)
{
	bool reads = (handle->flags & FILE_READ) != 0;
	bool writes = (handle->flags & FILE_WRITE) != 0;
	struct fifo_state *state = NULL;
	struct fifo_wait *wait = NULL;
	kern_return_t result = KERN_SUCCESS;

	if (handle->node->tree.kind != TREE_FIFO || (handle->flags & FILE_HANDLE) != 0) {
		return result;
	}
	state = state_get(handle->node);
	if (state == NULL) {
		handle->flags |= FILE_HANDLE; /* it has no part in the FIFO */
		return FILE_ENOSPC;
	}
	state->fifo.readers += reads;
	state->fifo.reader_serial += reads;
	state->fifo.writers += writes;
	state->fifo.writer_serial += writes;
	if (writes && !reads && state->fifo.readers == 0 && (flags & FILE_NOW) != 0) {
		return FILE_ENXIO; /* the caller closes it */
	}
	if (reads == writes || (flags & FILE_NOW) != 0 ||
	    (reads ? state->fifo.writers : state->fifo.readers) != 0) {
		advance(state);
		return result;
	}
	if (handle_of(call)->session == NULL) {
		return FILE_EAGAIN; /* on the port that all share nobody waits */
	}
	wait = wait_new(state, WANT_OPEN);
	if (wait != NULL) {
		wait->opened = handle;
		wait->flags = handle->flags;
		wait->serial = reads ? state->fifo.writer_serial : state->fifo.reader_serial;
	}
	result = wait_begin(call, wait);
	if (result == MIG_NO_REPLY) {
		advance(state);
	}
	return result;
}

void fifo_close(struct handle *handle)
{
	struct fifo_state *state = handle->node->fifo;

	if (handle->node->tree.kind != TREE_FIFO || (handle->flags & FILE_HANDLE) != 0 ||
	    state == NULL) {
		return;
	}
	state->fifo.readers -= (handle->flags & FILE_READ) != 0;
	state->fifo.writers -= (handle->flags & FILE_WRITE) != 0;
	advance(state);
	state_release(state);
}

static bool somebody_waits(const struct fifo_state *state, enum want want)
{
	const struct fifo_wait *wait = state->first;

	while (wait != NULL && wait->want != want) {
		wait = wait->next;
	}
	return wait != NULL;
}

/* MIG_NO_REPLY: it waits. */
static kern_return_t read_or_wait(ipc_call_t call, uint32_t flags, bool pages, void *data,
				  uint32_t *bytes)
{
	struct fifo_state *state = handle_of(call)->node->fifo;
	uint32_t wanted = *bytes < FIFO_ATOMIC_BYTES ? *bytes : FIFO_ATOMIC_BYTES;
	struct fifo_wait *wait = NULL;

	*bytes = wanted;
	if (fifo_read(&state->fifo, data, bytes) != FIFO_WAIT) {
		return KERN_SUCCESS;
	}
	if ((flags & FILE_NOW) != 0) {
		return FILE_EAGAIN;
	}
	wait = wait_new(state, WANT_READ);
	if (wait != NULL) {
		wait->pages = pages;
		wait->bytes = wanted;
	}
	return wait_begin(call, wait);
}

kern_return_t fifo_read_call(ipc_call_t call, uint32_t flags, void *data, uint32_t *bytes)
{
	kern_return_t result = read_or_wait(call, flags, false, data, bytes);

	if (result == KERN_SUCCESS) {
		advance(handle_of(call)->node->fifo); /* there is room now */
	}
	return result;
}

kern_return_t fifo_read_pages_call(ipc_call_t call, uint32_t flags, vm_offset_t *data,
				   uint32_t *bytes)
{
	kern_return_t result = read_or_wait(call, flags, true, passage(), bytes);

	if (result == KERN_SUCCESS) {
		result = passage_copy(*bytes, data);
		advance(handle_of(call)->node->fifo);
	}
	return result;
}

kern_return_t fifo_write_call(ipc_call_t call, uint32_t flags, bool pages, const void *data,
			      uint32_t bytes, natural_t *written)
{
	struct fifo_state *state = handle_of(call)->node->fifo;
	enum fifo_result result = FIFO_WAIT;
	struct fifo_wait *wait = NULL;

	*written = bytes;
	if (!somebody_waits(state, WANT_WRITE)) {
		result = fifo_write(&state->fifo, data, written);
	}
	if (result != FIFO_WAIT) {
		advance(state);
		return result == FIFO_BROKEN ? FILE_EPIPE : KERN_SUCCESS;
	}
	if ((flags & FILE_NOW) != 0) {
		return FILE_EAGAIN;
	}
	wait = wait_new(state, WANT_WRITE);
	if (wait != NULL) {
		wait->pages = pages;
		wait->bytes = bytes < FIFO_ATOMIC_BYTES ? bytes : FIFO_ATOMIC_BYTES;
		wait->data = malloc(wait->bytes);
	}
	if (wait != NULL && wait->data == NULL) {
		wait_free(wait);
		wait = NULL;
	}
	if (wait != NULL) {
		memcpy(wait->data, data, wait->bytes);
	}
	return wait_begin(call, wait);
}
