/* The trace ring: what happened last, for reports and for a privileged reader. */
#pragma once

#include <kern/types.h>

enum trace_kind {
	TRACE_NONE,
	TRACE_SWITCH,     /* a = old thread's task number, b = new one's */
	TRACE_SEND,       /* a = message id, b = destination port (address) */
	TRACE_RECEIVE,    /* a = message id, b = port */
	TRACE_KERNEL_RPC, /* a = message id, b = result */
	TRACE_FAULT,      /* a = address, b = eip */
	TRACE_EXCEPTION,  /* a = exception, b = code */
	TRACE_TRAP,       /* a = trap number, b = result */
	TRACE_INTERRUPT,  /* a = line */
	TRACE_TASK,       /* a = task number, b = 1 created, 0 ended */
	TRACE_KINDS,
};

/* As read by masix_trace_read: fixed layout, 24 bytes. */
struct trace_record {
	uint64_t time_ns;
	uint16_t kind;
	uint16_t thread; /* low bits of the thread's address >> 4: tells threads apart */
	uint32_t task;   /* low 32 bits of the task's number */
	uint32_t a;
	uint32_t b;
};

extern uint32_t trace_mask; /* bit n: kind n is recorded; faults, exceptions and tasks by default */

void trace_record(enum trace_kind kind, uint32_t a, uint32_t b);

#define trace(kind, a, b)                                                                          \
	do {                                                                                       \
		if (unlikely(trace_mask & (1u << (kind)))) {                                       \
			trace_record(kind, a, b);                                                  \
		}                                                                                  \
	} while (0)

/* Copies up to max records from number *since on (moved forward to the oldest kept); returns how
   many. */
uint32_t trace_read(uint64_t *since, struct trace_record *records, uint32_t max);
/* Prints the last `count` on the console, messages by name. */
void trace_print_last(uint32_t count);
