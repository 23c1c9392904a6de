/*
 * A system call in the server.  A handler (call_NAME) returns the program's result, negative for an
 * error, or what request_wait returned: then the request is kept, and the handler runs again from
 * the start when one of its queues is woken or its time is over.
 */
#pragma once

#include "pieces_core.h"
#include "server.h"

struct thread;
struct request;

struct wait_queue {
	struct wait_link *first;
};

struct wait_link {
	struct wait_link *next, **previous; /* in its queue */
	struct request *request;
};

#define REQUEST_LINKS 2

struct request {
	struct thread *thread; /* null: its thread has ended, nobody wants an answer */
	uint32_t number;
	uint64_t deadline; /* of request_wait_until; 0: none */
	bool timed_out;	   /* the handler runs again because of it */
	int interrupted;   /* what it is when a signal ends its wait: -UNIX_ERESTARTSYS at first */
	bool uninterruptible; /* no signal ends its wait */
	/* Fills what an interrupted call gives back all the same (nanosleep's rest), or null. */
	void (*fill_interrupted)(struct request *request);
	uint64_t memory;   /* the handler's own from one run to the next, zero at first */
	/* The request ends, answered or not: undoes what the handler has begun and left in "memory". */
	void (*end)(struct request *request);
	/* The rest is request.c's. */
	int (*handler)(struct request *request);
	bool running; /* in its handler, which may have let go of the lock */
	bool cancelled; /* ... meanwhile */
	bool ready;
	char *data;	   /* what came; of a kept one the answer's room follows */
	char *answer_room; /* of one that is not kept */
	struct wait_link *links; /* its own, or on the heap when they are more */
	unsigned int link_count, link_room;
	ipc_answer_t answer;
	struct request *next_ready;
	struct request *next_timed, **previous_timed;
	/* All above is zero at first. */
	struct wait_link own_links[REQUEST_LINKS];
	uint32_t arguments[6];
	struct piece in[6];
	struct piece out[6];
};

#define REQUEST_WAITS (-100000)

/* Waits for this queue; may be said of several before the handler returns what the last returned. */
int request_wait(struct request *request, struct wait_queue *queue);

/* And not longer than until then (server_now's time). */
int request_wait_until(struct request *request, uint64_t deadline);

/* All that wait for it run again; when the lock is given up next. */
void wait_queue_wake(struct wait_queue *queue);

/* The same, and the queue's memory may go: nobody waits for it any more. */
void wait_queue_end(struct wait_queue *queue);

/* A signal has come for a thread: its request, if one waits, is answered.  False: it has none. */
bool request_interrupt(struct thread *thread);

/* A deadline or an alarm came nearer. */
void server_timer_changed(void);
int server_start_timer(void);

/* The thread ends: its request is forgotten. */
void request_forget(struct thread *thread);

/* What the program gave for argument n; null: a null pointer.  A PATH has its 0. */
static inline const void *request_in(const struct request *request, unsigned int n)
{
	return !request->in[n].present || request->in[n].null ? NULL : request->in[n].bytes;
}

static inline uint32_t request_in_bytes(const struct request *request, unsigned int n)
{
	return request->in[n].present ? request->in[n].count : 0;
}

/* Room for what the program gets for argument n, and how much; null: it does not want it. */
static inline void *request_room(const struct request *request, unsigned int n)
{
	return !request->out[n].present || request->out[n].null ? NULL : request->out[n].bytes;
}

static inline uint32_t request_room_bytes(const struct request *request, unsigned int n)
{
	return request->out[n].present ? request->out[n].count : 0;
}

/* So many bytes of that room go back. */
static inline void request_fill(struct request *request, unsigned int n, uint32_t bytes)
{
	request->out[n].used = bytes;
}

/* Copies a whole structure back, if the program wants it. */
void request_put(struct request *request, unsigned int n, const void *data, uint32_t bytes);

#define CALL_HANDLER(name) int call_##name(struct request *request)
