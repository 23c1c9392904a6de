/* What calls between two nodes cost: the end that answers, and the end that asks and measures. */
#pragma once

#include <stdint.h>
#include <libmach.h>

#define CALLS_ANSWER 100 /* added to a request's id */

/* The end of this program, unless it is a success; the bench shows "what". */
void calls_need(kern_return_t result, const char *what);

/* Answers whatever comes to a port, for ever. */
void calls_answer(mach_port_t port) __attribute__((noreturn));

/* Prints rows on the kernel's console, in the form of nb.c, which does the like between two Linux
   guests: microseconds, and the processor's ticks (under -icount: instructions of all that ran). */
void calls_measure(mach_port_t partner);
