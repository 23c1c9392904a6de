/* fault_core.h */
#include "fault_core.h"
#include <mach/kern_return.h>

enum { ILL = 4, TRAP = 5, BUS = 7, FPE = 8, SEGV = 11 };

#define SI_KERNEL    0x80u
#define ILL_ILLOPN   2u
#define FPE_INTDIV   1u
#define TRAP_TRACE   2u
#define BUS_ADRALN   1u
#define BUS_ADRERR   2u
#define SEGV_MAPERR  1u
#define SEGV_ACCERR  2u

/* From the exceptions of the FPU that are flagged: invalid, denormal, divide, over-, underflow, inexact. */
static uint32_t float_code(uint32_t flags)
{
	if ((flags & 0x01) != 0) {
		return 7; /* FPE_FLTINV */
	}
	if ((flags & 0x04) != 0) {
		return 3; /* FPE_FLTDIV */
	}
	if ((flags & 0x08) != 0) {
		return 4; /* FPE_FLTOVF */
	}
	if ((flags & 0x12) != 0) {
		return 5; /* FPE_FLTUND */
	}
	return (flags & 0x20) != 0 ? 6u : 0u; /* FPE_FLTRES */
}

static struct fault_signal page_fault(const struct fault *fault)
{
	switch (fault->code) {
	case KERN_PROTECTION_FAILURE:
		return (struct fault_signal){SEGV, SEGV_ACCERR, fault->subcode};
	case KERN_MEMORY_ERROR: /* behind the end of a file */
	case KERN_MEMORY_FAILURE:
		return (struct fault_signal){BUS, BUS_ADRERR, fault->subcode};
	case KERN_RESOURCE_SHORTAGE:
		return (struct fault_signal){0, 0, fault->subcode};
	default:
		return (struct fault_signal){SEGV, SEGV_MAPERR, fault->subcode};
	}
}

struct fault_signal fault_signal_of(const struct fault *fault)
{
	switch (fault->vector) {
	case 0:
		return (struct fault_signal){FPE, FPE_INTDIV, fault->eip};
	case 1:
		return (struct fault_signal){TRAP, TRAP_TRACE, fault->eip};
	case 3:
		return (struct fault_signal){TRAP, SI_KERNEL, 0};
	case 6:
		return (struct fault_signal){ILL, ILL_ILLOPN, fault->eip};
	case 11: /* segment not present, stack segment */
	case 12:
		return (struct fault_signal){BUS, SI_KERNEL, 0};
	case 14:
		return page_fault(fault);
	case 16:
		return (struct fault_signal){FPE, float_code(fault->subcode), fault->eip};
	case 17:
		return (struct fault_signal){BUS, BUS_ADRALN, 0};
	case 19: /* in MXCSR the masks lie 7 bits above the flags */
		return (struct fault_signal){
			FPE, float_code(fault->subcode & ~(fault->subcode >> 7)), fault->eip};
	default:
		return (struct fault_signal){SEGV, SI_KERNEL, 0};
	}
}
