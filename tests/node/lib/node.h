/* What the tests that run in a node share: TAP on the kernel's console, and what is in use. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <libmach.h>
#include <standard_ports.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <masix/process.h>

void node_begin(const char *name);

/* Prints the plan and ends this program, and the node with it. */
void node_end(void) __attribute__((noreturn));

/*
 * Counts a check; a TAP line the first time that this text is checked, and whenever it fails:
 * "value" is then told.
 */
bool check(bool passed, const char *text, int value);

/* What the test itself needs: the end of it when it fails. */
void need(kern_return_t result, const char *what);

void node_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

void node_sleep_ms(mach_msg_timeout_t time_ms);

/* A receive right. */
mach_port_t node_port(void);

struct node_use {
	int names;     /* of this task */
	int processes; /* of the node */
	int free_pages;
};

struct node_use node_measure(void);

/* A server's line of process_list_servers. */
struct process_server_info node_server(const char *name);

/* Waits until the server runs under another id than the old one, without the pause before it. */
bool node_wait_server(const char *name, uint32_t old_id);
