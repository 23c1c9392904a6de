/*
 * The serial line by which the host hands over newer rosters: COM4 (a 16550), if the machine has
 * one; looked at twice a second.  A roster comes as it is; a line of text goes back: "ok", or why
 * it is refused.
 */
#include <stdlib.h>
#include <string.h>

#include <libmach.h>
#include <gen/mach_i386.h>
#include <gen/process_boot.h>
#include <ipc/platform.h>
#include "state.h"

#define LINE_DATA    0x2e8u
#define LINE_FIFO    0x2eau /* writing */
#define LINE_STATUS  0x2edu
#define LINE_SCRATCH 0x2efu

#define FIFO_ON      0x07u /* and empty */
#define STATUS_READY 0x01u
#define STATUS_ROOM  0x20u

#define IDLE_MS    500
#define PAUSE_MS   10
#define SILENCE_MS 3000  /* a roster that stops for so long is given up */
#define SPINS      20000 /* looks at the line before a pause */

static uint8_t in_byte(uint16_t port)
{
	uint8_t value = 0;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void out_byte(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void pause_ms(uint32_t time_ms)
{
	static uint32_t never;

	ipc_word_wait(&never, 0, time_ms);
}

/* The next byte; false: none came for so long. */
static bool read_byte(uint8_t *byte, uint64_t patience_ms)
{
	uint64_t began_ms = acs_now_ms();

	do {
		for (unsigned int i = 0; i < SPINS; i++) {
			if ((in_byte(LINE_STATUS) & STATUS_READY) != 0) {
				*byte = in_byte(LINE_DATA);
				return true;
			}
		}
		pause_ms(PAUSE_MS);
	} while (acs_now_ms() - began_ms < patience_ms);
	return false;
}

static void write_line(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		for (unsigned int i = 0; i < SPINS && (in_byte(LINE_STATUS) & STATUS_ROOM) == 0;
		     i++) {
		}
		out_byte(LINE_DATA, (uint8_t)*at);
	}
	out_byte(LINE_DATA, '\n');
}

/* Until what came last is the head of a roster; its size, or 0: nothing more came. */
static size_t read_head(uint8_t head[ROSTER_HEADER_BYTES])
{
	size_t size = 0;

	memset(head, 0, ROSTER_HEADER_BYTES);
	while (size == 0) {
		memmove(head, head + 1, ROSTER_HEADER_BYTES - 1);
		if (!read_byte(&head[ROSTER_HEADER_BYTES - 1], SILENCE_MS)) {
			return 0;
		}
		size = roster_measure(head);
	}
	return size;
}

static void take_roster(void)
{
	uint8_t head[ROSTER_HEADER_BYTES];
	size_t size = read_head(head), used = sizeof head;
	uint8_t *bytes = size != 0 ? malloc(size) : NULL;
	const char *fault = NULL;

	if (bytes == NULL) {
		write_line(size != 0 ? "there is no memory for the roster" : "that is no roster");
		return;
	}
	memcpy(bytes, head, sizeof head);
	while (used < size && read_byte(&bytes[used], SILENCE_MS)) {
		used++;
	}
	if (used < size) {
		free(bytes);
		write_line("the roster is cut off");
		return;
	}
	fault = acs_take_roster(bytes, size);
	write_line(fault != NULL ? fault : "ok");
}

static void serve_line(void *argument)
{
	(void)argument;
	for (;;) {
		if ((in_byte(LINE_STATUS) & STATUS_READY) != 0) {
			take_roster();
		} else {
			pause_ms(IDLE_MS);
		}
	}
}

/* Whether there is such a line; then it is ready. */
static bool open_line(void)
{
	mach_port_t ports = MACH_PORT_NULL;

	if (process_boot_get_line(acs.boot, &ports) != KERN_SUCCESS ||
	    i386_io_perm_modify(mach_task_self(), ports, TRUE) != KERN_SUCCESS) {
		return false;
	}
	out_byte(LINE_SCRATCH, 0x5a);
	if (in_byte(LINE_SCRATCH) != 0x5a) {
		return false;
	}
	out_byte(LINE_FIFO, FIFO_ON);
	return true;
}

void acs_line_start(void)
{
	if (open_line() && ipc_thread_start(serve_line, NULL) != KERN_SUCCESS) {
		mach_print("acs: newer rosters are not taken: no memory for a thread\n");
	}
}
