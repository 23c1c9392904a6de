/*
 * What every thread of a program with lib/libc has: a block that its segment (selector
 * LIBC_THREAD_SELECTOR in gs) points at, so that it is found with one instruction whatever the
 * stack.  The first thread's is in the program's data; lib/thread makes the others, each at the top
 * of its stack's memory, above everything that an overflow can reach.
 *
 * Field letters: [I] set before the thread runs; [o] its own thread only; [a] atomic; [j] of
 * whoever ends its life: the joiner, or the thread itself when detached (lib/thread/thread.c).
 */
#pragma once

#include <reent.h>
#include <libmach.h>

#define LIBC_THREAD_SELECTOR 0x33 /* MASIX_TLS_SELECTOR(0); crt0.S and entry.S say it too */
#define LIBC_THREAD_MAGIC    0x4c544842u
#define LIBC_THREAD_KEYS     128
#define LIBC_FIRST_THREAD_ID 1

/* One value of a thread under a key; it counts only while the key has the same serial. */
struct libc_thread_value {
	unsigned int serial;
	const void *value;
};

struct libc_thread {
	struct libc_thread *self;      /* [I] at gs:0 */
	unsigned int magic;            /* [I] */
	struct mach_thread_block mach; /* [o][j] the reply port of MIG's stubs */
	struct _reent *reent;          /* [I] newlib's state: the first thread's is newlib's own */
	struct _reent own_reent;       /* [o] */

	/* Of lib/thread. */
	unsigned int id;           /* [I] pthread_self() */
	unsigned int state;        /* [a] THREAD_* bits; a word that joiners wait on */
	mach_port_t port;          /* [I][j] a send right to the kernel's thread */
	vm_address_t memory;       /* [I][j] guard, stack and this block; 0: not ours to free */
	vm_size_t memory_bytes;    /* [I] */
	void *(*function)(void *); /* [I] */
	void *argument;            /* [I] */
	void *result;              /* [o], then of the joiner */
	void *cleanup;             /* [o] pthread_cleanup_push */
	struct libc_thread_value values[LIBC_THREAD_KEYS]; /* [o] */
};

/* The first thread's block. */
extern struct libc_thread libc_first_thread;

/* The running thread's block; stops the program in a thread that has none (lib/mach/thread.h). */
struct libc_thread *libc_thread_self(void);

/* Makes a block that nothing but its fields is needed for; the segment is set apart from it. */
void libc_thread_init(struct libc_thread *thread);

/* Gives back what newlib keeps for the thread; it must not use newlib any more. */
void libc_thread_reclaim(struct libc_thread *thread);

/* Makes "thread" find "block" in its segment; errors: those of masix_thread_set_tls. */
kern_return_t libc_thread_set_segment(mach_port_t thread, struct libc_thread *block);

/* Called by crt0 after mach_init, in the first thread: gives it its segment. */
void libc_first_thread_start(void);
