/* Text to people: kprintf, the kmsg ring, the console and who has it. */
#include <kern/panic.h>

#include <kern/machine.h>
#include <kern/print_core.h>
#include <kern/string.h>

#define KMSG_BYTES        16384u /* a power of two */
#define LINE_BUFFER_BYTES 128u

static char kmsg_ring[KMSG_BYTES];
static uint64_t kmsg_written;     /* bytes ever */
static uint32_t console_captured; /* MACHINE_CONSOLE_* */

static void kmsg_write(const char *text, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		kmsg_ring[(uint32_t)(kmsg_written + i) % KMSG_BYTES] = text[i];
	}
	kmsg_written += bytes;
}

void console_write(const char *text, uint32_t bytes)
{
	kmsg_write(text, bytes);
	machine_console_write(MACHINE_CONSOLE_ALL & ~console_captured, text, bytes);
}

void console_write_foreign(char *text, uint32_t bytes)
{
	static char before; /* characters may come in pieces */
	for (uint32_t i = 0; i < bytes; i++) {
		char c = text[i];
		text[i] = print_harmless(c, before);
		before = c;
	}
	console_write(text, bytes);
}

void console_set_captured(uint32_t parts)
{
	if ((console_captured & ~parts & MACHINE_CONSOLE_SCREEN) != 0) {
		machine_console_regain();
	}
	console_captured = parts;
}

uint32_t kmsg_read(uint64_t *position, char *buffer, uint32_t bytes)
{
	uint64_t oldest = kmsg_written > KMSG_BYTES ? kmsg_written - KMSG_BYTES : 0;
	if (*position < oldest) {
		*position = oldest;
	} else if (*position > kmsg_written) {
		*position = kmsg_written; /* a reader's own number may say anything */
	}
	uint32_t count = (uint32_t)(kmsg_written - *position);
	if (count > bytes) {
		count = bytes;
	}
	for (uint32_t i = 0; i < count; i++) {
		buffer[i] = kmsg_ring[(uint32_t)(*position + i) % KMSG_BYTES];
	}
	*position += count;
	return count;
}

static void console_flush(struct print_sink *sink)
{
	console_write(sink->buffer, sink->used);
	sink->used = 0;
}

void kvprintf(const char *format, va_list arguments)
{
	char buffer[LINE_BUFFER_BYTES];
	struct print_sink sink = {.buffer = buffer, .size = sizeof buffer, .flush = console_flush};
	print_format(&sink, format, arguments);
	console_flush(&sink);
}

void kprintf(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	kvprintf(format, arguments);
	va_end(arguments);
}

int kvsnprintf(char *buffer, uint32_t size, const char *format, va_list arguments)
{
	struct print_sink sink = {.buffer = buffer, .size = size > 0 ? size - 1 : 0};
	print_format(&sink, format, arguments);
	if (size > 0) {
		buffer[sink.used] = 0;
	}
	return (int)sink.total;
}

int ksnprintf(char *buffer, uint32_t size, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = kvsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}
