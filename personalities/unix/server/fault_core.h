/* Which signal a fault of the processor is (Linux's arch/x86 traps: numbers and si_code).  Pure. */
#pragma once

#include <stdint.h>

struct fault {
	uint32_t vector;
	uint32_t code;    /* of a page fault: why there is no page, as Mach says it */
	uint32_t subcode; /* of a page fault: the address; of the FPU's: its status */
	uint32_t eip;
};

struct fault_signal {
	uint32_t signal;
	uint32_t code;    /* si_code */
	uint32_t address; /* si_addr */
};

/* signal 0: no memory for a page; nothing that the program did. */
struct fault_signal fault_signal_of(const struct fault *fault);
