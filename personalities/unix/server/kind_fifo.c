/*
 * FIFOs: the file server has their names and says who may open them; their bytes are pipes of this
 * server, found by the file's number, with Linux's rules for waiting and polling.
 */
#include <gen/file.h>
#include <gen/mach_port.h>
#include "files.h"
#include "kind_pipe.h"

#define O_ACCMODE  03u
#define O_NONBLOCK 04000u

static struct pipe *named;

static struct pipe *find(const struct process *process, uint64_t number)
{
	struct pipe *pipe = named;

	while (pipe != NULL && pipe->number != number) {
		pipe = pipe->next;
	}
	if (pipe == NULL) {
		pipe = pipe_create(process);
		if (pipe != NULL) {
			pipe->number = number;
			pipe->next = named;
			named = pipe;
		}
	}
	return pipe;
}

void fifo_forget(struct pipe *pipe)
{
	struct pipe **place = &named;

	while (*place != NULL && *place != pipe) {
		place = &(*place)->next;
	}
	if (*place != NULL) {
		*place = pipe->next;
	}
}

/* An opening that waits for the other end: the request's memory. */
struct opening {
	struct open_file *file;
	struct pipe *pipe;
	uint32_t others; /* how many of the other kind had ever come */
	bool reader;
};

static void end_opening(struct request *request)
{
	struct opening *opening = (struct opening *)(uintptr_t)request->memory;

	request->end = NULL;
	request->memory = 0;
	if (opening->file != NULL) {
		open_file_release(opening->file);
	}
	free(opening);
}

int fifo_open_again(struct request *request, struct open_file **file)
{
	struct opening *opening = (struct opening *)(uintptr_t)request->memory;
	const struct pipe *pipe = opening->pipe;

	if (opening->reader ? pipe->writers == 0 && pipe->writers_ever == opening->others
			    : pipe->readers == 0 && pipe->readers_ever == opening->others) {
		return request_wait(request, &opening->pipe->changed);
	}
	*file = opening->file;
	opening->file = NULL;
	end_opening(request);
	return 0;
}

int fifo_open_file(struct request *request, mach_port_t port, const file_attributes_t *attributes,
		   uint32_t flags, struct open_file **file)
{
	uint32_t access = flags & O_ACCMODE;
	struct pipe *pipe = find(request->thread->process, attributes->number);
	struct pipe_end *end = NULL;
	struct opening *opening = NULL;
	int result = -ENFILE;

	*file = NULL;
	if (pipe != NULL) {
		pipe->uses++;
		end = access == 1 && pipe->readers == 0 && (flags & O_NONBLOCK) != 0
			      ? NULL
			      : pipe_end_create(request->thread->process, access != 1 ? pipe : NULL,
						access != 0 ? pipe : NULL);
		result = end == NULL ? -ENXIO : -ENFILE;
	}
	if (end != NULL) {
		end->writers_before = access == 0 && pipe->writers == 0 ? pipe->writers_ever : 0;
		*file = open_file_create(&fifo_kind, flags, end);
	}
	if (*file != NULL) {
		(*file)->port = port;
		wait_queue_wake(&pipe->changed); /* who waits for this end */
		opening = calloc(1, sizeof(*opening));
		result = opening != NULL ? 0 : -ENOMEM;
	} else {
		if (end != NULL) {
			pipe_end_free(end);
		}
		(void)mach_port_deallocate(mach_task_self(), port);
	}
	if (opening == NULL) {
		if (*file != NULL) {
			open_file_release(*file);
		}
		if (pipe != NULL) {
			pipe_release(pipe);
		}
		return result;
	}
	*opening =
		(struct opening){.file = *file,
				 .pipe = pipe,
				 .reader = access == 0,
				 .others = access == 0 ? pipe->writers_ever : pipe->readers_ever};
	pipe_release(pipe); /* the open file has it */
	request->memory = (uintptr_t)opening;
	request->end = end_opening;
	if (access > 1 || (flags & O_NONBLOCK) != 0) {
		opening->others--; /* nobody to wait for */
	}
	return fifo_open_again(request, file);
}
