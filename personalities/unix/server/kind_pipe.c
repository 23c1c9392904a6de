/* Pipes and pairs of local sockets. */
#include "kind_pipe.h"
#include "quota.h"

#define O_NONBLOCK 04000u
#define O_DIRECT   040000u
#define O_CLOEXEC  02000000u
#define FIONREAD   0x541bu

#define CALL_READ  3u
#define CALL_WRITE 4u

/* The first ones are large: who has many has small ones (as on Linux, by its pipe-user-pages-soft). */
#define LARGE_SHARE 16u

struct pipe *pipe_create(const struct process *process)
{
	struct quota *quota = process->quota;
	struct pipe *pipe = NULL;

	if (quota_has_room(&quota_pool, quota, QUOTA_PIPES)) {
		pipe = calloc(1, sizeof(*pipe));
	}
	if (pipe == NULL) {
		return NULL;
	}
	pipe->core.size = quota->used[QUOTA_PIPES] <
					  quota_pool.places[QUOTA_PIPES] / LARGE_SHARE ?
				  PIPE_BYTES :
				  PIPE_BYTES_LEAST;
	pipe->core.bytes = malloc(pipe->core.size);
	if (pipe->core.bytes == NULL) {
		free(pipe);
		return NULL;
	}
	pipe->quota = quota;
	quota_reference(quota);
	quota_take(&quota_pool, quota, QUOTA_PIPES);
	return pipe;
}

void pipe_release(struct pipe *pipe)
{
	if (--pipe->uses != 0) {
		wait_queue_wake(&pipe->changed);
		return;
	}
	wait_queue_end(&pipe->changed);
	fifo_forget(pipe);
	quota_give(&quota_pool, pipe->quota, QUOTA_PIPES);
	quota_release(pipe->quota);
	free(pipe->core.bytes);
	free(pipe);
}

struct pipe_end *pipe_end_create(const struct process *process, struct pipe *in, struct pipe *out)
{
	static uint64_t last_number;
	struct pipe_end *end = calloc(1, sizeof(*end));

	if (end == NULL) {
		return NULL;
	}
	*end = (struct pipe_end){.in = in,
				 .out = out,
				 .number = ++last_number,
				 .uid = process->identity.fsuid,
				 .gid = process->identity.fsgid};
	if (in != NULL) {
		in->uses++;
		in->readers++;
		in->readers_ever++;
	}
	if (out != NULL) {
		out->uses++;
		out->writers++;
		out->writers_ever++;
	}
	return end;
}

static void stop_reading(struct pipe_end *end)
{
	struct pipe *pipe = end->in;

	if (pipe != NULL) {
		end->in = NULL;
		pipe->readers--;
		pipe_release(pipe);
	}
}

static void stop_writing(struct pipe_end *end)
{
	struct pipe *pipe = end->out;

	if (pipe != NULL) {
		end->out = NULL;
		pipe->writers--;
		pipe_release(pipe);
	}
}

void pipe_end_free(struct pipe_end *end)
{
	stop_reading(end);
	stop_writing(end);
	free(end);
}

static void pipe_close(struct open_file *file)
{
	pipe_end_free(file->data);
}

/* ------------------------------------------------------------------------------- read and write */

/* The part of a longer read behind another part: it does not wait. */
static bool is_later_part(const struct request *request)
{
	return request->number == CALL_READ && request->arguments[4] != 0;
}

/* One of a longer write's parts. */
static bool is_part(const struct request *request)
{
	return request->number == CALL_WRITE &&
	       (request->arguments[3] != 0 || request->arguments[4] != 0);
}

static int pipe_read(struct request *request, struct open_file *file, void *data, uint32_t bytes,
		     int64_t offset)
{
	struct pipe_end *end = file->data;
	struct pipe *pipe = end->in;
	uint32_t count = 0;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	if (pipe == NULL || bytes == 0) {
		return 0; /* a socket that was shut */
	}
	if (pipe->records && is_later_part(request)) {
		return 0; /* one read, one record */
	}
	if (pipe->records ? pipe_take_record(&pipe->core, data, bytes, &count)
			  : (count = pipe_take(&pipe->core, data, bytes)) != 0) {
		wait_queue_wake(&pipe->changed);
		return (int)count;
	}
	if (pipe->writers == 0 || is_later_part(request)) {
		return 0;
	}
	return (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : request_wait(request, &pipe->changed);
}

static int broken(struct request *request)
{
	struct process *process = request->thread->process;
	struct signal_info info = {.code = SI_USER, .field = {process->pid, process->identity.uid}};

	signal_thread(request->thread, SIGPIPE, &info);
	return -EPIPE;
}

static int pipe_write(struct request *request, struct open_file *file, const void *data,
		      uint32_t bytes, int64_t offset)
{
	struct pipe_end *end = file->data;
	struct pipe *pipe = end->out;
	uint32_t done = (uint32_t)request->memory; /* of this write, in earlier runs */
	uint32_t count = 0;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	if (pipe == NULL || pipe->readers == 0) {
		return done != 0 ? (int)done : broken(request);
	}
	if (pipe->records && (bytes > pipe->core.size / 2 || is_part(request))) {
		return -EMSGSIZE;
	}
	if (pipe->records) {
		count = pipe_put_record(&pipe->core, data, bytes) ? bytes : 0;
	} else {
		/* What is left of a large write may be small; it was never to be whole. */
		count = bytes <= PIPE_ATOMIC_BYTES
				? pipe_put(&pipe->core, data, bytes)
				: pipe_put_some(&pipe->core, (const char *)data + done,
						bytes - done);
	}
	if (count != 0) {
		wait_queue_wake(&pipe->changed);
	}
	done += count;
	if (done == bytes) {
		return (int)done;
	}
	if ((file->flags & O_NONBLOCK) != 0) {
		return done != 0 ? (int)done : -EAGAIN;
	}
	request->memory = done;
	if (done != 0) {
		request->interrupted = (int)done;
	}
	return request_wait(request, &pipe->changed);
}

/* ------------------------------------------------------------------------------------ the rest */

static uint32_t readable(const struct pipe_end *end)
{
	const struct pipe *pipe = end->in;
	uint32_t events = 0;

	if (pipe == NULL) {
		return end->socket ? POLL_IN | POLL_RDHUP : 0;
	}
	if (pipe->core.count != 0) {
		events |= POLL_IN;
	}
	if (pipe->writers == 0 && pipe->writers_ever != end->writers_before) {
		events |= end->socket ? POLL_IN | POLL_RDHUP : POLL_HANGUP;
	}
	return events;
}

static uint32_t writable(const struct pipe_end *end)
{
	const struct pipe *pipe = end->out;

	if (pipe == NULL) {
		return end->socket ? POLL_OUT : 0;
	}
	if (pipe->readers == 0 && !end->socket) {
		return POLL_OUT | POLL_ERROR;
	}
	return pipe_room(&pipe->core) >= PIPE_ATOMIC_BYTES || pipe->readers == 0 ? POLL_OUT : 0;
}

static uint32_t pipe_poll(struct request *request, struct open_file *file, uint32_t events)
{
	struct pipe_end *end = file->data;
	uint32_t there = readable(end) | writable(end);

	(void)events;
	if (end->socket && (end->in == NULL || end->in->writers == 0) &&
	    (end->out == NULL || end->out->readers == 0)) {
		there |= POLL_HANGUP;
	}
	if (request != NULL && end->in != NULL) {
		(void)request_wait(request, &end->in->changed);
	}
	if (request != NULL && end->out != NULL && end->out != end->in) {
		(void)request_wait(request, &end->out->changed);
	}
	return there;
}

static int pipe_ioctl(struct request *request, struct open_file *file, uint32_t command)
{
	const struct pipe_end *end = file->data;
	uint32_t count = 0;

	if (command != FIONREAD) {
		return -ENOTTY;
	}
	if (end->in != NULL) {
		count = end->in->records ? pipe_record_bytes(&end->in->core) : end->in->core.count;
	}
	request_put(request, 2, &count, sizeof(count));
	return 0;
}

static int pipe_attributes(struct open_file *file, void *to)
{
	const struct pipe_end *end = file->data;
	struct file_attributes *attributes = to;

	attributes->number = end->number;
	attributes->links = 1;
	attributes->uid = end->uid;
	attributes->gid = end->gid;
	attributes->mode = end->socket ? FILE_MODE_SOCKET | 0777 : FILE_MODE_FIFO | 0600;
	return 0;
}

const struct open_file_kind pipe_kind = {
	.read = pipe_read,
	.write = pipe_write,
	.attributes = pipe_attributes,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.close = pipe_close,
};

/* A FIFO's attributes are those of its file. */
const struct open_file_kind fifo_kind = {
	.read = pipe_read,
	.write = pipe_write,
	.attributes = file_attributes_of,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.close = pipe_close,
};

/* ------------------------------------------------------------------------------------- making */

/* An open file with an end of its own; the pipes that nobody uses after a failure are freed. */
static struct open_file *open_end(struct request *request, struct pipe *in, struct pipe *out,
				  uint32_t flags)
{
	struct pipe_end *end = pipe_end_create(request->thread->process, in, out);
	struct open_file *file = NULL;

	if (end == NULL) {
		return NULL;
	}
	file = open_file_create(&pipe_kind, flags, end);
	if (file == NULL) {
		pipe_end_free(end);
	}
	return file;
}

/* Two descriptors for two files; both or none.  Takes the files. */
static int give_two(struct request *request, struct open_file *files[2], uint32_t flags,
		    unsigned int out)
{
	struct process *process = request->thread->process;
	int descriptors[2] = {-1, -1};

	if (files[0] == NULL || files[1] == NULL) {
		descriptors[0] = -ENFILE;
	} else if (request_room(request, out) == NULL) {
		descriptors[0] = -EFAULT;
	} else {
		descriptors[0] = descriptors_add(process, files[0], 0, (flags & O_CLOEXEC) != 0);
	}
	if (descriptors[0] >= 0) {
		descriptors[1] = descriptors_add(process, files[1], 0, (flags & O_CLOEXEC) != 0);
		if (descriptors[1] >= 0) {
			request_put(request, out, descriptors, sizeof(descriptors));
			return 0;
		}
		(void)descriptors_close(process, descriptors[0]);
		files[0] = NULL;
		descriptors[0] = descriptors[1];
	}
	for (int i = 0; i < 2; i++) {
		if (files[i] != NULL) {
			open_file_release(files[i]);
		}
	}
	return descriptors[0];
}

static int make_pipe(struct request *request, uint32_t flags)
{
	struct open_file *files[2] = {NULL};
	struct pipe *pipe = pipe_create(request->thread->process);
	int result = 0;

	if (pipe == NULL) {
		return -ENFILE;
	}
	pipe->uses++; /* while it is made */
	pipe->records = (flags & O_DIRECT) != 0;
	files[0] = open_end(request, pipe, NULL, flags & O_NONBLOCK);
	files[1] = open_end(request, NULL, pipe, 1 | (flags & O_NONBLOCK));
	result = give_two(request, files, flags, 0);
	pipe_release(pipe);
	return result;
}

CALL_HANDLER(pipe)
{
	return make_pipe(request, 0);
}

CALL_HANDLER(pipe2)
{
	uint32_t flags = request->arguments[1];

	return (flags & ~(O_NONBLOCK | O_DIRECT | O_CLOEXEC)) != 0 ? -EINVAL
								   : make_pipe(request, flags);
}

#define AF_UNIX        1u
#define SOCK_STREAM    1u
#define SOCK_DGRAM     2u
#define SOCK_SEQPACKET 5u

static int make_sockets(struct request *request, bool records, uint32_t flags)
{
	struct open_file *files[2] = {NULL};
	struct process *process = request->thread->process;
	struct pipe *pipes[2] = {pipe_create(process), pipe_create(process)};
	int result = -ENFILE;

	if (pipes[0] != NULL && pipes[1] != NULL) {
		for (int i = 0; i < 2; i++) {
			pipes[i]->uses++;
			pipes[i]->records = records;
		}
		for (int i = 0; i < 2; i++) {
			files[i] =
				open_end(request, pipes[i], pipes[1 - i], 2 | (flags & O_NONBLOCK));
			if (files[i] != NULL) {
				((struct pipe_end *)files[i]->data)->socket = true;
			}
		}
		result = give_two(request, files, flags, 3);
	} else {
		for (int i = 0; i < 2; i++) {
			if (pipes[i] != NULL) {
				pipes[i]->uses++;
			}
		}
	}
	for (int i = 0; i < 2; i++) {
		if (pipes[i] != NULL) {
			pipe_release(pipes[i]);
		}
	}
	return result;
}

CALL_HANDLER(socketpair)
{
	uint32_t flags = request->arguments[1] & (O_NONBLOCK | O_CLOEXEC);
	uint32_t type = request->arguments[1] & ~flags;

	if (request->arguments[0] != AF_UNIX) {
		return request->arguments[0] == 2 || request->arguments[0] == 10 ? -EOPNOTSUPP
										 : -EAFNOSUPPORT;
	}
	if (request->arguments[2] > 1) {
		return -EPROTONOSUPPORT;
	}
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET) {
		return type > 10 ? -EINVAL : -ESOCKTNOSUPPORT;
	}
	return make_sockets(request, type != SOCK_STREAM, flags);
}

CALL_HANDLER(shutdown)
{
	uint32_t how = request->arguments[1];
	struct open_file *file =
		descriptors_get(request->thread->process, (int)request->arguments[0]);
	struct pipe_end *end = NULL;
	int result = -ENOTSOCK;

	if (file == NULL) {
		return -EBADF;
	}
	end = file->kind == &pipe_kind ? file->data : NULL;
	if (end != NULL && end->socket) {
		result = how > 2 ? -EINVAL : 0;
		if (how == 0 || how == 2) {
			stop_reading(end);
		}
		if (how == 1 || how == 2) {
			stop_writing(end);
		}
	}
	open_file_release(file);
	return result;
}
