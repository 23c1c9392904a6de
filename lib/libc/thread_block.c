/* The threads' blocks: how each finds its own, and what newlib and MIG's stubs keep there. */
#include <stdlib.h>
#include "thread_block.h"
#include <gen/masix_host.h>
#include <masix/masix_host.h>

_Static_assert(LIBC_THREAD_SELECTOR == MASIX_TLS_SELECTOR(0), "the kernel chose the selector");
_Static_assert(__builtin_offsetof(struct libc_thread, self) == 0, "gs:0");

struct libc_thread libc_first_thread = {
	.self = &libc_first_thread,
	.magic = LIBC_THREAD_MAGIC,
	.id = LIBC_FIRST_THREAD_ID,
};

/* False only while the first thread runs alone and has no segment yet. */
static boolean_t first_has_segment;

static inline boolean_t has_segment(void)
{
	unsigned int selector = 0;

	__asm__ volatile("movl %%gs, %0" : "=r"(selector));
	return (selector & 0xffff) == LIBC_THREAD_SELECTOR;
}

static inline struct libc_thread *segment_block(void)
{
	struct libc_thread *block = NULL;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(block));
	return block;
}

struct libc_thread *libc_thread_self(void)
{
	if (!has_segment()) {
		if (!first_has_segment) {
			return &libc_first_thread;
		}
		mach_print(
			"libc: the C library was used by a thread that lib/thread did not make\n");
		__builtin_trap();
	}
	return segment_block();
}

struct _reent *__getreent(void)
{
	return libc_thread_self()->reent;
}

/* A thread made by lib/mach alone has its block at the base of its stack, as everywhere. */
static struct mach_thread_block *stack_block(void)
{
	return (struct mach_thread_block *)((vm_address_t)__builtin_frame_address(0) &
					    ~(vm_address_t)(MACH_STACK_SIZE - 1));
}

struct mach_thread_block *mach_thread_block(void)
{
	struct mach_thread_block *block = NULL;

	if (has_segment()) {
		return &segment_block()->mach;
	}
	if (!first_has_segment) {
		return &libc_first_thread.mach;
	}
	block = stack_block();
	if (block->magic != MACH_THREAD_BLOCK_MAGIC) {
		mach_print("libc: a thread without a segment and without a thread block\n");
		__builtin_trap();
	}
	return block;
}

void mach_thread_block_init_first(void)
{
	if (first_has_segment) {
		/* A child task with a copy of this program's memory; its thread has a stack of
		   lib/mach's kind. */
		mach_thread_block_init((vm_address_t)stack_block());
		return;
	}
	libc_thread_init(&libc_first_thread);
	libc_first_thread.reent = _GLOBAL_REENT;
}

void libc_thread_init(struct libc_thread *thread)
{
	thread->self = thread;
	thread->magic = LIBC_THREAD_MAGIC;
	thread->mach.magic = MACH_THREAD_BLOCK_MAGIC;
	thread->mach.reply_port = MACH_PORT_NULL;
	_REENT_INIT_PTR(&thread->own_reent);
	thread->reent = &thread->own_reent;
}

void libc_thread_reclaim(struct libc_thread *thread)
{
	struct _reent *reent = thread->reent;
	struct _Bigint *power = _REENT_MP_P5S(reent);

	if (reent == _GLOBAL_REENT) {
		return; /* the first thread's is newlib's own, and is needed until exit */
	}
	/* _reclaim_reent forgets the powers of five that strtod and printf keep. */
	while (power != NULL) {
		struct _Bigint *next = power->_next;

		_free_r(reent, power);
		power = next;
	}
	_REENT_MP_P5S(reent) = NULL;
	_reclaim_reent(reent);
}

kern_return_t libc_thread_set_segment(mach_port_t thread, struct libc_thread *block)
{
	/* A data segment of ring 3 that begins at the block: present, writable, 32 bits, 4 GB
	   (Intel SDM vol. 3A, 3.4.5). */
	uint32_t base = (uint32_t)block;

	return masix_thread_set_tls(thread, 0, (base & 0xffff) << 16 | 0xffff,
				    (base & 0xff000000) | 0x00cff200 | (base >> 16 & 0xff));
}

void libc_first_thread_start(void)
{
	if (mach_kernel_is_masix) {
		libc_first_thread.port = (mach_thread_self)();
	}
	if (!mach_kernel_is_masix ||
	    libc_thread_set_segment(libc_first_thread.port, &libc_first_thread) != KERN_SUCCESS) {
		mach_print("libc: this kernel gives threads no segment; the program needs Masix\n");
		mach_exit();
	}
	__asm__ volatile("movl %0, %%gs" : : "r"(LIBC_THREAD_SELECTOR));
	first_has_segment = TRUE;
}
