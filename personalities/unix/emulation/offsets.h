/* What entry.S knows of shared/pages.h and shared/layout.h; offsets.c asserts it. */
#pragma once

#define UNIX_STACKS_ADDRESS_S 0xb8800000
#define UNIX_PAGES_ADDRESS_S  0xb8200000
#ifdef __ASSEMBLER__
#define UNIX_STACKS_ADDRESS UNIX_STACKS_ADDRESS_S
#define UNIX_PAGES_ADDRESS  UNIX_PAGES_ADDRESS_S
#endif

#define PAGE_EFLAGS      4
#define PAGE_STACK_TOP   12
#define PAGE_GS          16
#define PAGE_FS          20
#define PAGE_ES          24
#define PAGE_DS          28
#define PAGE_EDI         32
#define PAGE_ESI         36
#define PAGE_EBP         40
#define PAGE_EBX         48
#define PAGE_EDX         52
#define PAGE_ECX         56
#define PAGE_EAX         60
#define PAGE_CALL        84
#define PAGE_IN_CALL     88
#define PAGE_STATE       92
#define PAGE_PENDING     96
#define PAGE_RESTORE_ALL 100
#define PAGE_EXIT_CODE   0x100

#define STATE_KERNEL     3
#define FP_STATUS        108
#define FP_FXSAVE        112
#define SEND_INTERRUPTED 0x10000007
