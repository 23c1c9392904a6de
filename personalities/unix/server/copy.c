/* From one open file to another: sendfile, copy_file_range. */
#include "kinds.h"

#define O_ACCMODE 03u
#define O_APPEND  02000u
#define PART      4096u /* a pipe takes so many whole or not at all, so a wait loses nothing */
#define COPY_MAX  0x40000u

/* One side: its file, and where it stands. */
struct side {
	struct open_file *file;
	int64_t offset;
	bool own; /* the file's own offset, which moves */
};

/* A part at a time until the end, an error, or a file that would wait: how many bytes, or why none.
 */
static int copy(struct request *request, struct side *from, struct side *to, bool streams,
		uint32_t bytes)
{
	char *part = malloc(PART);
	uint32_t done = 0;
	int result = part == NULL ? -ENOMEM : 0;

	while (result >= 0 && done < bytes) {
		uint32_t wanted = bytes - done < PART ? bytes - done : PART;

		result = from->file->kind->read(request, from->file, part, wanted, from->offset);
		if (result <= 0) {
			break;
		}
		result = to->file->kind->write(request, to->file, part, (uint32_t)result,
					       streams ? FILE_CURRENT_OFFSET : to->offset);
		if (result == REQUEST_WAITS && done != 0) {
			result = (int)request->memory; /* what it took of this part */
			request->memory = 0;
			bytes = done + (uint32_t)result; /* and no more this time */
		}
		if (result < 0) {
			break;
		}
		from->offset += result;
		to->offset += result;
		done += (uint32_t)result;
	}
	free(part);
	return done != 0 ? (int)done : result;
}

static int begin_side(struct side *side, const void *offset, uint32_t offset_bytes)
{
	int32_t word = 0;

	side->own = offset == NULL;
	if (side->file->kind->seek == NULL) {
		return offset != NULL ? -ESPIPE : -EINVAL;
	}
	if (side->own) {
		return side->file->kind->seek(side->file, 0, 1, &side->offset);
	}
	if (offset_bytes == sizeof(word)) {
		memcpy(&word, offset, sizeof(word));
		side->offset = word;
	} else {
		memcpy(&side->offset, offset, sizeof(side->offset));
	}
	return side->offset < 0 ? -EINVAL : 0;
}

static void end_side(struct request *request, struct side *side, unsigned int n)
{
	int64_t position = 0;
	int32_t word = (int32_t)side->offset;

	if (side->own) {
		(void)side->file->kind->seek(side->file, side->offset, 0, &position);
	} else if (request_room_bytes(request, n) == sizeof(word)) {
		request_put(request, n, &word, sizeof(word));
	} else {
		request_put(request, n, &side->offset, sizeof(side->offset));
	}
}

static bool may_copy(const struct open_file *from, const struct open_file *to)
{
	return (from->flags & O_ACCMODE) != 1 && (to->flags & O_ACCMODE) != 0 &&
	       from->kind->read != NULL && to->kind->write != NULL;
}

static uint32_t bounded(uint32_t bytes)
{
	return bytes < COPY_MAX ? bytes : COPY_MAX;
}

static int send(struct request *request, struct open_file *to, struct open_file *from)
{
	struct side in = {.file = from};
	struct side out = {.file = to};
	int result = 0;

	if (!may_copy(from, to)) {
		return -EBADF;
	}
	if ((to->flags & O_APPEND) != 0) {
		return -EINVAL;
	}
	result = begin_side(&in, request_in(request, 2), request_in_bytes(request, 2));
	if (result == 0) {
		result = copy(request, &in, &out, true, bounded(request->arguments[3]));
	}
	if (result >= 0) {
		end_side(request, &in, 2);
	}
	return result;
}

static int send_file(struct request *request)
{
	struct process *process = request->thread->process;
	struct open_file *to = descriptors_get(process, (int)request->arguments[0]);
	struct open_file *from = descriptors_get(process, (int)request->arguments[1]);
	int result = -EBADF;

	if (to != NULL && from != NULL) {
		result = send(request, to, from);
	}
	if (to != NULL) {
		open_file_release(to);
	}
	if (from != NULL) {
		open_file_release(from);
	}
	return result;
}

CALL_HANDLER(sendfile)
{
	return send_file(request);
}

CALL_HANDLER(sendfile64)
{
	return send_file(request);
}

/* ------------------------------------------------------------------------------ copy_file_range */

static bool overlap(const struct side *a, const struct side *b, uint32_t bytes)
{
	return a->file->number == b->file->number && a->offset < b->offset + bytes &&
	       b->offset < a->offset + bytes;
}

static int copy_range(struct request *request, struct open_file *from, struct open_file *to)
{
	struct side in = {.file = from};
	struct side out = {.file = to};
	uint32_t bytes = request->arguments[4];
	int result = 0;

	if (from->kind != &file_kind || to->kind != &file_kind) {
		return -EINVAL;
	}
	if (!may_copy(from, to) || (to->flags & O_APPEND) != 0) {
		return -EBADF;
	}
	result = begin_side(&in, request_in(request, 1), request_in_bytes(request, 1))
			 ?: begin_side(&out, request_in(request, 3), request_in_bytes(request, 3));
	if (result == 0 && overlap(&in, &out, bytes)) {
		result = -EINVAL;
	}
	if (result == 0) {
		result = copy(request, &in, &out, false, bounded(bytes));
	}
	if (result >= 0) {
		end_side(request, &in, 1);
		end_side(request, &out, 3);
	}
	return result;
}

CALL_HANDLER(copy_file_range)
{
	struct process *process = request->thread->process;
	struct open_file *from = descriptors_get(process, (int)request->arguments[0]);
	struct open_file *to = descriptors_get(process, (int)request->arguments[2]);
	int result = -EBADF;

	if (from != NULL && to != NULL) {
		result = request->arguments[5] != 0 ? -EINVAL : copy_range(request, from, to);
	}
	if (to != NULL) {
		open_file_release(to);
	}
	if (from != NULL) {
		open_file_release(from);
	}
	return result;
}
