/* Puts a program and its arguments into a task that does not run yet. Boot only. */
#pragma once

#include <kern/types.h>

struct task;

struct program_arguments {
	uint32_t count; /* argv, then envp */
	uint32_t environment_count;
	const char *strings; /* one after another, each with its 0 */
	uint32_t strings_bytes;
};

struct program_start {
	uint32_t entry, stack;
};

/* Loads the image. NULL, or what is wrong (the end of a sentence); the task is good for nothing
   then. */
const char *program_load(struct task *task, const void *image, uint32_t image_bytes,
			 const struct program_arguments *arguments, struct program_start *start);
