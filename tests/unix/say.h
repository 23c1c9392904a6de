/* What the programs share: lines that are written at once, and checks that only speak of trouble.
 */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void say(const char *format, ...)
{
	char line[512];
	va_list arguments;
	int length = 0;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	line[length++] = '\n';
	if (write(1, line, (size_t)length) != length) {
		_exit(99);
	}
}

/* The error's name, so that a difference can be read. */
static inline const char *error(int result)
{
	return result >= 0 ? "ok" : strerrorname_np(errno);
}

/* Says what a call gave: "ok" or the error. */
#define TRY(call) say("%s: %s", #call, error((int)(call)))

static inline void need(int condition, const char *text)
{
	if (!condition) {
		say("failed: %s (%s)", text, strerrorname_np(errno));
		_exit(98);
	}
}
#define NEED(condition) need(!!(condition), #condition)
