/* Assertions stay on everywhere. They say "the kernel has a bug", never "the input was bad". */
#pragma once

/* Ends the machine with one sentence, a symbolised backtrace and the last trace events. Never
   returns. */
void panic(const char *format, ...) __attribute__((noreturn, cold, format(printf, 1, 2)));

void assert_failed(const char *expression, const char *file, int line)
	__attribute__((noreturn, cold));

#define assert(expression)                                                                         \
	do {                                                                                       \
		if (__builtin_expect(!(expression), 0)) {                                          \
			assert_failed(#expression, __FILE__, __LINE__);                            \
		}                                                                                  \
	} while (0)
