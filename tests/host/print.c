/* Formatting: beside the C library's where they agree, and what is ours.
   LINK: kernel/kern/print_core.c
*/
#include <stdlib.h>
#include <string.h>

#include <kern/print_core.h>

#include "tap.h"

static char result[256];

static uint32_t format(uint32_t size, const char *text, ...)
{
	struct print_sink sink = {.buffer = result, .size = size};
	va_list arguments;
	memset(result, '#', sizeof result);
	va_start(arguments, text);
	print_format(&sink, text, arguments);
	va_end(arguments);
	result[sink.used] = 0;
	return sink.total;
}

#define SAME(...)                                                                                  \
	do {                                                                                       \
		char expected[256];                                                                \
		uint32_t length = (uint32_t)snprintf(expected, sizeof expected, __VA_ARGS__);      \
		uint32_t total = format(sizeof result - 1, __VA_ARGS__);                           \
		CHECK(total == length && strcmp(result, expected) == 0, "%s: \"%s\"",              \
		      #__VA_ARGS__, result);                                                       \
	} while (0)

static char flushed[1000];
static uint32_t flushed_bytes, flushes;

static void collect(struct print_sink *sink)
{
	memcpy(flushed + flushed_bytes, sink->buffer, sink->used);
	flushed_bytes += sink->used;
	flushes++;
	sink->used = 0;
}

static void flushing(const char *text, ...)
{
	char small[7];
	struct print_sink sink = {.buffer = small, .size = sizeof small, .flush = collect};
	va_list arguments;
	va_start(arguments, text);
	print_format(&sink, text, arguments);
	va_end(arguments);
	collect(&sink);
	flushed[flushed_bytes] = 0;
}

/* Text of programs: what is left of it when it went through print_harmless. */
static const char *harmless(const char *text)
{
	static char out[100];
	char before = 0;
	size_t i = 0;
	for (; text[i] != 0; i++) {
		out[i] = print_harmless(text[i], before);
		before = text[i];
	}
	out[i] = 0;
	return out;
}

static void check_harmless(void)
{
	CHECK(strcmp(harmless("plain\ttext\n"), "plain\ttext\n") == 0, "text stays as it is");
	CHECK(strcmp(harmless("\033[2J\r\b\177\001\017"), "?[2J?????") == 0,
	      "control characters do not: \"%s\"", harmless("\033[2J\r\b\177\001\017"));
	CHECK(strcmp(harmless("gr\303\274n \304\233 \342\202\254"),
		     "gr\303\274n \304\233 \342\202\254") == 0,
	      "UTF-8 stays, also where a byte of it is 0x9b");
	CHECK(strcmp(harmless("\302\2332J \302\240"), "\302?2J \302\240") == 0,
	      "but for the second set of control characters");
}

int main(void)
{
	SAME("plain %% text");
	SAME("%d %d %d %i", 0, 1, -1, 123456);
	SAME("%d %d", INT32_MAX, INT32_MIN);
	SAME("%u %x %X", UINT32_MAX, 0xdeadbeefu, 0xabcdefu);
	SAME("%llu %lld %llx", (unsigned long long)UINT64_MAX, (long long)INT64_MIN,
	     0x123456789abcdefull);
	SAME("%lu %ld %zu", 5ul, -5l, (size_t)77);
	SAME("[%5d] [%-5d] [%05d] [%5d]", 42, 42, -42, -42);
	SAME("[%08x] [%2x] [%-8x]", 0xbeefu, 0xbeefu, 0xbeefu);
	SAME("[%.3d] [%6.3d] [%.0d]", 7, 7, 0);
	SAME("[%s] [%8s] [%-8s] [%.2s] [%.9s]", "abc", "abc", "abc", "abc", "abc");
	SAME("[%*d] [%-*d] [%*d] [%.*s]", 6, 1, 6, 2, -6, 3, 2, "xyz");
	SAME("[%c] [%3c] [%-3c]", 'a', 'b', 'c');
	SAME("%llu", 10000000000ull);
	SAME("%llu", 4294967296ull);
	format(200, "%p", (void *)0x1234);
	CHECK(strcmp(result, "0x1234") == 0, "%%p: \"%s\"", result);
	format(200, "%s", (char *)NULL);
	CHECK(strcmp(result, "(null)") == 0, "a NULL string is said so");
	format(200, "%q %");
	CHECK(strcmp(result, "%q %") == 0, "what is not known stands as it is: \"%s\"", result);
	CHECK(format(4, "%s", "abcdef") == 6 && strcmp(result, "abcd") == 0,
	      "what does not fit is counted, not written");
	CHECK(format(0, "%d", 12345) == 5 && result[1] == '#',
	      "a buffer of no bytes is left alone");
	flushing("%d, %s and %08x", 123456, "something longer", 0xabcu);
	CHECK(strcmp(flushed, "123456, something longer and 00000abc") == 0 && flushes > 4,
	      "a sink that empties loses nothing: \"%s\"", flushed);
	check_harmless();
	return tap_done();
}
