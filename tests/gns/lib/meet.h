/*
 * How programs of several nodes find each other: a server whose public port answers MEET with a
 * right to a port of the program's own.  The answer: the result, and with KERN_SUCCESS a send
 * right.
 */
#pragma once

#include "msg.h"

#include <ipc/ipc.h>

#define MEET    7000
#define MEET_MS 60000 /* until a node that has just started has the name */

/*
 * The port whose right is given from now on, and by which disposition (MACH_MSG_TYPE_MAKE_SEND or
 * _COPY_SEND); it stays the caller's.  Before that the answer is KERN_FAILURE.
 */
void meet_offer(mach_port_t port, mach_msg_type_name_t disposition);

/* Of a server's class: knows MEET. */
mig_routine_t meet_interface(const mach_msg_header_t *request);
