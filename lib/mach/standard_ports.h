/*
 * The ports that the process server gives to every task it starts (STANDARD_PORT_* of
 * masix/process.h), asked for once.
 */
#pragma once

#include <stddef.h>
#include <mach/mach_types.h>
#include <masix/process.h>

/* One of them; MACH_PORT_NULL: it was given none, or nobody answers.  The right stays the
 * library's. */
mach_port_t standard_port(unsigned int index);

/* This task's own process port (process.defs); MACH_PORT_NULL: it is no process. */
mach_port_t standard_process_port(void);

/* The end of this process, with a code for whoever waits; just the end if it is no process. */
void standard_exit(unsigned int code) __attribute__((noreturn));

/* Sends text to the node's log; for libc_log_set.  Nobody waits; lost if the log is not there. */
void standard_log(const char *text, size_t size);
