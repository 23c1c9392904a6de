/* The text of a crash report, line by line.  Pure: memory and symbols come from the caller. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <mach/machine/thread_status.h>

#define REPORT_FRAMES_MAX 24u

struct report_source {
	/* A word of the task's memory; false: it cannot be read. */
	bool (*read_word)(void *context, uint32_t address, uint32_t *word);
	/* "function+0x12" for an address, or "" if nobody knows. */
	void (*describe)(void *context, uint32_t address, char *text, uint32_t bytes);
	void (*line)(void *context, const char *text);
	void *context;
};

struct report_crash {
	const char *name;
	uint32_t id;
	int exception;
	int code;
	int subcode;
	const struct i386_thread_state *registers; /* null: they could not be had */
};

/* "EXC_BAD_ACCESS"; never null. */
const char *report_exception_name(int exception);

void report_write(const struct report_source *source, const struct report_crash *crash);
