/*
 * A whole node booted beside a test: ACS, process server, and what the boot archive's /etc/servers
 * says.  The test is no process of it: it finds its way in through the process server's task, whose
 * name the boot script gave it as ps=${ps}.  (Other tasks' ports it must not take: a server whose
 * control port somebody has is not believed any more.)
 */
#pragma once

#include "harness.h"
#include <masix/process.h>

extern mach_port_t node_administrator; /* the process port of one of its administrators */
extern mach_port_t node_acs;           /* that process's ACS port */

/*
 * Waits until the node is up, and sets the two; with the words of main.  Before test_begin, whose
 * counts begin when all are up.
 */
void node_join(int argc, char **argv);

/* What the process server says of a server; false: it knows none of that name. */
boolean_t node_server(const char *name, struct process_server_info *info);

/* The number of a process's task; 0: there is none. */
int64_t node_task_number(natural_t process_id);

/* Waits until a server runs and has registered, after so many restarts at least; false: 20 s. */
boolean_t node_wait_server(const char *name, natural_t restarts);

/* A server's client port; MACH_PORT_NULL: not within 10 s. */
mach_port_t node_look_up(const char *name);
