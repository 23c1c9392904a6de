/* The proof of offsets.h. */
#include <mach/message.h>
#include "../shared/pages.h"
#include "offsets.h"

#define IS(name, member)                                                                           \
	_Static_assert(offsetof(struct unix_thread_page, member) == (name), #member " moved")

IS(PAGE_EFLAGS, block.eflags);
IS(PAGE_STACK_TOP, block.stack_top);
IS(PAGE_GS, registers.gs);
IS(PAGE_FS, registers.fs);
IS(PAGE_ES, registers.es);
IS(PAGE_DS, registers.ds);
IS(PAGE_EDI, registers.edi);
IS(PAGE_ESI, registers.esi);
IS(PAGE_EBP, registers.ebp);
IS(PAGE_EBX, registers.ebx);
IS(PAGE_EDX, registers.edx);
IS(PAGE_ECX, registers.ecx);
IS(PAGE_EAX, registers.eax);
IS(PAGE_CALL, call);
IS(PAGE_IN_CALL, in_call);
IS(PAGE_STATE, state);
IS(PAGE_PENDING, pending);
IS(PAGE_RESTORE_ALL, restore_all);
IS(PAGE_EXIT_CODE, exit_code);
_Static_assert(STATE_KERNEL == UNIX_STATE_KERNEL, "states");
_Static_assert(SEND_INTERRUPTED == MACH_SEND_INTERRUPTED, "codes");
_Static_assert(UNIX_STACKS_ADDRESS_S == UNIX_STACKS_ADDRESS, "layout");
_Static_assert(UNIX_PAGES_ADDRESS_S == UNIX_PAGES_ADDRESS, "layout");
_Static_assert(UNIX_STACK_BYTES == 1 << 15 && UNIX_PAGE_BYTES == 1 << 12, "shifts");
