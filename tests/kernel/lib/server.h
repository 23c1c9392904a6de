/* Servers that were booted beside a test. */
#pragma once

#include "harness.h"

/*
 * The public port (ipc_publish) of the server whose task the boot script gave as "argument=..."; it
 * waits until the server has one.
 */
mach_port_t test_server(const char *argument);

/* The same for a server that the test started itself. */
mach_port_t test_server_of(mach_port_t task);

/* How many objects the server has, the public one among them; -1: it does not answer. */
int test_server_objects(mach_port_t server);

/*
 * Ends the server's task and drops its port.  The baseline is then that nothing of the kernel is
 * used that was not at test_begin, when the server was there.
 */
void test_server_end(const char *argument, mach_port_t server);
