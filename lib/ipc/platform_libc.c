/* Memory and threads of a program that has the C library. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include "platform.h"

struct start {
	void (*function)(void *);
	void *argument;
};

void *ipc_allocate(size_t bytes)
{
	return calloc(1, bytes);
}

void ipc_free(void *memory, size_t bytes)
{
	(void)bytes;
	free(memory);
}

static void *begin(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	start.function(start.argument);
	return NULL;
}

kern_return_t ipc_thread_start(void (*function)(void *), void *argument)
{
	struct start *start = malloc(sizeof(*start));
	pthread_t thread;

	if (start == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	*start = (struct start){.function = function, .argument = argument};
	if (pthread_create(&thread, NULL, begin, start) != 0) {
		free(start);
		return KERN_RESOURCE_SHORTAGE;
	}
	(void)pthread_detach(thread);
	return KERN_SUCCESS;
}
