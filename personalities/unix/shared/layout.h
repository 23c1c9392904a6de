/* Where things lie in a Unix task. */
#pragma once

#define UNIX_LIBRARY_ADDRESS 0xb8000000u
#define UNIX_LIBRARY_BYTES   0x00100000u

/* Shared by the server and the task: page 0 is the process's, page n that of thread n (1...). */
#define UNIX_PAGES_ADDRESS 0xb8200000u
#define UNIX_PAGE_BYTES    0x1000u
#define UNIX_THREADS_MAX   255u
/* The pages come in pieces, one memory object each: the first with the process. */
#define UNIX_PAGES_PIECE 64u

/* The library's stack of thread n, private memory: [address + n * bytes, ... + bytes). */
#define UNIX_STACKS_ADDRESS 0xb8800000u
#define UNIX_STACK_BYTES    0x8000u

/* mmap looks for room downwards from here; programs begin at 0x08048000 or above. */
#define UNIX_MMAP_TOP    UNIX_LIBRARY_ADDRESS
#define UNIX_MMAP_BOTTOM 0x00010000u

/* The program's stack: grows down to here at most. */
#define UNIX_STACK_TOP    0xc0000000u
#define UNIX_STACK_LIMIT  0x00800000u /* 8 MB, RLIMIT_STACK's default */
#define UNIX_STACK_BOTTOM 0xbf000000u

#define UNIX_PAGE_OF_THREAD(number)  (UNIX_PAGES_ADDRESS + (number)*UNIX_PAGE_BYTES)
#define UNIX_STACK_OF_THREAD(number) (UNIX_STACKS_ADDRESS + (number)*UNIX_STACK_BYTES)

_Static_assert(UNIX_STACK_OF_THREAD(UNIX_THREADS_MAX + 1) <= 0xb9000000u, "the reserved range");
