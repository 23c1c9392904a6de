/* Where output goes: the node's log, or the kernel's console, until the program says otherwise. */
#include <string.h>
#include <libmach.h>
#include <standard_ports.h>
#include "log.h"

/* What mach_print takes in one piece, so that the pieces of several threads do not mix. */
#define PIECE_BYTES 255

static void console_log(const char *text, size_t size)
{
	char piece[PIECE_BYTES + 1];

	while (size > 0) {
		size_t length = size < PIECE_BYTES ? size : PIECE_BYTES;

		for (size_t i = 0; i < length; i++) {
			piece[i] = text[i] != '\0' ? text[i] : '?'; /* a zero would end it */
		}
		piece[length] = '\0';
		mach_print(piece);
		text += length;
		size -= length;
	}
}

/* To the process server, for what it has started; ACS, the process server and tests have none. */
static void default_log(const char *text, size_t size)
{
	if (standard_port(STANDARD_PORT_LOG) != MACH_PORT_NULL) {
		standard_log(text, size);
	} else {
		console_log(text, size);
	}
}

static libc_log_t current_log = default_log;

void libc_log(const char *text, size_t size)
{
	__atomic_load_n(&current_log, __ATOMIC_ACQUIRE)(text, size);
}

void libc_log_set(libc_log_t log)
{
	__atomic_store_n(&current_log, log != NULL ? log : default_log, __ATOMIC_RELEASE);
}
