/* The life of a program: from crt0 over its constructors to main and exit. */
#include <stdio.h>
#include <stdlib.h>
#include <libmach.h>
#include "thread_block.h"

typedef void (*initializer_t)(void);

/* The linker's: constructors and destructors. */
extern initializer_t __preinit_array_start[] __attribute__((visibility("hidden")));
extern initializer_t __preinit_array_end[] __attribute__((visibility("hidden")));
extern initializer_t __init_array_start[] __attribute__((visibility("hidden")));
extern initializer_t __init_array_end[] __attribute__((visibility("hidden")));
extern initializer_t __fini_array_start[] __attribute__((visibility("hidden")));
extern initializer_t __fini_array_end[] __attribute__((visibility("hidden")));

extern char **environ;

int main(int argc, char **argv, char **envp);
void libc_start(uint32_t *kernel_stack) __attribute__((noreturn));

static void run_initializers(const initializer_t *from, const initializer_t *to)
{
	for (; from < to; from++) {
		(*from)();
	}
}

/* Destructors run last to first, after everything that atexit was told later. */
static void run_destructors(void)
{
	for (const initializer_t *at = __fini_array_end; at > __fini_array_start;) {
		(*--at)();
	}
}

/*
 * Both streams go to the log, whose unit is the line.  This also makes newlib set up its streams in
 * the first thread, so that exit writes out what they hold whichever thread printed.
 */
static void start_streams(void)
{
	static char output_line[512];
	static char error_line[256];

	(void)setvbuf(stdout, output_line, _IOLBF, sizeof output_line);
	(void)setvbuf(stderr, error_line, _IOLBF, sizeof error_line);
}

void libc_start(uint32_t *kernel_stack)
{
	int argc = (int)kernel_stack[0];
	char **argv = (char **)(kernel_stack + 1);

	environ = argv + argc + 1;
	mach_init();
	libc_first_thread_start();
	start_streams();
	run_initializers(__preinit_array_start, __preinit_array_end);
	run_initializers(__init_array_start, __init_array_end);
	if (atexit(run_destructors) != 0) {
		mach_print("libc: no memory to start the program\n");
		mach_exit();
	}
	exit(main(argc, argv, environ));
}
