/*
 * From a message to a handler and back; requests that wait.  Handlers run with the lock held.  A
 * request that waits lies on the heap, with a copy of its data; before that it is on its worker's
 * stack.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <gen/mach_port.h>
#include <gen/unix_reply.h>
#include <gen/unix_server.h>
#include "calls.h"
#include "process.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t timer_changed = PTHREAD_COND_INITIALIZER;
static struct request *ready_first, **ready_last = &ready_first;
static struct request *timed; /* by deadline */

uint64_t server_now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---------------------------------------------------------------------------------- waiting */

/* Room for more than it has of its own. */
static bool more_links(struct request *request)
{
	unsigned int room = request->link_room * 2;
	bool own = request->links == request->own_links;
	struct wait_link *links =
		realloc(own ? NULL : request->links, room * sizeof(*links));

	if (links == NULL) {
		return false;
	}
	if (own) {
		memcpy(links, request->own_links, sizeof(request->own_links));
	}
	request->links = links;
	request->link_room = room;
	return true;
}

static void free_links(struct request *request)
{
	if (request->links != request->own_links) {
		free(request->links);
	}
}

int request_wait(struct request *request, struct wait_queue *queue)
{
	/* The links are linked when the handler has returned; here only the queues are noted. */
	if (request->link_room == 0) {
		request->links = request->own_links;
		request->link_room = REQUEST_LINKS;
	} else if (request->link_count == request->link_room && !more_links(request)) {
		return -ENOMEM;
	}
	request->links[request->link_count++] =
		(struct wait_link){ .previous = (struct wait_link **)queue };
	return REQUEST_WAITS;
}

int request_wait_until(struct request *request, uint64_t deadline)
{
	request->deadline = deadline;
	return REQUEST_WAITS;
}

static void unlink_timer(struct request *request)
{
	if (request->previous_timed != NULL) {
		*request->previous_timed = request->next_timed;
		if (request->next_timed != NULL) {
			request->next_timed->previous_timed = request->previous_timed;
		}
		request->previous_timed = NULL;
	}
}

static void unlink_all(struct request *request)
{
	for (unsigned int i = 0; i < request->link_count; i++) {
		struct wait_link *link = &request->links[i];

		*link->previous = link->next;
		if (link->next != NULL) {
			link->next->previous = link->previous;
		}
	}
	request->link_count = 0;
	unlink_timer(request);
}

/* Enters the noted queues and the timer's list; the array does not move any more. */
static void link_all(struct request *request)
{
	struct request **place = &timed;

	for (unsigned int i = 0; i < request->link_count; i++) {
		struct wait_link *link = &request->links[i];
		struct wait_queue *queue = (struct wait_queue *)link->previous;

		link->request = request;
		link->next = queue->first;
		link->previous = &queue->first;
		if (link->next != NULL) {
			link->next->previous = &link->next;
		}
		queue->first = link;
	}
	if (request->deadline == 0) {
		return;
	}
	while (*place != NULL && (*place)->deadline <= request->deadline) {
		place = &(*place)->next_timed;
	}
	request->next_timed = *place;
	request->previous_timed = place;
	if (*place != NULL) {
		(*place)->previous_timed = &request->next_timed;
	}
	*place = request;
	if (timed == request) {
		(void)pthread_cond_signal(&timer_changed);
	}
}

static void make_ready(struct request *request)
{
	if (!request->ready) {
		request->ready = true;
		request->next_ready = NULL;
		*ready_last = request;
		ready_last = &request->next_ready;
	}
}

void wait_queue_wake(struct wait_queue *queue)
{
	for (struct wait_link *link = queue->first; link != NULL; link = link->next) {
		make_ready(link->request);
	}
}

void wait_queue_end(struct wait_queue *queue)
{
	wait_queue_wake(queue);
	while (queue->first != NULL) {
		struct wait_link *link = queue->first;

		queue->first = link->next;
		link->next = NULL;
		link->previous = &link->next; /* its unlinking touches nothing but itself */
	}
}

/* ---------------------------------------------------------------------------------- answering */

/* Those that are gone: the next that waits takes one of them instead of new memory. */
#define SPARE_MAX 16u

static struct request *spare; /* by next_ready; each has its data */
static unsigned int spare_count;

static void free_kept(struct request *request)
{
	if (spare_count < SPARE_MAX) {
		request->next_ready = spare;
		spare = request;
		spare_count++;
		return;
	}
	free(request->data);
	free(request);
}

static void release(struct request *request)
{
	unlink_all(request);
	if (request->end != NULL) {
		request->end(request);
	}
	free_links(request);
	free_kept(request);
}

/* How many bytes go back with this result. */
static uint32_t answer_bytes(struct request *request, int result, char *room)
{
	if (result < 0) {
		for (unsigned int i = 0; i < 6; i++) {
			request->out[i].used = 0;
		}
		if (result != request->interrupted || request->fill_interrupted == NULL) {
			return 0;
		}
		request->fill_interrupted(request);
	}
	return pieces_join(request->out, room);
}

/* The answer to one that was kept; then it is gone. */
static void answer(struct request *request, int result)
{
	mach_port_t reply = ipc_answer_take(bucket, request->answer);
	uint32_t bytes = answer_bytes(request, result, request->data + UNIX_DATA_MAX);

	if (request->thread != NULL) {
		request->thread->request = NULL;
	}
	if (reply != MACH_PORT_NULL) {
		ipc_answer_sent(reply, unix_call_reply(reply, KERN_SUCCESS, result,
						       request->data + UNIX_DATA_MAX, bytes));
	} else {
		unlink_all(request); /* it was cancelled meanwhile: cancelled() will free it */
		request->thread = NULL;
		request->answer = 0;
		return;
	}
	release(request);
}

bool request_interrupt(struct thread *thread)
{
	struct request *request = thread->request;

	if (request == NULL) {
		return false;
	}
	if (request->ready || request->running || request->uninterruptible) {
		return true; /* it will run, and see for itself that a signal is there */
	}
	answer(request, request->interrupted);
	return true;
}

/*
 * The answer is given up here and now, so that lib/ipc has no call left to cancel when the thread's
 * object is destroyed: that would come back to this file with the lock held.
 */
void request_forget(struct thread *thread)
{
	struct request *request = thread->request;
	mach_port_t reply = MACH_PORT_NULL;

	if (request == NULL) {
		return;
	}
	thread->request = NULL;
	reply = ipc_answer_take(bucket, request->answer);
	if (!request->running) {
		unlink_all(request);
		request->thread = NULL;
	}
	if (reply == MACH_PORT_NULL) {
		return; /* cancelled() waits for the lock, and frees it */
	}
	(void)mach_port_deallocate(mach_task_self(), reply);
	request->answer = 0;
	if (request->running) {
		request->cancelled = true; /* run_again frees it */
	} else if (!request->ready) {
		release(request); /* else run_again does */
	}
}

/* lib/ipc: whoever waited for this answer is gone. */
static void cancelled(void *argument)
{
	struct request *request = argument;

	server_lock();
	if (request->thread != NULL && request->thread->request == request) {
		request->thread->request = NULL;
	}
	if (request->running) {
		request->cancelled = true; /* its handler has let go of the lock: run_again frees it */
		server_unlock();
		return;
	}
	request->thread = NULL;
	unlink_all(request);
	request->answer = 0;
	if (request->ready) {
		/* Still in the list: run_ready frees it. */
	} else {
		release(request);
	}
	server_unlock();
}

/*
 * Runs a handler.  It may let go of the lock: until it is back, its process stays in memory, whatever
 * becomes of it.  The caller has a reference to the thread's object, which keeps the thread so.
 * request->thread is null afterwards if the thread has ended.
 */
static int run(struct request *request)
{
	struct thread *thread = request->thread;
	struct process *process = thread->process;
	int result = 0;

	process_hold(process);
	request->running = thread->running = true;
	result = request->handler(request);
	request->running = thread->running = false;
	if (thread->ended) {
		thread->process = NULL;
		request->thread = NULL;
	}
	if (result != REQUEST_WAITS || request->thread == NULL || request->cancelled) {
		request->link_count = 0; /* they were only noted */
	}
	process_let_go(process);
	return result;
}

/* Runs its handler again. */
static void run_again(struct request *request)
{
	struct ipc_object *object = NULL;
	int result = 0;

	request->ready = false;
	unlink_all(request);
	request->timed_out = request->deadline != 0 && server_now() >= request->deadline;
	if (request->thread == NULL && request->answer == 0) {
		release(request); /* cancelled */
		return;
	}
	if (request->thread == NULL) {
		answer(request, -EINTR); /* forgotten */
		return;
	}
	request->deadline = 0;
	for (unsigned int i = 0; i < 6; i++) {
		request->out[i].used = 0;
	}
	object = request->thread->object;
	ipc_object_reference(object); /* whoever forgets the request ends the call that has one */
	result = run(request);
	ipc_object_release(object);
	if (request->cancelled) {
		release(request);
		return;
	}
	if (request->thread == NULL) {
		answer(request, -EINTR); /* it was forgotten meanwhile */
		return;
	}
	if (result == REQUEST_WAITS && !request->uninterruptible &&
	    signal_is_waiting(request->thread)) {
		result = request->interrupted; /* the signal came before the wake-up */
		request->link_count = 0;
	}
	if (result != REQUEST_WAITS) {
		answer(request, result);
		return;
	}
	link_all(request);
}

static void run_ready(void)
{
	while (ready_first != NULL) {
		struct request *request = ready_first;

		ready_first = request->next_ready;
		if (ready_first == NULL) {
			ready_last = &ready_first;
		}
		run_again(request);
	}
}

void server_lock(void)
{
	(void)pthread_mutex_lock(&lock);
}

void server_unlock(void)
{
	run_ready();
	(void)pthread_mutex_unlock(&lock);
}

void server_release(void)
{
	(void)pthread_mutex_unlock(&lock);
}

void server_wait(pthread_cond_t *condition, uint64_t until)
{
	struct timespec time = { .tv_sec = (time_t)(until / 1000000000u),
				 .tv_nsec = (long)(until % 1000000000u) };

	if (until == 0) {
		(void)pthread_cond_wait(condition, &lock);
	} else {
		(void)pthread_cond_timedwait(condition, &lock, &time);
	}
}

/* A thread of its own: wakes those whose time is over, and looks at the processes' alarms. */
static void *keep_time(void *argument)
{
	(void)argument;
	server_lock();
	for (;;) {
		uint64_t now = server_now();
		uint64_t next = signal_alarms(now);

		while (timed != NULL && timed->deadline <= now) {
			struct request *request = timed;

			unlink_timer(request);
			make_ready(request);
		}
		run_ready();
		if (timed != NULL && (next == 0 || timed->deadline < next)) {
			next = timed->deadline;
		}
		server_wait(&timer_changed, next);
	}
	return NULL;
}

void server_timer_changed(void)
{
	(void)pthread_cond_signal(&timer_changed);
}

int server_start_timer(void)
{
	pthread_condattr_t attributes;
	pthread_t thread;

	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&timer_changed, &attributes);
	return pthread_create(&thread, NULL, keep_time, NULL);
}

/* ---------------------------------------------------------------------------------- calls */

void request_put(struct request *request, unsigned int n, const void *data, uint32_t bytes)
{
	if (request->out[n].present && !request->out[n].null && bytes <= request->out[n].count) {
		memcpy(request->out[n].bytes, data, bytes);
		request->out[n].used = bytes;
	}
}

/* A call that we lack: counted, and logged once by its number or name. */
static int unknown(uint32_t number)
{
	static uint32_t counts[UNIX_CALLS_MAX];
	const char *name = number < UNIX_CALLS_MAX ? call_table[number].name : NULL;

	if (number < UNIX_CALLS_MAX && counts[number]++ == 0) {
		server_log("system call %u (%s) is not there: ENOSYS", (unsigned)number,
			   name != NULL ? name : "unknown");
	}
	return -ENOSYS;
}

/* Memory for a request that waits, with its data: what came, and room for the answer. */
static struct request *take_spare(void)
{
	struct request *kept = spare;

	if (kept != NULL) {
		spare = kept->next_ready;
		spare_count--;
		return kept;
	}
	kept = malloc(sizeof(*kept));
	if (kept != NULL) {
		kept->data = malloc(2 * UNIX_DATA_MAX);
	}
	if (kept == NULL || kept->data == NULL) {
		free(kept);
		return NULL;
	}
	return kept;
}

/* Copies the request and its data to the heap, where it can wait. */
static struct request *keep(struct request *request, uint32_t bytes)
{
	struct request *copy = take_spare();
	char *data = NULL;

	if (copy == NULL) {
		return NULL;
	}
	data = copy->data;
	*copy = *request;
	if (request->links == request->own_links) {
		copy->links = copy->own_links;
	}
	memcpy(data, request->data, bytes);
	for (unsigned int i = 0; i < 6; i++) {
		if (copy->in[i].present && copy->in[i].bytes != NULL) {
			copy->in[i].bytes = data + (request->in[i].bytes - request->data);
		}
		if (copy->out[i].present && copy->out[i].bytes != NULL) {
			copy->out[i].bytes =
				data + UNIX_DATA_MAX + (request->out[i].bytes - request->answer_room);
		}
	}
	copy->data = data;
	return copy;
}

kern_return_t serve_unix_call(ipc_call_t call, natural_t number, const unix_arguments_t arguments,
			      const unix_data_t data, mach_msg_type_number_t bytes, int *result,
			      unix_data_t room, mach_msg_type_number_t *room_bytes)
{
	struct thread *thread = *(struct thread **)ipc_call_data(call);
	const struct call_entry *entry = &call_table[number % UNIX_CALLS_MAX];
	struct request request;
	struct request *kept = NULL;
	kern_return_t code = KERN_SUCCESS;

	memset(&request, 0, offsetof(struct request, arguments));
	request.number = number;
	request.data = (char *)(uintptr_t)data; /* the message's: ours */
	request.answer_room = room;
	request.interrupted = -UNIX_ERESTARTSYS;
	memcpy(request.arguments, arguments, sizeof(request.arguments));
	*room_bytes = 0;
	server_lock();
	if (thread->process == NULL || thread->process->ending || thread->request != NULL) {
		server_unlock();
		return KERN_INVALID_ARGUMENT;
	}
	request.thread = thread;
	request.handler = entry->handler;
	if (number >= UNIX_CALLS_MAX || entry->handler == NULL) {
		*result = unknown(number);
	} else if (!pieces_cut(entry->arguments, request.arguments, request.data, bytes, room,
			       UNIX_DATA_MAX, request.in, request.out)) {
		*result = -EFAULT;
	} else {
		*result = run(&request);
	}
	if (request.thread == NULL) {
		*result = -EINTR; /* nobody wants an answer */
	}
	if (*result == REQUEST_WAITS) {
		kept = keep(&request, bytes);
		if (kept == NULL) {
			*result = -ENOMEM;
			request.link_count = 0; /* they were only noted */
		} else if (ipc_call_defer_held(call, cancelled, kept, &kept->answer) != KERN_SUCCESS) {
			request.link_count = 0;
			free_kept(kept);
			*result = -ENOMEM;
		} else {
			thread->request = kept;
			request.links = NULL; /* they are the kept one's now */
			request.end = NULL;
			link_all(kept);
			if (!kept->uninterruptible && signal_is_waiting(thread)) {
				make_ready(kept); /* it came before the wait */
			}
			code = MIG_NO_REPLY;
		}
	}
	if (code == KERN_SUCCESS) {
		if (request.end != NULL) {
			request.end(&request);
		}
		if (request.links != NULL) {
			free_links(&request);
		}
		*room_bytes = answer_bytes(&request, *result, room);
	}
	server_unlock();
	return code;
}

void server_log(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)printf("\n");
}
