/* stream.h: rings of bytes, with the semantics of pipes on the program's side. */
#include <masix/file.h>
#include "run.h"
#include "stream.h"

#define O_NONBLOCK 04000u

uint32_t stream_put(struct stream *stream, const char *data, uint32_t bytes)
{
	uint32_t done = 0;

	while (done < bytes && stream->count < STREAM_BYTES) {
		uint32_t at = (stream->first + stream->count) % STREAM_BYTES;
		uint32_t part = at < stream->first ? stream->first - at : STREAM_BYTES - at;

		part = part < bytes - done ? part : bytes - done;
		memcpy(stream->bytes + at, data + done, part);
		stream->count += part;
		done += part;
	}
	if (done != 0) {
		wait_queue_wake(&stream->waiters);
	}
	return done;
}

uint32_t stream_take(struct stream *stream, char *data, uint32_t bytes)
{
	uint32_t done = 0;

	while (done < bytes && stream->count != 0) {
		uint32_t part = STREAM_BYTES - stream->first;

		part = part < stream->count ? part : stream->count;
		part = part < bytes - done ? part : bytes - done;
		memcpy(data + done, stream->bytes + stream->first, part);
		stream->first = (stream->first + part) % STREAM_BYTES;
		stream->count -= part;
		done += part;
	}
	if (done != 0) {
		wait_queue_wake(&stream->waiters);
	}
	return done;
}

void stream_end(struct stream *stream)
{
	stream->ended = true;
	wait_queue_wake(&stream->waiters);
}

static int stream_read(struct request *request, struct open_file *file, void *data, uint32_t bytes,
		       int64_t offset)
{
	struct stream *stream = file->data;
	uint32_t done = 0;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	done = stream_take(stream, data, bytes);
	if (done != 0 || bytes == 0 || stream->ended) {
		return (int)done;
	}
	return (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : request_wait(request, &stream->waiters);
}

/* All of it, as a pipe does; request->memory is how far it is. */
static int stream_write(struct request *request, struct open_file *file, const void *data,
			uint32_t bytes, int64_t offset)
{
	static const struct signal_info info = { .code = SI_KERNEL };
	struct stream *stream = file->data;
	uint32_t done = (uint32_t)request->memory;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	if (stream->ended) {
		if (done == 0) {
			signal_thread(request->thread, SIGPIPE, &info);
		}
		return done != 0 ? (int)done : -EPIPE;
	}
	done += stream_put(stream, (const char *)data + done, bytes - done);
	run_output(stream->run);
	if (done == bytes) {
		return (int)done;
	}
	if ((file->flags & O_NONBLOCK) != 0) {
		return done != 0 ? (int)done : -EAGAIN;
	}
	request->memory = done;
	request->interrupted = done != 0 ? (int)done : -UNIX_ERESTARTSYS;
	return request_wait(request, &stream->waiters);
}

static int stream_attributes(struct open_file *file, void *attributes)
{
	file_attributes_t *fill = attributes;

	(void)file;
	memset(fill, 0, sizeof(*fill));
	fill->mode = FILE_MODE_FIFO | 0600;
	fill->links = 1;
	return 0;
}

static uint32_t stream_poll(struct request *request, struct open_file *file, uint32_t events)
{
	struct stream *stream = file->data;
	bool reads = (file->flags & 3) == 0;
	uint32_t now = 0;

	if (reads) {
		now = (stream->count != 0 ? POLL_IN : 0) | (stream->ended ? POLL_HANGUP : 0);
	} else {
		now = (stream->count < STREAM_BYTES ? POLL_OUT : 0) |
		      (stream->ended ? POLL_ERROR : 0);
	}
	now &= events | POLL_ERROR | POLL_HANGUP;
	if (now == 0) {
		(void)request_wait(request, &stream->waiters);
	}
	return now;
}

static void stream_close(struct open_file *file)
{
	struct stream *stream = file->data;
	struct run *run = stream->run;

	stream->closed = true;
	run_output(run);
	run_release(run);
}

static const struct open_file_kind stream_kind = {
	.read = stream_read,
	.write = stream_write,
	.attributes = stream_attributes,
	.poll = stream_poll,
	.close = stream_close,
};

struct open_file *stream_open(struct stream *stream, uint32_t flags)
{
	struct open_file *file = open_file_create(&stream_kind, flags, stream);

	if (file != NULL) {
		stream->closed = false;
		run_reference(stream->run);
	}
	return file;
}
